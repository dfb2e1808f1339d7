//! The log's contract, kept by Kafka. When a member's commit returns, the transaction is decided and durable; Kafka shows
//! its records and offsets to others a few milliseconds later.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use super::appender::Appender;
use super::cluster::Cluster;
use super::member::KafkaMember;
use super::policy::{Policy, wait_for};
use super::progress::Progress;
use super::reader::KafkaReader;
use super::record::check_sizes;
use super::settings::Settings;
use super::threads::Threads;
use crate::log::{
    Bounds, Lag, Log, LogError, Member, NewRecord, Offset, Partition, Reader, Result, Retention, Start, Subscription,
    TopicSpec, TopicStatus,
};

/// A Kafka cluster as the log.
pub struct KafkaLog {
    cluster: Arc<Cluster>,
    threads: Arc<Threads>,
    policy: Policy,
    appender: Appender,
    progress: Arc<Progress>,
}

impl KafkaLog {
    /// Makes the clients. They connect by themselves, and again whenever the brokers were away.
    ///
    /// # Errors
    /// `Broken` when librdkafka refuses a setting.
    pub fn open(settings: Settings) -> Result<Self> {
        let policy = Policy::new(&settings)?;
        let appender = Appender::new(settings.clone())?;
        let cluster = Arc::new(Cluster::new(settings)?);
        Ok(Self { cluster, threads: Arc::default(), policy, appender, progress: Arc::default() })
    }

    /// Asks the cluster on a thread that may block.
    async fn ask<T: Send + 'static>(&self, ask: impl FnOnce(&Arc<Cluster>) -> Result<T> + Send + 'static) -> Result<T> {
        let cluster = Arc::clone(&self.cluster);
        let asked = tokio::task::spawn_blocking(move || ask(&cluster)).await;
        asked.map_err(|error| LogError::Unavailable(format!("the question was given up: {error}")))?
    }
}

#[async_trait]
impl Log for KafkaLog {
    async fn ensure(&self, topics: &[TopicSpec]) -> Result<()> {
        self.cluster.claim(topics.iter().map(|spec| spec.name.as_str()));
        let names: Vec<String> = topics.iter().map(|spec| spec.name.clone()).collect();
        let there =
            self.ask(move |cluster| cluster.present(&names.iter().map(String::as_str).collect::<Vec<_>>())).await?;
        let missing: Vec<&TopicSpec> = topics.iter().filter(|spec| !there.contains_key(&spec.name)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let brokers = self.ask(|cluster| cluster.brokers()).await?;
        self.policy.ensure(&self.cluster, brokers, &missing).await?;
        let topics = topics.to_vec();
        self.ask(move |cluster| wait_for(cluster, &topics)).await
    }

    async fn append(&self, records: Vec<NewRecord>) -> Result<Vec<(Partition, Offset)>> {
        check_sizes(&records, self.cluster.settings.max_record_bytes)?;
        if !self.cluster.knows(&records) {
            let topics: Vec<String> = records.iter().map(|record| record.topic.clone()).collect();
            self.ask(move |cluster| cluster.all_exist(topics.iter().map(String::as_str))).await?;
        }
        self.appender.append(&records).await
    }

    async fn join(&self, group: &str, subscription: Subscription) -> Result<Box<dyn Member>> {
        let wanted = subscription.clone();
        self.ask(move |cluster| cluster.partitions(&wanted)).await?;
        Ok(Box::new(KafkaMember::join(&self.threads, &self.cluster, group, subscription).await?))
    }

    async fn read(
        &self,
        subscription: Subscription,
        start: Start,
        positions: BTreeMap<Partition, Offset>,
    ) -> Result<Box<dyn Reader>> {
        let threads = Arc::clone(&self.threads);
        let opening = move |cluster: &Arc<Cluster>| {
            KafkaReader::open(&threads, Arc::clone(cluster), subscription, start, &positions)
        };
        Ok(Box::new(self.ask(opening).await?))
    }

    async fn all_bounds(&self, of: &Subscription) -> Result<BTreeMap<Partition, Bounds>> {
        let of = of.clone();
        self.ask(move |cluster| cluster.bounds(&cluster.partitions(&of)?)).await
    }

    async fn offset_at(&self, partition: &Partition, time: Timestamp) -> Result<Offset> {
        let partition = partition.clone();
        self.ask(move |cluster| cluster.offset_at(&partition, time)).await
    }

    async fn topics(&self, prefix: &str) -> Result<Vec<TopicStatus>> {
        let bounds = self.all_bounds(&Subscription::Prefix(prefix.to_owned())).await?;
        let mut topics: BTreeMap<String, BTreeMap<i32, Bounds>> = BTreeMap::new();
        for (partition, bounds) in bounds {
            topics.entry(partition.topic).or_default().insert(partition.number, bounds);
        }
        let names: Vec<String> = topics.keys().cloned().collect();
        let kept = self.policy.retentions(&self.cluster.settings, &names).await?;
        let statuses = topics.into_iter().map(|(name, partitions)| {
            let retention = kept.get(&name).copied().unwrap_or(Retention::Forever);
            // How many bytes a topic takes is asked by a request the client does not have.
            TopicStatus { name, partitions, retention, bytes: None }
        });
        Ok(statuses.collect())
    }

    async fn lag(&self, group: &str) -> Result<Vec<Lag>> {
        let (group, progress) = (group.to_owned(), Arc::clone(&self.progress));
        self.ask(move |cluster| progress.lag(cluster, &group)).await
    }

    /// Kafka compacts by itself and cannot be told when.
    async fn compact(&self) -> Result<()> {
        Ok(())
    }
}
