//! A receipt: what a partner holds. All receipts together are the ledger.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ArticleUri, Event, History, PartnerId};

/// One record of `receipts`, keyed by partner and article: the newest one counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The partner.
    pub partner: PartnerId,
    /// The article.
    pub article: ArticleUri,
    /// The version this is about.
    pub version: u32,
    /// What came of it.
    pub state: ReceiptState,
    /// Where it stands at the partner, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<Remote>,
    /// SHA-256, in hexadecimal, of what was sent; tells drift and needless sends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_hash: Option<String>,
    /// The hub's own SHA-256 of the rendering the partner now shows: tells whether it would be sent differently today.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rendering: Option<String>,
    /// The redelivery it answers, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redelivery: Option<String>,
    /// How often it was tried for this version; 0: there was nothing to tell the partner.
    pub attempts: u32,
    /// When the partner answered.
    pub at: Timestamp,
    /// What it held when, this receipt included; left out where the receipt alone says it. Read [`Receipt::history`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub history: Option<History>,
}

impl Receipt {
    /// The CloudEvents attribute that names the offset of the delivery which a receipt answers.
    pub const ANSWERS: &str = "answers";

    /// That offset, where the receipt's event says it.
    pub fn answers(event: &Event) -> Option<i64> {
        event.extensions.get(Self::ANSWERS)?.parse().ok()
    }

    /// With the history that follows from the one `before` it.
    pub fn following(mut self, before: History) -> Self {
        let history = before.after(&self);
        self.history = (history != History::default().after(&self)).then_some(history);
        self
    }

    /// What the partner held when, up to this receipt.
    pub fn history(&self) -> History {
        self.history.clone().unwrap_or_else(|| History::default().after(self))
    }

    /// The record's key.
    pub fn key(partner: &PartnerId, article: &ArticleUri) -> String {
        format!("{partner} {article}")
    }
}

/// What came of a delivery.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReceiptState {
    /// The partner shows this version.
    Held,
    /// The partner shows it no longer, or never did.
    Withdrawn,
    /// The partner refused this version for good; a dead letter says why. What it held before stands in `remote`.
    Refused {
        /// Why.
        reason: String,
    },
}

/// An article as a partner keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remote {
    /// The partner's own id.
    pub id: String,
    /// Where readers see it, if the partner told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The partner's version token (`modified_gmt`, `updated_at`, ETag), to notice local edits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}
