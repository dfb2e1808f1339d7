//! What the hub has acknowledged: the oracle's obligations.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::piece::Said;

/// What became of one piece at the hub's door.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    /// The last statement that was acknowledged, and when.
    pub(super) acknowledged: Option<(Said, Instant)>,
    /// What was sent and never acknowledged: the hub may have it.
    pub(super) unsure: Vec<Said>,
    /// A statement is on its way: nothing else is said of this piece meanwhile.
    pub(super) speaking: bool,
}

/// All pieces, by number.
#[derive(Debug, Clone, Default)]
pub(super) struct Book {
    entries: Arc<Mutex<BTreeMap<u64, Entry>>>,
}

impl Book {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<u64, Entry>> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A statement goes out.
    pub(super) fn speaks(&self, number: u64) {
        let fresh = || Entry { acknowledged: None, unsure: Vec::new(), speaking: true };
        self.lock().entry(number).or_insert_with(fresh).speaking = true;
    }

    /// The hub acknowledged it.
    pub(super) fn acknowledged(&self, number: u64, said: Said) {
        if let Some(entry) = self.lock().get_mut(&number) {
            entry.acknowledged = Some((said, Instant::now()));
            entry.speaking = false;
        }
    }

    /// The hub never answered, however often it was asked.
    pub(super) fn unanswered(&self, number: u64, said: Said) {
        if let Some(entry) = self.lock().get_mut(&number) {
            entry.unsure.push(said);
            entry.speaking = false;
        }
    }

    /// What a piece may be corrected or withdrawn after: its last acknowledged version, when nothing is unsure.
    pub(super) fn settled(&self, number: u64) -> Option<u32> {
        let entries = self.lock();
        let entry = entries.get(&number).filter(|entry| !entry.speaking && entry.unsure.is_empty())?;
        match entry.acknowledged {
            Some((Said::Version(version), _)) => Some(version),
            Some((Said::Withdrawn, _)) | None => None,
        }
    }

    /// Pieces from `first` on.
    pub(super) fn since(&self, first: u64) -> BTreeMap<u64, Entry> {
        self.lock().range(first..).map(|(number, entry)| (*number, entry.clone())).collect()
    }

    /// One piece.
    pub(super) fn entry(&self, number: u64) -> Option<Entry> {
        self.lock().get(&number).cloned()
    }
}
