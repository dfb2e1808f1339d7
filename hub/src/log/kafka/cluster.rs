//! What the cluster knows: topics, partitions, bounds. All of this blocks.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset as Place, TopicPartitionList};

use super::client::{Listening, consumer, name, patience};
use super::failure::sort;
use super::settings::Settings;
use crate::log::{Bounds, LogError, NewRecord, Offset, Partition, Result, Subscription};

/// How long a new topic may take to be known to all of a cluster's brokers: they learn of it one after the other.
const SPREADING: Duration = Duration::from_secs(1);
/// Between two looks whether a topic is there.
const LOOK: Duration = Duration::from_millis(20);
/// Between two questions about a leader that moves.
const AGAIN: Duration = Duration::from_millis(50);

/// A consumer that never consumes, only asks.
pub(super) struct Cluster {
    /// In force.
    pub settings: Settings,
    asking: BaseConsumer<Listening>,
    known: Mutex<HashSet<String>>,
    /// Topics this process makes or writes to: a cluster may have others', too.
    ours: Mutex<HashSet<String>>,
}

impl Cluster {
    pub(super) fn new(settings: Settings) -> Result<Self> {
        let config = consumer(&settings, &name(&settings, "questions"));
        let asking = config.create_with_context(Listening).map_err(|error| sort(&settings, "make a client", &error))?;
        Ok(Self { settings, asking, known: Mutex::default(), ours: Mutex::default() })
    }

    /// Waits for the brokers this long.
    pub(super) fn patience(&self) -> Duration {
        patience(&self.settings)
    }

    /// All topics and how many partitions each has; Kafka's own are left out.
    pub(super) fn topics(&self) -> Result<BTreeMap<String, i32>> {
        // Asked for by name, a topic that does not exist might be made by the broker.
        let metadata = self.asking.fetch_metadata(None, self.patience());
        let metadata = metadata.map_err(|error| sort(&self.settings, "ask for the topics", &error))?;
        let visible = metadata.topics().iter().filter(|topic| !topic.name().starts_with("__"));
        let counted = visible.map(|topic| {
            // A partition without a leader cannot be read, and a topic that is just being made has such.
            let ready = topic.partitions().iter().filter(|partition| partition.leader() >= 0).count();
            (topic.name().to_owned(), i32::try_from(ready).unwrap_or(i32::MAX))
        });
        Ok(counted.filter(|(_, partitions)| *partitions > 0).collect())
    }

    /// All topics, these among them; one that is missing is looked for so long.
    pub(super) fn topics_with(&self, wanted: &[&str], patience: Duration) -> Result<BTreeMap<String, i32>> {
        let started = Instant::now();
        loop {
            let there = self.topics()?;
            match wanted.iter().find(|topic| !there.contains_key(**topic)) {
                None => return Ok(there),
                Some(missing) if started.elapsed() >= patience => {
                    return Err(LogError::NoTopic((*missing).to_owned()));
                }
                Some(_) => std::thread::sleep(LOOK),
            }
        }
    }

    /// Notes topics as this log's own.
    pub(super) fn claim<'a>(&self, topics: impl IntoIterator<Item = &'a str>) {
        let mut ours = self.ours.lock().unwrap_or_else(PoisonError::into_inner);
        for topic in topics {
            if !ours.contains(topic) {
                ours.insert(topic.to_owned());
            }
        }
    }

    /// The partitions of the topics that were claimed and exist.
    pub(super) fn own_partitions(&self) -> Result<Vec<Partition>> {
        let topics = self.topics()?;
        let ours = self.ours.lock().unwrap_or_else(PoisonError::into_inner);
        let ours = topics.into_iter().filter(|(topic, _)| ours.contains(topic));
        Ok(ours.flat_map(|(topic, count)| partitions_of(&topic, count)).collect())
    }

    /// How many brokers there are.
    pub(super) fn brokers(&self) -> Result<usize> {
        let metadata = self.asking.fetch_metadata(None, self.patience());
        Ok(metadata.map_err(|error| sort(&self.settings, "ask for the brokers", &error))?.brokers().len())
    }

    /// Refuses topics that do not exist. Those seen once are not asked for again: nobody deletes a hub's topic.
    pub(super) fn all_exist<'a>(&self, topics: impl IntoIterator<Item = &'a str>) -> Result<()> {
        let unseen = |topic: &&str| !self.known.lock().unwrap_or_else(PoisonError::into_inner).contains(*topic);
        let unseen: Vec<&str> = topics.into_iter().filter(unseen).collect();
        if unseen.is_empty() {
            return Ok(());
        }
        let there = self.topics_with(&unseen, SPREADING)?;
        self.known.lock().unwrap_or_else(PoisonError::into_inner).extend(there.into_keys());
        Ok(())
    }

    /// Whether all these records' topics have been seen.
    pub(super) fn knows(&self, records: &[NewRecord]) -> bool {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        records.iter().all(|record| known.contains(&record.topic))
    }

    /// The partitions a subscription takes now.
    pub(super) fn partitions(&self, subscription: &Subscription) -> Result<Vec<Partition>> {
        let topics = match subscription {
            Subscription::Topics(wanted) => {
                let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
                self.topics_with(&wanted, SPREADING)?
            }
            Subscription::Prefix(_) => self.topics()?,
        };
        let taken = topics.into_iter().filter(|(name, _)| match subscription {
            Subscription::Topics(wanted) => wanted.contains(name),
            Subscription::Prefix(prefix) => name.starts_with(prefix.as_str()),
        });
        Ok(taken.flat_map(|(topic, count)| partitions_of(&topic, count)).collect())
    }

    /// The bounds of a topic's partitions.
    pub(super) fn bounds(&self, topic: &str) -> Result<BTreeMap<i32, Bounds>> {
        let count = self.topics_with(&[topic], SPREADING)?.get(topic).copied().unwrap_or(0);
        let bounds = partitions_of(topic, count).into_iter().map(|it| Ok((it.number, self.bounds_of(&it)?)));
        bounds.collect()
    }

    /// The bounds of a partition. The consumer reads committed records, so its end is the last stable offset.
    pub(super) fn bounds_of(&self, partition: &Partition) -> Result<Bounds> {
        self.all_exist([partition.topic.as_str()])?;
        let asked =
            self.retrying(|patience| self.asking.fetch_watermarks(&partition.topic, partition.number, patience));
        let (start, end) =
            asked.map_err(|error| match sort(&self.settings, "ask for a partition's bounds", &error) {
                LogError::NoTopic(_) => LogError::NoTopic(partition.topic.clone()),
                other => other,
            })?;
        Ok(Bounds { start, end })
    }

    /// The first offset appended at or after this moment; the end when there is none.
    pub(super) fn offset_at(&self, partition: &Partition, moment: Timestamp) -> Result<Offset> {
        let bounds = self.bounds_of(partition)?;
        // Kafka counts milliseconds: a moment within one is after its beginning.
        let milliseconds =
            moment.as_nanosecond().div_euclid(1_000_000) + i128::from(moment.as_nanosecond().rem_euclid(1_000_000) > 0);
        let milliseconds = i64::try_from(milliseconds).unwrap_or(i64::MAX).max(0);
        let mut wanted = TopicPartitionList::new();
        let added = wanted.add_partition_offset(&partition.topic, partition.number, Place::Offset(milliseconds));
        added.map_err(|error| sort(&self.settings, "ask for a time", &error))?;
        let found = self.retrying(|patience| self.asking.offsets_for_times(wanted.clone(), patience));
        let found = found.map_err(|error| sort(&self.settings, "ask for a time", &error))?;
        let place = found.elements().first().map(|element| element.offset());
        Ok(match place {
            Some(Place::Offset(offset)) => offset.min(bounds.end),
            Some(_) | None => bounds.end,
        })
    }

    /// Leaders move; the client learns of it by an error and is right the next time. A new one does not know at once how
    /// far the others have come.
    fn retrying<T>(&self, ask: impl Fn(Duration) -> KafkaResult<T>) -> KafkaResult<T> {
        let started = Instant::now();
        loop {
            let error = match ask(self.patience()) {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            let moves = matches!(
                super::failure::code(&error),
                Some(
                    RDKafkaErrorCode::NotLeaderForPartition
                        | RDKafkaErrorCode::LeaderNotAvailable
                        | RDKafkaErrorCode::OffsetNotAvailable
                        | RDKafkaErrorCode::BrokerTransportFailure
                        | RDKafkaErrorCode::BrokerNotAvailable
                        | RDKafkaErrorCode::UnknownPartition
                )
            );
            if !moves || started.elapsed() >= self.patience() {
                return Err(error);
            }
            std::thread::sleep(AGAIN);
        }
    }
}

/// A topic's partitions.
pub(super) fn partitions_of(topic: &str, count: i32) -> Vec<Partition> {
    (0..count).map(|number| Partition { topic: topic.to_owned(), number }).collect()
}
