//! Work done, whatever else the machine does meanwhile.

use std::time::{Duration, Instant};

/// How long this thread was on a processor while `act` ran; the time on the wall where the system does not tell.
pub fn work<T>(act: impl FnOnce() -> T) -> (T, Duration) {
    let (before, started) = (on_processor(), Instant::now());
    let outcome = act();
    let spent = match (before, on_processor()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => started.elapsed(),
    };
    (outcome, spent)
}

/// Linux counts it in nanoseconds.
fn on_processor() -> Option<Duration> {
    let counted = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    counted.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}
