//! Appends outside transactions: one idempotent producer for all callers.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer};

use super::client::{Listening, producer};
use super::failure::{code, sort};
use super::record::{headers, place};
use super::settings::Settings;
use crate::log::{LogError, NewRecord, Offset, Partition, Result};

/// Between two tries when the client's own queue is full.
const QUEUE_FULL: Duration = Duration::from_millis(5);

type Handle = FutureProducer<Listening>;

/// The producer, and a new one when it can do no more.
pub(super) struct Appender {
    settings: Settings,
    current: Mutex<Arc<Handle>>,
}

impl Appender {
    pub(super) fn new(settings: Settings) -> Result<Self> {
        let current = Mutex::new(Arc::new(make(&settings)?));
        Ok(Self { settings, current })
    }

    /// Appends in this order; returns once all of them are acknowledged by all replicas in sync.
    pub(super) async fn append(&self, records: &[NewRecord]) -> Result<Vec<(Partition, Offset)>> {
        let handle = self.handle()?;
        let mut waiting = Vec::with_capacity(records.len());
        for record in records {
            waiting.push(self.enqueue(&handle, record).await?);
        }
        let mut places = Vec::with_capacity(records.len());
        for (record, delivered) in records.iter().zip(join_all(waiting).await) {
            let told = match delivered {
                Ok(Ok(delivery)) => place(delivery.partition, delivery.offset),
                Ok(Err((error, _))) => Err(error),
                Err(_gone) => Err(KafkaError::Canceled),
            };
            let (number, offset) = told.map_err(|error| refused(&self.settings, record, &error))?;
            places.push((Partition { topic: record.topic.clone(), number }, offset));
        }
        Ok(places)
    }

    async fn enqueue(&self, handle: &Handle, record: &NewRecord) -> Result<DeliveryFuture> {
        loop {
            let mut made: FutureRecord<'_, [u8], [u8]> =
                FutureRecord::to(&record.topic).headers(headers(&record.headers));
            made.key = record.key.as_deref();
            made.payload = record.value.as_deref();
            let error = match handle.send_result(made) {
                Ok(delivery) => return Ok(delivery),
                Err((error, _)) => error,
            };
            if code(&error) != Some(RDKafkaErrorCode::QueueFull) {
                return Err(refused(&self.settings, record, &error));
            }
            // Bounded: what is queued is delivered or given up within `request_timeout_ms`.
            tokio::time::sleep(QUEUE_FULL).await;
        }
    }

    /// An idempotent producer that lost count stops for good; then another takes its place.
    fn handle(&self) -> Result<Arc<Handle>> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((code, cause)) = current.client().fatal_error() {
            tracing::warn!(%code, cause, "Kafka's producer gave up, another one takes its place");
            *current = Arc::new(make(&self.settings)?);
        }
        Ok(Arc::clone(&current))
    }
}

fn make(settings: &Settings) -> Result<Handle> {
    let config = producer(settings, None);
    config.create_with_context(Listening).map_err(|error| sort(settings, "make a producer", &error))
}

/// Why a record was not taken.
pub(super) fn refused(settings: &Settings, record: &NewRecord, error: &KafkaError) -> LogError {
    if code(error) == Some(RDKafkaErrorCode::MessageSizeTooLarge) {
        return LogError::TooLarge { size: record.size() };
    }
    match sort(settings, &format!("append to `{}`", record.topic), error) {
        LogError::NoTopic(_) => LogError::NoTopic(record.topic.clone()),
        other => other,
    }
}
