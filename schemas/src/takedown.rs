//! A take-down, looked at from outside: whether readers still see what a partner says it has taken down.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ArticleUri, PartnerId};

/// One record of `takedowns`, keyed as the receipt it is about: the newest one counts, as long as that receipt does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeDown {
    /// The partner.
    pub partner: PartnerId,
    /// The article.
    pub article: ArticleUri,
    /// When the partner acknowledged: the `at` of the receipt. A later receipt is about something else.
    pub acknowledged: Timestamp,
    /// Where readers saw it.
    pub url: String,
    /// How often that was looked at.
    pub looks: u32,
    /// What the last look found.
    pub last: Look,
    /// Since when every look found it gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gone_since: Option<Timestamp>,
    /// What it comes to.
    pub proof: Proof,
    /// When it is looked at again; `None`: no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<Timestamp>,
}

/// One look.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// What was found.
    pub finding: Finding,
    /// The same in one sentence, with the address that answered.
    pub detail: String,
}

/// What a reader's browser finds at the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Finding {
    /// The article is gone.
    Gone,
    /// Its words are still there.
    Standing,
    /// It cannot be told: no answer, or one that says neither.
    Unclear,
}

/// What the looks come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// It is looked at again.
    Open,
    /// Proven: it was gone, and still was after a while, when caches had to have noticed.
    Gone,
    /// It is not proven, and should be by now: an operator must act.
    Overdue,
}
