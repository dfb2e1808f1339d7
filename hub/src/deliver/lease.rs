//! How long this node may still act as the owner of its lanes.
//!
//! A process that was stopped for a while does not know it: its lanes go on where they were, beside those of the node
//! that took over meanwhile, and an older version would follow a newer one. So a lane sends only while the log has
//! confirmed the assignment within the last `lease_ms`, which is shorter than the time after which the log gives the
//! assignment to another.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::time::Instant;

/// A lease that begins when it is made.
#[derive(Debug)]
pub(super) struct Lease {
    made: Instant,
    length: Duration,
    /// Milliseconds after `made` up to which it holds.
    until: AtomicU64,
}

impl Lease {
    pub(super) fn new(length: Duration) -> Self {
        let lease = Self { made: Instant::now(), length, until: AtomicU64::new(0) };
        lease.renew(lease.made);
        lease
    }

    /// Renews it: the log was asked at `asked` and confirmed. Never from the answer on: the process may have been
    /// stopped between the two.
    pub(super) fn renew(&self, asked: Instant) {
        let until = asked.saturating_duration_since(self.made) + self.length;
        let until = u64::try_from(until.as_millis()).unwrap_or(u64::MAX);
        self.until.fetch_max(until, Ordering::AcqRel);
    }

    /// Whether lanes may send.
    pub(super) fn holds(&self) -> bool {
        self.made.elapsed() <= Duration::from_millis(self.until.load(Ordering::Acquire))
    }
}

/// The looks at a lease during one call: what comes of a call of which a part was held back is nothing that the partner
/// did, also when the lease holds again by then.
#[derive(Debug, Clone)]
pub(super) struct Looks {
    lease: Arc<Lease>,
    held_back: Arc<AtomicBool>,
}

impl Looks {
    pub(super) fn at(lease: &Arc<Lease>) -> Self {
        Self { lease: Arc::clone(lease), held_back: Arc::default() }
    }

    /// Whether a request may be sent.
    pub(super) fn permit(&self) -> bool {
        let holds = self.lease.holds();
        self.held_back.fetch_or(!holds, Ordering::AcqRel);
        holds
    }

    /// Whether every look so far found that the lease holds, and it holds now.
    pub(super) fn were_good(&self) -> bool {
        self.permit() && !self.held_back.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use tokio::time::{Instant, advance};

    use super::{Lease, Looks};

    #[tokio::test(start_paused = true)]
    async fn a_node_that_was_stopped_does_not_send_before_it_is_confirmed() {
        let lease = Lease::new(Duration::from_secs(7));
        let asked = Instant::now();
        assert!(lease.holds());
        advance(Duration::from_secs(90)).await;
        // The answer to a question asked before the stop says nothing about now.
        lease.renew(asked);
        assert!(!lease.holds());
        lease.renew(Instant::now());
        assert!(lease.holds());
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_of_which_a_request_was_held_back_stays_one() {
        let lease = Arc::new(Lease::new(Duration::from_secs(7)));
        let looks = Looks::at(&lease);
        assert!(looks.permit() && looks.were_good());
        advance(Duration::from_secs(90)).await;
        assert!(!looks.permit());
        lease.renew(Instant::now());
        assert!(looks.permit() && !looks.were_good());
        assert!(Looks::at(&lease).were_good(), "the next call is another one");
    }
}
