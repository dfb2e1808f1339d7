//! A member's commit: outputs and offsets in one Kafka transaction. All of this blocks.
//!
//! The transactional id is the lowest partition the member owned when the producer was made. So the next owner of that
//! partition ends a transaction its dead predecessor left open at once, and fences the predecessor should it be alive.

mod touch;

use std::sync::{Arc, OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerGroupMetadata;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::{DeliveryResult, Message};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::topic_partition_list::TopicPartitionList;

use super::appender::refused;
use super::client::{complain, pass_on, producer};
use super::failure::{code, sort};
use super::record::{headers, place};
use super::settings::Settings;
use crate::log::{LogError, NewRecord, Offset, Partition, Result};

/// Why a commit did not succeed.
pub(super) enum Failure {
    /// The group is being shared out anew and has not told this member yet; nothing is visible, try again.
    Rebalancing(String),
    /// Nothing is visible, and the producer can go on.
    Refused(LogError),
    /// The producer is fenced, or nobody knows how the transaction ended: the member must join again, and will then see
    /// by its committed offsets what is true.
    Lost(String),
}

/// A producer with a transactional id.
pub(super) struct Transactions {
    settings: Settings,
    producer: Arc<BaseProducer<Delivering>>,
    /// The transactional id.
    pub id: String,
    /// The partition that gave the id.
    pub named_after: Partition,
}

impl Transactions {
    /// Makes the producer; ends what a predecessor with the same id left open.
    pub(super) fn begin(settings: &Settings, group: &str, named_after: Partition) -> Result<Self> {
        let id = format!("{group}.{}.{}", named_after.topic, named_after.number);
        let config = producer(settings, Some(&id));
        let made = config.create_with_context(Delivering);
        let producer: BaseProducer<Delivering> = made.map_err(|error| sort(settings, "make a producer", &error))?;
        let this = Self { settings: settings.clone(), producer: Arc::new(producer), id, named_after };
        let patience = this.patience();
        insist(patience, || this.producer.init_transactions(patience))
            .map_err(|error| sort(settings, "begin with transactions", &error))?;
        Ok(this)
    }

    fn patience(&self) -> Duration {
        Duration::from_millis(self.settings.request_timeout_ms.max(1))
    }

    /// Outputs and offsets, together or not at all.
    pub(super) fn commit(
        &self,
        outputs: &[NewRecord],
        offsets: &TopicPartitionList,
        member: ConsumerGroupMetadata,
    ) -> Result<Vec<(Partition, Offset)>, Failure> {
        self.begin_one()?;
        self.finish(self.write(outputs, offsets, member))
    }

    fn begin_one(&self) -> Result<(), Failure> {
        self.producer.begin_transaction().map_err(|error| self.sort(&error))
    }

    /// Commits what was written, or aborts what was not.
    fn finish<T>(&self, written: Result<T, Failure>) -> Result<T, Failure> {
        let written = written.map_err(|failure| self.abort(failure))?;
        let patience = self.patience();
        match insist(patience, || self.producer.commit_transaction(patience)) {
            Ok(()) => Ok(written),
            Err(KafkaError::Transaction(error)) if error.txn_requires_abort() => {
                let failure = self.sort(&KafkaError::Transaction(error));
                Err(self.abort(failure))
            }
            Err(error) => Err(Failure::Lost(format!("it is not known how the transaction ended: {error}"))),
        }
    }

    /// All outputs are acknowledged before the offsets are sent: a partition that is still being added makes the offsets wait 100 ms.
    fn write(
        &self,
        outputs: &[NewRecord],
        offsets: &TopicPartitionList,
        member: ConsumerGroupMetadata,
    ) -> Result<Vec<(Partition, Offset)>, Failure> {
        let slots: Vec<Slot> = outputs.iter().map(|_| Slot::default()).collect();
        for (output, slot) in outputs.iter().zip(&slots) {
            self.send(output, slot)?;
        }
        self.wait_for(&slots);
        let places = outputs.iter().zip(&slots).map(|(output, slot)| match slot.get() {
            Some(Ok((number, offset))) => Ok((Partition { topic: output.topic.clone(), number: *number }, *offset)),
            Some(Err(error)) => Err(self.refuse(output, error)),
            None => Err(self.refuse(output, &KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut))),
        });
        let places = places.collect::<Result<Vec<_>, Failure>>()?;
        self.send_offsets(offsets, member)?;
        Ok(places)
    }

    /// On a thread of its own, which is left behind if need be: the client's call does not keep its time limit while the
    /// group's coordinator is away (librdkafka 1.4 to 2.14, its issue 5456), nor always ends when it is back: seen after
    /// a broker had stood still for seconds. One that keeps its limit is never late by half.
    fn send_offsets(&self, offsets: &TopicPartitionList, member: ConsumerGroupMetadata) -> Result<(), Failure> {
        let (producer, offsets, patience) = (Arc::clone(&self.producer), offsets.clone(), self.patience());
        let (done, sent) = mpsc::sync_channel(1);
        let send = move || {
            let call = || producer.send_offsets_to_transaction(&offsets, &member, patience);
            // Nobody waits any more if it took too long.
            drop(done.send(insist(patience, call)));
        };
        let started = thread::Builder::new().name("lianbo-offsets".to_owned()).spawn(send);
        if let Err(error) = started {
            return Err(Failure::Lost(format!("no thread to send offsets: {error}")));
        }
        match sent.recv_timeout(patience * 3 / 2) {
            Ok(sent) => sent.map_err(|error| self.sort(&error)),
            Err(_) => Err(Failure::Lost("the group's coordinator did not take the offsets in time".to_owned())),
        }
    }

    /// Until all are reported, or their time is up. The client's own `flush` would wait for 100 ms at a stretch.
    fn wait_for(&self, slots: &[Slot]) {
        let started = Instant::now();
        while slots.iter().any(|slot| slot.get().is_none()) && started.elapsed() < self.patience() {
            self.producer.poll(REPORTS);
        }
    }

    fn send(&self, output: &NewRecord, slot: &Slot) -> Result<(), Failure> {
        let mut record: BaseRecord<'_, [u8], [u8], Slot> =
            BaseRecord::with_opaque_to(&output.topic, Arc::clone(slot)).headers(headers(&output.headers));
        record.key = output.key.as_deref();
        record.payload = output.value.as_deref();
        while let Err((error, unsent)) = self.producer.send(record) {
            if code(&error) != Some(RDKafkaErrorCode::QueueFull) {
                return Err(self.refuse(output, &error));
            }
            // Bounded: what is queued is delivered or given up within the message time-out.
            self.producer.poll(Duration::from_millis(10));
            record = unsent;
        }
        Ok(())
    }

    /// A producer that was fenced refuses records too; that is no fault of theirs.
    fn refuse(&self, output: &NewRecord, error: &KafkaError) -> Failure {
        match self.producer.client().fatal_error() {
            Some((code, cause)) => Failure::Lost(format!("{cause} ({code})")),
            None => Failure::Refused(refused(&self.settings, output, error)),
        }
    }

    fn sort(&self, error: &KafkaError) -> Failure {
        let fatal = matches!(error, KafkaError::Transaction(inner) if inner.is_fatal());
        match code(error) {
            _ if fatal || self.producer.client().fatal_error().is_some() => Failure::Lost(error.to_string()),
            Some(
                RDKafkaErrorCode::IllegalGeneration
                | RDKafkaErrorCode::RebalanceInProgress
                | RDKafkaErrorCode::UnknownMemberId,
            ) => Failure::Rebalancing(error.to_string()),
            Some(
                RDKafkaErrorCode::FencedInstanceId
                | RDKafkaErrorCode::Fenced
                | RDKafkaErrorCode::ProducerFenced
                | RDKafkaErrorCode::InvalidProducerEpoch
                | RDKafkaErrorCode::InvalidTransactionalState
                | RDKafkaErrorCode::State,
            ) => Failure::Lost(error.to_string()),
            _ => Failure::Refused(sort(&self.settings, "commit", error)),
        }
    }

    /// Nothing of the transaction becomes visible. If not even that can be said, the member is lost.
    fn abort(&self, failure: Failure) -> Failure {
        if matches!(failure, Failure::Lost(_)) {
            return failure;
        }
        self.end().err().unwrap_or(failure)
    }

    /// In short steps: the client waits for its reports on what was not sent to be taken, which only polling does.
    fn end(&self) -> Result<(), Failure> {
        let ended = insist(self.patience(), || {
            self.producer.poll(REPORTS);
            self.producer.abort_transaction(STEP)
        });
        ended.map_err(|error| Failure::Lost(format!("the transaction could not be ended: {error}")))
    }
}

/// Repeats a call that says it may be repeated, as the client asks its users to, for a bounded time.
fn insist(patience: Duration, call: impl Fn() -> Result<(), KafkaError>) -> Result<(), KafkaError> {
    let started = Instant::now();
    loop {
        let error = match call() {
            Ok(()) => return Ok(()),
            Err(error) => error,
        };
        let retriable = matches!(&error, KafkaError::Transaction(inner) if inner.is_retriable());
        if !retriable || started.elapsed() >= patience {
            return Err(error);
        }
        std::thread::sleep(AGAIN);
    }
}

/// Between two tries of a call that may be repeated.
const AGAIN: Duration = Duration::from_millis(20);

/// How long the end of an aborted transaction is waited for at a stretch.
const STEP: Duration = Duration::from_millis(200);

/// How long delivery reports are waited for at a stretch.
const REPORTS: Duration = Duration::from_millis(1);

/// Where an output went, once that is known.
type Slot = Arc<OnceLock<Result<(i32, Offset), KafkaError>>>;

/// Notes where the outputs went.
struct Delivering;

impl ClientContext for Delivering {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        pass_on(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        complain(&error, reason);
    }
}

impl ProducerContext for Delivering {
    type DeliveryOpaque = Slot;

    fn delivery(&self, result: &DeliveryResult<'_>, slot: Slot) {
        let place = match result {
            Ok(message) => place(message.partition(), message.offset()),
            Err((error, _)) => Err(error.clone()),
        };
        // Each record is reported once, so the slot is empty.
        slot.get_or_init(|| place);
    }
}
