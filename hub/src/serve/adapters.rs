//! One part, seen by another as the trait it asks for. Parts do not know each other; they meet here.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use lianbo_schemas::registry::Connector;
use lianbo_schemas::{Article, ArticleUri, OutletId, SubmissionId, Template};
use tokio::time::Instant;

use crate::deliver::{ArticleStore, ArticleStoreError};
use crate::ingest::{
    IdempotencyStore, ItemOutcome, LookupError, Refused, Remembered, SubmissionReport, SubmissionStatus,
};
use crate::log::{Log, LogError, NewRecord, Record};
use crate::normalise::stage::NormaliseStage;
use crate::operate::Renormalise;
use crate::registry::Snapshot;
use crate::route::{Articles, Rule};
use crate::settings::Settings;
use crate::stage::Stage;
use crate::view::{Judgement, View};

/// Opens the log; files and brokers are waited for off the runtime.
pub(super) async fn open_log(settings: &Settings) -> Result<Arc<dyn Log>, LogError> {
    let (log, data) = (settings.log.clone(), settings.data.clone());
    let opened = tokio::task::spawn_blocking(move || crate::log::open(&log, &data)).await;
    opened.unwrap_or_else(|error| Err(LogError::Broken(error.to_string())))
}

/// Whether a channel's rule compiles.
pub(super) fn check_rule(rule: &str) -> Result<(), String> {
    Rule::compile(rule).map(drop).map_err(|error| error.to_string())
}

/// Whether a connector's kind and settings are usable; its secret may come later.
pub(super) fn check_connector(connector: &Connector) -> Result<(), String> {
    lianbo_connectors::partner::check_settings(connector).map_err(|error| error.to_string())
}

/// Whether a template can be used.
pub(super) fn check_template(template: &Template) -> Result<(), String> {
    crate::rendition::check(template).map_err(|error| error.to_string())
}

/// The view as the place where bodies are.
pub(super) struct Bodies(pub(super) Arc<View>);

#[async_trait]
impl ArticleStore for Bodies {
    async fn article(&self, uri: &ArticleUri) -> Result<Option<Arc<Article>>, ArticleStoreError> {
        self.0.article(uri).await.map_err(|error| ArticleStoreError(error.to_string()))
    }

    async fn version(
        &self,
        uri: &ArticleUri,
        version: u32,
        patience: Duration,
    ) -> Result<Option<Arc<Article>>, ArticleStoreError> {
        let mut progress = self.0.watch();
        let end = Instant::now() + patience;
        loop {
            progress.mark_unchanged();
            let found = ArticleStore::article(self, uri).await?;
            let is_there = found.as_ref().is_some_and(|article| article.version >= version);
            if is_there || !matches!(tokio::time::timeout_at(end, progress.changed()).await, Ok(Ok(()))) {
                return Ok(found);
            }
        }
    }
}

#[async_trait]
impl Articles for Bodies {
    async fn newest(&self, uri: &ArticleUri) -> Result<Option<Arc<Article>>, String> {
        self.0.article(uri).await.map_err(|error| error.to_string())
    }
}

/// The view as what ingest asks about submissions.
pub(super) struct Outcomes {
    pub(super) view: Arc<View>,
    /// How others reach this hub, for the articles' addresses.
    pub(super) url: String,
}

#[async_trait]
impl IdempotencyStore for Outcomes {
    async fn find(&self, outlet: &OutletId, key: &str) -> Result<Option<Remembered>, LookupError> {
        let found = self.view.idempotent(outlet, key).await.map_err(|error| LookupError(error.to_string()))?;
        let Some((submission, sha256)) = found else { return Ok(None) };
        let submission = SubmissionId::new(&submission).map_err(|error| LookupError(error.to_string()))?;
        let digest = data_encoding::HEXLOWER_PERMISSIVE.decode(sha256.as_bytes()).ok();
        let digest = digest.and_then(|bytes| bytes.try_into().ok());
        let body_sha256 = digest.ok_or_else(|| LookupError("the digest kept cannot be read".to_owned()))?;
        Ok(Some(Remembered { submission, body_sha256 }))
    }
}

#[async_trait]
impl SubmissionStatus for Outcomes {
    async fn report(&self, submission: &SubmissionId) -> Result<Option<SubmissionReport>, LookupError> {
        let known = self.view.submission(submission).await.map_err(|error| LookupError(error.to_string()))?;
        let Some(known) = known else { return Ok(None) };
        let Some(received) = known.received else { return Ok(None) };
        // The article may be seen before the verdict on it: they stand in two topics.
        let pending = known.pending || known.items.iter().any(|judgement| judgement.verdict.is_none());
        let mut items = Vec::with_capacity(known.items.len());
        for judgement in known.items {
            items.extend(self.outcome(judgement).await?);
        }
        let refusals = known.refusals.into_iter().map(|letter| Refused {
            entry: match letter.origin {
                lianbo_schemas::Origin::Submission { entry, .. } => entry,
                lianbo_schemas::Origin::Record { .. }
                | lianbo_schemas::Origin::Decision { .. }
                | lianbo_schemas::Origin::Delivery { .. } => None,
            },
            code: letter.reason.code,
            detail: letter.reason.detail,
        });
        Ok(Some(SubmissionReport {
            submission: submission.clone(),
            outlet: received.outlet,
            received: Some(received.received),
            pending,
            items,
            refusals: refusals.collect(),
        }))
    }
}

impl Outcomes {
    async fn outcome(&self, judgement: Judgement) -> Result<Option<ItemOutcome>, LookupError> {
        let Some(verdict) = judgement.verdict else { return Ok(None) };
        let (item, article) = (judgement.item, judgement.article);
        let known = match &article {
            Some(article) => self.view.article(article).await.map_err(|error| LookupError(error.to_string()))?,
            None => None,
        };
        let headline = known.as_ref().map(|known| headline_of(known, &item)).unwrap_or_default();
        let article_url = article.as_ref().map(|article| format!("{}/articles/{}", self.url, article.short()));
        Ok(Some(ItemOutcome { item, headline, verdict, article, article_url }))
    }
}

/// The headline an item was shown under.
fn headline_of(article: &Article, item: &lianbo_schemas::ItemUri) -> String {
    let sighting = article.sightings.iter().find(|sighting| sighting.item == *item);
    sighting.map_or_else(|| article.news.headline().to_owned(), |sighting| sighting.headline.clone())
}

/// Normalise as a replay runs it: the stage itself, its outputs handed back instead of committed.
pub(super) struct Again {
    pub(super) authority: String,
    pub(super) registry: Arc<dyn Fn() -> Arc<Snapshot> + Send + Sync>,
    pub(super) settings: crate::normalise::stage::Settings,
}

#[async_trait]
impl Renormalise for Again {
    async fn again(&self, records: Vec<Record>, now: Timestamp) -> Result<Vec<NewRecord>, String> {
        let mut stage = NormaliseStage::new(self.authority.clone(), self.registry.clone(), &self.settings);
        stage.process(records, now).await.map_err(|error| error.to_string())
    }
}
