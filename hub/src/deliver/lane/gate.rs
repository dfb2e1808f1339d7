//! Why a lane sends nothing at all, apart from its breaker.

use lianbo_connectors::partner::Failure;
use tokio::time::Instant;

use super::Lane;
use crate::deliver::attempt::bounded;

/// Whether a lane may send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Gate {
    /// It may.
    Open,
    /// The registry does not know the partner.
    NotRegistered,
    /// An operator holds it.
    ByOperator,
    /// No connector can be made.
    Misconfigured {
        /// Why.
        reason: String,
        /// When to try to make one again: a secret may have been put in place.
        next: Instant,
    },
    /// The partner takes nothing from us.
    Refused {
        /// Denied, or gone.
        how: Refusal,
        /// Its words.
        reason: String,
        /// When to look again.
        next: Instant,
    },
}

/// How a partner refuses everything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Credentials or rights.
    Denied,
    /// Gone for good.
    Gone,
}

impl Lane {
    /// Closes the gate until a look at the partner says otherwise.
    pub(super) fn refuse_all(&mut self, how: Refusal, reason: String) {
        let partner = self.start.partner.as_str();
        if !matches!(self.gate, Gate::Refused { .. }) {
            tracing::error!(partner.id = partner, reason, "the partner takes nothing from us, its lane is paused");
        }
        if matches!(self.gate, Gate::Open | Gate::Refused { .. }) {
            self.gate = Gate::Refused { how, reason, next: self.next_look() };
        }
    }

    pub(super) fn next_look(&self) -> Instant {
        Instant::now() + std::time::Duration::from_secs(self.shared.settings.check_every_seconds.max(1))
    }

    /// When a closed gate is looked at again.
    pub(super) fn next_check(&self) -> Option<Instant> {
        match &self.gate {
            Gate::Refused { next, .. } if self.check.is_none() => Some(*next),
            Gate::Misconfigured { next, .. } => Some(*next),
            Gate::Refused { .. } | Gate::Open | Gate::NotRegistered | Gate::ByOperator => None,
        }
    }

    /// Looks at a partner that refused everything, when it is time, through a connector made anew: what was refused
    /// may have been the secret it had.
    pub(super) fn start_check(&mut self) {
        if self.check.is_some() || self.next_check().is_none_or(|next| next > Instant::now()) {
            return;
        }
        self.connector = None;
        if matches!(self.gate, Gate::Misconfigured { .. }) {
            self.gate = Gate::Open;
            return;
        }
        let timeout = self.timeout();
        if let Some(connector) = self.connector() {
            self.check = Some(Box::pin(async move { bounded(timeout, connector.check()).await }));
        }
    }

    /// What the look brought: a partner that is well again gets one article first.
    pub(super) fn checked(&mut self, result: Result<String, Failure>) {
        if !matches!(self.gate, Gate::Refused { .. }) {
            return;
        }
        match result {
            Ok(found) => {
                tracing::info!(partner.id = self.start.partner.as_str(), found, "the partner takes us again");
                self.gate = Gate::Open;
                self.breaker.probe();
            }
            Err(Failure::Gone { reason }) => self.refuse_all(Refusal::Gone, reason),
            Err(Failure::Denied { reason }) => self.refuse_all(Refusal::Denied, reason),
            Err(Failure::Transient { reason, .. } | Failure::Pending { reason, .. } | Failure::Rejected { reason }) => {
                self.note_error(&reason);
                self.look_later();
            }
        }
    }

    fn look_later(&mut self) {
        let later = self.next_look();
        if let Gate::Refused { next, .. } = &mut self.gate {
            *next = later;
        }
    }
}
