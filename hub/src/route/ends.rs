//! The ends of grants: when one has ended, those who hold articles under it hold them under another one, or not at all.
//!
//! Nothing is kept about it: that a grant has ended stands in the registry, and who holds under it follows from
//! `deliveries.*`, where what comes of it is written. After a restart the ends that have passed are looked at again, and
//! find nobody.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use lianbo_schemas::{Action, Delivery, Grant, GrantId, OnEnd};

use crate::registry::Snapshot;

/// Ends that have been seen.
#[derive(Debug, Default)]
pub(super) struct Ends(BTreeMap<GrantId, Timestamp>);

impl Ends {
    /// The next end, or one that has passed and was not seen.
    pub(super) fn next(&self, registry: &Snapshot) -> Option<Timestamp> {
        self.unseen(registry).map(|(_, until)| until).min()
    }

    fn unseen<'a>(&'a self, registry: &'a Snapshot) -> impl Iterator<Item = (&'a GrantId, Timestamp)> {
        let ends = registry.grants.values().filter(|grant| grant.on_end == OnEnd::TakeDown);
        let ends = ends.filter_map(|grant| Some((&grant.id, grant.until?)));
        ends.filter(|(grant, until)| self.0.get(*grant) != Some(until))
    }

    /// The grants whose end has come by `now`, each once.
    pub(super) fn come(&mut self, registry: &Snapshot, now: Timestamp) -> BTreeSet<GrantId> {
        let come = self.unseen(registry).filter(|(_, until)| *until <= now);
        let come: BTreeMap<GrantId, Timestamp> = come.map(|(grant, until)| (grant.clone(), until)).collect();
        self.0.extend(come.clone());
        come.into_keys().collect()
    }

    /// Whether a decision made elsewhere is under a grant whose end has been seen.
    pub(super) fn concern(&self, delivery: &Delivery) -> bool {
        delivery.terms.as_ref().is_some_and(|terms| self.0.contains_key(&terms.grant))
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

/// The grant, if it has ended by `now`.
pub(super) fn ended<'a>(registry: &'a Snapshot, grant: &GrantId, now: Timestamp) -> Option<(&'a Grant, Timestamp)> {
    let grant = registry.grants.get(grant)?;
    Some((grant.as_ref(), grant.until.filter(|until| *until <= now)?))
}

/// Says why: that the grant ended. The version has not changed: without a mark of its own a receiver would take the
/// delivery for one that it has had.
pub(super) fn because(delivery: Delivery, grant: &Grant, until: Timestamp) -> Delivery {
    let note = format!("The grant `{}` ended at {until}.", grant.id);
    Delivery {
        redelivery: Some(format!("end-{}-{}", grant.id, until.as_second())),
        note: (delivery.action == Action::Withdraw).then_some(note),
        ..delivery
    }
}
