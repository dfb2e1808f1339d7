//! Makes the clients, each with what the log promises set and what the operator set besides.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::client::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use rdkafka::statistics::Statistics;

use super::settings::Settings;

/// What a record's frame adds to it at most: lengths, header names' lengths, the batch's head.
const FRAME: usize = 100_000;
/// Fetched records that wait in one consumer, in kibibytes; without it every stage would hold 64 MiB.
const PREFETCH_KIB: &str = "16384";

/// The largest message the brokers must take.
pub(super) fn largest_message(settings: &Settings) -> usize {
    settings.max_record_bytes + FRAME
}

/// How long a call waits for the brokers.
pub(super) fn patience(settings: &Settings) -> Duration {
    Duration::from_millis(settings.request_timeout_ms.max(1))
}

/// A group's or a transaction's name in the cluster.
pub(super) fn name(settings: &Settings, group: &str) -> String {
    format!("{}{group}", settings.group_prefix)
}

/// What all clients have in common.
fn any(settings: &Settings) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", &settings.bootstrap)
        .set("client.id", "lianbo")
        .set("security.protocol", &settings.security_protocol)
        .set("message.max.bytes", largest_message(settings).to_string())
        .set("topic.metadata.refresh.interval.ms", settings.topic_discovery_ms.max(10).to_string())
        .set("metadata.max.age.ms", (settings.topic_discovery_ms * 3).max(1_000).to_string())
        // Brokers that were away are asked again soon: a stage should not wait for longer than they were gone.
        .set("reconnect.backoff.max.ms", "1000")
        .set_log_level(RDKafkaLogLevel::Warning);
    let optional = [
        ("sasl.mechanism", &settings.sasl_mechanism),
        ("sasl.username", &settings.sasl_username),
        ("ssl.ca.location", &settings.ssl_ca_location),
        ("ssl.certificate.location", &settings.ssl_certificate_location),
        ("ssl.key.location", &settings.ssl_key_location),
    ];
    for (key, value) in optional {
        if let Some(value) = value {
            config.set(key, value);
        }
    }
    if let Some(password) = &settings.sasl_password {
        config.set("sasl.password", password.reveal());
    }
    config
}

/// The operator's own options come last, but never against the log's promises.
fn finish(mut config: ClientConfig, settings: &Settings, promises: &[(&str, &str)]) -> ClientConfig {
    for (key, value) in &settings.options {
        config.set(key, value);
    }
    for (key, value) in promises {
        config.set(*key, *value);
    }
    config
}

/// A producer's configuration.
pub(super) fn producer(settings: &Settings, transactional_id: Option<&str>) -> ClientConfig {
    let mut config = any(settings);
    config
        .set("linger.ms", "0")
        .set("compression.type", "zstd")
        // As Kafka's own clients choose, so that an outlet's own producer and the hub agree on a key's partition.
        .set("partitioner", "murmur2_random")
        .set("queue.buffering.max.kbytes", "65536")
        .set("retry.backoff.ms", "20");
    let timeout = settings.request_timeout_ms.min(settings.transaction_timeout_ms).max(1).to_string();
    let transaction_timeout = settings.transaction_timeout_ms.max(1).to_string();
    let mut promises = vec![
        ("acks", "all"),
        ("enable.idempotence", "true"),
        // With more in flight, records are lost that the client calls delivered: when a partition takes none for a moment
        // (it was just made, or its leader moves) and a later request is taken as this producer's first there, the client
        // holds the earlier one, which was refused, for acknowledged too (`rd_kafka_dr_implicit_ack` in librdkafka 2.12;
        // confluent-kafka-go's issue 921).
        ("max.in.flight.requests.per.connection", "1"),
        ("message.timeout.ms", timeout.as_str()),
    ];
    if let Some(id) = transactional_id {
        promises.push(("transactional.id", id));
        promises.push(("transaction.timeout.ms", &transaction_timeout));
    }
    finish(config, settings, &promises)
}

/// A consumer's configuration; the group matters only to one that subscribes or asks for its offsets.
pub(super) fn consumer(settings: &Settings, group: &str) -> ClientConfig {
    let mut config = any(settings);
    let largest = largest_message(settings);
    config
        .set("group.id", group)
        .set("session.timeout.ms", settings.session_timeout_ms.to_string())
        .set("heartbeat.interval.ms", (settings.session_timeout_ms / 5).clamp(50, 3_000).to_string())
        .set("max.poll.interval.ms", settings.poll_timeout_ms.max(settings.session_timeout_ms).to_string())
        .set("max.partition.fetch.bytes", largest.to_string())
        .set("fetch.max.bytes", (largest * 2).to_string())
        .set("receive.message.max.bytes", (largest * 2 + FRAME).to_string())
        .set("queued.max.messages.kbytes", PREFETCH_KIB)
        .set("fetch.queue.backoff.ms", "5")
        .set("check.crcs", "true");
    let promises = [
        ("isolation.level", "read_committed"),
        ("enable.auto.commit", "false"),
        ("enable.auto.offset.store", "false"),
        ("auto.offset.reset", "earliest"),
        ("partition.assignment.strategy", "cooperative-sticky"),
        ("allow.auto.create.topics", "false"),
    ];
    finish(config, settings, &promises)
}

/// Passes the client's own log lines on.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Listening;

impl ClientContext for Listening {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        pass_on(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        complain(&error, reason);
    }

    fn stats(&self, _statistics: Statistics) {}
}

impl ConsumerContext for Listening {}

/// The client logs what it will itself try again, and calls it fatal when its member must join again, so nothing of that
/// is an operator's matter by itself. What it calls critical is: it gives up, and may end the process next.
pub(super) fn pass_on(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Critical => tracing::error!(facility, "Kafka's client: {message}"),
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning => {
            tracing::debug!(facility, "Kafka's client: {message}");
        }
        RDKafkaLogLevel::Notice | RDKafkaLogLevel::Info | RDKafkaLogLevel::Debug => {
            tracing::trace!(facility, "Kafka's client: {message}");
        }
    }
}

pub(super) fn complain(error: &KafkaError, reason: &str) {
    tracing::debug!(%error, "Kafka's client: {reason}");
}
