//! The route stage: reads `articles`, writes `deliveries.<partner>`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{
    Action, Article, ArticleChange, ArticleUri, DeadLetter, Delivery, Event, Origin, Partner, PartnerId, Reason, Terms,
    topic,
};

use super::decided::Asked;
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
    /// Who should hold what, as decided so far: the fold of all `deliveries.*`.
    holders: HashMap<ArticleUri, BTreeSet<PartnerId>>,
    /// Follows `deliveries.*` for what others decide there (a replay).
    decisions: Option<Box<dyn Reader>>,
}

impl RouteStage {
    /// A stage that asks `registry` before each batch.
    pub fn new(registry: Arc<dyn Fn() -> Arc<Snapshot> + Send + Sync>, articles: Arc<dyn Articles>) -> Self {
        Self { registry, articles, rules: Rules::default(), holders: HashMap::new(), decisions: None }
    }

    fn note(&mut self, topic: &str, value: Option<&Bytes>) {
        let (Some(partner), Some(value)) = (topic::partner_of(topic), value) else { return };
        let Ok(delivery) = serde_json::from_slice::<Delivery>(value) else { return };
        let holders = self.holders.entry(delivery.article).or_default();
        match delivery.action {
            Action::Hold => drop(holders.insert(partner)),
            Action::Withdraw => drop(holders.remove(&partner)),
        }
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
            ArticleChange::Withdrawn { uri, version, .. } => self.withdraw(uri, *version, now),
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

    /// A version that may be shown: to all who should have it. Those who hold it without a grant lose it.
    fn hold(&self, article: &Article, now: Timestamp) -> Vec<(PartnerId, Delivery)> {
        if !article.is_released(now) || article.status() != PubStatus::Usable {
            return Vec::new();
        }
        let holders = self.holders.get(&article.uri);
        let mut decisions = Vec::new();
        for partner in self.rules.registry().partners.values() {
            let holds = holders.is_some_and(|holders| holders.contains(&partner.id));
            let delivery = match self.rules.decide(article, partner, holds, now) {
                Decision::Hold { terms, not_before } => holding(article, terms, not_before, now),
                Decision::NoGrant(_) if holds => withdrawal(&article.uri, article.version, now),
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
        if !article.is_released(now) || article.status() != PubStatus::Usable {
            return Vec::new();
        }
        let holders = self.holders.get(&article.uri);
        let heirs = asked.heirs_of().and_then(|uri| self.holders.get(uri));
        let partners = self.rules.registry().partners.values();
        let without = partners.filter(|partner| !holders.is_some_and(|holders| holders.contains(&partner.id)));
        let decide = |partner: &Arc<Partner>| {
            let mut decision = self.rules.decide(article, partner, false, now);
            if matches!(decision, Decision::NoChannel(_)) && heirs.is_some_and(|heirs| heirs.contains(&partner.id)) {
                decision = self.rules.decide(article, partner, true, now);
            }
            let Decision::Hold { terms, not_before } = decision else { return None };
            Some((partner.id.clone(), holding(article, terms, not_before, now)))
        };
        without.filter_map(decide).collect()
    }

    /// A withdrawal goes to every partner there is: whoever holds it takes it down, the others have nothing to do.
    /// So neither a rule that has changed since nor a decision made elsewhere can leave a copy standing.
    fn withdraw(&self, uri: &ArticleUri, version: u32, now: Timestamp) -> Vec<(PartnerId, Delivery)> {
        let registered = self.rules.registry().partners.keys();
        let holders = self.holders.get(uri).into_iter().flatten();
        let all: BTreeSet<&PartnerId> = registered.chain(holders).collect();
        all.into_iter().map(|partner| (partner.clone(), withdrawal(uri, version, now))).collect()
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
        self.holders.clear();
        let all = Subscription::Prefix(topic::DELIVERIES_PREFIX.to_owned());
        let reader = log::fold(log, all, |record| self.note(&record.partition.topic, record.value.as_ref())).await?;
        self.decisions = Some(reader);
        Ok(())
    }

    fn revoked(&mut self, _partitions: &[Partition]) {
        self.holders.clear();
        self.decisions = None;
    }

    async fn process(&mut self, records: Vec<Record>, now: Timestamp) -> Result<Vec<NewRecord>, StageError> {
        let registry = (self.registry)();
        if !Arc::ptr_eq(&registry, self.rules.registry()) {
            self.rules = Rules::new(registry);
        }
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
}

fn holding(article: &Article, terms: Terms, not_before: Option<Timestamp>, now: Timestamp) -> Delivery {
    Delivery {
        article: article.uri.clone(),
        version: article.version,
        action: Action::Hold,
        not_before: not_before.filter(|moment| *moment > now),
        terms: Some(terms),
        redelivery: None,
        decided: now,
    }
}

fn withdrawal(uri: &ArticleUri, version: u32, now: Timestamp) -> Delivery {
    Delivery {
        article: uri.clone(),
        version,
        action: Action::Withdraw,
        not_before: None,
        terms: None,
        redelivery: None,
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
