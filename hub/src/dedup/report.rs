//! How dedup is in this process, for operators.

use std::sync::Arc;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use serde::Serialize;

use super::state::Stats;

/// The stage's newest report. Cloning shares it; the stage never waits for whoever reads it.
#[derive(Debug, Clone, Default)]
pub struct DedupStatus(Arc<ArcSwap<Report>>);

/// How dedup is in this process.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum Report {
    /// Another process judges, or none does.
    #[default]
    Elsewhere,
    /// Its memory is being read back from the log.
    Restoring {
        /// Since when.
        since: Timestamp,
    },
    /// It judges here.
    Running {
        /// How its memory came back.
        restored: Restored,
        /// After the last batch.
        #[serde(flatten)]
        stats: Box<Stats>,
    },
}

/// How the memory of this process came back from the log.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Restored {
    /// When that was done.
    pub at: Timestamp,
    /// How long it took.
    pub seconds: f64,
    /// Records of `fingerprints` read.
    pub records: u64,
}

impl DedupStatus {
    /// The newest report.
    pub fn report(&self) -> Arc<Report> {
        self.0.load_full()
    }

    pub(super) fn set(&self, report: Report) {
        self.0.store(Arc::new(report));
    }
}
