//! Partners: systems the hub pushes articles to. One contract, one folder each.
//!
//! A connector MUST look before it creates, MUST judge the outcome by what came back and not by the status alone, and
//! MUST be harmless when called twice with the same [`Outgoing`]. It keeps no state; what it learnt last time comes
//! back to it as `held`.
//!
//! # Layout
//! [`webhook`], [`wordpress`], [`ghost`], [`wagtail`], [`directus`], [`wechat`] and [`lianbo`] are the kinds. What
//! several of them do stands here: `outgoing` is what goes out, `name` by what it is known there, `html` its text,
//! `picture` and `form` bring its picture, `local_edit` heeds changes made there, `owned` is what its editors decide, `inspect` is how a partner
//! is looked into, `reader` looks as a reader does; `rest` calls a system, `refusal` is its no, and `failure` what an
//! answer means where the system has no more exact word. [`options`] reads what operators say.

use std::time::Duration;

use async_trait::async_trait;
use lianbo_schemas::registry::Connector;
use lianbo_schemas::{History, PartnerId, Remote};

use crate::http::HttpClient;
use crate::media::Media;

mod bearer;
mod digest;
pub mod directus;
mod failure;
mod fields;
mod form;
pub mod ghost;
mod hosted;
mod html;
mod inspect;
pub mod lianbo;
mod local_edit;
pub(crate) mod name;
pub mod options;
mod outgoing;
mod owned;
mod picture;
mod reader;
pub(crate) mod refusal;
pub(crate) mod rest;
pub mod wagtail;
pub mod webhook;
pub mod wechat;
pub mod wordpress;

pub use inspect::{Copy, Inspect, Marked, Marks, Standing, Visibility, Words, name_of};
pub use local_edit::OnLocalEdit;
pub use options::SettingsError;
pub use outgoing::{Outgoing, Withdrawal};
pub use reader::look_as_reader;

/// What the hub knows the partner to hold of this article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Where it stands there.
    pub remote: Remote,
    /// Hash of what was sent last.
    pub content_hash: String,
    /// Version tokens of what was written before that. A site set back to one of these was not edited. A connector
    /// leaves it empty in its answer.
    pub earlier: Vec<String>,
}

impl Held {
    /// As a connector answers.
    pub fn now(remote: Remote, content_hash: String) -> Self {
        Self { remote, content_hash, earlier: Vec::new() }
    }

    /// Of a receipt: with the tokens its history knows.
    pub fn of(remote: Remote, content_hash: Option<String>, history: &History) -> Self {
        let tokens = history.copies().filter_map(|copy| copy.remote.token.clone());
        let earlier = tokens.filter(|token| Some(token) != remote.token.as_ref()).collect();
        Self { remote, content_hash: content_hash.unwrap_or_default(), earlier }
    }
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
    /// It has the article, as far as can be told, and does not show it yet: look again by the same call. The partner is
    /// well, and others go on.
    #[error("{reason}")]
    Pending {
        /// When to look again.
        after: Duration,
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

    /// What can be seen of the partner's own state; `None` where nothing can.
    fn inspect(&self) -> Option<&dyn Inspect> {
        None
    }
}

/// The kinds of connectors there are.
pub const KINDS: [&str; 7] = ["webhook", "wordpress", "ghost", "wagtail", "directus", "wechat", "lianbo"];

/// Whether a connector's kind is known and its options are right, without its secret.
pub fn check_settings(connector: &Connector) -> Result<(), SettingsError> {
    match connector.kind.as_str() {
        "webhook" => webhook::Webhook::check_settings(connector),
        "wordpress" => wordpress::WordPress::check_settings(connector),
        "ghost" => ghost::Ghost::check_settings(connector),
        "wagtail" => wagtail::Wagtail::check_settings(connector),
        "directus" => directus::Directus::check_settings(connector),
        "wechat" => wechat::WeChat::check_settings(connector),
        "lianbo" => lianbo::Lianbo::check_settings(connector),
        unknown => Err(SettingsError::Kind { kind: unknown.to_owned() }),
    }
}

/// Where a partner finds the hub, and as whom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// The hub's own address, as others reach it.
    pub url: String,
    /// The partner.
    pub partner: PartnerId,
}

/// What a connector reaches the outside with. Clones share everything.
#[derive(Debug, Clone)]
pub struct Outside {
    /// Calls.
    pub http: HttpClient,
    /// Pictures.
    pub media: Media,
}

impl From<HttpClient> for Outside {
    /// Pictures are kept in memory only.
    fn from(http: HttpClient) -> Self {
        Self { media: Media::in_memory(http.clone()), http }
    }
}

/// The connector a partner's record asks for. `secret` is the secret the record names, as this machine holds it; without
/// a `home` nothing that is sent refers back to the hub.
pub fn open(
    connector: &Connector,
    secret: Option<String>,
    outside: &Outside,
    home: Option<Home>,
) -> Result<Box<dyn PartnerConnector>, SettingsError> {
    match connector.kind.as_str() {
        "webhook" => Ok(Box::new(webhook::Webhook::open(connector, secret, outside.http.clone(), home)?)),
        "wordpress" => Ok(Box::new(wordpress::WordPress::open(connector, secret, outside)?)),
        "ghost" => Ok(Box::new(ghost::Ghost::open(connector, secret, outside)?)),
        "wagtail" => Ok(Box::new(wagtail::Wagtail::open(connector, secret, outside)?)),
        "directus" => Ok(Box::new(directus::Directus::open(connector, secret, outside)?)),
        "wechat" => Ok(Box::new(wechat::WeChat::open(connector, secret, outside)?)),
        "lianbo" => Ok(Box::new(lianbo::Lianbo::open(connector, secret, outside.http.clone())?)),
        unknown => Err(SettingsError::Kind { kind: unknown.to_owned() }),
    }
}
