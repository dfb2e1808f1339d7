//! The operators' API: what the command line and the console ask. Everything here needs the admin key.

mod articles;
mod compare;
mod dead;
mod decisions;
mod dedup;
mod holdings;
mod lanes;
mod lineage;
mod progress;
mod reconcile;
mod redelivery;
mod rendition;
mod replay;
mod takedown;
mod topics;
mod trouble;
mod words;

use std::sync::Arc;

use async_trait::async_trait;
use axum::routing::{get, post};
use axum::{Router, middleware};
use jiff::Timestamp;
use lianbo_schemas::{Article, Partner, PartnerId};

use crate::admin::{AdminKey, require_admin};
use crate::dedup::DedupStatus;
use crate::deliver::ConnectorFactory;
use crate::log::{Log, NewRecord, Record};
use crate::problem::Problem;
use crate::registry::Registry;
use crate::stage::Clock;
use crate::view::{View, ViewError};

/// Runs records of `outlet.*` through normalise, as the stage does: what it would write.
#[async_trait]
pub trait Renormalise: Send + Sync {
    /// The records for `normalised` and `dead`.
    async fn again(&self, records: Vec<Record>, now: Timestamp) -> Result<Vec<NewRecord>, String>;
}

/// How the lanes of this process are, as JSON rows.
pub type Lanes = Arc<dyn Fn() -> serde_json::Value + Send + Sync>;

/// What the operators' API needs.
#[derive(Clone)]
pub struct Operate {
    /// The log.
    pub log: Arc<dyn Log>,
    /// The registry.
    pub registry: Registry,
    /// This node's view.
    pub view: Arc<View>,
    /// Normalise, for replays.
    pub normalise: Arc<dyn Renormalise>,
    /// The lanes of this process.
    pub lanes: Lanes,
    /// Makes connectors, in a process that delivers: only that one need have the partners' secrets.
    pub connectors: Option<ConnectorFactory>,
    /// How dedup is in this process.
    pub dedup: DedupStatus,
    /// The time.
    pub clock: Clock,
}

impl Operate {
    /// Its routes, behind the admin key.
    pub fn router(self, key: AdminKey) -> Router {
        Router::new()
            .route("/v1/articles", get(articles::list))
            .route("/v1/articles/{id}/why", get(articles::explain))
            .route("/v1/articles/{id}/compare", get(compare::serve))
            .route("/v1/articles/{id}/renditions", post(rendition::serve))
            .route("/v1/renditions", get(rendition::list))
            .route("/v1/articles/{id}/decisions", post(decisions::decide))
            .route("/v1/articles/{id}/takedown", get(takedown::report))
            .route("/v1/partners/{id}/holdings", get(holdings::list))
            .route("/v1/partners/{id}/reconcile", post(reconcile::start))
            .route("/v1/decisions/{id}", get(decisions::status))
            .route("/v1/topics", get(topics::list))
            .route("/v1/lanes", get(lanes::list))
            .route("/v1/dedup/stats", get(dedup::stats))
            .route("/v1/dead", get(dead::list))
            .route("/v1/dead/redrive", post(dead::redrive_all))
            .route("/v1/dead/{id}", get(dead::show))
            .route("/v1/dead/{id}/redrive", post(dead::redrive))
            .route("/v1/dead/{id}/dismiss", post(dead::dismiss))
            .route("/v1/replays", post(replay::start))
            .layer(middleware::from_fn_with_state(key, require_admin))
            .with_state(self)
    }
}

/// Pages for operators' eyes, to be put behind their login.
pub fn pages(operate: Operate) -> Router {
    Router::new()
        .route("/articles/{article}/compare", get(compare::page))
        .route("/articles/{article}/renditions", get(rendition::page))
        .with_state(operate)
}

/// The article named by its uri or the last part of it.
async fn article(operate: &Operate, id: &str) -> Result<Arc<Article>, Problem> {
    let short = id.rsplit([':', '/']).next().unwrap_or(id);
    let article = operate.view.article_by_short(short).await.map_err(unseen)?;
    article.ok_or_else(|| Problem::not_found(format!("there is no article `{id}`; `lianbo articles` lists them")))
}

/// A partner of the registry.
fn partner(operate: &Operate, id: &str) -> Result<Arc<Partner>, Problem> {
    let known = PartnerId::new(id).ok().and_then(|id| operate.registry.snapshot().partners.get(&id).cloned());
    known.ok_or_else(|| Problem::not_found(format!("there is no partner `{id}`; `lianbo partner list` lists them")))
}

/// The view did not answer.
fn unseen(error: ViewError) -> Problem {
    tracing::warn!(%error, "the view does not answer");
    Problem::unavailable("this node's view does not answer; ask again in a moment")
}

/// The log did not answer.
fn unread(error: crate::log::LogError) -> Problem {
    tracing::warn!(%error, "the log does not answer");
    Problem::unavailable(format!("{error}; `lianbo check` tells whether the log can be reached"))
}
