//! One puller per hub: whoever owns the one partition of `registry` in the group `pull`. Nothing is read there and
//! nothing committed; the assignment alone matters, and the log hands it over when its owner dies.

use std::time::Duration;

use lianbo_schemas::topic;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::log::{Log, Polled, Result, Subscription};

/// The consumer group.
pub(super) const GROUP: &str = "pull";
/// How long a poll waits; well below every session time-out.
const WAIT: Duration = Duration::from_millis(500);
/// Waits after the log did not answer: doubling from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(10);

/// Stands for election until shutdown and says in `leads` whether this node is the one.
pub(super) async fn stand(log: &dyn Log, leads: &watch::Sender<bool>, shutdown: &CancellationToken) {
    let mut pause = FIRST_PAUSE;
    loop {
        let outcome = tokio::select! {
            () = shutdown.cancelled() => Ok(()),
            outcome = hold(log, leads) => outcome,
        };
        let led = leads.send_replace(false);
        let Err(error) = outcome else { return };
        if led {
            pause = FIRST_PAUSE;
        }
        tracing::warn!(stage = GROUP, %error, "feeds are not pulled here until the log answers");
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(LAST_PAUSE),
        }
    }
}

/// One membership, until the log fails.
async fn hold(log: &dyn Log, leads: &watch::Sender<bool>) -> Result<()> {
    let mut member = log.join(GROUP, Subscription::Topics(vec![topic::REGISTRY.to_owned()])).await?;
    loop {
        match member.poll(WAIT).await? {
            Polled::Assigned(partitions) if !partitions.is_empty() => {
                leads.send_replace(true);
            }
            Polled::Revoked(partitions) if !partitions.is_empty() => {
                leads.send_replace(false);
            }
            Polled::Assigned(_) | Polled::Revoked(_) | Polled::Records(_) | Polled::Idle => {}
        }
    }
}
