//! The log: one contract, two engines. Everything durable goes through it.
//!
//! Both engines promise: an append is acknowledged only when durable; records of one partition keep their order; a
//! member's commit makes its outputs and its input offsets visible together or not at all, and a member that lost its
//! assignment cannot commit. `tests/log` holds both to it.

mod prefixed;

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::Timestamp;
use lianbo_schemas::event::Headers;

pub mod embedded;
pub mod kafka;
mod settings;

pub use self::settings::{Engine, Settings, open};

/// A position in a partition.
pub type Offset = i64;

/// One partition of one topic.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Partition {
    /// The topic's name.
    pub topic: String,
    /// From 0.
    pub number: i32,
}

/// A topic as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicSpec {
    /// Its name.
    pub name: String,
    /// How many partitions.
    pub partitions: i32,
    /// What is kept.
    pub retention: Retention,
}

/// What a topic keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Retention {
    /// Everything.
    Forever,
    /// At least this long.
    For(Duration),
    /// The newest record of each key.
    Compacted,
}

/// A record to be appended.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRecord {
    /// Where to.
    pub topic: String,
    /// Chooses the partition, and what compaction keeps.
    pub key: Option<Bytes>,
    /// CloudEvents attributes and whatever else.
    pub headers: Headers,
    /// `None` is a tombstone: compaction removes the key.
    pub value: Option<Bytes>,
}

impl NewRecord {
    /// Its bytes: key, headers and value together.
    pub fn size(&self) -> usize {
        size(self.key.as_ref(), &self.headers, self.value.as_ref())
    }
}

/// A record as read.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Where it stands.
    pub partition: Partition,
    /// Its offset there.
    pub offset: Offset,
    /// When it was appended (Kafka: `CreateTime` or `LogAppendTime`, as the topic says).
    pub time: Timestamp,
    /// The key.
    pub key: Option<Bytes>,
    /// The headers.
    pub headers: Headers,
    /// The value; `None` is a tombstone.
    pub value: Option<Bytes>,
}

impl Record {
    /// Its bytes: key, headers and value together.
    pub fn size(&self) -> usize {
        size(self.key.as_ref(), &self.headers, self.value.as_ref())
    }
}

fn size(key: Option<&Bytes>, headers: &Headers, value: Option<&Bytes>) -> usize {
    let headers: usize = headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    key.map_or(0, Bytes::len) + headers + value.map_or(0, Bytes::len)
}

/// Which topics a member or a reader takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subscription {
    /// These.
    Topics(Vec<String>),
    /// All whose names start so, those that appear later too (found within `topic_discovery`, by default 1 s).
    Prefix(String),
}

/// Where a reader starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// At the oldest record kept.
    Earliest,
    /// After the newest record there is now.
    Latest,
    /// At this offset, or the next one kept.
    Offset(Offset),
    /// At the first record appended at or after this moment.
    Time(Timestamp),
}

/// First offset kept and the offset the next visible record will have (Kafka: the last stable offset).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// First offset kept.
    pub start: Offset,
    /// One past the last.
    pub end: Offset,
}

/// A topic as it is, for operators.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicStatus {
    /// Its name.
    pub name: String,
    /// Partition number → bounds.
    pub partitions: BTreeMap<i32, Bounds>,
    /// What it keeps.
    pub retention: Retention,
    /// Bytes on disk, where the engine can tell.
    pub bytes: Option<u64>,
}

/// How far a group is behind in a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lag {
    /// Which partition.
    pub partition: Partition,
    /// The offset it will read next, if it ever committed.
    pub committed: Option<Offset>,
    /// One past the last.
    pub end: Offset,
}

/// What a member's poll brought.
#[derive(Debug, Clone, PartialEq)]
pub enum Polled {
    /// Records, at least one; in order within each partition; from assigned partitions only.
    Records(Vec<Record>),
    /// These partitions are now this member's, from their committed offsets on, and no former owner can commit any
    /// more. A stage with state rebuilds it now; `seek` starts elsewhere.
    Assigned(Vec<Partition>),
    /// These are no longer this member's: drop their state. Uncommitted work of theirs is lost, and comes again to
    /// their new owner.
    Revoked(Vec<Partition>),
    /// Nothing within the wait.
    Idle,
}

/// Why the log did not do it, named by what comes next.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The assignment is lost and nothing of the commit is visible: drop all state and join again.
    #[error("the assignment was lost: {0}")]
    Lost(String),
    /// The same may work later; nothing of it is visible, or (append only) it may be there and come twice.
    #[error("the log does not answer: {0}")]
    Unavailable(String),
    /// The record is larger than the log takes.
    #[error("a record of {size} bytes is larger than the log takes")]
    TooLarge {
        /// Its size in bytes.
        size: usize,
    },
    /// The topic does not exist.
    #[error("the topic `{0}` does not exist")]
    NoTopic(String),
    /// It will not work without an operator: disk full, no rights, corrupt.
    #[error("the log refuses: {0}")]
    Broken(String),
}

/// What the log gives back.
pub type Result<T, E = LogError> = std::result::Result<T, E>;

/// A durable, ordered, partitioned log.
#[async_trait]
pub trait Log: Send + Sync {
    /// Makes the topics that do not exist yet. Existing ones are left as they are.
    async fn ensure(&self, topics: &[TopicSpec]) -> Result<()>;

    /// Appends records and returns their places once all are durable; either all become visible or, on an error, maybe
    /// some (they may then come twice, never out of order).
    async fn append(&self, records: Vec<NewRecord>) -> Result<Vec<(Partition, Offset)>>;

    /// Joins a consumer group: its members share the partitions of `subscription`, one owner each.
    async fn join(&self, group: &str, subscription: Subscription) -> Result<Box<dyn Member>>;

    /// Reads without a group, from `start`; partitions in `positions` start at their own place instead.
    async fn read(
        &self,
        subscription: Subscription,
        start: Start,
        positions: BTreeMap<Partition, Offset>,
    ) -> Result<Box<dyn Reader>>;

    /// The bounds of every partition of these topics, asked all at once.
    async fn all_bounds(&self, of: &Subscription) -> Result<BTreeMap<Partition, Bounds>>;

    /// The bounds of every partition of one topic.
    async fn bounds(&self, topic: &str) -> Result<BTreeMap<i32, Bounds>> {
        let of = self.all_bounds(&Subscription::Topics(vec![topic.to_owned()])).await?;
        Ok(of.into_iter().map(|(partition, bounds)| (partition.number, bounds)).collect())
    }

    /// The first offset appended at or after `time` in a partition; its end when there is none.
    async fn offset_at(&self, partition: &Partition, time: Timestamp) -> Result<Offset>;

    /// All topics whose names start so, with what they keep.
    async fn topics(&self, prefix: &str) -> Result<Vec<TopicStatus>>;

    /// How far a group is behind.
    async fn lag(&self, group: &str) -> Result<Vec<Lag>>;

    /// Applies compaction and retention now, as far as the engine lets itself be told.
    async fn compact(&self) -> Result<()>;
}

/// One member of a consumer group. Dropping it leaves the group.
#[async_trait]
pub trait Member: Send {
    /// Waits at most `wait` for the next records or a change of assignment. A member that does not poll within the
    /// poll time-out, or whose process gives no sign of life within the session time-out, loses its assignment. If the
    /// future is dropped, nothing is lost: the next poll brings what this one would have.
    async fn poll(&mut self, wait: Duration) -> Result<Polled>;

    /// Reads a partition of this member's from `offset` on.
    async fn seek(&mut self, partition: &Partition, offset: Offset) -> Result<()>;

    /// Makes `outputs` visible and the offsets of everything polled so far committed, together and durably, or not at
    /// all. Returns the places of the outputs.
    async fn commit(&mut self, outputs: Vec<NewRecord>) -> Result<Vec<(Partition, Offset)>>;
}

/// A reader outside any group.
#[async_trait]
pub trait Reader: Send + Sync {
    /// Waits at most `wait` for the next visible records; empty when none came.
    async fn next(&mut self, wait: Duration) -> Result<Vec<Record>>;

    /// The offset each partition will be read from next: past compacted records and past transaction markers, which no
    /// reader ever sees. Only so can a reader tell that it has come to an end.
    fn positions(&self) -> BTreeMap<Partition, Offset>;
}

/// How long a fold waits for one batch before it looks again how far it has come.
const FOLD_WAIT: Duration = Duration::from_millis(50);

/// Reads everything visible now of `topics` from the beginning and hands it to `fold`, in order within a partition;
/// returns the reader, which stands behind it. State that is a fold of a topic is rebuilt by this.
pub async fn fold(log: &dyn Log, topics: Subscription, mut fold: impl FnMut(Record) + Send) -> Result<Box<dyn Reader>> {
    let mut past = Past::of(log, topics).await?;
    while let Some(records) = past.next().await? {
        records.into_iter().for_each(&mut fold);
    }
    Ok(past.reader)
}

/// What was visible of some topics at one moment, batch by batch, for a fold that does more than one thing at a time.
pub struct Past {
    reader: Box<dyn Reader>,
    ends: Ends,
    is_over: bool,
}

impl Past {
    /// Everything visible now of `topics`.
    pub async fn of(log: &dyn Log, topics: Subscription) -> Result<Self> {
        Self::from(log, topics, BTreeMap::new()).await
    }

    /// The same, for partitions in `positions` from there on.
    pub async fn from(log: &dyn Log, topics: Subscription, positions: BTreeMap<Partition, Offset>) -> Result<Self> {
        let ends = Ends::of(log, &topics).await?;
        let reader = log.read(topics, Start::Earliest, positions).await?;
        Ok(Self { reader, ends, is_over: false })
    }

    /// The offset that each partition is read from next.
    pub fn positions(&self) -> BTreeMap<Partition, Offset> {
        self.reader.positions()
    }

    /// The reader, which goes on from there.
    pub fn into_reader(self) -> Box<dyn Reader> {
        self.reader
    }

    /// The next records, which may be none for once; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<Record>>> {
        if self.is_over {
            return Ok(None);
        }
        let records = self.reader.next(FOLD_WAIT).await?;
        self.is_over = self.ends.are_reached(self.reader.as_ref());
        Ok(Some(records))
    }
}

/// Whether one of these positions lies behind the end of its partition: they were come to in another log, which this one
/// has taken the place of.
pub fn has_replaced(bounds: &BTreeMap<Partition, Bounds>, positions: &BTreeMap<Partition, Offset>) -> bool {
    positions.iter().any(|(partition, next)| bounds.get(partition).is_some_and(|bounds| *next > bounds.end))
}

/// One past the last visible record of each partition that holds any, at one moment.
pub struct Ends(BTreeMap<Partition, Offset>);

impl Ends {
    /// Those of `topics` now.
    pub async fn of(log: &dyn Log, topics: &Subscription) -> Result<Self> {
        let bounds = log.all_bounds(topics).await?.into_iter();
        let some = bounds.filter(|(_, bounds)| bounds.end > bounds.start);
        Ok(Self(some.map(|(partition, bounds)| (partition, bounds.end)).collect()))
    }

    /// Whether a reader has come to all of them.
    pub fn are_reached(&self, reader: &dyn Reader) -> bool {
        let positions = reader.positions();
        self.0.iter().all(|(partition, end)| positions.get(partition).is_some_and(|at| at >= end))
    }
}
