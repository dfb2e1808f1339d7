//! Transactions that hang: Kafka has recorded how they ended, and never says so to the partitions they wrote to.
//!
//! A broker of Kafka 4 that starts again takes a partition that has no leader at that moment, as all have on a cluster of
//! one broker, for a deleted one: it skips the mark that ends a transaction there and records the transaction as complete
//! (4.3.1: `KRaftMetadataCache.getPartitionLeaderEndpoint` answers nothing, and
//! `TransactionMarkerChannelManager.addTxnMarkersToBrokerQueue` goes by it). No time-out ends it, for to its coordinator
//! there is nothing to end: offsets stay unstable and readers stop before its records, for ever.
//!
//! What does end it is the next mark of the same producer in the same partition. So transactions of no meaning are begun
//! there and ended. A member whose own last transaction was committed commits it again. One that takes over from another
//! does not know what a hanging transaction was to be:
//! - Offsets that are unstable are aborted, and then the records. Whatever the hanging transaction was to be, its input is
//!   processed again, so that nothing is lost.
//! - Records that hang alone are committed: if their offsets were committed with them, nobody would process that input
//!   again, and if not, they come twice, which does no harm.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{Offset as Place, TopicPartitionList};

use super::client::{Listening, consumer, patience};
use super::cluster::{Cluster, offsets};
use super::failure::sort;
use super::rebalance::{Decisions, list};
use super::transaction::{Failure, Transactions};
use crate::log::{LogError, Offset, Partition, Result, Subscription};

/// Offsets that are about to become stable do so within milliseconds.
const SOON: Duration = Duration::from_secs(2);
/// The same for one partition alone, once it is known that some are unstable.
const AT_ONCE: Duration = Duration::from_millis(200);
/// So many unstable partitions stand for all: each costs a wait.
const SOME: usize = 8;
/// Records that wait at the same place for so long wait for no transaction that is just being committed.
const MOMENT: Duration = Duration::from_millis(500);
/// How often a coordinator looks for transactions whose time is up, unless a cluster says otherwise
/// (`transaction.abort.timed.out.transaction.cleanup.interval.ms`).
const CLEANUP: Duration = Duration::from_secs(10);
/// Between two questions when the brokers do not answer.
const AGAIN: Duration = Duration::from_millis(100);

/// A member that asks for its partitions' committed offsets.
pub(super) struct Asking<'a> {
    /// The cluster it asks.
    pub cluster: &'a Cluster,
    /// Its group, as the cluster names it.
    pub group: &'a str,
    /// What the group shares out.
    pub subscription: &'a Subscription,
    /// Its consumer.
    pub consumer: &'a BaseConsumer<Decisions>,
    /// What its producer is named after.
    pub named_after: Option<&'a Partition>,
    /// Whether nobody waits any more.
    pub abandoned: &'a AtomicBool,
}

impl Asking<'_> {
    /// Offsets that no transaction can change any more. One that is open or hangs is ended here: at once if it was left by
    /// whoever had these partitions before, whose producer is named after one of them; else when all open ones must be
    /// over.
    pub(super) fn committed(&self, new: Option<&Transactions>, partitions: &[Partition]) -> Result<TopicPartitionList> {
        let settings = &self.cluster.settings;
        let over = Duration::from_millis(settings.transaction_timeout_ms) + CLEANUP;
        let started = Instant::now();
        let (mut ended_predecessors, mut asked_others) = (false, false);
        loop {
            let error = match self.stable(partitions, SOON) {
                Ok(list) => return Ok(list),
                Err(error) => error,
            };
            let hopeless = asked_others || started.elapsed() >= over * 2;
            if hopeless || self.abandoned.load(Ordering::Acquire) {
                return Err(sort(settings, "learn what is committed", &error));
            }
            if !self.answers(partitions) {
                std::thread::sleep(AGAIN);
                continue;
            }
            let mut hanging = self.unstable(partitions);
            if let Some(new) = new {
                hanging = self.end(new, hanging)?;
            }
            if !hanging.is_empty() && !ended_predecessors {
                hanging = self.end_others(partitions.to_vec(), hanging)?;
                ended_predecessors = true;
            }
            if !hanging.is_empty() && started.elapsed() >= over {
                self.end_others(self.cluster.partitions(self.subscription)?, hanging)?;
                asked_others = true;
            }
        }
    }

    /// Lets readers have the records that this producer's predecessor left hanging.
    pub(super) fn release(&self, own: &Transactions) -> Result<()> {
        let stuck: BTreeSet<Partition> = self.stuck()?.into_keys().collect();
        if !stuck.is_empty() {
            tracing::info!(
                group = self.group,
                ?stuck,
                "records wait for the end of a transaction, perhaps for a lost one"
            );
        }
        own.commit_records(&stuck).map_err(lost)
    }

    /// Whether the offsets of what is owned, or the records last written, wait for the end of a transaction; `None` when
    /// the brokers do not answer.
    pub(super) fn hangs(&self, owned: &[Partition], written: &BTreeSet<Partition>) -> Option<bool> {
        if self.stable(owned, SOON).is_err() {
            return self.answers(owned).then_some(true);
        }
        let stuck = self.stuck().ok()?;
        Some(stuck.keys().any(|partition| written.contains(partition)))
    }

    /// The client asks for stable offsets, as it reads committed records, and waits for them as long as it may.
    fn stable(&self, partitions: &[Partition], wait: Duration) -> Result<TopicPartitionList, KafkaError> {
        let wait = wait.min(patience(&self.cluster.settings));
        all_answered(self.consumer.committed_offsets(list(partitions), wait)?)
    }

    /// Some of those whose offsets are unstable, if any are.
    fn unstable(&self, partitions: &[Partition]) -> Vec<Partition> {
        let unstable = |partition: &&Partition| self.stable(std::slice::from_ref(partition), AT_ONCE).is_err();
        partitions.iter().filter(unstable).take(SOME).cloned().collect()
    }

    /// Whether the brokers tell the offsets as they are, so that it is an end of a transaction they wait for.
    fn answers(&self, partitions: &[Partition]) -> bool {
        let answered = self.looking().and_then(|looking| {
            let offsets = looking.committed_offsets(list(partitions), patience(&self.cluster.settings));
            offsets.and_then(all_answered).map_err(|error| sort(&self.cluster.settings, "look at offsets", &error))
        });
        answered.is_ok()
    }

    /// A consumer that sees what is not committed, too.
    fn looking(&self) -> Result<BaseConsumer<Listening>> {
        let settings = &self.cluster.settings;
        let mut config = consumer(settings, self.group);
        config.set("isolation.level", "read_uncommitted");
        config.create_with_context(Listening).map_err(|error| sort(settings, "make a client", &error))
    }

    /// Ends what this producer may have left hanging; the partitions of which that is not true.
    fn end(&self, producer: &Transactions, hanging: Vec<Partition>) -> Result<Vec<Partition>> {
        let (Some(first), Some(member)) = (hanging.first(), self.consumer.group_metadata()) else {
            return Ok(hanging);
        };
        producer.abort_offsets(first, member).map_err(lost)?;
        let left = self.unstable(&hanging);
        if left.len() < hanging.len() {
            let (group, id) = (self.group, &producer.id);
            tracing::warn!(group, id, "a transaction whose end Kafka had lost is ended, its input is processed again");
            producer.abort_records(&self.unread()?.into_keys().collect()).map_err(lost)?;
        }
        Ok(left)
    }

    /// Ends what other producers of the group, named after these partitions, left open or hanging; the partitions of which
    /// that is not true. A producer is named after the lowest partition its member owned: not after a higher one than
    /// hangs. A member that lives and has that producer loses it and joins again.
    fn end_others(&self, mut names: Vec<Partition>, mut hanging: Vec<Partition>) -> Result<Vec<Partition>> {
        names.sort();
        for name in names {
            let concerned = hanging.iter().max().is_some_and(|highest| name <= *highest);
            let other = self.named_after != Some(&name);
            if concerned && other && !self.abandoned.load(Ordering::Acquire) {
                let other = Transactions::begin(&self.cluster.settings, self.group, name)?;
                hanging = self.end(&other, self.unstable(&hanging))?;
            }
        }
        Ok(hanging)
    }

    /// Partitions whose records have waited for the end of a transaction for a moment, and the first that does.
    fn stuck(&self) -> Result<BTreeMap<Partition, Offset>> {
        let mut waiting = self.unread()?;
        if !waiting.is_empty() {
            std::thread::sleep(MOMENT);
            let still = self.unread()?;
            waiting.retain(|partition, offset| still.get(partition) == Some(offset));
        }
        Ok(waiting)
    }

    /// This log's partitions in which records wait for the end of a transaction, and the first that does.
    fn unread(&self) -> Result<BTreeMap<Partition, Offset>> {
        let ours = self.cluster.own_partitions()?;
        let (mut stable, ends) = (self.ends(self.consumer, &ours)?, self.ends(&self.looking()?, &ours)?);
        stable.retain(|partition, offset| ends.get(partition).is_some_and(|end| *offset < *end));
        Ok(stable)
    }

    /// The ends of partitions, as far as this consumer may read. Where one is not known, it is left out.
    fn ends<C: ConsumerContext>(
        &self,
        consumer: &BaseConsumer<C>,
        partitions: &[Partition],
    ) -> Result<BTreeMap<Partition, Offset>> {
        if partitions.is_empty() {
            return Ok(BTreeMap::new());
        }
        let asked = offsets(consumer, partitions, Place::End, patience(&self.cluster.settings));
        let told = asked.map_err(|error| sort(&self.cluster.settings, "ask where partitions end", &error))?;
        let known = told.into_iter().filter_map(|(partition, end)| Some((partition, end.ok()?)));
        Ok(known.collect())
    }
}

fn all_answered(list: TopicPartitionList) -> Result<TopicPartitionList, KafkaError> {
    for element in list.elements() {
        element.error()?;
    }
    Ok(list)
}

/// A producer that could not even abort is of no more use, and the member that has it joins again.
fn lost(failure: Failure) -> LogError {
    match failure {
        Failure::Refused(error) => error,
        Failure::Rebalancing(cause) | Failure::Lost(cause) => LogError::Lost(cause),
    }
}
