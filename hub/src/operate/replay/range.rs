//! A part of a topic: from and to, as offsets, moments, or the ends.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::{Request, Stopped};
use crate::log::{Log, Offset, Partition, Reader, Record, Start, Subscription};

/// How long one batch is waited for before looking again how far the reader is.
const WAIT: Duration = Duration::from_millis(100);

/// The records of a topic between two places.
pub(super) struct Range {
    reader: Box<dyn Reader>,
    ends: BTreeMap<Partition, Offset>,
    /// Offsets between the places: a bound on the records, exact unless compaction has been there.
    pub(super) total: u64,
}

impl Range {
    /// Opens the range a request names in `topic`.
    pub(super) async fn open(log: &dyn Log, topic: &str, request: &Request) -> Result<Self, Stopped> {
        let failed = |error: crate::log::LogError| Stopped::Failed(error.to_string());
        let mut starts = BTreeMap::new();
        let mut ends = BTreeMap::new();
        for (number, bounds) in log.bounds(topic).await.map_err(failed)? {
            let partition = Partition { topic: topic.to_owned(), number };
            let from =
                place(log, &partition, request.from.as_deref(), bounds.start).await?.clamp(bounds.start, bounds.end);
            let to = place(log, &partition, request.to.as_deref(), bounds.end).await?.clamp(from, bounds.end);
            starts.insert(partition.clone(), from);
            ends.insert(partition, to);
        }
        let total = ends.iter().map(|(partition, end)| u64::try_from(end - starts[partition]).unwrap_or(0)).sum();
        let topics = Subscription::Topics(vec![topic.to_owned()]);
        let reader = log.read(topics, Start::Latest, starts).await.map_err(failed)?;
        Ok(Self { reader, ends, total })
    }

    /// The next records; `None` at the end.
    pub(super) async fn next(&mut self) -> Result<Option<Vec<Record>>, Stopped> {
        loop {
            let positions = self.reader.positions();
            if self.ends.iter().all(|(partition, end)| positions.get(partition).is_some_and(|at| at >= end)) {
                return Ok(None);
            }
            let records = self.reader.next(WAIT).await.map_err(|error| Stopped::Failed(error.to_string()))?;
            let within = |record: &Record| self.ends.get(&record.partition).is_some_and(|end| record.offset < *end);
            let records: Vec<Record> = records.into_iter().filter(within).collect();
            if !records.is_empty() {
                return Ok(Some(records));
            }
        }
    }
}

async fn place(log: &dyn Log, partition: &Partition, text: Option<&str>, default: Offset) -> Result<Offset, Stopped> {
    let Some(text) = text.filter(|text| *text != "start") else { return Ok(default) };
    if let Ok(offset) = text.parse::<Offset>() {
        return Ok(offset);
    }
    let moment: Timestamp = text.parse().map_err(|_error| {
        Stopped::Failed(format!("`{text}` is neither an offset nor a moment like 2026-11-20T08:00:00+08:00"))
    })?;
    log.offset_at(partition, moment).await.map_err(|error| Stopped::Failed(error.to_string()))
}
