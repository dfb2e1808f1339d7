//! An engine under test, and what the stories do with a log again and again.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use lianbo_hub::log::{
    self, Log, Member, NewRecord, Partition, Polled, Reader, Record, Retention, Settings, Start, Subscription,
    TopicSpec,
};
use tempfile::TempDir;

/// However slow the machine, what is waited for has come by then.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// One engine. Each `open` is like another process's.
pub(crate) struct Engine {
    pub(crate) settings: Settings,
    directory: TempDir,
}

impl Engine {
    pub(crate) fn embedded() -> Self {
        let mut settings = Settings::default();
        settings.embedded.session_timeout_ms = 1_000;
        settings.embedded.tombstone_retention_ms = 0;
        Self { settings, directory: tempfile::tempdir().unwrap() }
    }

    /// Kafka, if there is one.
    #[cfg(feature = "kafka")]
    pub(crate) fn kafka() -> Option<Self> {
        let Ok(bootstrap) = std::env::var("LIANBO_KAFKA") else {
            eprintln!("skipped: LIANBO_KAFKA is not set");
            return None;
        };
        let mut settings = Settings { engine: log::Engine::Kafka, ..Settings::default() };
        settings.kafka.bootstrap = bootstrap.trim().to_owned();
        settings.kafka.group_prefix = format!("{}.", unique("group"));
        settings.kafka.session_timeout_ms = 1_500;
        settings.kafka.topic_discovery_ms = 300;
        settings.kafka.segment_ms = 100;
        settings.kafka.min_cleanable_dirty_ratio = "0.01".to_owned();
        settings.kafka.max_compaction_lag_ms = 300;
        settings.kafka.tombstone_retention_ms = 0;
        Some(Self { settings, directory: tempfile::tempdir().unwrap() })
    }

    /// The same log with members that must poll within this time.
    pub(crate) fn impatient(mut self, poll_timeout: Duration) -> Self {
        let milliseconds = u64::try_from(poll_timeout.as_millis()).unwrap();
        self.settings.embedded.poll_timeout_ms = milliseconds;
        self.settings.kafka.poll_timeout_ms = milliseconds;
        self
    }

    pub(crate) fn is_kafka(&self) -> bool {
        self.settings.engine == log::Engine::Kafka
    }

    pub(crate) fn open(&self) -> Arc<dyn Log> {
        log::open(&self.settings, self.directory.path()).unwrap()
    }

    pub(crate) fn directory(&self) -> PathBuf {
        self.directory.path().to_owned()
    }
}

/// Tells this run's names from those of others on the same brokers.
fn run() -> u32 {
    static RUN: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    *RUN.get_or_init(rand::random)
}

/// A name nobody else uses.
pub(crate) fn unique(name: &str) -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("test.{:08x}.{}.{name}", run(), COUNT.fetch_add(1, Ordering::Relaxed))
}

/// Makes a topic and returns its name.
pub(crate) async fn topic(log: &dyn Log, name: &str, partitions: i32) -> String {
    kept(log, name, partitions, Retention::Forever).await
}

pub(crate) async fn kept(log: &dyn Log, name: &str, partitions: i32, retention: Retention) -> String {
    let name = unique(name);
    log.ensure(&[TopicSpec { name: name.clone(), partitions, retention }]).await.unwrap();
    name
}

pub(crate) fn record(topic: &str, key: &str, value: &str) -> NewRecord {
    NewRecord {
        topic: topic.to_owned(),
        key: Some(Bytes::copy_from_slice(key.as_bytes())),
        headers: Vec::new(),
        value: Some(Bytes::copy_from_slice(value.as_bytes())),
    }
}

/// Appends `0`, `1`, `2` … with one key.
pub(crate) async fn append_numbers(log: &dyn Log, topic: &str, numbers: std::ops::Range<usize>) {
    let records = numbers.map(|number| record(topic, "k", &number.to_string())).collect();
    log.append(records).await.unwrap();
}

pub(crate) fn text(record: &Record) -> String {
    String::from_utf8(record.value.clone().unwrap_or_default().to_vec()).unwrap()
}

pub(crate) fn texts(records: &[Record]) -> Vec<String> {
    records.iter().map(text).collect()
}

pub(crate) fn numbers(range: std::ops::Range<usize>) -> Vec<String> {
    range.map(|number| number.to_string()).collect()
}

pub(crate) fn only(topic: &str) -> Subscription {
    Subscription::Topics(vec![topic.to_owned()])
}

pub(crate) fn first(topic: &str) -> Partition {
    Partition { topic: topic.to_owned(), number: 0 }
}

pub(crate) async fn reader(log: &dyn Log, topic: &str, start: Start) -> Box<dyn Reader> {
    log.read(only(topic), start, BTreeMap::new()).await.unwrap()
}

/// Reads until there are this many records.
pub(crate) async fn take(reader: &mut dyn Reader, count: usize) -> Vec<Record> {
    let deadline = Instant::now() + PATIENCE;
    let mut records = Vec::new();
    while records.len() < count {
        assert!(Instant::now() < deadline, "{} of {count} records came", records.len());
        records.extend(reader.next(Duration::from_millis(500)).await.unwrap());
    }
    records
}

/// All that is visible in a topic now.
pub(crate) async fn all(log: &dyn Log, topic: &str) -> Vec<Record> {
    let bounds = log.bounds(topic).await.unwrap();
    let mut reader = reader(log, topic, Start::Earliest).await;
    let mut records: Vec<Record> = Vec::new();
    let deadline = Instant::now() + PATIENCE;
    let mut idle = 0;
    // The last offsets of a partition may be transaction marks or compacted away; then nothing more comes.
    while idle < 2 && bounds.iter().any(|(number, bounds)| reached(&records, *number) < bounds.end) {
        assert!(Instant::now() < deadline, "the end did not come");
        let more = reader.next(Duration::from_millis(700)).await.unwrap();
        idle = if more.is_empty() { idle + 1 } else { 0 };
        records.extend(more);
    }
    records
}

/// Waits until exactly these values are visible: on Kafka a decided transaction takes a moment to be shown.
pub(crate) async fn shows(log: &dyn Log, topic: &str, expected: &[impl AsRef<str>]) {
    let expected: Vec<&str> = expected.iter().map(AsRef::as_ref).collect();
    let deadline = Instant::now() + PATIENCE;
    loop {
        let found = texts(&all(log, topic).await);
        if found == expected {
            return;
        }
        assert!(expected.starts_with(&found.iter().map(String::as_str).collect::<Vec<_>>()), "{found:?}");
        assert!(Instant::now() < deadline, "{} of {} records came", found.len(), expected.len());
    }
}

/// Waits until a group has committed this offset in its only partition.
pub(crate) async fn has_committed(log: &dyn Log, group: &str, offset: i64) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let lags = log.lag(group).await;
        if matches!(&lags, Ok(lags) if lags.len() == 1 && lags[0].committed == Some(offset)) {
            return;
        }
        assert!(Instant::now() < deadline, "{lags:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn reached(records: &[Record], partition: i32) -> i64 {
    let last = records.iter().rev().find(|record| record.partition.number == partition);
    last.map_or(0, |record| record.offset + 1)
}

/// Polls until partitions are assigned; returns them.
pub(crate) async fn assigned(member: &mut dyn Member) -> Vec<Partition> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        assert!(Instant::now() < deadline, "nothing was assigned");
        match member.poll(Duration::from_millis(500)).await.unwrap() {
            Polled::Assigned(partitions) => return partitions,
            Polled::Idle | Polled::Revoked(_) => {}
            Polled::Records(records) => panic!("records before the assignment: {records:?}"),
        }
    }
}

/// Polls until there are this many records, whatever else comes.
pub(crate) async fn poll_records(member: &mut dyn Member, count: usize) -> Vec<Record> {
    let deadline = Instant::now() + PATIENCE;
    let mut records = Vec::new();
    while records.len() < count {
        assert!(Instant::now() < deadline, "{} of {count} records came", records.len());
        if let Polled::Records(more) = member.poll(Duration::from_millis(500)).await.unwrap() {
            records.extend(more);
        }
    }
    records
}

/// Joins and waits for the first partitions.
pub(crate) async fn joined(log: &dyn Log, group: &str, topic: &str) -> Box<dyn Member> {
    let mut member = log.join(group, only(topic)).await.unwrap();
    assigned(member.as_mut()).await;
    member
}
