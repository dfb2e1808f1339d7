//! A dead letter: a refusal with its reason, ready to be redriven.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ArticleUri, DecisionId, OutletId, PartnerId, SubmissionId};

/// One record of `dead`, keyed by [`DeadLetter::key`]. A later record with the same key replaces it; `redriven` or
/// `dismissed` closes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// What was refused.
    pub origin: Origin,
    /// Why.
    pub reason: Reason,
    /// When.
    pub at: Timestamp,
    /// When an operator sent it on its way again; it then either succeeds or dies anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redriven: Option<Timestamp>,
    /// That an operator put it away for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dismissed: Option<Dismissal>,
}

/// A letter was put away: nothing will come of what was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dismissal {
    /// When.
    pub at: Timestamp,
    /// The operator's reason, one line.
    pub note: String,
}

impl DeadLetter {
    /// An open letter.
    pub fn new(origin: Origin, reason: Reason, at: Timestamp) -> Self {
        Self { origin, reason, at, redriven: None, dismissed: None }
    }

    /// Whether somebody has yet to see to it.
    pub fn is_open(&self) -> bool {
        self.redriven.is_none() && self.dismissed.is_none()
    }

    /// The record's key and the letter's id: one letter per refused thing.
    pub fn key(&self) -> String {
        match &self.origin {
            Origin::Submission { submission, entry: None, .. } => format!("submission:{submission}"),
            Origin::Submission { submission, entry: Some(entry), .. } => format!("submission:{submission}:{entry}"),
            Origin::Record { topic, partition, offset } => format!("record:{topic}:{partition}:{offset}"),
            Origin::Decision { decision, .. } => format!("decision:{decision}"),
            Origin::Delivery { partner, article, .. } => format!("delivery:{partner}:{}", article.short()),
        }
    }
}

/// What was refused, and where its bytes are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Origin {
    /// A submission, or one entry of it.
    Submission {
        /// Whose.
        outlet: OutletId,
        /// Which.
        submission: SubmissionId,
        /// The entry's number in a document of several, from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        entry: Option<u32>,
        /// Its topic.
        topic: String,
        /// Its partition.
        partition: i32,
        /// Its offset: the bytes are there.
        offset: i64,
    },
    /// Any other record that could not be read.
    Record {
        /// Its topic.
        topic: String,
        /// Its partition.
        partition: i32,
        /// Its offset.
        offset: i64,
    },
    /// An editor's decision that could not be carried out.
    Decision {
        /// Which.
        decision: DecisionId,
        /// About which article.
        article: ArticleUri,
    },
    /// A delivery.
    Delivery {
        /// To whom.
        partner: PartnerId,
        /// Of what.
        article: ArticleUri,
        /// Which version.
        version: u32,
    },
}

/// A reason an operator can act on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// Short and stable, e.g. `malformed`, `too-large`, `rejected`, `gone`.
    pub code: String,
    /// One sentence.
    pub detail: String,
}
