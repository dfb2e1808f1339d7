//! What the group decides reaches the client's callback; it is noted there, and done by the session when it is its turn.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::TopicPartitionList;
use rdkafka::types::RDKafkaRespErr;

use super::client::{complain, pass_on};
use crate::log::Partition;

/// What the group decided about this member's partitions; possibly none, and must be answered even then.
#[derive(Debug)]
pub(super) enum Decision {
    /// These are its own from now on.
    Assign(Vec<Partition>),
    /// It must give these up.
    Revoke(Vec<Partition>),
}

/// Notes decisions until the session takes them.
#[derive(Default)]
pub(super) struct Decisions {
    waiting: Mutex<VecDeque<Decision>>,
    closing: AtomicBool,
}

impl Decisions {
    /// The oldest that was not taken.
    pub(super) fn take(&self) -> Option<Decision> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }

    /// Whether any waits.
    pub(super) fn any(&self) -> bool {
        !self.waiting.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// From now on decisions are answered at once: the member leaves.
    pub(super) fn close(&self) {
        self.closing.store(true, Ordering::Release);
    }
}

impl ClientContext for Decisions {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        pass_on(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        complain(&error, reason);
    }
}

impl ConsumerContext for Decisions {
    fn rebalance(&self, consumer: &BaseConsumer<Self>, decision: RDKafkaRespErr, list: &mut TopicPartitionList) {
        let assigns = decision == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        if self.closing.load(Ordering::Acquire) {
            let answered =
                if assigns { consumer.incremental_assign(list) } else { consumer.incremental_unassign(list) };
            if let Err(error) = answered {
                complain(&error, "a partition could not be given up while leaving");
            }
            return;
        }
        let elements = list.elements();
        let partitions =
            elements.iter().map(|element| Partition { topic: element.topic().to_owned(), number: element.partition() });
        let partitions = partitions.collect();
        let decision = if assigns { Decision::Assign(partitions) } else { Decision::Revoke(partitions) };
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).push_back(decision);
    }
}
