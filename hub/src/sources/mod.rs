//! Where outlets' pieces are fetched, for operators who join one: what stands at an address and whether it lets the hub
//! in, and the webhooks it is to send.
//!
//! # Layout
//! `probe` looks and tries, `webhooks` has a Ghost tell the hub of its changes.

mod probe;
mod webhooks;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::post;
use lianbo_connectors::http::HttpClient;

use crate::admin::{AdminKey, require_admin};
use crate::registry::Registry;
use crate::secrets::Secrets;

/// What the handlers need.
#[derive(Clone)]
pub struct Sources {
    /// The outlets.
    pub registry: Registry,
    /// Their secrets.
    pub secrets: Secrets,
    /// Calls to the outside.
    pub http: HttpClient,
    /// How others reach this hub.
    pub url: String,
}

impl Sources {
    /// `/v1/sources/probe` and `/v1/outlets/{id}/webhooks`, behind the admin key.
    pub fn router(self, key: AdminKey) -> Router {
        Router::new()
            .route("/v1/sources/probe", post(probe::probe))
            .route("/v1/outlets/{id}/webhooks", post(webhooks::register))
            .layer(from_fn_with_state(key, require_admin))
            .with_state(self)
    }
}
