//! A log whose topics and groups all start with one prefix: several hubs, or a hub and others, share one Kafka cluster.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::{
    Bounds, Lag, Log, LogError, Member, NewRecord, Offset, Partition, Polled, Reader, Record, Result, Start,
    Subscription, TopicSpec, TopicStatus,
};

/// Another log, seen through a prefix.
pub(super) struct Prefixed {
    inner: Arc<dyn Log>,
    prefix: Prefix,
}

#[derive(Debug, Clone)]
struct Prefix(Arc<str>);

impl Prefixed {
    /// `inner` with `prefix` before every topic and group.
    pub(super) fn new(inner: Arc<dyn Log>, prefix: &str) -> Self {
        Self { inner, prefix: Prefix(prefix.into()) }
    }
}

impl Prefix {
    fn add(&self, name: &str) -> String {
        format!("{}{name}", self.0)
    }

    fn strip(&self, name: String) -> String {
        name.strip_prefix(&*self.0).map(str::to_owned).unwrap_or(name)
    }

    fn out(&self, partition: &Partition) -> Partition {
        Partition { topic: self.add(&partition.topic), number: partition.number }
    }

    fn back(&self, partition: Partition) -> Partition {
        Partition { topic: self.strip(partition.topic), number: partition.number }
    }

    fn records(&self, records: Vec<NewRecord>) -> Vec<NewRecord> {
        records.into_iter().map(|record| NewRecord { topic: self.add(&record.topic), ..record }).collect()
    }

    fn read(&self, records: Vec<Record>) -> Vec<Record> {
        records.into_iter().map(|record| Record { partition: self.back(record.partition), ..record }).collect()
    }

    fn places(&self, places: Vec<(Partition, Offset)>) -> Vec<(Partition, Offset)> {
        places.into_iter().map(|(partition, offset)| (self.back(partition), offset)).collect()
    }

    fn subscription(&self, subscription: Subscription) -> Subscription {
        match subscription {
            Subscription::Topics(names) => Subscription::Topics(names.iter().map(|name| self.add(name)).collect()),
            Subscription::Prefix(prefix) => Subscription::Prefix(self.add(&prefix)),
        }
    }

    fn error(&self, error: LogError) -> LogError {
        match error {
            LogError::NoTopic(name) => LogError::NoTopic(self.strip(name)),
            other
            @ (LogError::Lost(_) | LogError::Unavailable(_) | LogError::TooLarge { .. } | LogError::Broken(_)) => other,
        }
    }
}

#[async_trait]
impl Log for Prefixed {
    async fn ensure(&self, topics: &[TopicSpec]) -> Result<()> {
        let named = |spec: &TopicSpec| TopicSpec { name: self.prefix.add(&spec.name), ..spec.clone() };
        let topics: Vec<TopicSpec> = topics.iter().map(named).collect();
        self.inner.ensure(&topics).await.map_err(|error| self.prefix.error(error))
    }

    async fn append(&self, records: Vec<NewRecord>) -> Result<Vec<(Partition, Offset)>> {
        let places = self.inner.append(self.prefix.records(records)).await;
        places.map(|places| self.prefix.places(places)).map_err(|error| self.prefix.error(error))
    }

    async fn join(&self, group: &str, subscription: Subscription) -> Result<Box<dyn Member>> {
        let member = self.inner.join(&self.prefix.add(group), self.prefix.subscription(subscription)).await;
        let inner = member.map_err(|error| self.prefix.error(error))?;
        Ok(Box::new(PrefixedMember { inner, prefix: self.prefix.clone() }))
    }

    async fn read(
        &self,
        subscription: Subscription,
        start: Start,
        positions: BTreeMap<Partition, Offset>,
    ) -> Result<Box<dyn Reader>> {
        let positions = positions.iter().map(|(partition, offset)| (self.prefix.out(partition), *offset)).collect();
        let reader = self.inner.read(self.prefix.subscription(subscription), start, positions).await;
        let inner = reader.map_err(|error| self.prefix.error(error))?;
        Ok(Box::new(PrefixedReader { inner, prefix: self.prefix.clone() }))
    }

    async fn all_bounds(&self, of: &Subscription) -> Result<BTreeMap<Partition, Bounds>> {
        let bounds = self.inner.all_bounds(&self.prefix.subscription(of.clone())).await;
        let bounds = bounds.map_err(|error| self.prefix.error(error))?.into_iter();
        Ok(bounds.map(|(partition, bounds)| (self.prefix.back(partition), bounds)).collect())
    }

    async fn offset_at(&self, partition: &Partition, time: Timestamp) -> Result<Offset> {
        self.inner.offset_at(&self.prefix.out(partition), time).await.map_err(|error| self.prefix.error(error))
    }

    async fn topics(&self, prefix: &str) -> Result<Vec<TopicStatus>> {
        let own = self.inner.topics(&self.prefix.add(prefix)).await?.into_iter();
        Ok(own.map(|status| TopicStatus { name: self.prefix.strip(status.name), ..status }).collect())
    }

    async fn lag(&self, group: &str) -> Result<Vec<Lag>> {
        let lags = self.inner.lag(&self.prefix.add(group)).await?;
        Ok(lags.into_iter().map(|lag| Lag { partition: self.prefix.back(lag.partition), ..lag }).collect())
    }

    async fn compact(&self) -> Result<()> {
        self.inner.compact().await
    }
}

struct PrefixedMember {
    inner: Box<dyn Member>,
    prefix: Prefix,
}

#[async_trait]
impl Member for PrefixedMember {
    async fn poll(&mut self, wait: Duration) -> Result<Polled> {
        let back =
            |partitions: Vec<Partition>| partitions.into_iter().map(|partition| self.prefix.back(partition)).collect();
        Ok(match self.inner.poll(wait).await.map_err(|error| self.prefix.error(error))? {
            Polled::Records(records) => Polled::Records(self.prefix.read(records)),
            Polled::Assigned(partitions) => Polled::Assigned(back(partitions)),
            Polled::Revoked(partitions) => Polled::Revoked(back(partitions)),
            Polled::Idle => Polled::Idle,
        })
    }

    async fn seek(&mut self, partition: &Partition, offset: Offset) -> Result<()> {
        self.inner.seek(&self.prefix.out(partition), offset).await.map_err(|error| self.prefix.error(error))
    }

    async fn commit(&mut self, outputs: Vec<NewRecord>) -> Result<Vec<(Partition, Offset)>> {
        let places = self.inner.commit(self.prefix.records(outputs)).await;
        places.map(|places| self.prefix.places(places)).map_err(|error| self.prefix.error(error))
    }
}

struct PrefixedReader {
    inner: Box<dyn Reader>,
    prefix: Prefix,
}

#[async_trait]
impl Reader for PrefixedReader {
    async fn next(&mut self, wait: Duration) -> Result<Vec<Record>> {
        let records = self.inner.next(wait).await.map_err(|error| self.prefix.error(error))?;
        Ok(self.prefix.read(records))
    }

    fn positions(&self) -> BTreeMap<Partition, Offset> {
        let positions = self.inner.positions().into_iter();
        positions.map(|(partition, offset)| (self.prefix.back(partition), offset)).collect()
    }
}
