//! `GET /v1/outlets/{outlet}/submissions`: whether a key opens this door, and whose door it is. Changes nothing.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde_json::{Value, json};

use crate::ingest::sender::sender;
use crate::ingest::{Ingest, refusal};
use crate::problem::Problem;

/// The member the key belongs to, and the hub, by its authority.
pub(super) async fn door(
    State(ingest): State<Ingest>,
    Path(outlet): Path<String>,
    headers: HeaderMap,
) -> Result<Json<Value>, Problem> {
    let parts = &ingest.shared.parts;
    if !parts.registry.is_ready() {
        return Err(refusal::starting());
    }
    let snapshot = parts.registry.snapshot();
    let known = sender(&snapshot, &parts.admin_key, &headers, &outlet).and_then(|id| snapshot.outlets.get(&id));
    let known = known.ok_or_else(refusal::wrong_key)?;
    Ok(Json(json!({"outlet": known.id, "name": known.name, "hub": parts.authority})))
}
