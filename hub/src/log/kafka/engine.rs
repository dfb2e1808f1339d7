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
use super::progress;
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
        Ok(Self { cluster, threads: Arc::default(), policy, appender })
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
        let (brokers, there) = self.ask(|cluster| Ok((cluster.brokers()?, cluster.topics()?))).await?;
        let missing: Vec<&TopicSpec> = topics.iter().filter(|spec| !there.contains_key(&spec.name)).collect();
        if missing.is_empty() {
            return Ok(());
        }
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

    async fn bounds(&self, topic: &str) -> Result<BTreeMap<i32, Bounds>> {
        let topic = topic.to_owned();
        self.ask(move |cluster| cluster.bounds(&topic)).await
    }

    async fn offset_at(&self, partition: &Partition, time: Timestamp) -> Result<Offset> {
        let partition = partition.clone();
        self.ask(move |cluster| cluster.offset_at(&partition, time)).await
    }

    async fn topics(&self) -> Result<Vec<TopicStatus>> {
        let names: Vec<String> = self.ask(|cluster| cluster.topics()).await?.into_keys().collect();
        let kept = self.policy.retentions(&self.cluster.settings, &names).await?;
        self.ask(move |cluster| {
            let statuses = names.into_iter().map(|name| {
                let partitions = cluster.bounds(&name)?;
                let retention = kept.get(&name).copied().unwrap_or(Retention::Forever);
                // How many bytes a topic takes is asked by a request the client does not have.
                Ok(TopicStatus { name, partitions, retention, bytes: None })
            });
            statuses.collect()
        })
        .await
    }

    async fn lag(&self, group: &str) -> Result<Vec<Lag>> {
        let group = group.to_owned();
        self.ask(move |cluster| progress::lag(cluster, &group)).await
    }

    /// Kafka compacts by itself and cannot be told when.
    async fn compact(&self) -> Result<()> {
        Ok(())
    }
}
