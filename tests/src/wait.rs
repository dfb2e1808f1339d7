//! Waiting for a condition, never for a time.

use std::time::Duration;

use tokio::time::Instant;

/// A test that waits longer than this has failed. Generous: two cores may be compiling beside it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Waits until `probe` finds something; panics with `what` when it does not.
pub async fn until<T>(what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> T {
    let end = Instant::now() + PATIENCE;
    loop {
        if let Some(found) = probe().await {
            return found;
        }
        assert!(Instant::now() < end, "waited {PATIENCE:?} in vain for {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
