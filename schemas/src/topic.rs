//! The topics: where each record goes. Names are the contract with members who run their own Kafka producer.

use crate::{OutletId, PartnerId};

/// Items in canonical form with their match text; one partition.
pub const NORMALISED: &str = "normalised";
/// The one ordered log of all that was ever published; one partition, kept for ever.
pub const ARTICLES: &str = "articles";
/// Dedup's memory; compacted, one partition.
pub const FINGERPRINTS: &str = "fingerprints";
/// The ledger; compacted, one partition.
pub const RECEIPTS: &str = "receipts";
/// What was found where a withdrawn article used to stand; compacted, one partition.
pub const TAKEDOWNS: &str = "takedowns";
/// Outlets, channels, partners, grants; compacted, one partition.
pub const REGISTRY: &str = "registry";
/// Refusals with their reasons.
pub const DEAD: &str = "dead";
/// What every outlet's topic starts with.
pub const OUTLET_PREFIX: &str = "outlet.";
/// What every partner's topic starts with.
pub const DELIVERIES_PREFIX: &str = "deliveries.";

/// The topic an outlet's submissions go to.
pub fn of_outlet(outlet: &OutletId) -> String {
    format!("{OUTLET_PREFIX}{outlet}")
}

/// The outlet whose topic this is.
pub fn outlet_of(topic: &str) -> Option<OutletId> {
    topic.strip_prefix(OUTLET_PREFIX).and_then(|id| OutletId::new(id).ok())
}

/// The topic a partner's deliveries go to.
pub fn of_partner(partner: &PartnerId) -> String {
    format!("{DELIVERIES_PREFIX}{partner}")
}

/// The partner whose topic this is.
pub fn partner_of(topic: &str) -> Option<PartnerId> {
    topic.strip_prefix(DELIVERIES_PREFIX).and_then(|id| PartnerId::new(id).ok())
}
