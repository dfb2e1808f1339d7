//! A reader outside any group: a consumer on a thread of its own that is told what to read.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset as Place, TopicPartitionList};
use tokio::sync::mpsc;

use super::client::{Listening, consumer, name};
use super::cluster::{Cluster, taken};
use super::failure::{code, sort};
use super::rebalance::partition_of;
use super::record;
use super::threads::Threads;
use crate::log::{LogError, Offset, Partition, Reader, Record, Result, Start, Subscription};

/// How long the thread waits at a stretch before it looks whether its reader is still there.
const STRETCH: Duration = Duration::from_millis(100);

/// One reader.
pub(super) struct KafkaReader {
    requests: mpsc::Sender<Duration>,
    /// What was read; it stays here if nobody waited for it, so that no record is passed over.
    read: mpsc::Receiver<Result<Vec<Record>>>,
    reading: bool,
    progress: Progress,
    abandoned: Arc<AtomicBool>,
}

/// Where each partition will be read from next; the thread writes it, the reader tells it.
type Progress = Arc<Mutex<BTreeMap<Partition, Offset>>>;

impl KafkaReader {
    /// Blocks while the places to start at are asked for.
    pub(super) fn open(
        threads: &Threads,
        cluster: Arc<Cluster>,
        subscription: Subscription,
        start: Start,
        given: &BTreeMap<Partition, Offset>,
    ) -> Result<Self> {
        let abandoned = Arc::new(AtomicBool::new(false));
        let mut reading = Reading::new(cluster, subscription, Arc::clone(&abandoned))?;
        let progress = Arc::clone(&reading.progress);
        reading.start(start, given)?;
        let (requests, mut asked) = mpsc::channel(1);
        let (brought, read) = mpsc::channel(1);
        let work = move || {
            while let Some(wait) = asked.blocking_recv() {
                // There is room: a reader asks for the next only when it has taken the last.
                drop(brought.try_send(reading.next(wait)));
            }
        };
        threads.start("lianbo-reader", &abandoned, work)?;
        Ok(Self { requests, read, reading: false, progress, abandoned })
    }
}

#[async_trait]
impl Reader for KafkaReader {
    async fn next(&mut self, wait: Duration) -> Result<Vec<Record>> {
        if !self.reading {
            self.requests.send(wait).await.map_err(|_gone| stopped())?;
            self.reading = true;
        }
        let read = self.read.recv().await.ok_or_else(stopped)?;
        self.reading = false;
        read
    }

    fn positions(&self) -> BTreeMap<Partition, Offset> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for KafkaReader {
    fn drop(&mut self) {
        self.abandoned.store(true, Ordering::Release);
    }
}

fn stopped() -> LogError {
    LogError::Unavailable("the reader's thread has stopped".to_owned())
}

/// The thread's state.
struct Reading {
    cluster: Arc<Cluster>,
    subscription: Subscription,
    consumer: BaseConsumer<Listening>,
    progress: Progress,
    discovered: Instant,
    abandoned: Arc<AtomicBool>,
}

impl Reading {
    fn new(cluster: Arc<Cluster>, subscription: Subscription, abandoned: Arc<AtomicBool>) -> Result<Self> {
        let settings = &cluster.settings;
        let made = consumer(settings, &name(settings, "readers")).create_with_context(Listening);
        let consumer = made.map_err(|error| sort(settings, "make a reader", &error))?;
        let (progress, discovered) = (Progress::default(), Instant::now());
        Ok(Self { cluster, subscription, consumer, progress, discovered, abandoned })
    }

    fn start(&mut self, start: Start, given: &BTreeMap<Partition, Offset>) -> Result<()> {
        let mut places = Vec::new();
        for (partition, bounds) in self.cluster.bounds(&self.cluster.partitions(&self.subscription)?)? {
            // An offset that is not kept any more means the next one kept; one that is not there yet means to wait for
            // it, which Kafka does not do: it would begin anew.
            let within = |offset: Offset| offset.clamp(bounds.start, bounds.end.max(bounds.start));
            let next = match (given.get(&partition), start) {
                (Some(offset), _) => within(*offset),
                (None, Start::Offset(offset)) => within(offset),
                (None, Start::Earliest) => bounds.start,
                (None, Start::Latest) => bounds.end,
                (None, Start::Time(moment)) => self.cluster.offset_at(&partition, moment)?,
            };
            places.push((partition, next));
        }
        self.take(places)
    }

    fn take(&mut self, places: Vec<(Partition, Offset)>) -> Result<()> {
        let mut list = TopicPartitionList::new();
        for (partition, next) in &places {
            let added = list.add_partition_offset(&partition.topic, partition.number, Place::Offset(*next));
            added.map_err(|error| sort(&self.cluster.settings, "read", &error))?;
        }
        self.progress.lock().unwrap_or_else(PoisonError::into_inner).extend(places);
        let assigned = self.consumer.incremental_assign(&list);
        assigned.map_err(|error| sort(&self.cluster.settings, "read", &error))
    }

    fn next(&mut self, wait: Duration) -> Result<Vec<Record>> {
        let deadline = Instant::now() + wait;
        loop {
            self.discover();
            let left = deadline.saturating_duration_since(Instant::now());
            let records = self.receive(left.min(STRETCH))?;
            if !records.is_empty() || left.is_zero() || self.abandoned.load(Ordering::Acquire) {
                return Ok(records);
            }
        }
    }

    /// Topics that appeared since are read from their beginning. If the brokers do not answer, they will be found later.
    fn discover(&mut self) {
        let is_due = self.discovered.elapsed() >= self.cluster.discovery() / 2;
        if !matches!(self.subscription, Subscription::Prefix(_)) || !is_due {
            return;
        }
        self.discovered = Instant::now();
        let Ok(topics) = self.cluster.recent_topics() else { return };
        let found = taken(&self.subscription, &topics).into_iter();
        let known = |partition: &Partition| {
            self.progress.lock().unwrap_or_else(PoisonError::into_inner).contains_key(partition)
        };
        let new: Vec<_> = found.filter(|partition| !known(partition)).map(|partition| (partition, 0)).collect();
        if !new.is_empty()
            && let Err(error) = self.take(new)
        {
            tracing::debug!(%error, "a new topic is tried again later");
        }
    }

    /// Waits for a first record, then takes what is there already.
    fn receive(&mut self, wait: Duration) -> Result<Vec<Record>> {
        let cluster = Arc::clone(&self.cluster);
        let settings = &cluster.settings;
        let (mut records, mut bytes, mut wait) = (Vec::new(), 0, wait);
        while records.len() < settings.poll_records.max(1) && bytes < settings.poll_bytes.max(1) {
            match self.consumer.poll(wait) {
                None => break,
                Some(Ok(message)) => {
                    if let Some(record) = record::read(&message) {
                        bytes += record.size();
                        records.push(record);
                    }
                }
                Some(Err(error)) if concerns(&error) => return Err(sort(settings, "read", &error)),
                Some(Err(error)) => {
                    tracing::debug!(%error, "Kafka's client tries again");
                    break;
                }
            }
            wait = Duration::ZERO;
        }
        self.advance()?;
        Ok(records)
    }

    /// Notes how far the partitions are. The client counts transaction markers too, which it hands to nobody.
    fn advance(&self) -> Result<()> {
        let position = self.consumer.position();
        let position = position.map_err(|error| sort(&self.cluster.settings, "ask how far it has read", &error))?;
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        for element in position.elements() {
            if let Place::Offset(next) = element.offset() {
                progress.insert(partition_of(&element), next);
            }
        }
        Ok(())
    }
}

/// Which of the client's errors are the reader's business; the others pass by themselves.
fn concerns(error: &KafkaError) -> bool {
    matches!(error, KafkaError::MessageConsumptionFatal(_))
        || code(error) == Some(RDKafkaErrorCode::TopicAuthorizationFailed)
}
