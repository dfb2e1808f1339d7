//! Whose submission it is: the outlet's key says so, nothing in the content does.

use axum::http::HeaderMap;
use lianbo_schemas::OutletId;

use crate::admin::{AdminKey, bearer, is_key_of};
use crate::registry::Snapshot;

/// The outlet of this id, if the request carries one of its keys, or the operators' (`lianbo publish`).
pub(super) fn sender(snapshot: &Snapshot, operators: &AdminKey, headers: &HeaderMap, id: &str) -> Option<OutletId> {
    let key = bearer(headers)?;
    let outlet = OutletId::new(id).ok().and_then(|id| snapshot.outlets.get(&id));
    // The hash is computed for unknown outlets too, so that time tells nothing.
    let known = is_key_of(key, outlet.map(|outlet| outlet.key_hashes.as_slice()).unwrap_or_default());
    outlet.filter(|_| known || operators.is_in(headers)).map(|outlet| outlet.id.clone())
}

/// The outlet whose key the request carries, whichever it is.
pub(super) fn anyone(snapshot: &Snapshot, headers: &HeaderMap) -> Option<OutletId> {
    let key = bearer(headers)?;
    snapshot.outlets.values().find(|outlet| is_key_of(key, &outlet.key_hashes)).map(|outlet| outlet.id.clone())
}
