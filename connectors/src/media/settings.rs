//! Bounds of pictures: section `[media]` of the settings.

use std::time::Duration;

use jiff::SignedDuration;
use serde::Deserialize;

/// Section `[media]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// A folder, or `s3://bucket/prefix`; empty: `media` in the data folder.
    pub store: String,
    /// Bytes of a picture.
    pub most_bytes: usize,
    /// Its width times its height.
    pub most_pixels: usize,
    /// The same of all frames of one that moves, together.
    pub most_moving_pixels: usize,
    /// Milliseconds that an article waits for one: then it goes without.
    pub patience_ms: u64,
    /// Seconds in which an address is not asked again.
    pub fresh_seconds: u32,
    /// Days a picture is kept after it was written.
    pub keep_days: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            store: String::new(),
            most_bytes: 20 * 1024 * 1024,
            most_pixels: 100_000_000,
            most_moving_pixels: 268_402_689,
            patience_ms: 8_000,
            fresh_seconds: 60,
            keep_days: 30,
        }
    }
}

impl Settings {
    pub(super) fn patience(&self) -> Duration {
        Duration::from_millis(self.patience_ms.max(1))
    }

    pub(super) fn fresh(&self) -> SignedDuration {
        SignedDuration::from_secs(self.fresh_seconds.into())
    }

    pub(super) fn keep(&self) -> SignedDuration {
        SignedDuration::from_hours(24 * i64::from(self.keep_days))
    }
}
