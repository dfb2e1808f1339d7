//! A delivery: what a partner should hold now, by reference.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ninjs::PubStatus;
use crate::{Article, ArticleUri, ChannelId, GrantId};

/// One record of `deliveries.<partner>`, keyed by the article: the newest one counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// The article.
    pub article: ArticleUri,
    /// The version the partner should hold.
    pub version: u32,
    /// Hold it or take it down.
    pub action: Action,
    /// Not before this moment (a grant's embargo); `None`: now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_before: Option<Timestamp>,
    /// Under which grant, and how much of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terms: Option<Terms>,
    /// Set by a replay: deliver again even if the partner holds this version. The receipt repeats it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redelivery: Option<String>,
    /// Of a withdrawal: killed (`canceled`) or held back (`withheld`), which it is without.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<PubStatus>,
    /// Of a withdrawal: why, in the outlet's words, or that a grant has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it was decided.
    pub decided: Timestamp,
}

impl Delivery {
    /// The partner should show nothing of the article. All that it is to be told stands here, so that every try says the
    /// same, and none waits for a view.
    pub fn withdrawal(
        article: ArticleUri,
        version: u32,
        (status, note): (PubStatus, Option<String>),
        decided: Timestamp,
    ) -> Self {
        Self {
            article,
            version,
            action: Action::Withdraw,
            not_before: None,
            terms: None,
            redelivery: None,
            status: Some(status),
            note,
            decided,
        }
    }

    /// The partner should show nothing of the article as it stands; one that others may show is held back.
    pub fn withdrawal_of(article: &Article, decided: Timestamp) -> Self {
        let reason = match article.status() {
            PubStatus::Usable => (PubStatus::Withheld, None),
            status => (status, article.news.ed_note.clone()),
        };
        Self::withdrawal(article.uri.clone(), article.version, reason, decided)
    }
}

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// The partner should show this version.
    Hold,
    /// The partner should show nothing: killed or withheld. Goes ahead of all else.
    Withdraw,
}

/// What a grant allows for this partner, resolved when the delivery was decided.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Terms {
    /// The grant.
    pub grant: GrantId,
    /// The channels that selected it, for categories at the partner.
    pub channels: Vec<ChannelId>,
    /// How much.
    pub content: Content,
    /// Whether pictures may go along.
    pub images: bool,
    /// The line that must stand with it, e.g. `来源：成都日报`.
    pub attribution: String,
}

/// How much of an article may go out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Content {
    /// All of it.
    #[default]
    Full,
    /// The summary and a link.
    Excerpt,
    /// Headline and link.
    Link,
}
