//! How the lanes are, for the console and the command line.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use lianbo_schemas::PartnerId;
use serde::Serialize;

/// A shared picture of all lanes of this node. Cloning shares it.
#[derive(Debug, Clone, Default)]
pub struct DeliverStatus {
    lanes: Arc<Mutex<BTreeMap<PartnerId, LaneStatus>>>,
}

/// How one lane is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LaneStatus {
    /// Whose lane.
    pub partner: PartnerId,
    /// What it does.
    #[serde(flatten)]
    pub state: LaneState,
    /// Articles whose state at the partner differs from what it should be, those for later included.
    pub backlog: u64,
    /// Articles in flight.
    pub in_flight: usize,
    /// Articles the partner shows.
    pub held: u64,
    /// When the partner last took something.
    pub last_success: Option<Timestamp>,
    /// What last went wrong.
    pub last_error: Option<LaneError>,
    /// When a stopped lane tries again.
    pub next_probe: Option<Timestamp>,
    /// What an operator can do about it, with the command to type.
    pub advice: Option<String>,
}

/// What went wrong, when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LaneError {
    /// When.
    pub at: Timestamp,
    /// One sentence.
    pub reason: String,
}

/// What a lane does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "kebab-case")]
pub enum LaneState {
    /// The ledger is catching up with the log.
    Starting,
    /// It delivers, or has nothing to deliver.
    Running,
    /// The partner fails or asked for a pause; the lane tries again by itself at `next_probe`.
    WaitingBreaker,
    /// The partner takes nothing but withdrawals at this hour; the lane goes on at `next_probe`.
    QuietHours,
    /// The partner refuses our credentials or rights.
    PausedDenied {
        /// Its words.
        reason: String,
    },
    /// The partner says its endpoint is gone for good.
    PausedGone {
        /// Its words.
        reason: String,
    },
    /// An operator holds it.
    PausedByOperator,
    /// The registry does not know the partner.
    NotRegistered,
    /// No connector can be made of the partner's entry.
    Misconfigured {
        /// Why.
        reason: String,
    },
}

impl LaneState {
    /// What an operator can do about it.
    pub(super) fn advice(&self, partner: &PartnerId) -> Option<String> {
        match self {
            Self::Starting | Self::Running | Self::WaitingBreaker | Self::QuietHours => None,
            Self::PausedDenied { .. } => Some(format!(
                "renew the credentials (`lianbo partner show {partner}` names the secret), then run `lianbo check`"
            )),
            Self::PausedGone { .. } | Self::Misconfigured { .. } => Some(format!(
                "correct the connector (`lianbo partner show {partner}` shows it), then run `lianbo check`"
            )),
            Self::PausedByOperator => Some(format!("run `lianbo partner resume {partner}` when it may go on")),
            Self::NotRegistered => Some(format!("register the partner: `lianbo partner show {partner}` finds nothing")),
        }
    }
}

impl DeliverStatus {
    /// A picture without lanes.
    pub fn new() -> Self {
        Self::default()
    }

    /// All lanes of this node, by partner.
    pub fn lanes(&self) -> Vec<LaneStatus> {
        self.locked(|lanes| lanes.values().cloned().collect())
    }

    /// One lane, if this node has it.
    pub fn lane(&self, partner: &PartnerId) -> Option<LaneStatus> {
        self.locked(|lanes| lanes.get(partner).cloned())
    }

    pub(super) fn put(&self, status: LaneStatus) {
        self.locked(|lanes| drop(lanes.insert(status.partner.clone(), status)));
    }

    pub(super) fn remove(&self, partner: &PartnerId) {
        self.locked(|lanes| drop(lanes.remove(partner)));
    }

    /// A poisoned lock holds a picture like any other: each entry is replaced as a whole.
    fn locked<T>(&self, work: impl FnOnce(&mut BTreeMap<PartnerId, LaneStatus>) -> T) -> T {
        work(&mut self.lanes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
