//! What the registry says about a lane's partner, and the connector made of it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use lianbo_connectors::partner::PartnerConnector;
use lianbo_schemas::Partner;
use tokio::time::Instant;

use super::Lane;
use super::gate::Gate;
use crate::deliver::pace::Pace;

impl Lane {
    /// Takes the partner's entry as it now stands. The connector is asked for again in any case: the change may be one
    /// of its secret.
    pub(super) fn read_registry(&mut self) {
        let found = (self.shared.registry)().partners.get(&self.start.partner).cloned();
        // Asked while the former one is still held, so that it is given again when nothing has changed. One that cannot
        // be made is told of when it is needed.
        let former = self.connector.take();
        self.connector = former.and_then(|_former| (self.shared.connectors)(found.as_ref()?).ok());
        let per_second = |partner: &Option<Arc<Partner>>| partner.as_ref().map(|partner| partner.limits.per_second);
        if per_second(&found) != per_second(&self.partner) {
            self.pace = Pace::new(per_second(&found).unwrap_or(0));
        }
        self.gate = match &found {
            None => Gate::NotRegistered,
            Some(partner) if partner.paused => Gate::ByOperator,
            Some(_) => self.reopened(),
        };
        self.partner = found;
    }

    /// A partner that refused everything is looked at now; whatever else stood in the way is gone.
    fn reopened(&self) -> Gate {
        match &self.gate {
            Gate::Refused { how, reason, .. } => {
                Gate::Refused { how: *how, reason: reason.clone(), next: Instant::now() }
            }
            Gate::Open | Gate::NotRegistered | Gate::ByOperator | Gate::Misconfigured { .. } => Gate::Open,
        }
    }

    /// The connector, made when it is first needed: an idle partner costs nothing.
    pub(super) fn connector(&mut self) -> Option<Arc<dyn PartnerConnector>> {
        if self.connector.is_none() {
            let partner = self.partner.as_ref()?;
            match (self.shared.connectors)(partner) {
                Ok(connector) => self.connector = Some(connector),
                Err(reason) => {
                    tracing::error!(partner.id = self.start.partner.as_str(), reason, "no connector can be made");
                    self.note_error(&reason);
                    self.gate = Gate::Misconfigured { reason, next: self.next_look() };
                }
            }
        }
        self.connector.clone()
    }

    /// For one attempt in all.
    pub(super) fn timeout(&self) -> Duration {
        Duration::from_millis(self.partner.as_ref().map_or(0, |partner| partner.limits.timeout_ms).max(1))
    }

    /// When the partner's quiet hours end, while it has them.
    pub(super) fn quiet_until(&self) -> Option<Timestamp> {
        self.partner.as_ref()?.limits.quiet_hours?.end((self.shared.clock)())
    }

    /// Articles in flight at once.
    pub(super) fn window(&self) -> usize {
        let window = self.partner.as_ref().map_or(1, |partner| partner.limits.window);
        usize::try_from(window).unwrap_or(usize::MAX).clamp(1, LARGEST_WINDOW)
    }

    /// Tries of one version.
    pub(super) fn attempts(&self) -> u32 {
        self.partner.as_ref().map_or(1, |partner| partner.limits.attempts).max(1)
    }
}

/// Whatever a registry entry says: more calls at once would be an attack on the partner.
const LARGEST_WINDOW: usize = 256;
