//! Tells waiting members and readers that there may be something for them, without a look into the file.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use crate::log::Offset;

/// What a transaction changed.
#[derive(Debug, Default)]
pub(super) struct Effects {
    /// Partition → its new end.
    pub ends: Vec<(i64, Offset)>,
    /// Whether assignments or topics changed.
    pub structure: bool,
}

impl Effects {
    /// Takes another transaction's effects in.
    pub(super) fn add(&mut self, other: Self) {
        self.ends.extend(other.ends);
        self.structure |= other.structure;
    }
}

/// What this process knows of the file's changes.
#[derive(Debug)]
pub(super) struct Pulse {
    beat: watch::Sender<u64>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    ends: HashMap<i64, Offset>,
    unknown: u64,
}

impl Pulse {
    pub(super) fn new() -> Self {
        Self { beat: watch::Sender::new(0), known: Mutex::default() }
    }

    /// To wait on.
    pub(super) fn listen(&self) -> watch::Receiver<u64> {
        self.beat.subscribe()
    }

    /// Says what this process has just made visible.
    pub(super) fn changed(&self, effects: &Effects) {
        if effects.ends.is_empty() && !effects.structure {
            return;
        }
        let mut known = self.known();
        known.ends.extend(effects.ends.iter().copied());
        known.unknown += u64::from(effects.structure);
        drop(known);
        self.beat.send_modify(|beat| *beat += 1);
    }

    /// Says that another process, or another handle of this one, has changed something.
    pub(super) fn changed_elsewhere(&self) {
        self.known().unknown += 1;
        self.beat.send_modify(|beat| *beat += 1);
    }

    /// Counts the changes that may concern anybody.
    pub(super) fn unknown(&self) -> u64 {
        self.known().unknown
    }

    /// Whether somebody who saw `unknown` and stands at `positions` should look again.
    pub(super) fn concerns(&self, unknown: u64, positions: impl IntoIterator<Item = (i64, Offset)>) -> bool {
        let known = self.known();
        known.unknown != unknown
            || positions.into_iter().any(|(partition, next)| known.ends.get(&partition).is_some_and(|end| *end > next))
    }

    /// Nothing that holds the lock can panic half way, so a poisoned one is whole.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
