//! Outlets, channels, partners and grants: one resource each, the same four methods on all.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Map, Value, json};

use crate::admin::{Admin, LARGEST_DOCUMENT, read_body};
use crate::problem::Problem;
use crate::registry::{Entry, Kind, Put, RegistryError, WriteError};

/// Patience with an operator's document.
const PATIENCE: Duration = Duration::from_secs(30);

/// The routes of every kind.
pub(super) fn routes() -> Router<Admin> {
    Kind::ALL.into_iter().fold(Router::new(), |router, kind| {
        let one = get(move |state, path| read(kind, state, path))
            .put(move |state, path, headers, body| write(kind, state, path, headers, body))
            .delete(move |state, path| remove(kind, state, path));
        router
            .route(&format!("/v1/{}", kind.plural()), get(move |state| list(kind, state)))
            .route(&format!("/v1/{}/{{id}}", kind.plural()), one)
    })
}

async fn list(kind: Kind, State(admin): State<Admin>) -> Result<Response, Problem> {
    known(&admin)?;
    let entries: Vec<Value> = admin.registry.snapshot().list(kind).iter().map(shown).collect();
    let mut document = Map::new();
    document.insert(kind.plural().to_owned(), entries.into());
    Ok(Json(Value::Object(document)).into_response())
}

/// Right after its start a node does not know everything yet, and must not say that something is not there.
pub(super) fn known(admin: &Admin) -> Result<(), Problem> {
    if admin.registry.is_ready() { Ok(()) } else { Err(Problem::unavailable("the registry is still being read")) }
}

async fn read(kind: Kind, State(admin): State<Admin>, Path(id): Path<String>) -> Result<Response, Problem> {
    known(&admin)?;
    let entry = admin.registry.snapshot().get(kind, &id);
    entry.map(|entry| Json(shown(&entry)).into_response()).ok_or_else(|| unknown(kind, &id))
}

async fn write(
    kind: Kind,
    State(admin): State<Admin>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let body = read_body(&headers, body, LARGEST_DOCUMENT, PATIENCE).await?;
    let entry = entry_of(kind, &id, &body)?;
    let put = admin.registry.put(entry).await.map_err(problem)?;
    if put != Put::Unchanged {
        tracing::info!(kind = kind.word(), id, "registry entry written");
    }
    let status = if put == Put::Created { StatusCode::CREATED } else { StatusCode::OK };
    let now = admin.registry.snapshot().get(kind, &id);
    Ok((status, Json(now.map_or(Value::Null, |entry| shown(&entry)))).into_response())
}

async fn remove(kind: Kind, State(admin): State<Admin>, Path(id): Path<String>) -> Result<StatusCode, Problem> {
    admin.registry.remove(kind, &id).await.map_err(problem)?;
    tracing::info!(kind = kind.word(), id, "registry entry removed");
    Ok(StatusCode::NO_CONTENT)
}

/// The document with the id of its address: it may leave its own out, but not contradict it.
fn entry_of(kind: Kind, id: &str, body: &[u8]) -> Result<Entry, Problem> {
    let document: Value = serde_json::from_slice(body)
        .map_err(|error| Problem::bad_request(format!("the body is not a JSON document: {error}")))?;
    let Value::Object(mut members) = document else {
        return Err(Problem::bad_request(format!("the body must be a JSON object that describes one {}", kind.word())));
    };
    let stated = members.entry("id").or_insert_with(|| id.into());
    if stated.as_str() != Some(id) {
        return Err(invalid(format!("the document's `id` is {stated}, the address says `{id}`; make them the same")));
    }
    Entry::read(kind, Value::Object(members).to_string().as_bytes()).map_err(|error| problem(error.into()))
}

/// As operators see it. Hashes of keys are left out: `GET /v1/outlets/{id}/keys` tells them apart.
fn shown(entry: &Entry) -> Value {
    let mut document = json!(entry);
    if let (Entry::Outlet(_), Value::Object(members)) = (entry, &mut document) {
        members.shift_remove("key_hashes");
    }
    document
}

/// What a refused change looks like on HTTP.
pub(super) fn problem(error: WriteError) -> Problem {
    match error {
        WriteError::Refused(RegistryError::InUse(detail)) => {
            Problem::new(StatusCode::CONFLICT, "in-use", "Something else in the registry needs it", detail)
        }
        WriteError::Refused(
            error @ (RegistryError::Invalid(_) | RegistryError::Unreadable { .. } | RegistryError::Key(_)),
        ) => invalid(error.to_string()),
        WriteError::Unknown { kind, id } => unknown(kind, &id),
        WriteError::Log(error) => {
            tracing::warn!(%error, "the registry could not be written");
            Problem::unavailable(format!("the log did not take the change: {error}; try again"))
        }
        WriteError::Unsettled => {
            Problem::unavailable("the change is written, but this node has not seen it yet; read it again shortly")
        }
    }
}

fn invalid(detail: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-entry", "The document cannot be taken as it is", detail)
}

pub(super) fn unknown(kind: Kind, id: &str) -> Problem {
    Problem::not_found(format!("there is no {} `{id}`; `GET /v1/{}` lists them", kind.word(), kind.plural()))
}
