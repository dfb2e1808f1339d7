//! What can be set about Kafka.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A password: it is read from the settings, and printed by nobody.
#[derive(Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(#[serde(serialize_with = "hide")] String);

impl Secret {
    /// Wraps a password.
    pub fn new(password: impl Into<String>) -> Self {
        Self(password.into())
    }

    /// The password itself, for the client's configuration only.
    #[cfg_attr(not(feature = "kafka"), expect(dead_code, reason = "only the Kafka engine logs in with it"))]
    pub(super) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

fn hide<S: serde::Serializer>(_password: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str("…")
}

/// Kafka's settings; durations are given in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Brokers to begin with, `host:port` and commas.
    pub bootstrap: String,
    /// Written before the name of each consumer group and transactional id, so that two hubs share one cluster.
    pub group_prefix: String,
    /// `plaintext`, `ssl`, `sasl_plaintext` or `sasl_ssl`.
    pub security_protocol: String,
    /// `PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512` …, with a SASL protocol.
    pub sasl_mechanism: Option<String>,
    /// The user's name, with SASL.
    pub sasl_username: Option<String>,
    /// The user's password, with SASL.
    pub sasl_password: Option<Secret>,
    /// The file with the authority's certificate, with TLS; without it the system's authorities count.
    pub ssl_ca_location: Option<String>,
    /// The file with this hub's own certificate, where the brokers ask for one.
    pub ssl_certificate_location: Option<String>,
    /// The file with that certificate's key.
    pub ssl_key_location: Option<String>,
    /// Milliseconds without a sign of life after which the brokers give a member's partitions to another. The brokers
    /// take no less than `group.min.session.timeout.ms`, by default 6 s.
    pub session_timeout_ms: u64,
    /// Milliseconds a member may take between two polls before it loses its assignment: the longest time to rebuild a
    /// stage's state.
    pub poll_timeout_ms: u64,
    /// Milliseconds within which a topic that appears is found by a prefix subscription.
    pub topic_discovery_ms: u64,
    /// Milliseconds after which a transaction left open by a dead process is aborted, and readers go on, if no
    /// successor has ended it at once. It should be longer than brokers take to restart: see `deploy/kafka.md`.
    pub transaction_timeout_ms: u64,
    /// Milliseconds a call waits for the brokers before it answers `Unavailable`.
    pub request_timeout_ms: u64,
    /// The largest record: key, headers and value together, in bytes. The brokers' and topics' `max.message.bytes` must
    /// allow it; the topics made here do.
    pub max_record_bytes: usize,
    /// The most records one poll brings.
    pub poll_records: usize,
    /// The most bytes one poll brings; a larger record comes alone.
    pub poll_bytes: usize,
    /// Replicas of a topic made here; `None` means three, or as many as there are brokers.
    pub replication: Option<i32>,
    /// Milliseconds after which a compacted topic's segment is closed and may be compacted.
    pub segment_ms: u64,
    /// The share of a compacted topic that may be superseded before it is compacted.
    pub min_cleanable_dirty_ratio: String,
    /// Milliseconds after which a superseded record of a compacted topic is removed at the latest.
    pub max_compaction_lag_ms: u64,
    /// Milliseconds a tombstone stays, so that a reader that is behind sees it too.
    pub tombstone_retention_ms: u64,
    /// Anything else for librdkafka, by its own names.
    pub options: BTreeMap<String, String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bootstrap: "127.0.0.1:9092".to_owned(),
            group_prefix: "lianbo.".to_owned(),
            security_protocol: "plaintext".to_owned(),
            sasl_mechanism: None,
            sasl_username: None,
            sasl_password: None,
            ssl_ca_location: None,
            ssl_certificate_location: None,
            ssl_key_location: None,
            session_timeout_ms: 10_000,
            poll_timeout_ms: 300_000,
            topic_discovery_ms: 1_000,
            transaction_timeout_ms: 60_000,
            request_timeout_ms: 10_000,
            max_record_bytes: 6_000_000,
            poll_records: 256,
            poll_bytes: 8_000_000,
            replication: None,
            segment_ms: 3_600_000,
            min_cleanable_dirty_ratio: "0.3".to_owned(),
            max_compaction_lag_ms: 86_400_000,
            tombstone_retention_ms: 86_400_000,
            options: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Secret, Settings};

    #[test]
    fn a_password_is_neither_printed_nor_written() {
        let settings = Settings { sasl_password: Some(Secret::new("hunter2")), ..Settings::default() };
        assert!(!format!("{settings:?}").contains("hunter2"));
        assert!(!toml::to_string(&settings).unwrap().contains("hunter2"));
    }
}
