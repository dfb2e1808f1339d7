//! The route stage: reads `articles`, writes `deliveries.<partner>`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Article, ArticleChange, ArticleUri, Delivery, Event, OnEnd, Partner, PartnerId, topic};

use super::decided::Asked;
use super::ends::{self, Copy, Ends};
use super::holders::Holders;
use super::record::{dead, holding_of, to_record};
use super::select::{Decision, Rules};
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
    rules: Rules,
    holders: Holders,
    ends: Ends,
    /// Copies about which something older was decided elsewhere after what is decided here.
    overtaken: Vec<(ArticleUri, PartnerId)>,
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
            rules: Rules::default(),
            holders: Holders::default(),
            ends: Ends::default(),
            overtaken: Vec::new(),
            decisions: None,
            looked: Timestamp::MIN,
        }
    }

    fn follow_registry(&mut self) {
        let registry = (self.registry)();
        if !Arc::ptr_eq(&registry, self.rules.registry()) {
            self.rules = Rules::new(registry);
        }
    }

    fn note(&mut self, topic: &str, value: Option<&Bytes>) {
        let (Some(partner), Some(value)) = (topic::partner_of(topic), value) else { return };
        let Ok(delivery) = serde_json::from_slice::<Delivery>(value) else { return };
        if self.holders.knows_better(&partner, &delivery) {
            self.overtaken.push((delivery.article, partner));
            return;
        }
        self.ends.note(&partner, &delivery);
        self.holders.note(partner, delivery);
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
        self.holders.clear();
        self.ends.clear();
        self.overtaken.clear();
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
            ArticleChange::Version { article, .. } => self.hold(article, now),
            ArticleChange::Lifted { uri, version, .. } => match newest(self.articles.as_ref(), uri, *version).await? {
                Some(article) if article.status() == PubStatus::Usable => self.hold(&article, now),
                Some(_) | None => Vec::new(),
            },
            ArticleChange::Withdrawn { uri, version, .. } | ArticleChange::Expired { uri, version, .. } => {
                self.withdraw(uri, *version, now)
            }
            ArticleChange::Decided { decision, result, version, moved } => {
                let asked = Asked { decision, result, version: *version, moved };
                let Some(article) = asked.article(self.articles.as_ref()).await? else { return Ok(Vec::new()) };
                self.offer(&article, &asked, now)
            }
            ArticleChange::Sighted { .. } => Vec::new(),
        };
        let origin = format!("{}:{}", record.partition.topic, record.offset);
        Ok(decisions
            .into_iter()
            .map(|(partner, delivery)| to_record(&partner, &delivery, &origin, traceparent.as_deref()))
            .collect())
    }

    /// A version that may be shown: to all who should have it.
    fn hold(&self, article: &Article, now: Timestamp) -> Vec<(PartnerId, Delivery)> {
        if !article.may_be_shown(now) {
            return Vec::new();
        }
        let partners = self.rules.registry().partners.values();
        partners.filter_map(|partner| Some((partner.id.clone(), self.decide(article, partner, now)?))).collect()
    }

    /// What a partner is told of an article that may be shown. One that holds it without a grant loses it, unless the
    /// grant it got it under lets it keep what it has.
    fn decide(&self, article: &Article, partner: &Partner, now: Timestamp) -> Option<Delivery> {
        let holds = self.holds(&article.uri, &partner.id);
        match self.rules.decide(article, partner, holds, now) {
            Decision::Hold { terms, not_before } => Some(holding_of(article, terms, not_before, now)),
            Decision::NoGrant(_) if holds && !self.may_keep(&article.uri, &partner.id, now) => {
                Some(Delivery::withdrawal(article.uri.clone(), article.version, now))
            }
            Decision::OwnArticle | Decision::PassedThere | Decision::NoChannel(_) | Decision::NoGrant(_) => None,
        }
    }

    /// What was decided about a copy before something older was, once more.
    async fn again(
        &self,
        uri: &ArticleUri,
        partner: &PartnerId,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StageError> {
        let version = self.holders.decided(uri, partner);
        let Some(article) = newest(self.articles.as_ref(), uri, version).await? else { return Ok(None) };
        if article.status() != PubStatus::Usable || article.has_expired(now) {
            return Ok(Some(Delivery::withdrawal(uri.clone(), article.version, now)));
        }
        let partner = self.rules.registry().partners.get(partner).filter(|_| article.is_released(now));
        Ok(partner.and_then(|partner| self.decide(&article, partner, now)))
    }

    /// An article that a decision has changed, to those who do not hold it and now should: an outlet's own site whose
    /// item is no longer part of it, and whoever held the article that went into it.
    fn offer(&self, article: &Article, asked: &Asked<'_>, now: Timestamp) -> Vec<(PartnerId, Delivery)> {
        if !article.may_be_shown(now) {
            return Vec::new();
        }
        let is_heir = |partner: &PartnerId| asked.heirs_of().is_some_and(|uri| self.holds(uri, partner));
        let partners = self.rules.registry().partners.values();
        let without = partners.filter(|partner| !self.holds(&article.uri, &partner.id));
        let decide = |partner: &Arc<Partner>| {
            let mut decision = self.rules.decide(article, partner, false, now);
            if matches!(decision, Decision::NoChannel(_)) && is_heir(&partner.id) {
                decision = self.rules.decide(article, partner, true, now);
            }
            let Decision::Hold { terms, not_before } = decision else { return None };
            Some((partner.id.clone(), holding_of(article, terms, not_before, now)))
        };
        without.filter_map(decide).collect()
    }

    /// A withdrawal goes to every partner there is: whoever holds it takes it down, the others have nothing to do.
    /// So neither a rule that has changed since nor a decision made elsewhere can leave a copy standing.
    fn withdraw(&self, uri: &ArticleUri, version: u32, now: Timestamp) -> Vec<(PartnerId, Delivery)> {
        let registered = self.rules.registry().partners.keys();
        let all: BTreeSet<&PartnerId> = registered.chain(self.holders.of(uri)).collect();
        let withdrawal = || Delivery::withdrawal(uri.clone(), version, now);
        all.into_iter().map(|partner| (partner.clone(), withdrawal())).collect()
    }

    fn holds(&self, article: &ArticleUri, partner: &PartnerId) -> bool {
        self.holders.holding(article, partner).is_some()
    }

    /// Whether the grant under which a partner holds an article has ended, and lets it keep what it has.
    fn may_keep(&self, article: &ArticleUri, partner: &PartnerId, now: Timestamp) -> bool {
        let grant = self.holders.holding(article, partner).and_then(|holding| holding.grant.as_deref());
        let ended = grant.and_then(|grant| ends::ended(self.rules.registry(), grant, now));
        ended.is_some_and(|(grant, _)| grant.on_end == OnEnd::Keep)
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
        self.overtaken.extend(self.holders.behind());
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
        let look = self.looked.saturating_add(LOOK).unwrap_or(Timestamp::MAX);
        let end = self.ends.wakes_at(&(self.registry)());
        Some(end.map_or(look, |end| end.min(look)))
    }

    /// Decides again about copies whose grant has ended, and about those of which something older was said elsewhere.
    async fn due(&mut self, now: Timestamp) -> Result<Vec<NewRecord>, StageError> {
        self.follow_registry();
        self.catch_up(now).await?;
        let mut outputs = Vec::new();
        let ended = self.ends.take(self.rules.registry(), &self.holders, AT_ONCE, now);
        for (uri, partner) in ended {
            let copy = Copy { article: &uri, partner: &partner };
            let decided = copy.after_end(&self.rules, &self.holders, self.articles.as_ref(), now).await?;
            outputs.extend(decided.map(|delivery| self.decided(&partner, &delivery)));
        }
        let overtaken = self.overtaken.split_off(self.overtaken.len().saturating_sub(AT_ONCE));
        for (uri, partner) in overtaken {
            let decided = self.again(&uri, &partner, now).await?;
            outputs.extend(decided.map(|delivery| self.decided(&partner, &delivery)));
        }
        Ok(outputs)
    }
}
