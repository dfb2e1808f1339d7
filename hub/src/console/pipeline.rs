//! How much is in the log and how far each stage is, asked at most once in a while.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::try_join_all;
use lianbo_schemas::topic;
use serde::Serialize;
use tokio::sync::Mutex;

use crate::log::{Log, LogError};

/// How long an answer of the log is good for: many may look at the page, and the log has other work.
const GOOD_FOR: Duration = Duration::from_secs(1);
/// How long a page waits for the log.
const PATIENCE: Duration = Duration::from_secs(3);

/// A stage and the topics it reads, in the order of the flow.
const STAGES: [(&str, &str); 4] = [
    ("normalise", topic::OUTLET_PREFIX),
    ("dedup", topic::NORMALISED),
    ("route", topic::ARTICLES),
    ("deliver", topic::DELIVERIES_PREFIX),
];

/// What was last asked of the log.
#[derive(Debug, Default)]
pub struct Pipeline {
    last: Mutex<Option<(Instant, Arc<Flow>)>>,
}

/// The flow as the log has it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Flow {
    /// Topics, those of outlets and of partners taken together, in the order of the flow.
    pub(super) topics: Vec<TopicRow>,
    /// Stages.
    pub(super) stages: Vec<StageRow>,
    /// Why the log does not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) trouble: Option<String>,
}

/// A topic, or all topics of a kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct TopicRow {
    /// Its name; `outlet.*` for all of a kind.
    pub(super) topic: String,
    /// How many topics that is.
    pub(super) topics: usize,
    /// Offsets from the first kept to the end: records, and what compaction and transactions leave between them.
    pub(super) records: u64,
    /// Bytes on disk, where the log can tell.
    pub(super) bytes: Option<u64>,
}

/// A stage and how far it is behind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct StageRow {
    /// Its name.
    pub(super) stage: &'static str,
    /// What it reads.
    pub(super) reads: String,
    /// Records it has still to read; `None` when it has never run.
    pub(super) lag: Option<u64>,
}

impl Pipeline {
    /// The flow, asked now or a moment ago.
    pub(super) async fn flow(&self, log: &dyn Log) -> Arc<Flow> {
        let mut last = self.last.lock().await;
        if let Some((_, flow)) = last.as_ref().filter(|(at, _)| at.elapsed() < GOOD_FOR) {
            return Arc::clone(flow);
        }
        let flow = match tokio::time::timeout(PATIENCE, ask(log)).await {
            Ok(Ok(flow)) => flow,
            Ok(Err(error)) => Flow { trouble: Some(error.to_string()), ..Flow::default() },
            Err(_) => Flow { trouble: Some("the log does not answer in time".to_owned()), ..Flow::default() },
        };
        let flow = Arc::new(flow);
        *last = Some((Instant::now(), Arc::clone(&flow)));
        flow
    }
}

async fn ask(log: &dyn Log) -> Result<Flow, LogError> {
    let mut rows: BTreeMap<(usize, String), TopicRow> = BTreeMap::new();
    for status in log.topics("").await? {
        let (place, name) = kind(&status.name);
        let row = rows.entry((place, name.clone()));
        let row = row.or_insert(TopicRow { topic: name, topics: 0, records: 0, bytes: None });
        row.topics += 1;
        row.records += status.partitions.values().map(|bounds| (bounds.end - bounds.start).unsigned_abs()).sum::<u64>();
        if let Some(bytes) = status.bytes {
            row.bytes = Some(row.bytes.unwrap_or(0) + bytes);
        }
    }
    let mut stages = Vec::new();
    let all = try_join_all(STAGES.map(|(stage, _)| log.lag(stage))).await?;
    for ((stage, reads), lags) in STAGES.into_iter().zip(all) {
        let behind = |lag: &crate::log::Lag| (lag.end - lag.committed.unwrap_or(0)).max(0).unsigned_abs();
        let lag = (!lags.is_empty()).then(|| lags.iter().map(behind).sum());
        let reads = if reads.ends_with('.') { format!("{reads}*") } else { reads.to_owned() };
        stages.push(StageRow { stage, reads, lag });
    }
    Ok(Flow { topics: rows.into_values().collect(), stages, trouble: None })
}

/// A topic's place in the flow, and the name it is counted under.
fn kind(name: &str) -> (usize, String) {
    let known = [
        topic::NORMALISED,
        topic::FINGERPRINTS,
        topic::ARTICLES,
        topic::RECEIPTS,
        topic::TAKEDOWNS,
        topic::DEAD,
        topic::REGISTRY,
    ];
    let places = [1, 2, 3, 5, 6, 7, 8];
    if name.starts_with(topic::OUTLET_PREFIX) {
        return (0, format!("{}*", topic::OUTLET_PREFIX));
    }
    if name.starts_with(topic::DELIVERIES_PREFIX) {
        return (4, format!("{}*", topic::DELIVERIES_PREFIX));
    }
    let place = known.iter().zip(places).find(|(known, _)| **known == name).map_or(9, |(_, place)| place);
    (place, name.to_owned())
}
