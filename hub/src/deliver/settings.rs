//! Settings of delivering: the section `[deliver]`. What differs between partners stands in the registry (`limits`).

use std::time::Duration;

use serde::Deserialize;

/// Bounds that hold for every lane.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Failures in a row, of whatever articles, after which a lane stops and probes with one article at a time.
    pub breaker_after: u32,
    /// Milliseconds of the first stop; each further one in a row doubles.
    pub breaker_first_ms: u64,
    /// Milliseconds of the longest stop.
    pub breaker_longest_ms: u64,
    /// Milliseconds before the second try of an article; doubles with each try.
    pub retry_first_ms: u64,
    /// Milliseconds between two tries of an article at most.
    pub retry_longest_ms: u64,
    /// The longest `Retry-After` that is believed, in seconds.
    pub retry_after_longest_seconds: u64,
    /// Seconds between two looks at a partner that denied us or is gone.
    pub check_every_seconds: u64,
    /// Receipts appended together at most.
    pub receipts_batch: usize,
    /// Receipts waiting to be appended at most; lanes wait when it is full.
    pub receipts_queue: usize,
    /// Milliseconds between two commits of the group's offsets, which are there for the display of lag only.
    pub commit_every_ms: u64,
    /// Milliseconds that calls in flight get to end at shutdown.
    pub grace_ms: u64,
    /// Milliseconds after the log last confirmed the assignment for which lanes go on sending. Shorter than the log's
    /// session time-out, after which another node may have them.
    pub lease_ms: u64,
    /// Seconds after which a take-down that is not found gone at its address is overdue.
    pub takedown_overdue_seconds: u32,
    /// Seconds for which it must stay gone to be proven.
    pub takedown_settle_seconds: u32,
    /// Looks at an address that does not become gone, at most.
    pub takedown_looks: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            breaker_after: 5,
            breaker_first_ms: 1_000,
            breaker_longest_ms: 300_000,
            retry_first_ms: 1_000,
            retry_longest_ms: 300_000,
            retry_after_longest_seconds: 3_600,
            check_every_seconds: 120,
            receipts_batch: 512,
            receipts_queue: 1_024,
            commit_every_ms: 1_000,
            grace_ms: 5_000,
            lease_ms: 7_000,
            takedown_overdue_seconds: 900,
            takedown_settle_seconds: 300,
            takedown_looks: 20,
        }
    }
}

impl Settings {
    /// The longest `Retry-After` that is believed.
    pub(super) fn believed(&self, asked: Option<Duration>) -> Option<Duration> {
        asked.map(|asked| asked.min(Duration::from_secs(self.retry_after_longest_seconds)))
    }

    /// How long an article waits after its `tries`-th failed try, without jitter.
    pub(super) fn retry_wait(&self, tries: u32) -> Duration {
        doubling(self.retry_first_ms, self.retry_longest_ms, tries.saturating_sub(1))
    }

    /// How long a lane stops when it stops for the `openings`-th time in a row, without jitter.
    pub(super) fn breaker_wait(&self, openings: u32) -> Duration {
        doubling(self.breaker_first_ms, self.breaker_longest_ms, openings.saturating_sub(1))
    }
}

fn doubling(first_ms: u64, longest_ms: u64, times: u32) -> Duration {
    Duration::from_millis(first_ms.saturating_mul(1 << times.min(32)).min(longest_ms))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Settings;

    #[test]
    fn waits_double_from_one_second_to_five_minutes() {
        let settings = Settings::default();
        let waits: Vec<u64> = (1..=12).map(|tries| settings.retry_wait(tries).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
        assert_eq!(settings.breaker_wait(u32::MAX), Duration::from_secs(300));
    }

    #[test]
    fn a_retry_after_of_a_year_is_not_believed() {
        let settings = Settings::default();
        assert_eq!(settings.believed(Some(Duration::from_secs(31_536_000))), Some(Duration::from_secs(3_600)));
        assert_eq!(settings.believed(Some(Duration::from_secs(7))), Some(Duration::from_secs(7)));
    }

    #[test]
    fn the_commented_defaults_are_the_defaults() {
        let text = include_str!("../../defaults/deliver.toml");
        let mut sections: std::collections::BTreeMap<String, Settings> = toml::from_str(text).unwrap();
        assert_eq!(sections.remove("deliver"), Some(Settings::default()));
    }
}
