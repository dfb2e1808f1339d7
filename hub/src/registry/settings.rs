//! Settings of the registry: section `[registry]`.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// What an operator may set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Days that what outlets sent is kept, as sent; applies to topics made from now on.
    pub submissions_kept_days: u32,
    /// Seconds a change may take until this node has seen it come back from the log; then the answer is 503.
    pub settle_seconds: u32,
}

impl Default for Settings {
    fn default() -> Self {
        // A year: a dispute about who published first is raised within months, and an article of 10 kB, 500 a day, is
        // 2 GB a year. 10 s: a Kafka leader election takes less.
        Self { submissions_kept_days: 365, settle_seconds: 10 }
    }
}

impl Settings {
    /// How long `outlet.<id>` keeps its records.
    pub fn submissions_kept(&self) -> Duration {
        Duration::from_secs(u64::from(self.submissions_kept_days) * 86_400)
    }

    /// How long a write waits for its own fold.
    pub fn settle(&self) -> Duration {
        Duration::from_secs(u64::from(self.settle_seconds))
    }
}

#[cfg(test)]
mod tests {
    use super::Settings;

    #[test]
    fn the_commented_defaults_are_the_defaults_in_force() {
        let document: toml::Table = include_str!("../../defaults/registry.toml").parse().unwrap();
        let written: Settings = document["registry"].clone().try_into().unwrap();
        assert_eq!(written, Settings::default());
        let keys = document["registry"].as_table().unwrap().len();
        assert_eq!(keys, toml::Table::try_from(Settings::default()).unwrap().len(), "a key is not written down");
    }
}
