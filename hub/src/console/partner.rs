//! How a partner's lane is, in the console's own words.

use jiff::Timestamp;
use lianbo_schemas::PartnerId;
use serde::Serialize;

/// How a partner's lane is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LaneRow {
    /// Whose lane.
    pub partner: PartnerId,
    /// What it does.
    pub state: LaneWord,
    /// Why it does not go on, in the partner's or the hub's words.
    pub reason: Option<String>,
    /// Articles whose state at the partner differs from what it should be.
    pub backlog: u64,
    /// Articles in flight.
    pub in_flight: u64,
    /// Articles the partner shows.
    pub held: u64,
    /// When the partner last took something.
    pub last_success: Option<Timestamp>,
    /// What last went wrong, and when.
    pub last_error: Option<(Timestamp, String)>,
    /// When a stopped lane tries again.
    pub next_probe: Option<Timestamp>,
    /// What an operator can do about it, with the command to type.
    pub advice: Option<String>,
}

/// What a lane does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LaneWord {
    /// It catches up with the log.
    Starting,
    /// It delivers, or has nothing to deliver.
    Running,
    /// The partner fails; the lane tries again by itself.
    Waiting,
    /// The partner wants nothing but withdrawals at this hour.
    Quiet,
    /// The partner refuses our credentials or rights.
    Denied,
    /// The partner says its endpoint is gone.
    Gone,
    /// An operator holds it.
    Paused,
    /// The registry does not know the partner.
    NotRegistered,
    /// No connector can be made of the partner's entry.
    Misconfigured,
}
