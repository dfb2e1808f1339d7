//! What the cluster knows: topics, partitions, bounds. All of this blocks.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset as Place, TopicPartitionList};

use super::client::{Listening, consumer, name, patience};
use super::failure::sort;
use super::rebalance::{list, partition_of};
use super::settings::Settings;
use crate::log::{Bounds, LogError, NewRecord, Offset, Partition, Result, Subscription};

/// How long a new topic may take to be known to all of a cluster's brokers: they learn of it one after the other.
const SPREADING: Duration = Duration::from_secs(1);
/// Between two looks whether a topic is there.
const LOOK: Duration = Duration::from_millis(20);
/// So many topics are asked for one by one, more among all there are.
const FEW: usize = 8;
/// Between two questions about a leader that moves.
const AGAIN: Duration = Duration::from_millis(50);

/// Topics and how many partitions each has.
type Topics = BTreeMap<String, i32>;

/// A consumer that never consumes, only asks.
pub(super) struct Cluster {
    /// In force.
    pub settings: Settings,
    asking: BaseConsumer<Listening>,
    known: Mutex<HashSet<String>>,
    /// All topics, and when they were asked for.
    recent: Mutex<Option<(Instant, Arc<Topics>)>>,
    /// Topics this process makes or writes to: a cluster may have others', too.
    ours: Mutex<HashSet<String>>,
}

impl Cluster {
    pub(super) fn new(settings: Settings) -> Result<Self> {
        let config = consumer(&settings, &name(&settings, "questions"));
        let asking = config.create_with_context(Listening).map_err(|error| sort(&settings, "make a client", &error))?;
        Ok(Self { settings, asking, known: Mutex::default(), recent: Mutex::default(), ours: Mutex::default() })
    }

    /// Waits for the brokers this long.
    pub(super) fn patience(&self) -> Duration {
        patience(&self.settings)
    }

    /// All topics and how many partitions each has; Kafka's own are left out. It costs the brokers work for each topic of
    /// the cluster: what asks again and again asks `recent_topics`.
    pub(super) fn topics(&self) -> Result<Topics> {
        self.described(None)
    }

    /// The same as they were a moment ago, asked once by all who look whether topics have appeared.
    pub(super) fn recent_topics(&self) -> Result<Arc<Topics>> {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, topics)) = recent.as_ref().filter(|(asked, _)| asked.elapsed() < self.discovery() / 2) {
            return Ok(Arc::clone(topics));
        }
        let topics = Arc::new(self.topics()?);
        *recent = Some((Instant::now(), Arc::clone(&topics)));
        Ok(topics)
    }

    /// How long a topic may be there before readers of a prefix find it.
    pub(super) fn discovery(&self) -> Duration {
        Duration::from_millis(self.settings.topic_discovery_ms.max(2))
    }

    /// These topics; one that is missing is looked for so long.
    pub(super) fn topics_with(&self, wanted: &[&str], patience: Duration) -> Result<Topics> {
        let started = Instant::now();
        let mut found = BTreeMap::new();
        loop {
            let missing: Vec<&str> = wanted.iter().copied().filter(|topic| !found.contains_key(*topic)).collect();
            found.extend(self.present(&missing)?);
            match wanted.iter().find(|topic| !found.contains_key(**topic)) {
                None => return Ok(found),
                Some(missing) if started.elapsed() >= patience => {
                    return Err(LogError::NoTopic((*missing).to_owned()));
                }
                Some(_) => std::thread::sleep(LOOK),
            }
        }
    }

    /// Those of these topics that are there.
    pub(super) fn present(&self, wanted: &[&str]) -> Result<Topics> {
        if wanted.len() > FEW {
            let wanted: HashSet<&str> = wanted.iter().copied().collect();
            let all = self.topics()?.into_iter();
            return Ok(all.filter(|(topic, _)| wanted.contains(topic.as_str())).collect());
        }
        let described = wanted.iter().map(|topic| self.described(Some(topic)));
        Ok(described.collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
    }

    /// One topic or all, those left out that have no partition one could read. What is asked for is not made by it:
    /// `allow.auto.create.topics` is off.
    fn described(&self, topic: Option<&str>) -> Result<Topics> {
        let metadata = self.asking.fetch_metadata(topic, self.patience());
        let metadata = metadata.map_err(|error| sort(&self.settings, "ask for the topics", &error))?;
        let visible = metadata.topics().iter().filter(|topic| !topic.name().starts_with("__"));
        let counted = visible.map(|topic| {
            // A partition without a leader cannot be read, and a topic that is just being made has such.
            let ready = topic.partitions().iter().filter(|partition| partition.leader() >= 0).count();
            (topic.name().to_owned(), i32::try_from(ready).unwrap_or(i32::MAX))
        });
        Ok(counted.filter(|(_, partitions)| *partitions > 0).collect())
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
        Ok(taken(subscription, &topics))
    }

    /// The bounds of partitions that exist. The consumer reads committed records, so an end is the last stable offset.
    /// However many they are, each of their leaders is asked twice.
    pub(super) fn bounds(&self, partitions: &[Partition]) -> Result<BTreeMap<Partition, Bounds>> {
        if partitions.is_empty() {
            return Ok(BTreeMap::new());
        }
        let asked = |place: Place| {
            let found = self.retrying(|patience| {
                let told = offsets(&self.asking, partitions, place, patience)?.into_iter();
                told.map(|(partition, offset)| Ok((partition, offset?))).collect::<KafkaResult<BTreeMap<_, _>>>()
            });
            found.map_err(|error| sort(&self.settings, "ask for the bounds of partitions", &error))
        };
        let (starts, ends) = (asked(Place::Beginning)?, asked(Place::End)?);
        let bounds = starts.into_iter().zip(ends.into_values());
        Ok(bounds.map(|((partition, start), end)| (partition, Bounds { start, end })).collect())
    }

    /// The bounds of a partition.
    pub(super) fn bounds_of(&self, partition: &Partition) -> Result<Bounds> {
        self.all_exist([partition.topic.as_str()])?;
        let missing = || LogError::NoTopic(partition.topic.clone());
        let asked = self.bounds(std::slice::from_ref(partition)).map_err(|error| match error {
            LogError::NoTopic(_) => missing(),
            other => other,
        });
        asked?.remove(partition).ok_or_else(missing)
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

/// Where partitions begin or end, as far as this consumer may read, or why that is not known of one. The two places count
/// as times, so that each leader tells all of its partitions with one answer.
pub(super) fn offsets<C: ConsumerContext>(
    asking: &BaseConsumer<C>,
    partitions: &[Partition],
    place: Place,
    patience: Duration,
) -> KafkaResult<BTreeMap<Partition, KafkaResult<Offset>>> {
    let mut wanted = list(partitions);
    wanted.set_all_offsets(place)?;
    let answered = asking.offsets_for_times(wanted, patience)?;
    let told = answered.elements().into_iter().map(|element| {
        let offset = element.error().and_then(|()| match element.offset() {
            Place::Offset(offset) => Ok(offset),
            _ => Err(KafkaError::OffsetFetch(RDKafkaErrorCode::OffsetNotAvailable)),
        });
        (partition_of(&element), offset)
    });
    Ok(told.collect())
}

/// The partitions of those topics that a subscription takes.
pub(super) fn taken(subscription: &Subscription, topics: &Topics) -> Vec<Partition> {
    let taken = topics.iter().filter(|(name, _)| match subscription {
        Subscription::Topics(wanted) => wanted.contains(name),
        Subscription::Prefix(prefix) => name.starts_with(prefix.as_str()),
    });
    taken.flat_map(|(topic, count)| partitions_of(topic, *count)).collect()
}

/// A topic's partitions.
fn partitions_of(topic: &str, count: i32) -> Vec<Partition> {
    (0..count).map(|number| Partition { topic: topic.to_owned(), number }).collect()
}
