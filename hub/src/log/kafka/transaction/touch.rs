//! Transactions that mean nothing themselves: the mark at their end also ends what the same producer left hanging in the
//! same partition (`hanging`). Their records are the log's own and are handed to nobody.

use std::collections::BTreeSet;
use std::sync::Arc;

use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::BaseRecord;
use rdkafka::topic_partition_list::{Offset as Place, TopicPartitionList};

use super::{Failure, Slot, Transactions};
use crate::log::Partition;
use crate::log::kafka::record::OWN;

impl Transactions {
    /// Aborts what hangs among the offsets of the group that has this partition.
    pub(in super::super) fn abort_offsets(
        &self,
        partition: &Partition,
        member: ConsumerGroupMetadata,
    ) -> Result<(), Failure> {
        let mut offsets = TopicPartitionList::new();
        let added = offsets.add_partition_offset(&partition.topic, partition.number, Place::Offset(0));
        added.map_err(|error| self.sort(&error))?;
        self.begin_one()?;
        match self.send_offsets(&offsets, member) {
            Err(Failure::Lost(cause)) => Err(Failure::Lost(cause)),
            Ok(()) | Err(Failure::Rebalancing(_) | Failure::Refused(_)) => self.end(),
        }
    }

    /// Aborts what hangs in these partitions. One that cannot be written, where then nothing of this producer's hangs,
    /// does not concern the others.
    pub(in super::super) fn abort_records(&self, partitions: &BTreeSet<Partition>) -> Result<(), Failure> {
        if partitions.is_empty() {
            return Ok(());
        }
        self.begin_one()?;
        if let Err(Failure::Lost(cause)) = self.touch(partitions) {
            return Err(Failure::Lost(cause));
        }
        self.end()
    }

    /// Commits what hangs in these partitions, one at a time: one that cannot be written is no reason to abort the others.
    pub(in super::super) fn commit_records(&self, partitions: &BTreeSet<Partition>) -> Result<(), Failure> {
        for partition in partitions {
            self.begin_one()?;
            let touched = self.touch([partition]);
            if let Err(Failure::Lost(cause)) = self.finish(touched) {
                return Err(Failure::Lost(cause));
            }
        }
        Ok(())
    }

    /// Says once more that this producer's last transaction is committed, which it was: here its records went, and these
    /// are its offsets.
    pub(in super::super) fn commit_again(
        &self,
        written: &BTreeSet<Partition>,
        offsets: &TopicPartitionList,
        member: ConsumerGroupMetadata,
    ) -> Result<(), Failure> {
        self.begin_one()?;
        let touched = self.touch(written).and_then(|()| self.send_offsets(offsets, member));
        self.finish(touched)
    }

    /// Writes a record of the log's own to each.
    fn touch<'a>(&self, partitions: impl IntoIterator<Item = &'a Partition>) -> Result<(), Failure> {
        let mut slots: Vec<Slot> = Vec::new();
        for partition in partitions {
            let slot = Slot::default();
            let headers = OwnedHeaders::new().insert(Header { key: OWN, value: Some(OWN) });
            let record = BaseRecord::with_opaque_to(&partition.topic, Arc::clone(&slot)).partition(partition.number);
            let sent = self.producer.send(record.key(OWN).payload(OWN).headers(headers));
            sent.map_err(|(error, _)| self.sort(&error))?;
            slots.push(slot);
        }
        self.wait_for(&slots);
        let late = KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut);
        slots.iter().try_for_each(|slot| match slot.get() {
            Some(Ok(_)) => Ok(()),
            Some(Err(error)) => Err(self.sort(error)),
            None => Err(self.sort(&late)),
        })
    }
}
