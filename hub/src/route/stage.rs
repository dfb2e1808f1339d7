//! The route stage: reads `articles`, writes `deliveries.<partner>`.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Article, ArticleChange, ArticleUri, Delivery, Event, PartnerId, topic};

use super::decided::Asked;
use super::ends::Ends;
use super::record::{dead, to_record};
use super::select::Rules;
use super::standing::{Again, Occasion, Standing};
use crate::log::{self, Log, NewRecord, Partition, Reader, Record, Subscription};
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
/// Copies decided about again before what was decided is committed: a large grant's end must not hold up what is
/// published meanwhile.
const AT_ONCE: usize = 200;

/// Routes articles to partners.
pub struct RouteStage {
    registry: Arc<dyn Fn() -> Arc<Snapshot> + Send + Sync>,
    articles: Arc<dyn Articles>,
    standing: Standing,
    ends: Ends,
    again: Vec<Again>,
    /// Those of them whose article the view does not show yet.
    unseen: Vec<Again>,
    /// Follows `deliveries.*` for what others decide there (a replay); there while `articles` is this stage's.
    decisions: Option<Box<dyn Reader>>,
    /// When that was last looked at.
    looked: Timestamp,
}

impl RouteStage {
    /// A stage that asks `registry` before each batch.
    pub fn new(registry: Arc<dyn Fn() -> Arc<Snapshot> + Send + Sync>, articles: Arc<dyn Articles>) -> Self {
        Self {
            registry,
            articles,
            standing: Standing::default(),
            ends: Ends::default(),
            again: Vec::new(),
            unseen: Vec::new(),
            decisions: None,
            looked: Timestamp::MIN,
        }
    }

    fn follow_registry(&mut self) {
        let registry = (self.registry)();
        if !Arc::ptr_eq(&registry, self.standing.rules.registry()) {
            self.standing.rules = Rules::new(registry);
        }
    }

    fn note(&mut self, topic: &str, value: Option<&Bytes>) {
        let (Some(partner), Some(value)) = (topic::partner_of(topic), value) else { return };
        let Ok(delivery) = serde_json::from_slice::<Delivery>(value) else { return };
        let article = delivery.article.clone();
        if self.standing.holders.knows_better(&partner, &delivery) {
            self.again.push(Again { article, partner, occasion: Occasion::Overtaken });
            return;
        }
        if self.ends.concern(&delivery) {
            self.again.push(Again { article, partner: partner.clone(), occasion: Occasion::Ended });
        }
        self.standing.holders.note(partner, delivery);
    }

    /// The record of a decision that no record of `articles` brought about.
    fn decided(&mut self, partner: &PartnerId, delivery: &Delivery) -> NewRecord {
        let cause =
            delivery.redelivery.clone().unwrap_or_else(|| format!("again-{}", delivery.decided.as_millisecond()));
        let record = to_record(partner, delivery, &format!("{cause}:{}", delivery.article.short()), None);
        self.note(&record.topic, record.value.as_ref());
        record
    }

    fn forget(&mut self) {
        self.standing.holders.clear();
        self.ends.clear();
        self.again.clear();
        self.unseen.clear();
        self.decisions = None;
    }

    async fn catch_up(&mut self, now: Timestamp) -> Result<(), StageError> {
        self.looked = now;
        while let Some(reader) = &mut self.decisions {
            let records = reader.next(Duration::ZERO).await?;
            if records.is_empty() {
                return Ok(());
            }
            for record in records {
                self.note(&record.partition.topic, record.value.as_ref());
            }
        }
        Ok(())
    }

    async fn route(&mut self, record: &Record, now: Timestamp) -> Result<Vec<NewRecord>, StageError> {
        let Some(value) = &record.value else { return Ok(Vec::new()) };
        let traceparent = Event::read(&record.headers, value).ok().and_then(|(event, _)| event.traceparent);
        let change: ArticleChange = match serde_json::from_slice(value) {
            Ok(change) => change,
            Err(error) => return Ok(vec![dead(record, &error.to_string(), now)]),
        };
        let decisions = match &change {
            ArticleChange::Version { article, .. } => self.standing.hold(article, now),
            ArticleChange::Lifted { uri, version, .. } => match newest(self.articles.as_ref(), uri, *version).await? {
                Some(article) if article.status() == PubStatus::Usable => self.standing.hold(&article, now),
                Some(_) | None => Vec::new(),
            },
            ArticleChange::Withdrawn { uri, version, .. } | ArticleChange::Expired { uri, version, .. } => {
                self.standing.withdraw(uri, *version, now)
            }
            ArticleChange::Decided { decision, result, version, moved } => {
                let asked = Asked { decision, result, version: *version, moved };
                let Some(article) = asked.article(self.articles.as_ref()).await? else { return Ok(Vec::new()) };
                self.standing.offer(&article, &asked, now)
            }
            ArticleChange::Sighted { .. } => Vec::new(),
        };
        let origin = format!("{}:{}", record.partition.topic, record.offset);
        Ok(decisions
            .into_iter()
            .map(|(partner, delivery)| to_record(&partner, &delivery, &origin, traceparent.as_deref()))
            .collect())
    }

    /// When decisions made elsewhere, and what the view did not show, are looked at next.
    fn next_look(&self) -> Timestamp {
        self.looked.saturating_add(LOOK).unwrap_or(Timestamp::MAX)
    }
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

#[async_trait]
impl Stage for RouteStage {
    fn name(&self) -> &'static str {
        "route"
    }

    fn subscription(&self) -> Subscription {
        Subscription::Topics(vec![topic::ARTICLES.to_owned()])
    }

    async fn assigned(&mut self, log: &dyn Log, _partitions: &[Partition]) -> Result<(), StageError> {
        self.forget();
        let all = Subscription::Prefix(topic::DELIVERIES_PREFIX.to_owned());
        let reader = log::fold(log, all, |record| self.note(&record.partition.topic, record.value.as_ref())).await?;
        self.decisions = Some(reader);
        // Compaction may have left of two decisions the one that overtook.
        let behind = self.standing.holders.behind().into_iter();
        self.again.extend(behind.map(|(article, partner)| Again { article, partner, occasion: Occasion::Overtaken }));
        Ok(())
    }

    fn revoked(&mut self, _partitions: &[Partition]) {
        self.forget();
    }

    async fn process(&mut self, records: Vec<Record>, now: Timestamp) -> Result<Vec<NewRecord>, StageError> {
        self.follow_registry();
        self.catch_up(now).await?;
        let mut outputs = Vec::new();
        for record in &records {
            for output in self.route(record, now).await? {
                self.note(&output.topic, output.value.as_ref());
                outputs.push(output);
            }
        }
        Ok(outputs)
    }

    fn wakes_at(&self) -> Option<Timestamp> {
        self.decisions.as_ref()?;
        if !self.again.is_empty() {
            return Some(Timestamp::MIN);
        }
        let end = self.ends.next(&(self.registry)());
        Some(end.map_or(self.next_look(), |end| end.min(self.next_look())))
    }

    /// Decides again about copies whose grant has ended, and about those of which something older was said elsewhere.
    async fn due(&mut self, now: Timestamp) -> Result<Vec<NewRecord>, StageError> {
        if self.next_look() <= now {
            self.again.append(&mut self.unseen);
        }
        self.follow_registry();
        self.catch_up(now).await?;
        let ended = self.ends.come(self.standing.rules.registry(), now);
        if !ended.is_empty() {
            let held = self.standing.holders.under(&ended).into_iter();
            self.again.extend(held.map(|(article, partner)| Again { article, partner, occasion: Occasion::Ended }));
        }
        let mut outputs = Vec::new();
        for copy in self.again.split_off(self.again.len().saturating_sub(AT_ONCE)) {
            let version = self.standing.holders.decided(&copy.article, &copy.partner);
            let article = self.articles.newest(&copy.article).await.map_err(StageError::State)?;
            match article.filter(|article| article.version >= version) {
                Some(article) => {
                    let decided = self.standing.decide_again(&copy, &article, now);
                    outputs.extend(decided.map(|delivery| self.decided(&copy.partner, &delivery)));
                }
                // What comes to be routed does not wait for a view that is being rebuilt.
                None => self.unseen.push(copy),
            }
        }
        Ok(outputs)
    }
}
