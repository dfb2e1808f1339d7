//! `POST /v1/outlets/{id}/webhooks`: has an outlet's Ghost tell the hub of its changes as they happen. Doing it again is
//! harmless.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use lianbo_connectors::source::SourceError;
use lianbo_connectors::source::ghost::{EVENTS, Ghost, Registered};
use lianbo_schemas::{IdError, Outlet, OutletId, SecretName, Source};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

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
    let key = sources.secrets.resolve(&source.secret).map_err(|error| refused(error.to_string()))?;
    let ghost = Ghost::open(&source.url, Some(key.expose().to_owned()), sources.http.clone());
    let ghost = ghost.map_err(|error| refused(error.to_string()))?;
    let target = format!("{}/v1/outlets/{id}/ghost", sources.url);
    let name = source.webhook_secret.clone().map_or_else(|| key_name(&outlet.id, &source.url), Ok);
    let name = name.map_err(|error| refused(error.to_string()))?;
    let made = match sources.secrets.resolve(&name) {
        Ok(secret) => again(&ghost, &target, &secret).await?,
        Err(SecretError::Missing(_)) => anew(&sources, &ghost, &target, &name).await?,
        Err(error) => return Err(Problem::unavailable(error.to_string())),
    };
    let named = sources.registry.edit_outlet(&outlet.id, move |outlet| sign_with(outlet, name)).await;
    named.map_err(unwritten)?;
    Ok(Json(json!({"target": target, "events": EVENTS, "made": made})))
}

/// Each site has a key of its own: the webhooks of one that the outlet has left are not to be taken for another's.
fn key_name(outlet: &OutletId, url: &str) -> Result<SecretName, IdError> {
    let digest = HEXLOWER.encode(&Sha256::digest(format!("{outlet} {url}")));
    // As much of the outlet's id as the name has room for.
    let outlet: String = outlet.as_str().chars().take(46).collect();
    SecretName::new(format!("{outlet}-webhook-{}", &digest[..8]))
}

/// Makes the webhooks that are not there, with a key that this machine has; says how many.
async fn again(ghost: &Ghost, target: &str, secret: &Secret) -> Result<usize, Problem> {
    let mut made = 0;
    for event in EVENTS {
        match ghost.register(event, target, secret.expose()).await.map_err(failed)? {
            Registered::Made(_) => made += 1,
            Registered::Known => {}
        }
    }
    Ok(made)
}

/// Makes the webhooks with a new key, which is kept only if all of them are made with it.
async fn anew(sources: &Sources, ghost: &Ghost, target: &str, name: &SecretName) -> Result<usize, Problem> {
    let secret = Secret::new(&BASE32_NOPAD.encode(&rand::random::<[u8; 20]>()).to_ascii_lowercase());
    let mut made = Vec::new();
    let outcome = match make_all(ghost, target, &secret, &mut made).await {
        Ok(()) => {
            let stored = sources.secrets.store(name, secret).await;
            stored.map_err(|error| Problem::unavailable(error.to_string()))
        }
        Err(problem) => Err(problem),
    };
    if outcome.is_err() {
        take_back(ghost, &made).await;
    }
    outcome.map(|()| made.len())
}

async fn make_all(ghost: &Ghost, target: &str, secret: &Secret, made: &mut Vec<String>) -> Result<(), Problem> {
    for event in EVENTS {
        match ghost.register(event, target, secret.expose()).await.map_err(failed)? {
            Registered::Made(id) => made.push(id),
            Registered::Known => {
                return Err(refused(format!(
                    "Ghost has a webhook for `{event}` to {target} already, signed with a key that this machine does not \
                     have: delete the webhooks of the integration there, and do this again"
                )));
            }
        }
    }
    Ok(())
}

/// Else they would be found the next time, signed with a key that nobody has.
async fn take_back(ghost: &Ghost, made: &[String]) {
    for id in made {
        if let Err(error) = ghost.unregister(id).await {
            tracing::warn!(%error, "a webhook that is of no use stays in Ghost");
        }
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

#[cfg(test)]
mod tests {
    use lianbo_schemas::OutletId;

    use super::key_name;

    #[test]
    fn every_outlet_and_site_has_a_key_of_its_own_however_long_its_id() {
        let name = |outlet: &str, url: &str| key_name(&OutletId::new(outlet).unwrap(), url).unwrap();
        let long = "a".repeat(62);
        let names = [
            name("blog", "https://a.example"),
            name("blog", "https://b.example"),
            name(&format!("{long}1"), "https://a.example"),
            name(&format!("{long}2"), "https://a.example"),
        ];
        assert!(names[0].as_str().starts_with("blog-webhook-"), "{names:?}");
        let different: std::collections::BTreeSet<&str> = names.iter().map(|name| name.as_str()).collect();
        assert_eq!(different.len(), names.len(), "{names:?}");
    }
}
