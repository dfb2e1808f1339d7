//! What an operator may set about the view.

use std::path::{Path, PathBuf};

use serde::Deserialize;

/// The section `[view]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Settings {
    /// The file's name inside the data directory.
    pub file: String,
    /// Questions answered at once; each has its own connection to the file.
    pub readers: usize,
    /// Milliseconds a question waits for its turn before it is refused.
    pub patience_ms: u64,
    /// Articles kept in memory for the deliverers.
    pub cached_articles: usize,
    /// Batches of records waiting to be folded.
    pub queue: usize,
    /// Milliseconds after its time at which an entry under a grant's embargo appears on a quiet log.
    pub release_settle_ms: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            file: "view.db".to_owned(),
            readers: 4,
            patience_ms: 5_000,
            cached_articles: 512,
            queue: 8,
            release_settle_ms: 1_000,
        }
    }
}

impl Settings {
    /// Where the file is.
    pub fn path(&self, data_dir: &Path) -> PathBuf {
        data_dir.join(&self.file)
    }
}
