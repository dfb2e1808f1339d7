//! The HTTP server: every door of this process, grouped by who comes through it.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use super::adapters::{Again, Outcomes};
use super::{Parts, ServeError};
use crate::admin::{Admin, AdminKey};
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
    Ok(router.layer(CompressionLayer::new()).layer(CatchPanicLayer::new()))
}

fn operate(parts: &Parts) -> Operate {
    let status = parts.status.clone();
    Operate {
        log: parts.log.clone(),
        registry: parts.registry.clone(),
        view: parts.view.clone(),
        normalise: Arc::new(Again { authority: parts.settings.authority.clone(), registry: parts.snapshots(), settings: parts.settings.normalise.clone() }),
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
