//! What the group decides reaches the client's callback; it is noted there, and done by the session when it is its turn.
//! It stays noted until it is done: the client does not say it again, and the group would wait for an answer.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::KafkaError;
use rdkafka::topic_partition_list::{TopicPartitionList, TopicPartitionListElem};
use rdkafka::types::RDKafkaRespErr;

use super::client::{complain, pass_on};
use crate::log::Partition;

/// What the group decided about this member's partitions; possibly none, and must be answered even then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    /// These are its own from now on.
    Assign(Vec<Partition>),
    /// It must give these up.
    Revoke(Vec<Partition>),
}

/// Notes decisions until the session has done them.
#[derive(Default)]
pub(super) struct Decisions {
    waiting: Mutex<VecDeque<Decision>>,
    closing: AtomicBool,
}

impl Decisions {
    fn waiting(&self) -> MutexGuard<'_, VecDeque<Decision>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn note(&self, decision: Decision) {
        self.waiting().push_back(decision);
    }

    /// The oldest that is not done.
    pub(super) fn next(&self) -> Option<Decision> {
        self.waiting().front().cloned()
    }

    /// That one is done.
    pub(super) fn done(&self) {
        self.waiting().pop_front();
    }

    /// The member leaves: what is not done, and from now on every decision, is answered at once.
    pub(super) fn close(&self, consumer: &BaseConsumer<Self>) {
        self.closing.store(true, Ordering::Release);
        while let Some(decision) = self.next() {
            decline(consumer, &decision);
            self.done();
        }
    }
}

/// Takes nothing any more, and gives everything up. The client does not leave its group before it is answered: it would
/// wait for that for ever where the assignment is lost.
fn decline(consumer: &BaseConsumer<Decisions>, decision: &Decision) {
    let answered = match decision {
        Decision::Assign(_) => consumer.incremental_assign(&TopicPartitionList::new()),
        Decision::Revoke(partitions) => consumer.incremental_unassign(&list(partitions)),
    };
    if let Err(error) = answered {
        complain(&error, "a decision could not be answered while leaving");
    }
}

/// Partitions as the client lists them.
pub(super) fn partition_of(element: &TopicPartitionListElem<'_>) -> Partition {
    Partition { topic: element.topic().to_owned(), number: element.partition() }
}

pub(super) fn list(partitions: &[Partition]) -> TopicPartitionList {
    let mut list = TopicPartitionList::new();
    for partition in partitions {
        list.add_partition(&partition.topic, partition.number);
    }
    list
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
        let elements = list.elements();
        let partitions = elements.iter().map(partition_of);
        let assigns = decision == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS;
        let decision = if assigns { Decision::Assign } else { Decision::Revoke }(partitions.collect());
        if self.closing.load(Ordering::Acquire) {
            decline(consumer, &decision);
            return;
        }
        self.note(decision);
    }
}

#[cfg(test)]
mod tests {
    use super::{Decision, Decisions};
    use crate::log::Partition;

    #[test]
    fn a_decision_stays_until_it_is_done() {
        let partition = |number| Partition { topic: "t".to_owned(), number };
        let (assign, revoke) = (Decision::Assign(vec![partition(0)]), Decision::Revoke(vec![partition(0)]));
        let decisions = Decisions::default();
        decisions.note(assign.clone());
        decisions.note(revoke.clone());
        // Doing it failed: it is tried again.
        assert_eq!([decisions.next(), decisions.next()], [Some(assign.clone()), Some(assign)]);
        decisions.done();
        assert_eq!(decisions.next(), Some(revoke));
        decisions.done();
        assert_eq!(decisions.next(), None);
    }
}
