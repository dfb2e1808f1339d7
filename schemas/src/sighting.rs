//! How an item relates to an article, and why the hub thinks so.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ArticleUri, ItemUri, OutletId, SubmissionId};

/// What dedup decided about one item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// A text not seen before: an article of its own.
    New,
    /// Same outlet and id, a newer version.
    Correction,
    /// Same outlet and id, nothing a reader could see has changed.
    Unchanged,
    /// Same outlet and id, older than what the hub has.
    Stale,
    /// The same text as an article the hub has: a sighting of it.
    Reprint {
        /// The one best parent.
        of: ItemUri,
    },
    /// The same story with changed figures or new facts: its own article, linked.
    Update {
        /// The item it updates.
        of: ItemUri,
    },
    /// Another write-up of the same event: its own article, linked.
    SameEvent {
        /// The item it is related to.
        of: ItemUri,
    },
}

impl Verdict {
    /// Its one word, as in JSON: `new`, `same-event` …
    pub fn word(&self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Correction => "correction",
            Self::Unchanged => "unchanged",
            Self::Stale => "stale",
            Self::Reprint { .. } => "reprint",
            Self::Update { .. } => "update",
            Self::SameEvent { .. } => "same-event",
        }
    }

    /// The item this one is linked to, if any.
    pub fn parent(&self) -> Option<&ItemUri> {
        match self {
            Self::Reprint { of } | Self::Update { of } | Self::SameEvent { of } => Some(of),
            Self::New | Self::Correction | Self::Unchanged | Self::Stale => None,
        }
    }
}

/// Why: what an editor needs to believe a verdict.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// 0 to 1: how much of the shorter text, weighted by rarity, stands in the other.
    pub score: f32,
    /// One plain sentence each, in English: which passages, which numbers, what the page states.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<String>,
    /// Figures, dates, ordinals or names that differ: (parent's, this one's).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differing: Vec<(String, String)>,
}

/// What a sighting is to its article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Relation {
    /// The one whose words and credit the article carries.
    Original,
    /// A reprint (转载).
    Reprint,
}

/// An item seen as part of an article.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sighting {
    /// The item.
    pub item: ItemUri,
    /// Who showed it.
    pub outlet: OutletId,
    /// The submission that brought its newest version.
    pub submission: SubmissionId,
    /// Where, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The headline it was shown under.
    pub headline: String,
    /// 来源 as stated there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_source: Option<String>,
    /// When the hub received it.
    pub seen: Timestamp,
    /// The publication time it states, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<Timestamp>,
    /// Original or reprint.
    pub relation: Relation,
    /// The item it was copied from, as far as known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<ItemUri>,
    /// Why.
    #[serde(default)]
    pub evidence: Evidence,
    /// The outlet has taken it down again.
    #[serde(default)]
    pub withdrawn: bool,
}

/// A link from an article to another that is not the same text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// The other article.
    pub article: ArticleUri,
    /// `update` or `same-event`.
    pub relation: LinkRelation,
    /// Why.
    #[serde(default)]
    pub evidence: Evidence,
}

/// How two articles are linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkRelation {
    /// This one updates the other.
    Update,
    /// Both tell of one event.
    SameEvent,
}
