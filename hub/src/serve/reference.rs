//! `GET /v1/partners/{partner}/articles/{article}?key=`: what a reference in a webhook leads to. The partner gets the
//! article as it should hold it now, under the terms that hold now: after a kill, or without a grant, nothing.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use lianbo_connectors::partner::webhook::{Secrets as Signing, document, opens};
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Action, Article, Delivery, Partner, PartnerId};
use serde::Deserialize;

use super::Parts;
use crate::deliver::{Envelope, render_for};
use crate::problem::Problem;
use crate::registry::Snapshot;
use crate::rendition;
use crate::secrets::Secrets;
use crate::stage::Clock;
use crate::view::{View, ViewError};

/// What it takes to answer.
#[derive(Clone)]
struct Shelf {
    view: Arc<View>,
    registry: Arc<dyn Fn() -> Arc<Snapshot> + Send + Sync>,
    secrets: Secrets,
    clock: Clock,
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    key: String,
}

/// The one route.
pub(super) fn router(parts: &Parts) -> Router {
    let shelf = Shelf {
        view: parts.view.clone(),
        registry: parts.snapshots(),
        secrets: parts.secrets.clone(),
        clock: parts.clock.clone(),
    };
    Router::new().route("/v1/partners/{partner}/articles/{article}", get(serve)).with_state(shelf)
}

async fn serve(
    State(shelf): State<Shelf>,
    Path((partner, short)): Path<(String, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let partner = shelf.opened(&partner, &short, &asked.key).ok_or_else(nothing)?;
    let uri = shelf.view.by_short(&short).await.map_err(unseen)?.ok_or_else(nothing)?;
    let delivery = shelf.view.desired(&partner.id, &uri).await.map_err(unseen)?.ok_or_else(nothing)?;
    let article = shelf.view.article(&uri).await.map_err(unseen)?.ok_or_else(nothing)?;
    let body = shelf.body(&article, delivery, &partner).await?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    Ok((headers, body).into_response())
}

impl Shelf {
    /// The partner, if it takes webhooks and the key is one to this article.
    fn opened(&self, partner: &str, short: &str, key: &str) -> Option<Arc<Partner>> {
        let partner = (self.registry)().partners.get(&PartnerId::new(partner).ok()?)?.clone();
        let name = partner.connector.secret.as_ref().filter(|_| partner.connector.kind == "webhook")?;
        let signing: Signing = self.secrets.resolve(name).ok()?.expose().parse().ok()?;
        opens(&signing, partner.id.as_str(), short, key).then_some(partner)
    }

    /// The article as the partner should hold it.
    async fn body(&self, article: &Article, delivery: Delivery, partner: &Partner) -> Result<Vec<u8>, Problem> {
        let now = (self.clock)();
        if delivery.action == Action::Withdraw || article.status() != PubStatus::Usable || article.has_expired(now) {
            return Err(gone());
        }
        let waits = delivery.not_before.is_some_and(|moment| moment > now) || !article.is_released(now);
        let terms = delivery.terms.filter(|_| !waits).ok_or_else(nothing)?;
        if article.version != delivery.version {
            return Err(Problem::unavailable("a new version is on its way, and what goes to whom is being decided"));
        }
        let envelope = Envelope { delivery_id: String::new(), traceparent: None };
        let template = rendition::of_partner(&(self.registry)(), partner);
        let outgoing = render_for(article, &terms, template.as_ref(), envelope).await;
        outgoing.map(|outgoing| document(&outgoing)).map_err(|cause| {
            tracing::warn!(partner.id = %partner.id, cause, "a referenced article cannot be laid out");
            Problem::unavailable("the article cannot be laid out now; ask again")
        })
    }
}

/// No such partner, article or delivery, or another's key: the same answer, so that nobody can find out which there are.
fn nothing() -> Problem {
    Problem::not_found("there is no such article for this key; references stand in the webhooks of the article")
}

fn gone() -> Problem {
    let detail = "the article was withdrawn; take it down, if that has not been done";
    Problem::new(StatusCode::GONE, "withdrawn", "The article may not be shown any more", detail)
}

fn unseen(error: ViewError) -> Problem {
    tracing::warn!(%error, "a referenced article cannot be read");
    Problem::unavailable("the article cannot be read now; ask again")
}
