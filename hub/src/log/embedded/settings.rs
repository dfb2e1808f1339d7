//! What can be set about the embedded log.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The embedded log's settings; durations are given in milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Milliseconds after which a process that gave no sign of life (stopped, hung) loses its assignments. A process
    /// that died is noticed at once, by the lock it no longer holds.
    pub session_timeout_ms: u64,
    /// Milliseconds a member may take between two polls before it loses its assignment: the longest time to rebuild a
    /// stage's state.
    pub poll_timeout_ms: u64,
    /// Milliseconds after which a change made by another process is noticed. In one process it is noticed at once.
    pub discovery_ms: u64,
    /// Milliseconds to wait for another process that is writing before the answer is `Unavailable`.
    pub busy_timeout_ms: u64,
    /// The largest record: key, headers and value together, in bytes.
    pub max_record_bytes: usize,
    /// The most records one poll brings.
    pub poll_records: usize,
    /// The most bytes one poll brings; a larger record comes alone.
    pub poll_bytes: usize,
    /// The most appends and commits that wait for the writer; more wait in their callers.
    pub queue: usize,
    /// The most bytes that wait for the writer; more wait in their callers.
    pub queue_bytes: usize,
    /// The most bytes written in one transaction, so that one large append does not delay the others for long.
    pub transaction_bytes: usize,
    /// How many reads run at once.
    pub readers: usize,
    /// Milliseconds between two rounds of compaction and retention.
    pub compaction_interval_ms: u64,
    /// Milliseconds a tombstone stays after compaction has seen it, so that a reader that is behind sees it too.
    pub tombstone_retention_ms: u64,
    /// The most bytes the log may take on disk; `None` leaves it to the disk.
    pub max_bytes: Option<u64>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            session_timeout_ms: 10_000,
            poll_timeout_ms: 300_000,
            discovery_ms: 20,
            busy_timeout_ms: 5_000,
            max_record_bytes: 6_000_000,
            poll_records: 256,
            poll_bytes: 8_000_000,
            queue: 1_024,
            queue_bytes: 64_000_000,
            transaction_bytes: 8_000_000,
            readers: 8,
            compaction_interval_ms: 10_000,
            tombstone_retention_ms: 86_400_000,
            max_bytes: None,
        }
    }
}

impl Settings {
    pub(super) fn session_timeout(&self) -> Duration {
        Duration::from_millis(self.session_timeout_ms.max(1))
    }

    pub(super) fn busy_timeout(&self) -> Duration {
        Duration::from_millis(self.busy_timeout_ms)
    }

    pub(super) fn poll_timeout(&self) -> Duration {
        Duration::from_millis(self.poll_timeout_ms.max(1))
    }

    pub(super) fn discovery(&self) -> Duration {
        Duration::from_millis(self.discovery_ms.max(1))
    }

    /// How often a sign of life is given and others' signs are looked for.
    pub(super) fn heartbeat(&self) -> Duration {
        (self.session_timeout().min(self.poll_timeout()) / 4).clamp(Duration::from_millis(20), Duration::from_secs(1))
    }
}
