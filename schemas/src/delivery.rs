//! A delivery: what a partner should hold now, by reference.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ArticleUri, ChannelId, GrantId};

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
    /// Why it is to be taken down, where the article itself does not say: a grant that has ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it was decided.
    pub decided: Timestamp,
}

impl Delivery {
    /// The partner should show nothing of the article.
    pub fn withdrawal(article: ArticleUri, version: u32, decided: Timestamp) -> Self {
        Self {
            article,
            version,
            action: Action::Withdraw,
            not_before: None,
            terms: None,
            redelivery: None,
            note: None,
            decided,
        }
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
