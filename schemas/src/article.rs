//! The hub's canonical article and the changes that make it: the records of `articles`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ninjs::PubStatus;
use crate::sighting::{Link, Sighting};
use crate::{ArticleUri, Decision, ItemUri, NewsItem, OutletId};

/// One story for every receiver: an original and its reprints.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Article {
    /// Derived from the first item.
    pub uri: ArticleUri,
    /// Rises by one with every change a receiver should see: text, credit, status.
    pub version: u32,
    /// The outlet whose words and credit it carries: its grants decide where it may go.
    pub outlet: OutletId,
    /// The item whose words it carries.
    pub original: ItemUri,
    /// When the hub first received it.
    pub first_seen: Timestamp,
    /// The piece: ninjs 3.1, `uri` = the article's, `version` = the article's, `hub` filled in.
    pub news: NewsItem,
    /// Every item of it, the original first.
    pub sightings: Vec<Sighting>,
    /// Articles it updates or is related to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}

impl Article {
    /// Usable, withheld or canceled.
    pub fn status(&self) -> PubStatus {
        self.news.pub_status
    }

    /// Whether it may be shown at `now`, as far as the outlet's own embargo goes.
    pub fn is_released(&self, now: Timestamp) -> bool {
        self.news.embargoed_until.is_none_or(|until| until <= now)
    }

    /// Whether its outlet lets it be shown no longer at `now`.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.news.expires.is_some_and(|at| at <= now)
    }

    /// Whether its outlet lets it be shown at `now`: usable, its embargo over, not expired.
    pub fn may_be_shown(&self, now: Timestamp) -> bool {
        self.status() == PubStatus::Usable && self.is_released(now) && !self.has_expired(now)
    }
}

/// Why a full new version of an article was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Cause {
    /// The first version.
    Published,
    /// The outlet changed it; also a withheld one that came back.
    Corrected,
    /// The original turned up late: credit, link and words are now its own.
    Attributed,
}

/// One record of `articles`. Folding them in order gives every article as it stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "kebab-case")]
#[allow(clippy::large_enum_variant)]
pub enum ArticleChange {
    /// A full version, with all sightings so far. An article under embargo is written at once and released later.
    Version {
        /// Why.
        cause: Cause,
        /// The article as it now stands.
        article: Article,
    },
    /// An item was seen as part of the article, or its sighting changed: replaces the sighting of the same item.
    Sighted {
        /// The article.
        uri: ArticleUri,
        /// The sighting.
        sighting: Sighting,
    },
    /// Withheld or canceled. No body goes out any more.
    Withdrawn {
        /// The article.
        uri: ArticleUri,
        /// Its version, one higher than before.
        version: u32,
        /// Withheld or canceled.
        status: PubStatus,
        /// What the outlet says about it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
        /// When the outlet's word reached the hub.
        at: Timestamp,
    },
    /// An editor has decided about the article, and it was carried out: what it brought are the records before this one
    /// and, of a merge, the withdrawal after it.
    Decided {
        /// What was decided about which article.
        decision: Decision,
        /// The article that came of it: the item's own, the one merged into, or, when an original was set, the same.
        result: ArticleUri,
        /// The version of the article that stays: the one split from, the one merged into, the one with its original.
        version: u32,
        /// The items that are part of `result` from now on, and no longer of the decision's article.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        moved: Vec<ItemUri>,
    },
    /// The embargo is over: from this offset on the article may be shown.
    Lifted {
        /// The article.
        uri: ArticleUri,
        /// The version it has.
        version: u32,
        /// The moment the embargo named.
        at: Timestamp,
    },
    /// Its time is over, as its outlet had said: nobody may show it, until the outlet sends it with a later expiry.
    Expired {
        /// The article.
        uri: ArticleUri,
        /// Its version, one higher than before.
        version: u32,
        /// The moment the outlet named.
        at: Timestamp,
    },
}

/// What is said of an article whose time is over, in place of the outlet's words.
pub fn expiry_note(at: Timestamp) -> String {
    format!("It expired at {at}.")
}

impl ArticleChange {
    /// The article it is about.
    pub fn uri(&self) -> &ArticleUri {
        match self {
            Self::Version { article, .. } => &article.uri,
            Self::Sighted { uri, .. }
            | Self::Withdrawn { uri, .. }
            | Self::Lifted { uri, .. }
            | Self::Expired { uri, .. } => uri,
            Self::Decided { decision, .. } => &decision.article,
        }
    }

    /// The last part of its CloudEvents type: `org.lianbo.article.<kind>`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Version { cause: Cause::Published, .. } => "published",
            Self::Version { cause: Cause::Corrected, .. } => "corrected",
            Self::Version { cause: Cause::Attributed, .. } => "attributed",
            Self::Sighted { .. } => "sighted",
            Self::Withdrawn { status: PubStatus::Canceled, .. } => "canceled",
            Self::Withdrawn { .. } => "withheld",
            Self::Lifted { .. } => "embargo-lifted",
            Self::Expired { .. } => "expired",
            Self::Decided { .. } => "decided",
        }
    }
}
