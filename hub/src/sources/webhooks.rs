//! `POST /v1/outlets/{id}/webhooks`: has an outlet's Ghost tell the hub of its changes as they happen. Doing it again is
//! harmless.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use data_encoding::BASE32_NOPAD;
use lianbo_connectors::source::SourceError;
use lianbo_connectors::source::ghost::{EVENTS, Ghost, Registered};
use lianbo_schemas::{GhostSource, Outlet, OutletId, SecretName, Source};
use serde_json::{Value, json};

use super::Sources;
use crate::problem::Problem;
use crate::registry::{Kind, WriteError};
use crate::secrets::{Secret, SecretError};

pub(super) async fn register(State(sources): State<Sources>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let outlet = OutletId::new(&id).ok().and_then(|id| sources.registry.snapshot().outlets.get(&id).cloned());
    let outlet = outlet.ok_or_else(|| Problem::not_found(format!("there is no outlet `{id}`")))?;
    let Some(Source::Ghost(source)) = &outlet.source else {
        return Err(refused(format!("the outlet `{id}` has no Ghost; only Ghost has webhooks")));
    };
    let (name, secret, is_new) = signing_key(&sources, &outlet, source).await?;
    let key = sources.secrets.resolve(&source.secret).map_err(|error| refused(error.to_string()))?;
    let ghost = Ghost::open(&source.url, Some(key.expose().to_owned()), sources.http.clone());
    let ghost = ghost.map_err(|error| refused(error.to_string()))?;
    let target = format!("{}/v1/outlets/{id}/ghost", sources.url);
    let mut made = 0;
    for event in EVENTS {
        match ghost.register(event, &target, secret.expose()).await.map_err(failed)? {
            Registered::Made => made += 1,
            Registered::Known if is_new => {
                return Err(refused(format!(
                    "Ghost has a webhook for `{event}` to {target} already, signed with a key that this machine does not \
                 have: delete the webhooks of the integration there, and do this again"
                )));
            }
            Registered::Known => {}
        }
    }
    let named = sources.registry.edit_outlet(&outlet.id, move |outlet| sign_with(outlet, name)).await;
    named.map_err(unwritten)?;
    Ok(Json(json!({"target": target, "events": EVENTS, "made": made})))
}

/// The key the webhooks are signed with; one is made when this machine has none.
async fn signing_key(
    sources: &Sources,
    outlet: &Outlet,
    source: &GhostSource,
) -> Result<(SecretName, Secret, bool), Problem> {
    let usual = || SecretName::new(format!("{}-webhook", outlet.id));
    let name = source.webhook_secret.clone().map_or_else(usual, Ok).map_err(|error| refused(error.to_string()))?;
    match sources.secrets.resolve(&name) {
        Ok(secret) => Ok((name, secret, false)),
        Err(SecretError::Missing(_)) => {
            let secret = Secret::new(&BASE32_NOPAD.encode(&rand::random::<[u8; 20]>()).to_ascii_lowercase());
            let stored = sources.secrets.store(&name, secret.clone()).await;
            stored.map_err(|error| Problem::unavailable(error.to_string()))?;
            Ok((name, secret, true))
        }
        Err(error) => Err(Problem::unavailable(error.to_string())),
    }
}

fn sign_with(outlet: &mut Outlet, name: SecretName) {
    if let Some(Source::Ghost(ghost)) = &mut outlet.source {
        ghost.webhook_secret = Some(name);
    }
}

fn failed(error: SourceError) -> Problem {
    let title = "Ghost did not take the webhook";
    Problem::new(StatusCode::BAD_GATEWAY, "no-webhook", title, error.to_string())
}

fn refused(detail: String) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "no-webhook", "No webhook can be made for this outlet", detail)
}

fn unwritten(error: WriteError) -> Problem {
    match error {
        WriteError::Unknown { kind: Kind::Outlet, id } => Problem::not_found(format!("there is no outlet `{id}`")),
        other => Problem::unavailable(other.to_string()),
    }
}
