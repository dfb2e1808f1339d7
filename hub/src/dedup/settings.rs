//! Settings of dedup.

use serde::Deserialize;

/// The section `[dedup]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Days for which texts are compared with newcomers; exact copies and items' own ids are known for ever. About
    /// 4 kB of memory a near text of 1,200 characters, 0.1 kB an older one.
    pub near_days: u32,
}

impl Default for Settings {
    fn default() -> Self {
        // A reprint comes within hours, a commemorative repeat within weeks; 90 days of 5,000 items a day are 1.6 GB.
        Self { near_days: 90 }
    }
}

impl Settings {
    /// The near window.
    pub(super) fn near_window(&self) -> jiff::SignedDuration {
        jiff::SignedDuration::from_hours(24 * i64::from(self.near_days))
    }
}
