//! An editor's decision as it comes from the log, and the records that carrying it out writes.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use lianbo_schemas::decision::SETTLED;
use lianbo_schemas::{ArticleChange, DeadLetter, Decision, Event, Order, Origin, Reason, Settled, topic};
use sha2::{Digest, Sha256};

use super::stage::{json_record, memory_record};
use super::state::{Dedup, Outcome};
use crate::letter;
use crate::log::NewRecord;
use crate::registry::Snapshot;

/// Carries a decision out; one that cannot be carried out becomes a dead letter that says why.
pub(super) fn decide(dedup: &mut Dedup, order: &Order, registry: &Snapshot, now: Timestamp) -> Vec<NewRecord> {
    let decision = &order.decision;
    match dedup.decide(order, registry, now) {
        Ok(outcome) => written(&outcome, decision, now),
        Err(reason) => vec![refused(decision, reason, now)],
    }
}

fn written(outcome: &Outcome, decision: &Decision, now: Timestamp) -> Vec<NewRecord> {
    let changes = outcome.changes.iter().filter_map(|change| {
        let kind = format!("article.{}", change.kind());
        let event = Event::new(change_id(change, decision), "/dedup", &kind, now).about(change.uri().as_str());
        json_record(topic::ARTICLES, &event, change)
    });
    let memory = outcome.judged.iter().filter_map(|judged| memory_record(judged, None, now));
    let settled = outcome.settled.iter().filter_map(|settled| settled_record(settled, now));
    changes.chain(memory).chain(settled).collect()
}

/// The same change gets the same id, however often it is computed.
fn change_id(change: &ArticleChange, decision: &Decision) -> String {
    let mut parts = vec![decision.id.to_string(), change.uri().to_string(), change.kind().to_owned()];
    if let ArticleChange::Sighted { sighting, .. } = change {
        parts.push(sighting.item.to_string());
    }
    HEXLOWER.encode(&Sha256::digest(parts.join("\n").as_bytes())[..16])
}

/// Dedup's memory of an article decided about.
pub(super) fn settled_record(settled: &Settled, now: Timestamp) -> Option<NewRecord> {
    let last = settled.decisions.last().map(ToString::to_string).unwrap_or_default();
    let id = format!("{} {} {last}", settled.article, settled.founded.version);
    let event = Event::new(id, "/dedup", SETTLED, now).about(settled.article.as_str());
    json_record(topic::FINGERPRINTS, &event, settled)
}

fn refused(decision: &Decision, reason: Reason, now: Timestamp) -> NewRecord {
    let origin = Origin::Decision { decision: decision.id.clone(), article: decision.article.clone() };
    letter::refusal(&DeadLetter::new(origin, reason, now), "/dedup", None)
}

/// What a record of `fingerprints` says of an article decided about; `None` when it is about an item.
pub(super) fn read_settled(event: &Event, data: &Bytes) -> Option<Result<Settled, serde_json::Error>> {
    event.is(SETTLED).then(|| serde_json::from_slice(data))
}
