//! The keys of an outlet: made here, shown once, known afterwards by the first eight digits of their hash.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE32_NOPAD;
use lianbo_schemas::OutletId;
use serde_json::{Value, json};

use crate::admin::entries::{self, problem, unknown};
use crate::admin::{Admin, hash_of};
use crate::problem::Problem;
use crate::registry::Kind;

/// Digits of a hash that name a key: enough for the few keys of one outlet.
const PREFIX: usize = 8;

/// A new key: `lb_<outlet>_` so that a leaked one is recognised, then 160 random bits.
pub fn fresh_key(outlet: &OutletId) -> String {
    let random: [u8; 20] = rand::random();
    format!("lb_{outlet}_{}", BASE32_NOPAD.encode(&random).to_ascii_lowercase())
}

/// `GET /v1/outlets/{id}/keys`
pub(super) async fn list(State(admin): State<Admin>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    entries::known(&admin)?;
    let snapshot = admin.registry.snapshot();
    let outlet = snapshot.outlets.get(&known(&id)?).ok_or_else(|| unknown(Kind::Outlet, &id))?;
    let keys: Vec<Value> = outlet.key_hashes.iter().map(|hash| json!({ "id": prefix(hash) })).collect();
    Ok(Json(json!({ "keys": keys })))
}

/// `POST /v1/outlets/{id}/keys`: the only answer that ever shows the key.
pub(super) async fn create(State(admin): State<Admin>, Path(id): Path<String>) -> Result<Response, Problem> {
    let outlet = known(&id)?;
    let key = fresh_key(&outlet);
    let hash = hash_of(&key);
    let short = prefix(&hash).to_owned();
    admin.registry.edit_outlet(&outlet, move |outlet| outlet.key_hashes.push(hash)).await.map_err(problem)?;
    tracing::info!(member.id = %outlet, key = short, "key made");
    let document = json!({ "id": short, "key": key, "note": "shown once; the hub keeps only its hash" });
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::CREATED, no_store, Json(document)).into_response())
}

/// `DELETE /v1/outlets/{id}/keys/{first digits of the hash}`
pub(super) async fn remove(
    State(admin): State<Admin>,
    Path((id, wanted)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let outlet = known(&id)?;
    if wanted.len() < PREFIX || !wanted.is_ascii() {
        return Err(Problem::bad_request(format!("name the key by the first {PREFIX} digits of its hash, or more")));
    }
    entries::known(&admin)?;
    let snapshot = admin.registry.snapshot();
    let hashes = snapshot.outlets.get(&outlet).map(|outlet| outlet.key_hashes.as_slice());
    let hashes = hashes.ok_or_else(|| unknown(Kind::Outlet, &id))?;
    if !hashes.iter().any(|hash| hash.starts_with(&wanted)) {
        return Err(Problem::not_found(format!("the outlet `{id}` has no key `{wanted}`")));
    }
    // Two keys with one prefix would both go: to lock one out too many is the safe mistake.
    let edit = |outlet: &mut lianbo_schemas::Outlet| outlet.key_hashes.retain(|hash| !hash.starts_with(&wanted));
    admin.registry.edit_outlet(&outlet, edit).await.map_err(problem)?;
    tracing::info!(member.id = %outlet, key = wanted, "key removed");
    Ok(StatusCode::NO_CONTENT)
}

fn known(id: &str) -> Result<OutletId, Problem> {
    OutletId::new(id).map_err(|_invalid| unknown(Kind::Outlet, id))
}

fn prefix(hash: &str) -> &str {
    hash.get(..PREFIX).unwrap_or(hash)
}
