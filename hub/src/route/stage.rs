//! The route stage: reads `articles`, writes `deliveries.<partner>`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use lianbo_schemas::article::expiry_note;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Article, ArticleChange, ArticleUri, Delivery, Event, PartnerId, topic};

use super::decided::Asked;
use super::ends::Ends;
use super::holdings::{Ending, Holdings};
use super::record::{dead, to_record};
use super::standing::Standing;
use crate::log::{Log, NewRecord, Partition, Record, Subscription};
use crate::registry::Snapshot;
use crate::stage::{Stage, StageError};

/// Where the newest known version of an article is read when a change does not carry it (an embargo that ends).
#[async_trait]
pub trait Articles: Send + Sync {
    /// The article as it stands, if it is known yet.
    async fn newest(&self, uri: &ArticleUri) -> Result<Option<Arc<Article>>, String>;
}

/// How long a lifted embargo waits for the node's own view to show the article. The view trails the log by
/// milliseconds; a view that is being rebuilt makes the stage start again instead of losing the article.
const VIEW_PATIENCE: Duration = Duration::from_secs(20);
const VIEW_STEP: Duration = Duration::from_millis(20);
/// How often decisions made elsewhere are looked at when nothing comes to be routed.
const LOOK: SignedDuration = SignedDuration::from_secs(1);

/// Routes articles to partners.
pub struct RouteStage {
    registry: Arc<dyn Fn() -> Arc<Snapshot> + Send + Sync>,
    articles: Arc<dyn Articles>,
    /// The file of who should hold what.
    file: PathBuf,
    /// The open file; there while `articles` is this stage's.
    holdings: Option<Holdings>,
    standing: Standing,
    ends: Ends,
    /// Grants that have ended, with copies under them that were not looked at yet.
    endings: Vec<Ending>,
    /// There may be copies to be decided about again.
    has_again: bool,
    /// When decisions made elsewhere, and what the view did not show, were last looked at.
    looked: Timestamp,
}

impl RouteStage {
    /// A stage that asks `registry` before each batch, and keeps who should hold what in `file`, which is its own. The
    /// file is a view: without it a start reads all of `deliveries.*`.
    pub fn new(
        registry: Arc<dyn Fn() -> Arc<Snapshot> + Send + Sync>,
        articles: Arc<dyn Articles>,
        file: PathBuf,
    ) -> Self {
        Self {
            registry,
            articles,
            file,
            holdings: None,
            standing: Standing::default(),
            ends: Ends::default(),
            endings: Vec::new(),
            has_again: false,
            looked: Timestamp::MIN,
        }
    }

    async fn follow_registry(&mut self) -> Result<(), StageError> {
        if self.standing.rules.follow((self.registry)()) { self.follow_partners().await } else { Ok(()) }
    }

    /// Copies at a partner that was away are decided about again: nobody told it of versions meanwhile.
    async fn follow_partners(&mut self) -> Result<(), StageError> {
        let partners = self.standing.rules.registry().partners.keys().cloned().collect();
        self.has_again |= opened(&mut self.holdings)?.follow(partners).await?;
        Ok(())
    }

    fn forget(&mut self) {
        self.holdings = None;
        self.ends.clear();
        self.endings.clear();
    }

    async fn catch_up(&mut self, now: Timestamp) -> Result<(), StageError> {
        self.looked = now;
        let holdings = opened(&mut self.holdings)?;
        self.has_again |= holdings.catch_up(|delivery| self.ends.concern(delivery)).await?;
        Ok(())
    }

    /// Has the holders of these articles at hand.
    async fn take_up(&mut self, articles: BTreeSet<ArticleUri>) -> Result<(), StageError> {
        self.standing.holders = opened(&mut self.holdings)?.of(articles).await?;
        Ok(())
    }

    /// When decisions made elsewhere, and what the view did not show, are looked at next.
    fn next_look(&self) -> Timestamp {
        self.looked.saturating_add(LOOK).unwrap_or(Timestamp::MAX)
    }
}

/// What is decided because of a change.
async fn decide(
    standing: &Standing,
    articles: &dyn Articles,
    change: &ArticleChange,
    now: Timestamp,
) -> Result<Vec<(PartnerId, Delivery)>, StageError> {
    Ok(match change {
        ArticleChange::Version { article, .. } => standing.hold(article, now),
        ArticleChange::Lifted { uri, version, at } => match newest(articles, uri, *version).await? {
            Some(article) if article.status() == PubStatus::Usable => standing.hold(&article, now.max(*at)),
            Some(_) | None => Vec::new(),
        },
        ArticleChange::Withdrawn { uri, version, status, note, .. } => {
            standing.withdraw(&Delivery::withdrawal(uri.clone(), *version, (*status, note.clone()), now))
        }
        ArticleChange::Expired { uri, version, at } => {
            let reason = (PubStatus::Withheld, Some(expiry_note(*at)));
            standing.withdraw(&Delivery::withdrawal(uri.clone(), *version, reason, now))
        }
        ArticleChange::Decided { decision, result, version, moved } => {
            let asked = Asked { decision, result, version: *version, moved };
            let Some(article) = asked.article(articles).await? else { return Ok(Vec::new()) };
            standing.offer(&article, &asked, now)
        }
        ArticleChange::Sighted { .. } => Vec::new(),
    })
}

/// The article, once it is known in this version.
pub(super) async fn newest(
    articles: &dyn Articles,
    uri: &ArticleUri,
    version: u32,
) -> Result<Option<Arc<Article>>, StageError> {
    let known = async {
        loop {
            let article = articles.newest(uri).await.map_err(StageError::State)?;
            if article.as_ref().is_some_and(|article| article.version >= version) {
                return Ok(article);
            }
            tokio::time::sleep(VIEW_STEP).await;
        }
    };
    let late = |_| StageError::State(format!("the view does not show `{uri}` version {version} yet"));
    tokio::time::timeout(VIEW_PATIENCE, known).await.map_err(late)?
}

/// The group that decides.
pub(crate) const ROUTE: &str = "route";

#[async_trait]
impl Stage for RouteStage {
    fn name(&self) -> &'static str {
        ROUTE
    }

    fn subscription(&self) -> Subscription {
        Subscription::Topics(vec![topic::ARTICLES.to_owned()])
    }

    async fn assigned(&mut self, log: &dyn Log, _partitions: &[Partition]) -> Result<(), StageError> {
        self.forget();
        self.holdings = Some(Holdings::open(&self.file, log).await?);
        self.has_again = true;
        self.standing.rules.follow((self.registry)());
        self.follow_partners().await
    }

    fn revoked(&mut self, _partitions: &[Partition]) {
        self.forget();
    }

    async fn process(&mut self, records: Vec<Record>, now: Timestamp) -> Result<Vec<NewRecord>, StageError> {
        self.follow_registry().await?;
        self.catch_up(now).await?;
        let mut outputs = Vec::new();
        let mut changes = Vec::new();
        for record in &records {
            let Some(value) = &record.value else { continue };
            match serde_json::from_slice::<ArticleChange>(value) {
                Ok(change) => changes.push((Cause::of(record, value), change)),
                Err(error) => outputs.push(dead(record, &error.to_string(), now)),
            }
        }
        self.take_up(changes.iter().flat_map(|(_, change)| concerned(change)).cloned().collect()).await?;
        let mut noted = Vec::new();
        for (cause, change) in &changes {
            // What was released by the clock of whoever wrote it is released, though this node's be a little behind: nothing
            // says it a second time, and a lane looks at its own clock.
            let now = cause.at.map_or(now, |at| at.max(now));
            for (partner, delivery) in decide(&self.standing, self.articles.as_ref(), change, now).await? {
                outputs.push(to_record(&partner, &delivery, &cause.origin, cause.traceparent.as_deref()));
                self.standing.holders.note(&partner, &delivery);
                noted.push((partner, delivery));
            }
        }
        opened(&mut self.holdings)?.note(noted).await?;
        Ok(outputs)
    }

    fn wakes_at(&self) -> Option<Timestamp> {
        self.holdings.as_ref()?;
        if self.has_again {
            return Some(Timestamp::MIN);
        }
        let end = self.ends.next(&(self.registry)());
        Some(end.map_or(self.next_look(), |end| end.min(self.next_look())))
    }

    /// Decides again about copies whose grant has ended, and about those of which something older was said elsewhere.
    async fn due(&mut self, now: Timestamp) -> Result<Vec<NewRecord>, StageError> {
        let looks = self.next_look() <= now;
        self.follow_registry().await?;
        self.catch_up(now).await?;
        self.endings.extend(self.ends.come(self.standing.rules.registry(), now).into_iter().map(Ending::of));
        let holdings = opened(&mut self.holdings)?;
        if looks {
            holdings.look_again().await?;
        }
        let copies = holdings.again(&mut self.endings).await?;
        self.has_again = !copies.is_empty();
        if copies.is_empty() {
            return Ok(Vec::new());
        }
        self.take_up(copies.iter().map(|copy| copy.article.clone()).collect()).await?;
        let (mut decided, mut put_off, mut noted) = (Vec::new(), Vec::new(), Vec::new());
        for copy in copies {
            let version = self.standing.holders.decided(&copy.article, &copy.partner);
            let article = self.articles.newest(&copy.article).await.map_err(StageError::State)?;
            match article.filter(|article| article.version >= version) {
                Some(article) => {
                    let delivery = self.standing.decide_again(&copy, &article, now);
                    noted.extend(delivery.map(|delivery| (copy.partner.clone(), delivery)));
                    decided.push(copy);
                }
                // What comes to be routed does not wait for a view that is being rebuilt.
                None => put_off.push(copy),
            }
        }
        let outputs = noted.iter().map(|(partner, delivery)| again_record(partner, delivery)).collect();
        let holdings = opened(&mut self.holdings)?;
        holdings.note(noted).await?;
        holdings.settle(decided, put_off).await?;
        Ok(outputs)
    }
}

/// The record of `articles` that a decision follows from.
struct Cause {
    origin: String,
    /// When it was written, by the clock of whoever wrote it.
    at: Option<Timestamp>,
    traceparent: Option<String>,
}

impl Cause {
    fn of(record: &Record, value: &Bytes) -> Self {
        let event = Event::read(&record.headers, value).ok().map(|(event, _)| event);
        let (at, traceparent) = event.map_or((None, None), |event| (event.time, event.traceparent));
        Self { origin: format!("{}:{}", record.partition.topic, record.offset), at, traceparent }
    }
}

/// The record of a decision that no record of `articles` brought about.
fn again_record(partner: &PartnerId, delivery: &Delivery) -> NewRecord {
    let cause = delivery.redelivery.clone().unwrap_or_else(|| format!("again-{}", delivery.decided.as_millisecond()));
    to_record(partner, delivery, &format!("{cause}:{}", delivery.article.short()), None)
}

/// The articles whose holders a change may be about.
fn concerned(change: &ArticleChange) -> Vec<&ArticleUri> {
    match change {
        ArticleChange::Version { article, .. } => vec![&article.uri],
        ArticleChange::Lifted { uri, .. }
        | ArticleChange::Withdrawn { uri, .. }
        | ArticleChange::Expired { uri, .. } => vec![uri],
        ArticleChange::Decided { decision, result, .. } => vec![&decision.article, result],
        ArticleChange::Sighted { .. } => Vec::new(),
    }
}

fn opened(holdings: &mut Option<Holdings>) -> Result<&mut Holdings, StageError> {
    holdings.as_mut().ok_or_else(|| StageError::State("`articles` is not this stage's".to_owned()))
}
