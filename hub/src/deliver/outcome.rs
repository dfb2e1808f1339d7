//! What an attempt comes to, and the receipts and dead letters that follow from it. Pure.

use jiff::Timestamp;
use lianbo_connectors::partner::Failure;
use lianbo_schemas::{DeadLetter, Origin, PartnerId, Reason, Receipt, ReceiptState};

use super::appender::Answer;
use super::ledger::Due;

/// Characters of a reason at most, as receipts and dead letters keep it.
const LONGEST_REASON: usize = 500;

/// What an attempt came to.
#[derive(Debug)]
pub(super) struct Finished {
    /// What was to be done.
    pub(super) due: Due,
    /// What came of it.
    pub(super) outcome: Outcome,
    /// Whether the partner was called.
    pub(super) called: bool,
}

/// What comes next.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It is over: write the receipt.
    Answered(Box<Answer>),
    /// The partner failed.
    Failed(Failure),
    /// Nothing was tried; look again then. No try is counted.
    Later {
        /// When.
        until: Timestamp,
        /// One sentence.
        reason: String,
    },
}

/// The end of an article that was tried often enough.
pub(super) fn exhausted(due: &Due, partner: &PartnerId, now: Timestamp, tries: u32, reason: &str) -> Answer {
    refusal(due, partner, now, tries, "exhausted", reason)
}

/// Whatever the partner held before, it still holds.
pub(super) fn refusal(due: &Due, partner: &PartnerId, now: Timestamp, tries: u32, code: &str, reason: &str) -> Answer {
    let reason: String = reason.chars().take(LONGEST_REASON).collect();
    let before = due.known.as_ref();
    let receipt = Receipt {
        remote: before.and_then(|known| known.remote.clone()),
        content_hash: before.and_then(|known| known.content_hash.clone()),
        rendering: before.and_then(|known| known.rendering.clone()),
        ..receipt(due, partner, ReceiptState::Refused { reason: reason.clone() }, tries, now)
    };
    let origin = Origin::Delivery {
        partner: partner.clone(),
        article: due.article().clone(),
        version: due.wanted.delivery.version,
    };
    let letter = DeadLetter::new(origin, Reason { code: code.to_owned(), detail: reason }, now);
    answer(due, receipt, Some(letter))
}

/// A receipt for what is due, as bare as can be.
pub(super) fn receipt(due: &Due, partner: &PartnerId, state: ReceiptState, attempts: u32, at: Timestamp) -> Receipt {
    Receipt {
        partner: partner.clone(),
        article: due.article().clone(),
        version: due.wanted.delivery.version,
        state,
        remote: None,
        content_hash: None,
        rendering: None,
        redelivery: due.wanted.delivery.redelivery.clone(),
        attempts,
        at,
        history: None,
    }
}

/// The end of a delivery, with all that follows from what was due and what was held before.
pub(super) fn answer(due: &Due, receipt: Receipt, letter: Option<DeadLetter>) -> Answer {
    let before = due.known.as_ref().map(|known| known.history.clone()).unwrap_or_default();
    Answer {
        answers: due.wanted.offset,
        delivery_id: due.id_at(&receipt.partner),
        traceparent: due.wanted.traceparent.clone(),
        receipt: receipt.following(before),
        letter,
    }
}
