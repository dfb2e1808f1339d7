//! The stage: records of `outlet.*` in, records of `normalised` out, refusals to `dead`.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use lianbo_schemas::{DeadLetter, Event, Normalised, Origin, OutletId, Reason, Submission, SubmissionId, topic};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

use super::{Profile, Reader, UNREADABLE, within};
use crate::letter;
use crate::log::{Log, NewRecord, Partition, Record, Subscription};
use crate::registry::Snapshot;
use crate::stage::{Stage, StageError};

/// Who is in the alliance, as it stands at this moment.
pub type Registry = Arc<dyn Fn() -> Arc<Snapshot> + Send + Sync>;

/// What an operator may set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// How many submissions are normalised at once. 0: one for each core the machine has.
    pub workers: usize,
    /// Bytes of an item in canonical form at most; a larger one is refused as `too-large`.
    pub max_item_bytes: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { workers: 0, max_item_bytes: 5_000_000 }
    }
}

impl Settings {
    /// The same for a log whose largest record has so many bytes. An item that the log does not take would stop all
    /// outlets for ever, as its submission comes again and again; a sixteenth is left for what an article has beside
    /// its item: sightings, links, headers.
    pub fn within(self, largest_record: usize) -> Self {
        let most = largest_record - largest_record / 16;
        Self { max_item_bytes: self.max_item_bytes.min(most), ..self }
    }
}

/// Normalises what outlets send. It has no state: any number of them share the outlets' topics.
pub struct NormaliseStage {
    authority: String,
    registry: Registry,
    workers: usize,
    max_item_bytes: usize,
    read: Reader,
}

impl NormaliseStage {
    /// `authority` is the alliance's own domain name, part of every item's uri.
    pub fn new(authority: impl Into<String>, registry: Registry, settings: &Settings) -> Self {
        let cores = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let workers = if settings.workers == 0 { cores() } else { settings.workers };
        let max_item_bytes = settings.max_item_bytes;
        Self { authority: authority.into(), registry, workers, max_item_bytes, read: super::read }
    }
}

#[async_trait]
impl Stage for NormaliseStage {
    fn name(&self) -> &'static str {
        "normalise"
    }

    fn subscription(&self) -> Subscription {
        Subscription::Prefix(topic::OUTLET_PREFIX.to_owned())
    }

    async fn assigned(&mut self, _log: &dyn Log, _partitions: &[Partition]) -> Result<(), StageError> {
        Ok(())
    }

    fn revoked(&mut self, _partitions: &[Partition]) {}

    async fn process(&mut self, records: Vec<Record>, now: Timestamp) -> Result<Vec<NewRecord>, StageError> {
        let snapshot = (self.registry)();
        let size = records.len().div_ceil(self.workers).max(1);
        let mut parts = JoinSet::new();
        let mut records = records.into_iter().peekable();
        let mut count = 0;
        while records.peek().is_some() {
            let part: Vec<Record> = records.by_ref().take(size).collect();
            let rules = Rules {
                read: self.read,
                authority: self.authority.clone(),
                snapshot: snapshot.clone(),
                max_item_bytes: self.max_item_bytes,
                now,
            };
            let number = count;
            parts.spawn_blocking(move || {
                let outputs = part.iter().flat_map(|record| of_record(record, &rules));
                (number, outputs.collect::<Vec<_>>())
            });
            count += 1;
        }
        let mut done: Vec<Vec<NewRecord>> = vec![Vec::new(); count];
        while let Some(joined) = parts.join_next().await {
            let (number, outputs) = joined.map_err(|error| StageError::State(error.to_string()))?;
            done[number] = outputs;
        }
        Ok(done.into_iter().flatten().collect())
    }
}

/// What is the same for all records of a batch.
struct Rules {
    read: Reader,
    authority: String,
    snapshot: Arc<Snapshot>,
    max_item_bytes: usize,
    now: Timestamp,
}

/// What one record becomes: items, and letters for what is refused. A panic costs this record only.
fn of_record(record: &Record, rules: &Rules) -> Vec<NewRecord> {
    let now = rules.now;
    // A tombstone removes the outlet's own record from its topic; the item stays what it is.
    let Some(value) = &record.value else { return Vec::new() };
    let Some(outlet) = topic::outlet_of(&record.partition.topic) else {
        let reason = refused("unknown-outlet", format!("`{}` is no outlet's topic", record.partition.topic));
        return vec![dead_record(record, reason, now)];
    };
    let (submission, traceparent) = match submission(record, value, &outlet) {
        Ok(read) => read,
        Err(reason) => return vec![dead_record(record, reason, now)],
    };
    let Some(known) = rules.snapshot.outlets.get(&outlet) else {
        let reason = refused("unknown-outlet", format!("`{outlet}` is not in the registry"));
        return vec![dead_submission(record, &submission, None, reason, now)];
    };
    let profile = Profile { authority: rules.authority.clone(), outlet: known.clone() };
    let results = within(rules.read, &submission, &profile);
    for refusal in results.iter().filter_map(|result| result.as_ref().err()) {
        if refusal.reason.code == UNREADABLE {
            let (topic, detail) = (&record.partition.topic, &refusal.reason.detail);
            tracing::error!(%topic, offset = record.offset, %detail, "a document makes the reader fail");
        }
    }
    let alone = results.len() == 1;
    let outputs = (1_u32..).zip(results).map(|(number, result)| match result {
        Ok(normalised) => item_record(&normalised, number, traceparent.as_deref(), rules.max_item_bytes)
            .unwrap_or_else(|reason| dead_submission(record, &submission, (!alone).then_some(number), reason, now)),
        Err(refusal) => dead_submission(record, &submission, refusal.entry, refusal.reason, now),
    });
    outputs.collect()
}

fn refused(code: &str, detail: String) -> Reason {
    Reason { code: code.to_owned(), detail }
}

/// The submission in a record, and the trace it belongs to. A member's own Kafka producer need not know CloudEvents:
/// without them the place in the log is the id, and the time in the log is the time.
fn submission(record: &Record, value: &Bytes, outlet: &OutletId) -> Result<(Submission, Option<String>), Reason> {
    let header = |name: &str| {
        let found = record.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.and_then(|(_, value)| std::str::from_utf8(value).ok()).map(str::to_owned)
    };
    let plain = Submission {
        id: place_id(record)?,
        outlet: outlet.clone(),
        media_type: header("content-type"),
        received: record.time,
        url: None,
        own_id: None,
        full_pages: false,
        body: value.clone(),
    };
    if !Event::is_claimed(&record.headers) {
        return Ok((Submission { own_id: key(record), ..plain }, header("traceparent")));
    }
    let (event, body) = Event::read(&record.headers, value).map_err(|error| refused("malformed", error.to_string()))?;
    let is_url = |text: &String| text.starts_with("http://") || text.starts_with("https://");
    let submission = Submission {
        // An id of the producer's own that is no slug is replaced by the record's place.
        id: SubmissionId::new(&event.id).unwrap_or(plain.id),
        media_type: event.content_type,
        received: event.time.filter(|time| *time <= record.time).unwrap_or(record.time),
        url: event.subject.filter(is_url),
        own_id: event.extensions.get("ownid").cloned(),
        full_pages: event.extensions.get("fullpages").is_some_and(|value| value == "true"),
        body,
        ..plain
    };
    Ok((submission, event.traceparent))
}

/// A member's own producer keys its records by its own id of the piece.
fn key(record: &Record) -> Option<String> {
    let key = std::str::from_utf8(record.key.as_deref()?).ok()?.trim();
    Some(key.to_owned()).filter(|key| !key.is_empty())
}

/// `<topic>-<partition>-<offset>`: the same record gives the same id again.
fn place_id(record: &Record) -> Result<SubmissionId, Reason> {
    let outlet = record.partition.topic.rsplit('.').next().unwrap_or("");
    let place = format!("{}-{}", record.partition.number, record.offset);
    let room = 63_usize.saturating_sub(place.len() + 1);
    let outlet: String = outlet.chars().take(room).collect();
    SubmissionId::new(format!("{outlet}-{place}")).map_err(|error| refused("malformed", error.to_string()))
}

fn item_record(normalised: &Normalised, number: u32, trace: Option<&str>, most: usize) -> Result<NewRecord, Reason> {
    let item = &normalised.item;
    let value = serde_json::to_vec(normalised).map_err(|error| refused("malformed", error.to_string()))?;
    if value.len() > most {
        return Err(refused("too-large", too_large(value.len(), most)));
    }
    let id = format!("{}-{number}", item.submission);
    let mut event =
        Event::new(id, "/normalise", "item.normalised", item.received).about(item.uri.as_str()).traced(trace);
    event.extensions.insert("submission".to_owned(), item.submission.to_string());
    Ok(NewRecord {
        topic: topic::NORMALISED.to_owned(),
        key: Some(Bytes::copy_from_slice(item.uri.as_str().as_bytes())),
        headers: event.to_headers(),
        value: Some(value.into()),
    })
}

fn too_large(bytes: usize, most: usize) -> String {
    format!(
        "the item has {bytes} bytes in canonical form, some three times its text, and at most {most} are taken: have it \
         sent in parts, or raise `normalise.max_item_bytes`, and the log's `max_record_bytes` where that is the bound, \
         and send this letter on its way again with `lianbo dead redrive`"
    )
}

fn dead_submission(
    record: &Record,
    submission: &Submission,
    entry: Option<u32>,
    reason: Reason,
    now: Timestamp,
) -> NewRecord {
    let origin = Origin::Submission {
        outlet: submission.outlet.clone(),
        submission: submission.id.clone(),
        entry,
        topic: record.partition.topic.clone(),
        partition: record.partition.number,
        offset: record.offset,
    };
    dead(origin, reason, now)
}

fn dead_record(record: &Record, reason: Reason, now: Timestamp) -> NewRecord {
    dead(letter::origin(record), reason, now)
}

fn dead(origin: Origin, reason: Reason, now: Timestamp) -> NewRecord {
    letter::refusal(&DeadLetter::new(origin, reason, now), "/normalise", None)
}

#[cfg(test)]
#[path = "stage_tests.rs"]
mod tests;
