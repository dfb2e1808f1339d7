//! The threads of members and readers. They end by themselves once they are abandoned; the log waits for those when it
//! is dropped, so that a process that ends has left its groups; but not for one that stands still.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::log::{LogError, Result};

/// The longest an end is waited for: a call that waits for brokers, and the leave after it.
const LONGEST: Duration = Duration::from_secs(30);
/// Between two looks.
const LOOK: Duration = Duration::from_millis(5);

/// Threads and whether each was abandoned.
#[derive(Default)]
pub(super) struct Threads(Mutex<Vec<(Arc<AtomicBool>, JoinHandle<()>)>>);

impl Threads {
    /// Starts a thread.
    pub(super) fn start(
        &self,
        name: &str,
        abandoned: &Arc<AtomicBool>,
        work: impl FnOnce() + Send + 'static,
    ) -> Result<()> {
        let started = thread::Builder::new().name(name.to_owned()).spawn(work);
        let thread = started.map_err(|error| LogError::Unavailable(format!("no thread for `{name}`: {error}")))?;
        let mut threads = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        threads.retain(|(_, thread)| !thread.is_finished());
        threads.push((Arc::clone(abandoned), thread));
        Ok(())
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        let threads = std::mem::take(self.0.get_mut().unwrap_or_else(PoisonError::into_inner));
        for (abandoned, thread) in threads {
            // Members that are still in use outlive the log.
            if abandoned.load(Ordering::Acquire) {
                end(thread);
            }
        }
    }
}

/// Joins a thread, unless it stands still.
fn end(thread: JoinHandle<()>) {
    let started = Instant::now();
    while !thread.is_finished() && started.elapsed() < LONGEST {
        thread::sleep(LOOK);
    }
    if !thread.is_finished() {
        tracing::warn!("a thread of the log stands still and is left behind");
    } else if thread.join().is_err() {
        tracing::error!("a thread of the log had panicked");
    }
}
