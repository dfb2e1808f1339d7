//! A claim on an idempotency key: whatever becomes of the request, also if its sender hangs up, the key is settled.

use crate::ingest::Ingest;
use crate::ingest::idempotency::Remembered;
use crate::ingest::memory::{Claimed, Name};
use crate::received::Fingerprint;

/// The claim of one request. Dropped without [`Claim::taken`], it frees the key.
pub(super) struct Claim {
    ingest: Ingest,
    /// `None` once settled.
    name: Option<Name>,
    /// What the log was asked to take.
    asked: Option<Remembered>,
}

impl Claim {
    /// Asks the memory for a key; a claim comes back if it is free.
    pub(super) fn make(ingest: &Ingest, name: &Name, body: &Fingerprint) -> (Claimed, Option<Self>) {
        let now = (ingest.shared.parts.clock)();
        let claimed = ingest.memory().claim(name, body, now);
        let mine = matches!(claimed, Claimed::Mine(_));
        let claim = mine.then(|| Self { ingest: ingest.clone(), name: Some(name.clone()), asked: None });
        (claimed, claim)
    }

    /// From now on the record may be in the log, even if the log does not say so.
    pub(super) fn asked(&mut self, known: Remembered) {
        self.asked = Some(known);
    }

    /// The key belongs to this submission.
    pub(super) fn taken(mut self, known: Remembered) {
        let now = (self.ingest.shared.parts.clock)();
        if let Some(name) = self.name.take() {
            self.ingest.memory().taken(name, known, now);
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let Some(name) = self.name.take() else { return };
        let now = (self.ingest.shared.parts.clock)();
        match self.asked.take() {
            Some(known) => self.ingest.memory().failed(name, known, now),
            None => self.ingest.memory().release(&name),
        }
    }
}
