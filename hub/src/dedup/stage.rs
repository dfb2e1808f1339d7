//! Dedup on the log: `normalised` in, `articles` and `fingerprints` out, `fingerprints` read back at every start.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use lianbo_schemas::decision::MADE;
use lianbo_schemas::{
    ArticleChange, DeadLetter, Event, Judged, Normalised, Order, Reason, SubmissionId, Verdict, topic,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::decided::{decide, settled_record};
use super::report::{DedupStatus, Report, Restored};
use super::restore::restore;
use super::settings::Settings;
use super::state::{Dedup, Outcome, Shelf};
use crate::letter;
use crate::log::{Log, LogError, NewRecord, Partition, Record, Subscription};
use crate::registry::Snapshot;
use crate::stage::{Stage, StageError};

/// Gives the registry as it stands.
pub type Registry = Arc<dyn Fn() -> Arc<Snapshot> + Send + Sync>;

/// The stage.
pub struct DedupStage {
    authority: String,
    settings: Settings,
    registry: Registry,
    /// Where items in full are kept while this process runs; without it in memory.
    folder: Option<PathBuf>,
    status: DedupStatus,
    /// `None` until `normalised` is assigned; also while a batch is judged, so that a failed one leaves no half state.
    dedup: Option<Dedup>,
    restored: Option<Restored>,
}

impl DedupStage {
    /// A stage of the alliance whose own domain name is `authority`.
    pub fn new(authority: impl Into<String>, settings: Settings, registry: Registry) -> Self {
        Self {
            authority: authority.into(),
            settings,
            registry,
            folder: None,
            status: DedupStatus::default(),
            dedup: None,
            restored: None,
        }
    }

    /// Keeps items in full in a file of this folder instead of in memory.
    #[must_use]
    pub fn keeping(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Reports how it is.
    #[must_use]
    pub fn reporting(mut self, status: DedupStatus) -> Self {
        self.status = status;
        self
    }

    /// Moves the state to a thread that may compute, and back.
    async fn compute<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Dedup) -> T + Send + 'static,
    ) -> Result<T, StageError> {
        let Some(mut dedup) = self.dedup.take() else {
            return Err(StageError::State("`normalised` is not assigned".to_owned()));
        };
        let done = tokio::task::spawn_blocking(move || {
            let result = work(&mut dedup);
            (dedup, result)
        });
        let (dedup, result) = done.await.map_err(|error| StageError::State(error.to_string()))?;
        // What was judged with a shelf that failed is not to be committed.
        if let Some(cause) = dedup.fault() {
            return Err(StageError::State(format!("cannot keep items in the data folder: {cause}")));
        }
        self.report(&dedup);
        self.dedup = Some(dedup);
        Ok(result)
    }

    fn report(&self, dedup: &Dedup) {
        if let Some(restored) = self.restored {
            self.status.set(Report::Running { restored, stats: Box::new(dedup.stats()) });
        }
    }

    fn empty(&self) -> Result<Dedup, StageError> {
        let shelf = match &self.folder {
            None => Shelf::default(),
            Some(folder) => Shelf::in_folder(folder)
                .map_err(|error| StageError::State(format!("cannot make a file in `{}`: {error}", folder.display())))?,
        };
        Ok(Dedup::on(shelf, self.authority.clone(), &self.settings))
    }

    fn forget(&mut self) {
        self.dedup = None;
        self.restored = None;
        self.status.set(Report::Elsewhere);
    }
}

#[async_trait]
impl Stage for DedupStage {
    fn name(&self) -> &'static str {
        "dedup"
    }

    fn subscription(&self) -> Subscription {
        Subscription::Topics(vec![topic::NORMALISED.to_owned()])
    }

    async fn assigned(&mut self, log: &dyn Log, partitions: &[Partition]) -> Result<(), StageError> {
        if partitions.iter().any(|partition| partition.number > 0) {
            let cause = "the topic `normalised` has more than one partition, and dedup is one writer";
            return Err(StageError::Log(LogError::Broken(cause.to_owned())));
        }
        self.forget();
        let (started, since) = (Instant::now(), Timestamp::now());
        self.status.set(Report::Restoring { since });
        let restored = restore(log, self.empty()?).await.inspect_err(|_error| self.status.set(Report::Elsewhere));
        let (dedup, records) = restored?;
        let (items, near) = dedup.size();
        let seconds = started.elapsed().as_secs_f64();
        tracing::info!(items, near, duration_ms = started.elapsed().as_millis(), "dedup remembers");
        self.restored = Some(Restored { at: Timestamp::now(), seconds, records });
        self.report(&dedup);
        self.dedup = Some(dedup);
        Ok(())
    }

    fn revoked(&mut self, _partitions: &[Partition]) {
        self.forget();
    }

    async fn process(&mut self, records: Vec<Record>, now: Timestamp) -> Result<Vec<NewRecord>, StageError> {
        let registry = (self.registry)();
        self.compute(move |dedup| records.iter().flat_map(|record| judge(dedup, record, &registry, now)).collect())
            .await
    }

    fn wakes_at(&self) -> Option<Timestamp> {
        self.dedup.as_ref().and_then(Dedup::wakes_at)
    }

    async fn due(&mut self, now: Timestamp) -> Result<Vec<NewRecord>, StageError> {
        self.compute(move |dedup| written(&dedup.due(now), None, now)).await
    }
}

/// One record in, its records out.
fn judge(dedup: &mut Dedup, record: &Record, registry: &Snapshot, now: Timestamp) -> Vec<NewRecord> {
    let Some(value) = &record.value else { return Vec::new() };
    let read = Event::read(&record.headers, value).map_err(|error| error.to_string());
    match read.and_then(|(event, data)| Task::read(event, &data).map_err(|error| error.to_string())) {
        Ok(Task::Judge(event, normalised)) => {
            let outcome = dedup.step(*normalised, registry, now);
            written(&outcome, event.traceparent.as_deref(), now)
        }
        Ok(Task::Decide(order)) => decide(dedup, &order, registry, now),
        Err(cause) => vec![dead_letter(record, &cause, now)],
    }
}

/// What a record of `normalised` asks for.
enum Task {
    /// To judge an item.
    Judge(Box<Event>, Box<Normalised>),
    /// To carry out an editor's decision.
    Decide(Box<Order>),
}

impl Task {
    fn read(event: Event, data: &[u8]) -> Result<Self, serde_json::Error> {
        if event.is(MADE) {
            return serde_json::from_slice(data).map(Self::Decide);
        }
        Ok(Self::Judge(Box::new(event), serde_json::from_slice(data)?))
    }
}

fn dead_letter(record: &Record, cause: &str, now: Timestamp) -> NewRecord {
    let reason = Reason {
        code: "malformed".to_owned(),
        detail: format!("neither an item in canonical form nor a decision: {cause}"),
    };
    letter::refusal(&DeadLetter::new(letter::origin(record), reason, now), "/dedup", None)
}

/// What an outcome writes: changes of articles first, then dedup's memory.
fn written(outcome: &Outcome, traceparent: Option<&str>, now: Timestamp) -> Vec<NewRecord> {
    let judged = outcome.judged.last();
    let changes = outcome.changes.iter().filter_map(|change| change_record(change, judged, traceparent, now));
    let memory = outcome.judged.iter().filter_map(|judged| memory_record(judged, traceparent, now));
    let settled = outcome.settled.iter().filter_map(|settled| settled_record(settled, now));
    changes.chain(memory).chain(settled).collect()
}

fn change_record(
    change: &ArticleChange,
    judged: Option<&Judged>,
    traceparent: Option<&str>,
    now: Timestamp,
) -> Option<NewRecord> {
    let kind = format!("article.{}", change.kind());
    let mut event = Event::new(change_id(change, judged), "/dedup", &kind, now).about(change.uri().as_str());
    event = event.traced(traceparent);
    // What the clock brings no submission brought about.
    let is_by_clock = matches!(change, ArticleChange::Lifted { .. } | ArticleChange::Expired { .. });
    if let Some(judged) = judged.filter(|_| !is_by_clock) {
        event.extensions.extend(provenance(&judged.submission, &judged.verdict));
    }
    json_record(topic::ARTICLES, &event, change)
}

/// The same change gets the same id, however often it is computed.
fn change_id(change: &ArticleChange, judged: Option<&Judged>) -> String {
    let mut parts = vec![change.uri().to_string(), change.kind().to_owned()];
    match change {
        ArticleChange::Lifted { version, at, .. } | ArticleChange::Expired { version, at, .. } => {
            parts.extend([version.to_string(), at.to_string()])
        }
        ArticleChange::Version { .. }
        | ArticleChange::Sighted { .. }
        | ArticleChange::Withdrawn { .. }
        | ArticleChange::Decided { .. } => {
            parts.extend(judged.map(|judged| judged.item.to_string()));
            parts.extend(judged.map(|judged| format!("{:?}", judged.memory.revision)));
            parts.extend(judged.map(|judged| judged.memory.digest.clone()));
        }
    }
    HEXLOWER.encode(&Sha256::digest(parts.join("\n").as_bytes())[..16])
}

pub(super) fn memory_record(judged: &Judged, traceparent: Option<&str>, now: Timestamp) -> Option<NewRecord> {
    let id = format!("{} {}", judged.submission, judged.item);
    let mut event = Event::new(id, "/dedup", "item.judged", now).about(judged.item.as_str()).traced(traceparent);
    event.extensions.extend(provenance(&judged.submission, &judged.verdict));
    json_record(topic::FINGERPRINTS, &event, judged)
}

fn provenance(submission: &SubmissionId, verdict: &Verdict) -> [(String, String); 2] {
    [("submission".to_owned(), submission.to_string()), ("verdict".to_owned(), verdict.word().to_owned())]
}

/// A record keyed by what its event is about. `None` only when the data is not JSON, which none of ours is.
pub(super) fn json_record<T: Serialize>(topic: &str, event: &Event, data: &T) -> Option<NewRecord> {
    let value = serde_json::to_vec(data).inspect_err(|error| tracing::error!(topic, %error, "a record is not JSON"));
    Some(NewRecord {
        topic: topic.to_owned(),
        key: event.subject.as_ref().map(|subject| Bytes::copy_from_slice(subject.as_bytes())),
        headers: event.to_headers(),
        value: Some(Bytes::from(value.ok()?)),
    })
}
