//! A member's thread: a consumer that subscribes, and what the group does with its partitions.
//!
//! The group shares partitions out cooperatively: what stays with a member is not interrupted, and what moves is first
//! given up by its owner. Membership is unbroken as long as the client does not call the assignment lost; then nobody
//! else can own what this member has not given up, and its current group metadata may be used to commit.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerGroupMetadata};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::topic_partition_list::{Offset as Place, TopicPartitionList};

use super::client::{consumer, name, patience};
use super::cluster::Cluster;
use super::failure::{code, sort};
use super::hanging::Asking;
use super::rebalance::{Decision, Decisions, list, partition_of};
use super::record;
use super::settings::Settings;
use super::transaction::{Failure, Transactions};
use crate::log::{LogError, NewRecord, Offset, Partition, Polled, Record, Result, Subscription};

/// How long the thread waits at a stretch before it looks whether its member is still there.
const STRETCH: Duration = Duration::from_millis(100);
/// Between two tries of what cannot be done while the group is being shared out.
const AGAIN: Duration = Duration::from_millis(20);

/// So long after the last sign that a broker is away it is looked whether that did any harm.
const CALM: Duration = Duration::from_secs(5);

/// One membership.
pub(super) struct Session {
    settings: Settings,
    cluster: Arc<Cluster>,
    group: String,
    subscription: Subscription,
    consumer: BaseConsumer<Decisions>,
    transactions: Option<Transactions>,
    /// What the producer's predecessor may have left hanging is not ended yet.
    is_new: bool,
    /// Each partition of this member's and its committed offset, if there is one.
    owned: BTreeMap<Partition, Option<Offset>>,
    /// Where the outputs of its last transaction went.
    written: BTreeSet<Partition>,
    /// When a broker was last found away, as long as it was not looked whether that did any harm.
    away: Option<Instant>,
    abandoned: Arc<AtomicBool>,
    lost: Option<String>,
}

impl Session {
    /// Subscribes. `abandoned` tells that nobody waits for this session's answers any more.
    pub(super) fn join(
        cluster: Arc<Cluster>,
        group: &str,
        subscription: &Subscription,
        abandoned: Arc<AtomicBool>,
    ) -> Result<Self> {
        let settings = &cluster.settings;
        let group = name(settings, group);
        let config = consumer(settings, &group);
        let made = config.create_with_context(Decisions::default());
        let consumer: BaseConsumer<Decisions> = made.map_err(|error| sort(settings, "make a consumer", &error))?;
        let topics = match subscription {
            Subscription::Topics(topics) => topics.clone(),
            Subscription::Prefix(prefix) => vec![format!("^{}", prefix.replace('.', "\\."))],
        };
        let names: Vec<&str> = topics.iter().map(String::as_str).collect();
        consumer.subscribe(&names).map_err(|error| sort(settings, "join a group", &error))?;
        Ok(Self {
            settings: settings.clone(),
            group,
            subscription: subscription.clone(),
            consumer,
            transactions: None,
            is_new: false,
            owned: BTreeMap::new(),
            written: BTreeSet::new(),
            away: None,
            abandoned,
            lost: None,
            cluster,
        })
    }

    /// The next records or the next decision of the group.
    pub(super) fn poll(&mut self, wait: Duration) -> Result<Polled> {
        let deadline = Instant::now() + wait;
        loop {
            self.still_member()?;
            while let Some(decision) = self.consumer.context().next() {
                // What fails is done with the next poll: a member may go on while brokers do not answer.
                let polled = self.decide(decision)?;
                self.consumer.context().done();
                if let Some(polled) = polled {
                    return Ok(polled);
                }
            }
            let left = deadline.saturating_duration_since(Instant::now());
            let records = self.receive(left.min(STRETCH))?;
            if !records.is_empty() {
                return Ok(Polled::Records(records));
            }
            self.look_for_harm(CALM)?;
            let over = left.is_zero() || self.abandoned.load(Ordering::Acquire);
            if over && self.consumer.context().next().is_none() {
                return Ok(Polled::Idle);
            }
        }
    }

    fn still_member(&mut self) -> Result<()> {
        if self.lost.is_none() && self.consumer.assignment_lost() {
            self.lost = Some(format!("the group `{}` has shared its partitions out without this member", self.group));
        }
        self.lost.clone().map_or(Ok(()), |cause| Err(LogError::Lost(cause)))
    }

    /// The end of this member's last transaction may have been lost with a broker (`hanging`). Its next one would end
    /// both; but if no input comes, the outputs of the last would stay unseen.
    fn look_for_harm(&mut self, after: Duration) -> Result<()> {
        let due = self.away.is_some_and(|since| since.elapsed() >= after);
        let (true, Some(lowest)) = (due, self.owned.keys().next().cloned()) else { return Ok(()) };
        let owned: Vec<Partition> = self.owned.keys().cloned().collect();
        self.away = None;
        match self.asking().hangs(&owned, &self.written) {
            Some(false) => Ok(()),
            Some(true) => {
                tracing::warn!(
                    group = self.group,
                    "a broker was away, and the last commit is not visible: it is said again"
                );
                let (offsets, written) = (self.offsets(&BTreeMap::new(), &lowest)?, self.written.clone());
                let again = self.once_shared_out(|own, member| own.commit_again(&written, &offsets, member));
                again.map_err(|error| self.lose(error.to_string()))
            }
            // The brokers are not back.
            None => {
                self.away = Some(Instant::now());
                Ok(())
            }
        }
    }

    fn lose(&mut self, cause: String) -> LogError {
        self.lost = Some(cause.clone());
        LogError::Lost(cause)
    }

    /// Waits for a first record, then takes what is there already.
    fn receive(&mut self, wait: Duration) -> Result<Vec<Record>> {
        let (mut records, mut bytes, mut wait) = (Vec::new(), 0, wait);
        while records.len() < self.settings.poll_records.max(1) && bytes < self.settings.poll_bytes.max(1) {
            let message = match self.consumer.poll(wait) {
                None => break,
                Some(Ok(message)) => record::read(&message),
                Some(Err(error)) => match self.concern(&error) {
                    Some(failure) => return Err(failure),
                    None => break,
                },
            };
            wait = Duration::ZERO;
            if let Some(record) = message.filter(|record| self.owned.contains_key(&record.partition)) {
                bytes += record.size();
                records.push(record);
            }
        }
        Ok(records)
    }

    /// Which of the client's errors are the member's business; the others pass by themselves.
    fn concern(&mut self, error: &KafkaError) -> Option<LogError> {
        match code(error) {
            Some(RDKafkaErrorCode::PollExceeded) => Some(self.lose("it did not poll in time".to_owned())),
            Some(RDKafkaErrorCode::TopicAuthorizationFailed | RDKafkaErrorCode::GroupAuthorizationFailed) => {
                Some(sort(&self.settings, "read", error))
            }
            _ if matches!(error, KafkaError::MessageConsumptionFatal(_)) => Some(self.lose(error.to_string())),
            _ => {
                tracing::debug!(%error, group = self.group, "Kafka's client tries again");
                self.away = Some(Instant::now());
                None
            }
        }
    }

    fn decide(&mut self, decision: Decision) -> Result<Option<Polled>> {
        match decision {
            Decision::Assign(partitions) => self.take(partitions),
            Decision::Revoke(partitions) => self.give_up(partitions),
        }
    }

    /// First ends what a dead predecessor left open, then asks for the offsets that can no longer change.
    fn take(&mut self, partitions: Vec<Partition>) -> Result<Option<Polled>> {
        let mut committed = TopicPartitionList::new();
        if let Some(lowest) = self.owned.keys().chain(&partitions).min().cloned() {
            self.transact(lowest)?;
            let new = self.transactions.as_ref().filter(|_| self.is_new);
            committed = self.asking().committed(new, &partitions)?;
            if let Some(new) = new {
                self.asking().release(new)?;
            }
            self.is_new = false;
        }
        let assigned = self.consumer.incremental_assign(&self.start_positions(committed.clone())?);
        assigned.map_err(|error| sort(&self.settings, "take partitions", &error))?;
        for element in committed.elements() {
            self.owned.insert(partition_of(&element), known(element.offset()));
        }
        Ok((!partitions.is_empty()).then_some(Polled::Assigned(partitions)))
    }

    fn asking(&self) -> Asking<'_> {
        let Self { cluster, group, subscription, consumer, abandoned, .. } = self;
        let named_after = self.transactions.as_ref().map(|own| &own.named_after);
        Asking { cluster, group, subscription, consumer, named_after, abandoned }
    }

    /// Makes the producer unless there is one.
    fn transact(&mut self, named_after: Partition) -> Result<&Transactions> {
        let transactions = match self.transactions.take() {
            Some(transactions) => transactions,
            None => {
                self.is_new = true;
                Transactions::begin(&self.settings, &self.group, named_after)?
            }
        };
        Ok(self.transactions.insert(transactions))
    }

    /// Committed offsets as places to start at; the first record there is where nothing was committed. As a number:
    /// told only "the beginning", the client goes on asking for it after a seek and then reads from there again
    /// (librdkafka 2.12, `rd_kafka_toppar_handle_Offset` on an outdated answer).
    fn start_positions(&self, list: TopicPartitionList) -> Result<TopicPartitionList> {
        let mut new: Vec<_> = list.elements().into_iter().filter(|element| known(element.offset()).is_none()).collect();
        let partitions: Vec<Partition> = new.iter().map(partition_of).collect();
        let bounds = self.cluster.bounds(&partitions)?;
        for (element, partition) in new.iter_mut().zip(&partitions) {
            let start = bounds.get(partition).map_or(0, |bounds| bounds.start);
            let placed = element.set_offset(Place::Offset(start));
            placed.map_err(|error| sort(&self.settings, "learn where a partition begins", &error))?;
        }
        Ok(list)
    }

    fn give_up(&mut self, partitions: Vec<Partition>) -> Result<Option<Polled>> {
        self.still_member()?;
        // The next owner would not know how this member's last transaction ended, and have its input processed again:
        // all of it, also what this member keeps.
        self.look_for_harm(Duration::ZERO)?;
        if self.away.is_some() {
            return Err(self.lose("a broker is away while partitions are given up".to_owned()));
        }
        self.owned.retain(|partition, _| !partitions.contains(partition));
        // The next owner's producer will have this name.
        self.transactions = self.transactions.take().filter(|it| !partitions.contains(&it.named_after));
        let unassigned = self.consumer.incremental_unassign(&list(&partitions));
        unassigned.map_err(|error| sort(&self.settings, "give partitions up", &error))?;
        Ok((!partitions.is_empty()).then_some(Polled::Revoked(partitions)))
    }

    /// Reads a partition from elsewhere.
    pub(super) fn seek(&mut self, partition: &Partition, offset: Offset) -> Result<()> {
        self.still_member()?;
        if !self.owned.contains_key(partition) {
            let cause = format!("partition {} of `{}` is not this member's", partition.number, partition.topic);
            return Err(LogError::Lost(cause));
        }
        let started = Instant::now();
        loop {
            let place = Place::Offset(offset);
            // A partition that was just assigned cannot be sought in before its fetcher runs.
            match self.consumer.seek(&partition.topic, partition.number, place, patience(&self.settings)) {
                Ok(()) => return Ok(()),
                Err(error) if started.elapsed() >= patience(&self.settings) => {
                    return Err(sort(&self.settings, "seek", &error));
                }
                Err(_) => std::thread::sleep(AGAIN),
            }
        }
    }

    /// Commits outputs together with the offsets of what the member has seen.
    pub(super) fn commit(
        &mut self,
        seen: &BTreeMap<Partition, Offset>,
        outputs: &[NewRecord],
    ) -> Result<Vec<(Partition, Offset)>> {
        self.still_member()?;
        // With nothing to say the brokers are asked all the same whether this still is the member: a lease hangs on it.
        if outputs.is_empty() && seen.is_empty() && self.owned.is_empty() {
            return Ok(Vec::new());
        }
        let Some(lowest) = self.owned.keys().next().cloned() else {
            return Err(LogError::Lost("no partition is this member's".to_owned()));
        };
        if let Some(foreign) = seen.keys().find(|partition| !self.owned.contains_key(*partition)) {
            return Err(LogError::Lost(format!("`{}` was given up meanwhile", foreign.topic)));
        }
        self.cluster.all_exist(outputs.iter().map(|output| output.topic.as_str()))?;
        self.cluster.claim(outputs.iter().map(|output| output.topic.as_str()));
        let offsets = self.offsets(seen, &lowest)?;
        self.transact(lowest)?;
        let places = self.once_shared_out(|own, member| own.commit(outputs, &offsets, member))?;
        self.written = places.iter().map(|(partition, _)| partition.clone()).collect();
        self.owned.extend(seen.iter().map(|(partition, offset)| (partition.clone(), Some(*offset))));
        Ok(places)
    }

    /// While the group is being shared out, the brokers refuse a member's former generation; a member that keeps its
    /// partitions then commits with the new one.
    fn once_shared_out<T>(
        &mut self,
        commit: impl Fn(&Transactions, ConsumerGroupMetadata) -> Result<T, Failure>,
    ) -> Result<T> {
        let longest = patience(&self.settings).max(Duration::from_millis(self.settings.session_timeout_ms * 2));
        let started = Instant::now();
        loop {
            let member = self.consumer.group_metadata();
            // Asked after the metadata was taken: metadata of no member at all would not be checked by the brokers.
            self.still_member()?;
            let (Some(member), Some(transactions)) = (member, &self.transactions) else {
                return Err(self.lose("it is in no group".to_owned()));
            };
            match commit(transactions, member) {
                Ok(done) => return Ok(done),
                Err(Failure::Refused(error)) => return Err(error),
                Err(Failure::Lost(cause)) => return Err(self.lose(cause)),
                Err(Failure::Rebalancing(cause)) if started.elapsed() >= longest => return Err(self.lose(cause)),
                Err(Failure::Rebalancing(_)) => std::thread::sleep(AGAIN),
            }
        }
    }

    /// At least one offset, for by the offsets the brokers tell a member from one that was.
    fn offsets(&self, seen: &BTreeMap<Partition, Offset>, lowest: &Partition) -> Result<TopicPartitionList> {
        let mut list = TopicPartitionList::new();
        let known = self.owned.iter().filter_map(|(partition, committed)| {
            seen.get(partition).copied().or(*committed).map(|offset| (partition, offset))
        });
        let mut known: Vec<(&Partition, Offset)> = known.collect();
        if known.is_empty() {
            known.push((lowest, self.cluster.bounds_of(lowest)?.start));
        }
        for (partition, offset) in known {
            let added = list.add_partition_offset(&partition.topic, partition.number, Place::Offset(offset));
            added.map_err(|error| sort(&self.settings, "commit", &error))?;
        }
        Ok(list)
    }
}

impl Drop for Session {
    /// Dropping the consumer leaves the group; what the group then asks is answered at once.
    fn drop(&mut self) {
        self.consumer.context().close(&self.consumer);
    }
}

fn known(place: Place) -> Option<Offset> {
    match place {
        Place::Offset(offset) => Some(offset),
        _ => None,
    }
}
