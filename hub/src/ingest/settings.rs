//! Settings of ingest: section `[ingest]`.

use std::num::NonZeroU32;
use std::time::Duration;

use governor::Quota;
use serde::{Deserialize, Serialize};

/// What an operator may set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Bytes one submission may have.
    pub max_body_bytes: u32,
    /// Seconds a sender has for its body.
    pub body_timeout_seconds: u32,
    /// Submissions of one outlet a second, in the long run.
    pub per_second: u32,
    /// Submissions of one outlet at once, after a quiet time.
    pub burst: u32,
    /// Submissions in flight at once, of all outlets together.
    pub in_flight: u32,
    /// Hubs a piece may have passed before.
    pub max_hops: u32,
    /// Hours an `Idempotency-Key` is remembered.
    pub idempotency_hours: u32,
    /// Idempotency keys kept in memory; older ones are asked of the view.
    pub idempotency_keys: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            // A long article with its markup has 200 kB; a feed of 50 full ones 5 MB. The log takes 6 MB a record.
            max_body_bytes: 5_000_000,
            // 5 MB over a line of 2 Mbit/s take 20 s.
            body_timeout_seconds: 30,
            // A newsroom publishes a piece a minute; 20 a second lets it send its archive of a year in an hour.
            per_second: 20,
            burst: 100,
            // Together with the largest body, and a quarter more for webhooks, 400 MB of memory at worst.
            in_flight: 64,
            // From a county to a city, a province and the country, each with an agency between.
            max_hops: 8,
            // What most APIs with such keys promise (draft-ietf-httpapi-idempotency-key-header-07, section 2.3 asks
            // for a published expiry).
            idempotency_hours: 24,
            // Some 200 bytes each: 10 MB.
            idempotency_keys: 50_000,
        }
    }
}

/// A setting that cannot work.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`ingest.{0}` must be at least 1")]
pub struct SettingsError(pub &'static str);

impl Settings {
    /// The rate of one outlet.
    pub(super) fn quota(&self) -> Result<Quota, SettingsError> {
        let positive = [
            ("max_body_bytes", self.max_body_bytes),
            ("body_timeout_seconds", self.body_timeout_seconds),
            ("in_flight", self.in_flight),
            ("idempotency_hours", self.idempotency_hours),
            ("idempotency_keys", self.idempotency_keys),
        ];
        if let Some((name, _)) = positive.into_iter().find(|(_, value)| *value == 0) {
            return Err(SettingsError(name));
        }
        let per_second = NonZeroU32::new(self.per_second).ok_or(SettingsError("per_second"))?;
        let burst = NonZeroU32::new(self.burst).ok_or(SettingsError("burst"))?;
        Ok(Quota::per_second(per_second).allow_burst(burst))
    }

    /// How long a sender may take.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(u64::from(self.body_timeout_seconds))
    }

    /// How long an idempotency key holds.
    pub(super) fn expiry(&self) -> Duration {
        Duration::from_secs(u64::from(self.idempotency_hours) * 3600)
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn the_commented_defaults_are_the_defaults_in_force() {
        let document: toml::Table = include_str!("../../defaults/ingest.toml").parse().unwrap();
        let written: Settings = document["ingest"].clone().try_into().unwrap();
        assert_eq!(written, Settings::default());
        let keys = document["ingest"].as_table().unwrap().len();
        assert_eq!(keys, toml::Table::try_from(Settings::default()).unwrap().len(), "a key is not written down");
    }
}
