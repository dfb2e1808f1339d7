//! What route writes: deliveries, and dead letters for what it cannot read. Pure.

use bytes::Bytes;
use jiff::Timestamp;
use lianbo_schemas::{Action, Article, DeadLetter, Delivery, Event, PartnerId, Reason, Terms, topic};

use crate::letter;
use crate::log::{NewRecord, Record};

/// That the partner should hold this version.
pub(crate) fn holding_of(article: &Article, terms: Terms, not_before: Option<Timestamp>, now: Timestamp) -> Delivery {
    Delivery {
        article: article.uri.clone(),
        version: article.version,
        action: Action::Hold,
        not_before: not_before.filter(|moment| *moment > now),
        terms: Some(terms),
        redelivery: None,
        status: None,
        note: None,
        decided: now,
    }
}

/// The record of a delivery; `origin` says what it follows from, so that the same decision has the same id.
pub(crate) fn to_record(
    partner: &PartnerId,
    delivery: &Delivery,
    origin: &str,
    traceparent: Option<&str>,
) -> NewRecord {
    let event = Event::new(format!("{partner}:{origin}"), "/route", "delivery.requested", delivery.decided)
        .about(delivery.article.as_str())
        .traced(traceparent);
    NewRecord {
        topic: topic::of_partner(partner),
        key: Some(Bytes::copy_from_slice(delivery.article.as_str().as_bytes())),
        headers: event.to_headers(),
        value: Some(serde_json::to_vec(delivery).expect("a delivery has only string keys").into()),
    }
}

pub(super) fn dead(record: &Record, cause: &str, now: Timestamp) -> NewRecord {
    let reason = Reason { code: "malformed".to_owned(), detail: format!("cannot read the article change: {cause}") };
    letter::refusal(&DeadLetter::new(letter::origin(record), reason, now), "/route", None)
}
