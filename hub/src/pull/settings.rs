//! Settings of pull: section `[pull]`.

use std::time::Duration;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// What an operator may set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Feeds polled at once.
    pub concurrency: u32,
    /// Requests to one host at once.
    pub per_host: u32,
    /// Bytes a feed or a page may have.
    pub max_bytes: u32,
    /// Pages fetched per poll of a feed.
    pub pages_per_poll: u32,
    /// Milliseconds between two pages of one feed.
    pub page_delay_ms: u32,
    /// Polls at which a page is tried before it becomes a dead letter.
    pub page_tries: u32,
    /// Pages of a CMS's list of changes looked through per poll.
    pub list_pages: u32,
    /// Posts of a CMS fetched per poll.
    pub posts_per_poll: u32,
    /// Posts taken in of a CMS newly joined.
    pub posts_at_first: u32,
    /// Seconds for which a post changed just now is looked at again.
    pub overlap_seconds: u32,
    /// Seconds between looks after every post that readers see.
    pub sweep_seconds: u32,
    /// Posts of a CMS that may be deleted between two such looks.
    pub most_gone: u32,
    /// Posts of a CMS remembered.
    pub posts_remembered: u32,
    /// Entries of a feed remembered.
    pub entries_remembered: u32,
    /// Seconds that `max-age` or a feed's `ttl` may put a poll off at most.
    pub longest_hint_seconds: u32,
    /// Seconds between polls of a feed that fails, at most.
    pub longest_pause_seconds: u32,
}

impl Default for Settings {
    fn default() -> Self {
        // The reasons stand in `defaults/pull.toml`.
        Self {
            concurrency: 8,
            per_host: 1,
            max_bytes: 5_000_000,
            pages_per_poll: 25,
            page_delay_ms: 500,
            page_tries: 6,
            list_pages: 50,
            posts_per_poll: 100,
            posts_at_first: 50,
            overlap_seconds: 120,
            sweep_seconds: 3_600,
            most_gone: 50,
            posts_remembered: 20_000,
            entries_remembered: 5_000,
            longest_hint_seconds: 1_800,
            longest_pause_seconds: 3_600,
        }
    }
}

impl Settings {
    /// The longest a hint holds.
    pub(super) fn longest_hint(&self) -> Duration {
        Duration::from_secs(self.longest_hint_seconds.into())
    }

    /// The longest wait after failures.
    pub(super) fn longest_pause(&self) -> Duration {
        Duration::from_secs(self.longest_pause_seconds.into())
    }

    /// How long a change is not settled yet.
    pub(super) fn overlap(&self) -> SignedDuration {
        SignedDuration::from_secs(self.overlap_seconds.into())
    }

    /// The time between two looks after all posts.
    pub(super) fn sweep(&self) -> SignedDuration {
        SignedDuration::from_secs(self.sweep_seconds.into())
    }

    /// The wait between two pages.
    pub(super) fn page_delay(&self) -> Duration {
        Duration::from_millis(self.page_delay_ms.into())
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn the_commented_defaults_are_the_defaults_in_force() {
        let document: toml::Table = include_str!("../../defaults/pull.toml").parse().unwrap();
        let written: Settings = document["pull"].clone().try_into().unwrap();
        assert_eq!(written, Settings::default());
        let keys = document["pull"].as_table().unwrap().len();
        assert_eq!(keys, toml::Table::try_from(Settings::default()).unwrap().len(), "a key is not written down");
    }
}
