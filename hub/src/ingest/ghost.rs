//! `POST /v1/outlets/{outlet}/ghost`: the webhooks of an outlet's Ghost. The signature says whose they are; the body goes
//! to the log as it came.
//! <https://docs.ghost.org/webhooks>

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use lianbo_connectors::format::post::GHOST;
use lianbo_connectors::source::ghost::event::{self, Event};
use lianbo_connectors::source::ghost::signature::{HEADER, SignatureError, verify};
use lianbo_schemas::{OutletId, Source};

use crate::admin::read_body;
use crate::ingest::submit::{Said, take, within_rate};
use crate::ingest::{Ingest, Shared, refusal};
use crate::problem::Problem;
use crate::secrets::Secret;
use crate::trace::Trace;

/// Whose webhooks they are.
struct Told {
    outlet: OutletId,
    site: String,
    /// What they are signed with.
    secret: Secret,
}

pub(super) async fn told(
    State(ingest): State<Ingest>,
    Path(outlet): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let shared = ingest.shared.as_ref();
    if !shared.parts.registry.is_ready() {
        return Err(refusal::starting());
    }
    let Told { outlet, site, secret } =
        known(shared, &outlet).ok_or_else(|| refusal::unsigned(SignatureError::Mismatch))?;
    let _seat = shared.webhooks.try_acquire().map_err(|_full| refusal::busy())?;
    let most = shared.settings.max_body_bytes as usize;
    let body = read_body(&headers, body, most, shared.settings.patience()).await?;
    let signature = headers.get(HEADER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    verify(secret.expose(), &body, signature, (shared.parts.clock)()).map_err(|error| {
        tracing::info!(member.id = %outlet, %error, "a webhook is not taken for Ghost's");
        refusal::unsigned(error)
    })?;
    within_rate(shared, &outlet)?;
    match event::read(&body) {
        Some(Event::Take { id, url }) => {
            // One signature, one event: what is sent again through some proxy is taken once.
            let key = Some(signature.to_owned());
            let media_type = Some(GHOST.to_owned());
            let trace = Trace::of(&headers);
            let said = Said { media_type, url, own_id: Some(id), site: Some(site), key, trace };
            take(&ingest, outlet, said, body).await
        }
        Some(Event::Pass(why)) => {
            tracing::debug!(member.id = %outlet, why, "a webhook brings nothing to take in");
            Ok(StatusCode::NO_CONTENT.into_response())
        }
        None => {
            Err(refusal::unreadable("the body is no event of Ghost about a post".to_owned(), "无法识别的 Ghost 事件"))
        }
    }
}

/// The outlet and the key its webhooks are signed with, if it has a Ghost and this machine has the key. No such outlet,
/// no key and a wrong signature are answered alike.
fn known(shared: &Shared, outlet: &str) -> Option<Told> {
    let snapshot = shared.parts.registry.snapshot();
    let outlet = snapshot.outlets.get(&OutletId::new(outlet).ok()?)?;
    let Some(Source::Ghost(ghost)) = &outlet.source else { return None };
    match shared.parts.secrets.resolve(ghost.webhook_secret.as_ref()?) {
        Ok(secret) => Some(Told { outlet: outlet.id.clone(), site: ghost.url.clone(), secret }),
        Err(error) => {
            tracing::warn!(member.id = %outlet.id, %error, "webhooks of the outlet's Ghost cannot be taken");
            None
        }
    }
}
