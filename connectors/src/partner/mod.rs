//! Partners: systems the hub pushes articles to. One contract, one file each.
//!
//! A connector MUST look before it creates, MUST judge the outcome by what came back and not by the status alone, and
//! MUST be harmless when called twice with the same [`Outgoing`]. It keeps no state; what it learnt last time comes
//! back to it as `held`.

use std::time::Duration;

use async_trait::async_trait;
use lianbo_schemas::registry::Connector;
use lianbo_schemas::{ArticleUri, Content, NewsItem, Remote};

use crate::http::HttpClient;

mod failure;
pub mod options;
pub mod webhook;
pub mod wordpress;

pub use options::SettingsError;

/// An article, ready for one partner: the grant's terms are already applied.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing {
    /// The article.
    pub uri: ArticleUri,
    /// Its version.
    pub version: u32,
    /// ninjs 3.1, with `bodies` cut to the terms and pictures left out where the terms say so.
    pub news: NewsItem,
    /// Sanitised HTML of the body, with the attribution line already in it.
    pub html: String,
    /// The attribution line alone: 来源：成都日报.
    pub attribution: String,
    /// How much of the article this is.
    pub content: Content,
    /// Where the original stands.
    pub canonical_url: Option<String>,
    /// Ids of the channels that selected it, to be mapped to categories.
    pub channels: Vec<String>,
    /// The same for every try of this version: (partner, article, version, redelivery). Receivers drop repeats by it.
    pub delivery_id: String,
    /// W3C trace context to hand on.
    pub traceparent: Option<String>,
}

/// What the hub knows the partner to hold of this article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Where it stands there.
    pub remote: Remote,
    /// Hash of what was sent last.
    pub content_hash: String,
}

/// Why a partner did not take it, named by what comes next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// Try the same again, after a while.
    #[error("{reason}")]
    Transient {
        /// As the partner asks (`Retry-After`), if it does.
        retry_after: Option<Duration>,
        /// One sentence.
        reason: String,
    },
    /// It will never take this version: dead letter, go on with others.
    #[error("{reason}")]
    Rejected {
        /// One sentence.
        reason: String,
    },
    /// It takes nothing from us: pause the lane, tell the operator.
    #[error("{reason}")]
    Denied {
        /// One sentence.
        reason: String,
    },
    /// The partner's endpoint says it is gone for good (410): pause the lane, tell the operator.
    #[error("{reason}")]
    Gone {
        /// One sentence.
        reason: String,
    },
}

/// A system the hub pushes to. Each call is bounded by the lane's time-out, and may be dropped in mid-flight: the next
/// call then looks before it creates.
#[async_trait]
pub trait PartnerConnector: Send + Sync {
    /// Tries what a delivery needs (address, credentials, rights) and changes nothing there. One sentence says what was
    /// found, e.g. `WordPress 6.5.5, user syndbot may publish`.
    async fn check(&self) -> Result<String, Failure>;

    /// Makes the partner hold this version: creates or updates.
    async fn put(&self, article: &Outgoing, held: Option<&Held>) -> Result<Held, Failure>;

    /// Makes the partner show it no longer. Not finding it there is success.
    async fn withdraw(&self, withdrawal: &Withdrawal, held: Option<&Held>) -> Result<(), Failure>;
}

/// A kill or a holding back, as told to a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// The article.
    pub uri: ArticleUri,
    /// Its version.
    pub version: u32,
    /// Canceled (for good) or withheld (may come again).
    pub status: lianbo_schemas::ninjs::PubStatus,
    /// What the outlet says about it.
    pub note: Option<String>,
    /// When it was decided: the same for every try.
    pub decided: jiff::Timestamp,
    /// The same for every try.
    pub delivery_id: String,
    /// W3C trace context to hand on.
    pub traceparent: Option<String>,
}

/// The kinds of connectors there are.
pub const KINDS: [&str; 2] = ["webhook", "wordpress"];

/// Whether a connector's kind is known and its options are right, without its secret.
pub fn check_settings(connector: &Connector) -> Result<(), SettingsError> {
    match connector.kind.as_str() {
        "webhook" => webhook::Webhook::check_settings(connector),
        "wordpress" => wordpress::WordPress::check_settings(connector),
        unknown => Err(SettingsError::Kind { kind: unknown.to_owned() }),
    }
}

/// The connector a partner's record asks for. `secret` is the secret the record names, as this machine holds it.
pub fn open(
    connector: &Connector,
    secret: Option<String>,
    http: HttpClient,
) -> Result<Box<dyn PartnerConnector>, SettingsError> {
    match connector.kind.as_str() {
        "webhook" => Ok(Box::new(webhook::Webhook::open(connector, secret, http)?)),
        "wordpress" => Ok(Box::new(wordpress::WordPress::open(connector, secret, http)?)),
        unknown => Err(SettingsError::Kind { kind: unknown.to_owned() }),
    }
}
