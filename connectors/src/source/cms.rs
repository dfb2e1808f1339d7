//! A CMS as a source: its lists tell what has changed, one post at a time is fetched.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use lianbo_schemas::Source;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::registry::Connector;
use sha2::{Digest, Sha256};

use super::ghost::Ghost;
use super::wordpress::WordPress;
use crate::format::post::System;
use crate::format::{self, Piece};
use crate::http::HttpClient;
use crate::partner::refusal::{ApiError, said};
use crate::partner::{Failure, SettingsError};

/// In which order posts are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The last changed first.
    Changed,
    /// The last made first: a post made with an old date counts as changed at that date.
    Made,
    /// What waits for its time to be shown, the next first; empty where being shown counts as a change.
    Scheduled,
}

/// A line of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The CMS's own id of the post.
    pub id: String,
    /// Whatever changes when the post does.
    pub stamp: String,
    /// Last change, to the second.
    pub changed: Option<Timestamp>,
    /// When it is to be shown without any further change.
    pub due: Option<Timestamp>,
    /// Whether its readers see it.
    pub standing: Standing,
    /// The line as a document: what to submit when it says that the post is not shown.
    pub body: Bytes,
}

/// Who sees a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Everybody.
    Public,
    /// Its editors.
    Hidden,
    /// Nobody: it is deleted.
    Gone,
}

/// A post to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wanted<'a> {
    /// The CMS's own id.
    pub id: &'a str,
    /// What its piece is known by.
    pub own_id: &'a str,
}

/// A post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Post {
    /// As the CMS sent it.
    pub body: Bytes,
    /// Whether a hub has put it there.
    pub origin: PostOrigin,
}

/// Who has made a post.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PostOrigin {
    /// The outlet.
    Outlet,
    /// A hub of this kind, this one or another.
    Hub,
}

/// What a document says of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The CMS's own id.
    pub id: String,
    /// What the piece is known by.
    pub own_id: String,
    /// Where its readers find it.
    pub url: Option<String>,
    /// Whether the piece is usable.
    pub is_public: bool,
    /// Digest of all that readers see.
    pub digest: [u8; 32],
}

/// Why a CMS did not answer as it should, named by what comes next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// Ask again later.
    #[error("{reason}")]
    Transient {
        /// As the site asks.
        retry_after: Option<Duration>,
        /// One sentence.
        reason: String,
    },
    /// An operator must act.
    #[error("{reason}")]
    Denied {
        /// One sentence.
        reason: String,
    },
}

/// A CMS whose posts are taken in. It changes nothing there.
#[async_trait]
pub trait Cms: Send + Sync {
    /// Whose posts these are.
    fn system(&self) -> System;

    /// Tries address, credentials and rights. One sentence says what was found.
    async fn check(&self) -> Result<String, SourceError>;

    /// A page of the list, from 1, [`PAGE`] rows at most; empty behind the last.
    async fn list(&self, order: Order, page: u32) -> Result<Vec<Row>, SourceError>;

    /// How these posts stand, [`PAGE`] at most. One that is not there comes as [`Standing::Gone`].
    async fn look(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Row>, SourceError>;

    /// One post with all that belongs to it; `None` when it is not there, or not for this user.
    async fn post(&self, id: &str) -> Result<Option<Post>, SourceError>;
}

/// Rows of a page: the most that WordPress and Ghost give.
pub const PAGE: usize = 100;

/// The CMS an outlet's record asks for, with its secret; `None` for a feed.
pub fn open(source: &Source, secret: Option<String>, http: HttpClient) -> Result<Option<Box<dyn Cms>>, SettingsError> {
    match source {
        Source::Feed(_) => Ok(None),
        Source::WordPress(site) => Ok(Some(Box::new(WordPress::open(&site.url, &site.user, secret, http)?))),
        Source::Ghost(site) => Ok(Some(Box::new(Ghost::open(&site.url, secret, http)?))),
    }
}

/// Reads a document of an outlet's topic; `None` if it is no post of a CMS, or cannot be read.
pub fn seen(media_type: &str, body: &[u8]) -> Option<Seen> {
    let system = System::of(media_type)?;
    let piece = format::read(body, Some(media_type), None).ok()?.into_iter().next()?.ok()?;
    let own_id = piece.own_id.clone()?;
    let id = match system {
        System::WordPress => super::wordpress::id_of(body)?,
        System::Ghost => own_id.clone(),
    };
    let url = piece.url.clone();
    Some(Seen { id, own_id, url, is_public: piece.status == PubStatus::Usable, digest: digest(piece) })
}

/// A save that changes nothing a reader sees is no change. The textual form is stable within a release; after an
/// upgrade a post may look changed once, and dedup finds that nothing did.
fn digest(piece: Piece) -> [u8; 32] {
    Sha256::digest(format!("{:?}", Piece { updated: None, ..piece }).as_bytes()).into()
}

/// The site as the API's client wants it described.
pub(super) fn described(kind: &str, url: &str, user: Option<&str>) -> Connector {
    Connector {
        kind: kind.to_owned(),
        url: url.to_owned(),
        user: user.map(str::to_owned),
        secret: None,
        options: std::collections::BTreeMap::new(),
    }
}

/// What a failed call means for a source.
pub(super) fn failed(system: &str, error: ApiError) -> SourceError {
    let (failure, answered) = match error {
        ApiError::Failed(failure) => (failure, None),
        ApiError::Refused(refusal) => {
            let message = refusal.told.pointer("/errors/0/message").or_else(|| refusal.told.get("message"));
            let message = message.and_then(serde_json::Value::as_str).unwrap_or_default();
            let said = said(&refusal.code, message);
            (refusal.failure, Some(format!("{system} answered {} {said}", refusal.status.as_u16())))
        }
    };
    match failure {
        Failure::Transient { retry_after, reason } => {
            SourceError::Transient { retry_after, reason: answered.unwrap_or(reason) }
        }
        Failure::Pending { after, reason } => {
            SourceError::Transient { retry_after: Some(after), reason: answered.unwrap_or(reason) }
        }
        Failure::Rejected { reason } | Failure::Denied { reason } | Failure::Gone { reason } => {
            let advice = "check the site's address, the user and the secret with `lianbo outlet add … --from`";
            SourceError::Denied { reason: answered.map_or(reason, |answered| format!("{answered}; {advice}")) }
        }
    }
}
