//! Appends outside transactions: one idempotent producer for all callers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryFuture, FutureProducer, FutureRecord, Producer};

use super::client::{Listening, patience, producer};
use super::failure::{code, sort};
use super::record::{headers, place};
use super::settings::Settings;
use crate::log::{LogError, NewRecord, Offset, Partition, Result};

/// Between two tries when the client's own queue is full.
const QUEUE_FULL: Duration = Duration::from_millis(5);

/// So many times the patience of a request without anything delivered are no broker's pause any more.
const STANDS_STILL: u32 = 3;

/// A producer, and when it last delivered something.
struct Handle {
    producer: FutureProducer<Listening>,
    made: Instant,
    /// Milliseconds after it was made.
    delivered: AtomicU64,
}

impl Handle {
    fn new(settings: &Settings) -> Result<Self> {
        let made = producer(settings, None).create_with_context(Listening);
        let producer = made.map_err(|error| sort(settings, "make a producer", &error))?;
        Ok(Self { producer, made: Instant::now(), delivered: AtomicU64::new(0) })
    }

    fn has_delivered(&self) {
        let after = self.made.elapsed().as_millis();
        self.delivered.fetch_max(u64::try_from(after).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    /// How long it has delivered nothing.
    fn silence(&self) -> Duration {
        self.made.elapsed().saturating_sub(Duration::from_millis(self.delivered.load(Ordering::Relaxed)))
    }
}

/// The producer, and a new one when it can do no more.
pub(super) struct Appender {
    settings: Settings,
    current: Mutex<Arc<Handle>>,
}

impl Appender {
    pub(super) fn new(settings: Settings) -> Result<Self> {
        let current = Mutex::new(Arc::new(Handle::new(&settings)?));
        Ok(Self { settings, current })
    }

    /// Appends in this order; returns once all of them are acknowledged by all replicas in sync.
    ///
    /// A producer that stands still makes room for another: one was seen that delivered nothing any more after its broker
    /// had been frozen for seconds. One that merely gave records up in time is left: it has its brokers refuse what it
    /// sent before, should that come late, which nobody does for one that was replaced.
    pub(super) async fn append(&self, records: &[NewRecord]) -> Result<Vec<(Partition, Offset)>> {
        let Some(first) = records.first() else { return Ok(Vec::new()) };
        let handle = self.handle()?;
        let patience = patience(&self.settings);
        let told = tokio::time::timeout(patience * 3 / 2, self.append_by(&handle, records)).await;
        let (record, error, stands_still) = match told {
            Ok(Ok(places)) => {
                handle.has_delivered();
                return Ok(places);
            }
            Ok(Err((record, error))) => {
                let gave_up = code(&error) == Some(RDKafkaErrorCode::MessageTimedOut);
                (record, error, gave_up && handle.silence() >= patience * STANDS_STILL)
            }
            Err(_mute) => (first, KafkaError::MessageProduction(RDKafkaErrorCode::MessageTimedOut), true),
        };
        if stands_still && let Err(error) = self.replace(handle, "it delivered nothing in time") {
            tracing::warn!(%error, "no other producer can be made");
        }
        Err(refused(&self.settings, record, &error))
    }

    /// Appends with this producer; a record that was not taken, and why.
    async fn append_by<'a>(
        &self,
        handle: &Handle,
        records: &'a [NewRecord],
    ) -> Result<Vec<(Partition, Offset)>, (&'a NewRecord, KafkaError)> {
        let mut waiting = Vec::with_capacity(records.len());
        for record in records {
            waiting.push(enqueue(handle, record).await.map_err(|error| (record, error))?);
        }
        let mut places = Vec::with_capacity(records.len());
        for (record, delivered) in records.iter().zip(join_all(waiting).await) {
            let told = match delivered {
                Ok(Ok(delivery)) => place(delivery.partition, delivery.offset),
                Ok(Err((error, _))) => Err(error),
                Err(_gone) => Err(KafkaError::Canceled),
            };
            let (number, offset) = told.map_err(|error| (record, error))?;
            places.push((Partition { topic: record.topic.clone(), number }, offset));
        }
        Ok(places)
    }

    /// An idempotent producer that lost count stops for good; then another takes its place.
    fn handle(&self) -> Result<Arc<Handle>> {
        let current = Arc::clone(&self.current.lock().unwrap_or_else(PoisonError::into_inner));
        let Some((code, cause)) = current.producer.client().fatal_error() else { return Ok(current) };
        self.replace(current, &format!("it gave up: {cause} ({code})"))
    }

    /// Puts another in the place of this one, unless somebody has; the one there is then.
    fn replace(&self, former: Arc<Handle>, reason: &str) -> Result<Arc<Handle>> {
        let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
        if Arc::ptr_eq(&current, &former) {
            *current = Arc::new(Handle::new(&self.settings)?);
            tracing::warn!(reason, "another takes the place of Kafka's producer");
        }
        // The end of a producer waits for its threads.
        drop(tokio::task::spawn_blocking(move || drop(former)));
        Ok(Arc::clone(&current))
    }
}

async fn enqueue(handle: &Handle, record: &NewRecord) -> KafkaResult<DeliveryFuture> {
    loop {
        let mut made: FutureRecord<'_, [u8], [u8]> = FutureRecord::to(&record.topic).headers(headers(&record.headers));
        made.key = record.key.as_deref();
        made.payload = record.value.as_deref();
        let error = match handle.producer.send_result(made) {
            Ok(delivery) => return Ok(delivery),
            Err((error, _)) => error,
        };
        if code(&error) != Some(RDKafkaErrorCode::QueueFull) {
            return Err(error);
        }
        // Bounded: what is queued is delivered or given up within `request_timeout_ms`.
        tokio::time::sleep(QUEUE_FULL).await;
    }
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

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::sync::Arc;
    use std::time::Instant;

    use bytes::Bytes;

    use super::{Appender, patience};
    use crate::log::kafka::Settings;
    use crate::log::{LogError, NewRecord};

    /// Time is the test's own and is over before the client, which has another, gives its record up: so it tells nothing,
    /// neither good nor bad.
    #[tokio::test(start_paused = true)]
    async fn a_producer_that_tells_nothing_makes_room_for_another() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let bootstrap = silent.local_addr().unwrap().to_string();
        let appender = Appender::new(Settings { bootstrap, ..Settings::default() }).unwrap();
        let (former, started) = (appender.handle().unwrap(), Instant::now());
        let value = Some(Bytes::from_static(b"v"));
        let record = NewRecord { topic: "t".to_owned(), key: None, headers: Vec::new(), value };
        let error = appender.append(&[record]).await.unwrap_err();
        assert!(matches!(error, LogError::Unavailable(_)), "{error}");
        assert!(started.elapsed() < patience(&appender.settings), "the client gave the record up");
        assert!(!Arc::ptr_eq(&former, &appender.handle().unwrap()));
    }
}
