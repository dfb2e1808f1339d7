//! What this process remembers of late: idempotency keys, and whose submission is whose. Bounded in number and time.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;
use lianbo_schemas::{OutletId, SubmissionId};

use crate::ingest::idempotency::Remembered;
use crate::received::Fingerprint;

/// What the memory says of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claimed {
    /// It is free, and now this request's. A submission id from an earlier try that failed is to be used again: its
    /// record may have got through after all.
    Mine(Option<SubmissionId>),
    /// Taken, with the same body.
    Same(SubmissionId),
    /// Taken, with another body.
    Other,
    /// Another request with it is running.
    Running,
}

/// An outlet's key.
pub(super) type Name = (OutletId, String);

#[derive(Debug)]
enum State {
    Running,
    /// Failed with this id and body; may be tried again.
    Failed(Remembered),
    Taken(Remembered),
}

/// A key's state, and the number of the change that made it.
#[derive(Debug)]
struct Slot {
    change: u64,
    state: State,
}

/// Keys seen of late, the oldest forgotten first; and the submissions taken of late, whose status is known before the
/// view has them.
pub(super) struct Memory {
    most: usize,
    expiry: Duration,
    changes: u64,
    slots: HashMap<Name, Slot>,
    /// Settled keys in order. One may stand here twice; the number of its change says which place counts.
    order: VecDeque<(Timestamp, u64, Name)>,
    recent: HashMap<SubmissionId, OutletId>,
    recent_order: VecDeque<SubmissionId>,
}

impl Memory {
    pub(super) fn new(most: usize, expiry: Duration) -> Self {
        Self {
            most,
            expiry,
            changes: 0,
            slots: HashMap::new(),
            order: VecDeque::new(),
            recent: HashMap::new(),
            recent_order: VecDeque::new(),
        }
    }

    /// Claims a key for a request, if it is free.
    pub(super) fn claim(&mut self, name: &Name, body: &Fingerprint, now: Timestamp) -> Claimed {
        self.forget(now);
        let claimed = match self.slots.get(name).map(|slot| &slot.state) {
            Some(State::Running) => Claimed::Running,
            Some(State::Taken(known)) if known.body_sha256 == *body => Claimed::Same(known.submission.clone()),
            Some(State::Taken(_)) => Claimed::Other,
            Some(State::Failed(known)) if known.body_sha256 == *body => Claimed::Mine(Some(known.submission.clone())),
            Some(State::Failed(_)) | None => Claimed::Mine(None),
        };
        if matches!(claimed, Claimed::Mine(_)) {
            self.set(name.clone(), State::Running);
        }
        claimed
    }

    /// The request with the key was answered 202.
    pub(super) fn taken(&mut self, name: Name, known: Remembered, now: Timestamp) {
        self.settle(name, State::Taken(known), now);
    }

    /// The request with the key came to nothing, but the log was asked to take `known`.
    pub(super) fn failed(&mut self, name: Name, known: Remembered, now: Timestamp) {
        self.settle(name, State::Failed(known), now);
    }

    /// The request with the key came to nothing before the log was asked.
    pub(super) fn release(&mut self, name: &Name) {
        self.slots.remove(name);
    }

    /// A submission was taken.
    pub(super) fn note(&mut self, submission: SubmissionId, outlet: OutletId) {
        if self.recent_order.len() >= self.most
            && let Some(oldest) = self.recent_order.pop_front()
        {
            self.recent.remove(&oldest);
        }
        self.recent_order.push_back(submission.clone());
        self.recent.insert(submission, outlet);
    }

    /// Whose submission it is, if it was taken of late.
    pub(super) fn outlet_of(&self, submission: &SubmissionId) -> Option<&OutletId> {
        self.recent.get(submission)
    }

    fn set(&mut self, name: Name, state: State) -> u64 {
        self.changes += 1;
        self.slots.insert(name, Slot { change: self.changes, state });
        self.changes
    }

    fn settle(&mut self, name: Name, state: State, now: Timestamp) {
        let change = self.set(name.clone(), state);
        self.order.push_back((now, change, name));
    }

    fn forget(&mut self, now: Timestamp) {
        while let Some((settled, change, name)) = self.order.front() {
            let age = Duration::try_from(now.duration_since(*settled)).unwrap_or(Duration::ZERO);
            if age < self.expiry && self.order.len() < self.most {
                return;
            }
            if self.slots.get(name).is_some_and(|slot| slot.change == *change) {
                self.slots.remove(name);
            }
            self.order.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use jiff::Timestamp;
    use lianbo_schemas::{OutletId, SubmissionId};

    use super::{Claimed, Memory, Name, Remembered};

    const BODY: [u8; 32] = [1; 32];

    fn name(key: &str) -> Name {
        (OutletId::new("cdrb").unwrap(), key.to_owned())
    }

    fn remembered() -> Remembered {
        Remembered { submission: SubmissionId::fresh(), body_sha256: BODY }
    }

    #[test]
    fn a_failed_try_keeps_its_submission_id_for_the_same_body_only() {
        let mut memory = Memory::new(10, Duration::from_secs(60));
        let (now, known) = (Timestamp::UNIX_EPOCH, remembered());
        assert_eq!(memory.claim(&name("a"), &BODY, now), Claimed::Mine(None));
        assert_eq!(memory.claim(&name("a"), &BODY, now), Claimed::Running);
        memory.failed(name("a"), known.clone(), now);
        assert_eq!(memory.claim(&name("a"), &BODY, now), Claimed::Mine(Some(known.submission.clone())));
        memory.failed(name("a"), known, now);
        assert_eq!(memory.claim(&name("a"), &[2; 32], now), Claimed::Mine(None));
        memory.release(&name("a"));
        assert_eq!(memory.claim(&name("a"), &BODY, now), Claimed::Mine(None));
    }

    #[test]
    fn a_key_expires_and_the_memory_stays_bounded() {
        let mut memory = Memory::new(3, Duration::from_secs(60));
        let mut now = Timestamp::UNIX_EPOCH;
        for key in ["a", "b", "c", "d"] {
            assert_eq!(memory.claim(&name(key), &BODY, now), Claimed::Mine(None));
            memory.taken(name(key), remembered(), now);
        }
        assert!(matches!(memory.claim(&name("d"), &BODY, now), Claimed::Same(_)));
        assert_eq!(memory.claim(&name("d"), &[2; 32], now), Claimed::Other);
        assert!(memory.slots.len() <= 3 && memory.order.len() <= 3);
        now += Duration::from_secs(61);
        assert_eq!(memory.claim(&name("d"), &[2; 32], now), Claimed::Mine(None));
        assert_eq!(memory.slots.len(), 1);
    }
}
