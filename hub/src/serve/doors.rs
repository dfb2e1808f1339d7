//! The HTTP server: every door of this process, grouped by who comes through it.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use super::adapters::{Again, Outcomes};
use super::{Parts, ServeError};
use crate::admin::{Admin, AdminKey};
use crate::feed::{self, Audience, FeedState};
use crate::ingest::{self, Ingest};
use crate::operate::Operate;
use crate::secrets::Secret;
use crate::settings::Role;

/// All doors of a process.
pub(super) fn router(parts: &Parts, admin_key: &Secret) -> Result<Router, ServeError> {
    let key = AdminKey::of(admin_key);
    let mut router = Router::new().route("/healthz", get(async || StatusCode::NO_CONTENT));
    // Operators, from every process.
    router = router.merge(Admin::new(parts.registry.clone(), parts.secrets.clone(), key.clone()).router());
    router = router.merge(operate(parts).router(key.clone()));
    // Outlets.
    if parts.settings.has(Role::Ingest) {
        router = router.merge(ingest(parts, key.clone())?.router());
    }
    // Readers and aggregators.
    if parts.settings.has(Role::Feed) {
        let feeds = feed::router(feeds(parts));
        router = router.merge(feeds.layer(from_fn_with_state(key, tell_operators_apart)));
    }
    Ok(router.layer(CompressionLayer::new()).layer(CatchPanicLayer::new()))
}

/// Operators see what the public must not: articles under embargo, who holds what.
async fn tell_operators_apart(State(key): State<AdminKey>, mut request: Request, next: Next) -> Response {
    if key.is_in(request.headers()) {
        request.extensions_mut().insert(Audience::Operator);
    }
    next.run(request).await
}

fn feeds(parts: &Parts) -> FeedState {
    FeedState {
        view: parts.view.clone(),
        registry: parts.snapshots(),
        settings: parts.settings.feed.clone(),
        public_url: parts.settings.server.url().into(),
        clock: parts.clock.clone(),
        documents: Arc::default(),
    }
}

fn operate(parts: &Parts) -> Operate {
    let status = parts.status.clone();
    Operate {
        log: parts.log.clone(),
        registry: parts.registry.clone(),
        view: parts.view.clone(),
        normalise: Arc::new(Again {
            authority: parts.settings.authority.clone(),
            registry: parts.snapshots(),
            settings: parts.settings.normalise.clone(),
        }),
        lanes: Arc::new(move || serde_json::to_value(status.lanes()).unwrap_or_default()),
        clock: parts.clock.clone(),
    }
}

fn ingest(parts: &Parts, admin_key: AdminKey) -> Result<Ingest, ServeError> {
    let outcomes = Arc::new(Outcomes { view: parts.view.clone(), url: parts.settings.server.url() });
    let handed = ingest::Parts {
        log: parts.log.clone(),
        registry: parts.registry.clone(),
        admin_key,
        idempotency: outcomes.clone(),
        status: outcomes,
        clock: parts.clock.clone(),
    };
    Ingest::new(handed, parts.settings.ingest.clone()).map_err(|error| ServeError::Section(error.to_string()))
}
