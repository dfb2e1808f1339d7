//! The route stage: reads `articles`, writes `deliveries.<partner>`.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{
    Action, Article, ArticleChange, ArticleUri, DeadLetter, Delivery, Event, OnEnd, Origin, Partner, PartnerId, Reason,
    Terms, topic,
};

use super::decided::Asked;
use super::ends::{self, Copy, Ends};
use super::holders::Holders;
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

/// Routes articles to partners.
pub struct RouteStage {
    registry: Arc<dyn Fn() -> Arc<Snapshot> + Send + Sync>,
    articles: Arc<dyn Articles>,
    rules: Rules,
    holders: Holders,
    ends: Ends,
    /// Follows `deliveries.*` for what others decide there (a replay).
    decisions: Option<Box<dyn Reader>>,
}

impl RouteStage {
    /// A stage that asks `registry` before each batch.
    pub fn new(registry: Arc<dyn Fn() -> Arc<Snapshot> + Send + Sync>, articles: Arc<dyn Articles>) -> Self {
        let (holders, ends) = (Holders::default(), Ends::default());
        Self { registry, articles, rules: Rules::default(), holders, ends, decisions: None }
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
        self.ends.note(&partner, &delivery);
        self.holders.note(partner, delivery);
    }

    fn forget(&mut self) {
        self.holders.clear();
        self.ends.clear();
        self.decisions = None;
    }

    async fn catch_up(&mut self) -> Result<(), StageError> {
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

    /// A version that may be shown: to all who should have it. Those who hold it without a grant lose it, unless the one
    /// they got it under lets them keep what they have.
    fn hold(&self, article: &Article, now: Timestamp) -> Vec<(PartnerId, Delivery)> {
        if !article.may_be_shown(now) {
            return Vec::new();
        }
        let mut decisions = Vec::new();
        for partner in self.rules.registry().partners.values() {
            let holds = self.holds(&article.uri, &partner.id);
            let delivery = match self.rules.decide(article, partner, holds, now) {
                Decision::Hold { terms, not_before } => holding_of(article, terms, not_before, now),
                Decision::NoGrant(_) if holds && !self.may_keep(&article.uri, &partner.id, now) => {
                    Delivery::withdrawal(article.uri.clone(), article.version, now)
                }
                Decision::OwnArticle | Decision::PassedThere | Decision::NoChannel(_) | Decision::NoGrant(_) => {
                    continue;
                }
            };
            decisions.push((partner.id.clone(), delivery));
        }
        decisions
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
        Ok(())
    }

    fn revoked(&mut self, _partitions: &[Partition]) {
        self.forget();
    }

    async fn process(&mut self, records: Vec<Record>, now: Timestamp) -> Result<Vec<NewRecord>, StageError> {
        self.follow_registry();
        self.catch_up().await?;
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
        self.ends.wakes_at(&(self.registry)())
    }

    /// Carries out the ends of grants, some copies at a time.
    async fn due(&mut self, now: Timestamp) -> Result<Vec<NewRecord>, StageError> {
        self.follow_registry();
        self.catch_up().await?;
        let mut outputs = Vec::new();
        for (uri, partner) in self.ends.take(self.rules.registry(), &self.holders, now) {
            let copy = Copy { article: &uri, partner: &partner };
            let decided = copy.after_end(&self.rules, &self.holders, self.articles.as_ref(), now).await?;
            let Some(delivery) = decided else { continue };
            let origin = format!("{}:{}", delivery.redelivery.as_deref().unwrap_or("end"), uri.short());
            let output = to_record(&partner, &delivery, &origin, None);
            self.note(&output.topic, output.value.as_ref());
            outputs.push(output);
        }
        Ok(outputs)
    }
}

pub(super) fn holding_of(article: &Article, terms: Terms, not_before: Option<Timestamp>, now: Timestamp) -> Delivery {
    Delivery {
        article: article.uri.clone(),
        version: article.version,
        action: Action::Hold,
        not_before: not_before.filter(|moment| *moment > now),
        terms: Some(terms),
        redelivery: None,
        note: None,
        decided: now,
    }
}

/// The record of a delivery; `origin` says what it follows from, so that the same decision has the same id.
pub(crate) fn to_record(
    partner: &PartnerId,
    delivery: &Delivery,
    origin: &str,
    traceparent: Option<&str>,
) -> NewRecord {
    let event = Event::new(format!("{partner}:{origin}"), "/route", "delivery.requested", delivery.decided)
        .about(delivery.article.as_str())
        .traced(traceparent);
    NewRecord {
        topic: topic::of_partner(partner),
        key: Some(Bytes::copy_from_slice(delivery.article.as_str().as_bytes())),
        headers: event.to_headers(),
        value: Some(serde_json::to_vec(delivery).expect("a delivery has only string keys").into()),
    }
}

fn dead(record: &Record, cause: &str, now: Timestamp) -> NewRecord {
    let letter = DeadLetter {
        origin: Origin::Record {
            topic: record.partition.topic.clone(),
            partition: record.partition.number,
            offset: record.offset,
        },
        reason: Reason { code: "malformed".to_owned(), detail: format!("cannot read the article change: {cause}") },
        at: now,
        redriven: None,
    };
    let key = letter.key();
    NewRecord {
        topic: topic::DEAD.to_owned(),
        headers: Event::new(&key, "/route", "record.dead", now).about(&key).to_headers(),
        value: Some(serde_json::to_vec(&letter).expect("a dead letter has only string keys").into()),
        key: Some(key.into()),
    }
}
