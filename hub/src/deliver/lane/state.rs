//! How a lane is, as others see it.

use jiff::Timestamp;
use lianbo_schemas::ReceiptState;
use tokio::time::Instant;

use super::Lane;
use super::gate::{Gate, Refusal};
use crate::deliver::appender::Answer;
use crate::deliver::status::{LaneError, LaneState, LaneStatus};

/// What is shown and cannot be read off the rest of the lane.
#[derive(Debug, Default)]
pub(super) struct Shown {
    pub(super) started: bool,
    pub(super) backlog: u64,
    pub(super) held: u64,
    last_success: Option<Timestamp>,
    last_error: Option<LaneError>,
}

impl Lane {
    pub(super) fn note_error(&mut self, reason: &str) {
        self.shown.last_error = Some(LaneError { at: (self.shared.clock)(), reason: reason.to_owned() });
    }

    pub(super) fn note_answer(&mut self, answer: &Answer) {
        match &answer.receipt.state {
            ReceiptState::Held | ReceiptState::Withdrawn => self.shown.last_success = Some(answer.receipt.at),
            ReceiptState::Refused { reason } => self.note_error(reason),
        }
    }

    /// Shows how the lane is now.
    pub(super) fn publish(&self) {
        let state = self.state();
        self.shared.status.put(LaneStatus {
            partner: self.start.partner.clone(),
            advice: state.advice(&self.start.partner),
            state,
            backlog: self.shown.backlog,
            in_flight: self.calls.len(),
            held: self.shown.held,
            last_success: self.shown.last_success,
            last_error: self.shown.last_error.clone(),
            next_probe: self.next_probe(),
        });
    }

    fn state(&self) -> LaneState {
        match &self.gate {
            _ if !self.shown.started => LaneState::Starting,
            Gate::Open if self.quiet_until().is_some() => LaneState::QuietHours,
            Gate::Open if self.breaker.is_closed() => LaneState::Running,
            Gate::Open => LaneState::WaitingBreaker,
            Gate::NotRegistered => LaneState::NotRegistered,
            Gate::ByOperator => LaneState::PausedByOperator,
            Gate::Misconfigured { reason, .. } => LaneState::Misconfigured { reason: reason.clone() },
            Gate::Refused { how: Refusal::Denied, reason, .. } => LaneState::PausedDenied { reason: reason.clone() },
            Gate::Refused { how: Refusal::Gone, reason, .. } => LaneState::PausedGone { reason: reason.clone() },
        }
    }

    fn next_probe(&self) -> Option<Timestamp> {
        if self.quiet_until().is_some() && self.gate == Gate::Open {
            return self.quiet_until();
        }
        let at = self.next_check().or_else(|| self.breaker.opens_at())?;
        let wait = jiff::SignedDuration::try_from(at.saturating_duration_since(Instant::now())).ok()?;
        (self.shared.clock)().checked_add(wait).ok()
    }
}
