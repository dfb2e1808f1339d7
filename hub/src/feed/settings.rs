//! What an operator may set about feeds.

use serde::Deserialize;

/// The section `[feed]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// Articles in a feed when the reader does not say how many.
    pub newest: u32,
    /// Articles in a feed at most, whatever the reader says.
    pub most: u32,
    /// Changes on a page of the pull API when the puller does not say how many.
    pub page: u32,
    /// Changes on a page of the pull API at most.
    pub most_on_page: u32,
    /// Seconds for which caches may hand out a feed or page without asking.
    pub max_age_seconds: u32,
    /// Feed documents kept ready in memory.
    pub cached_documents: usize,
}

impl Default for Settings {
    fn default() -> Self {
        Self { newest: 50, most: 200, page: 100, most_on_page: 500, max_age_seconds: 30, cached_documents: 256 }
    }
}
