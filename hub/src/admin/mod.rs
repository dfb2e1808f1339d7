//! The registry's API for operators: outlets, channels, partners, grants, outlet keys and secrets. One key opens all of
//! it.
//!
//! [`Admin::router`] is all that the server needs; [`AdminKey`] and [`require_admin`] guard other operators' routes too;
//! [`read_body`] reads a request's body within bounds.

mod body;
mod entries;
mod key;
mod keys;
mod secret;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, put};

use crate::registry::Registry;
use crate::secrets::Secrets;

pub use body::read_body;
pub use key::{AdminKey, bearer, hash_of, is_key_of, require_admin};
pub use keys::fresh_key;

/// A registry document has a few hundred bytes; a partner with a large category map some ten thousand.
pub(crate) const LARGEST_DOCUMENT: usize = 256 * 1024;

/// What the handlers need.
#[derive(Clone)]
pub struct Admin {
    registry: Registry,
    secrets: Secrets,
    key: AdminKey,
}

impl Admin {
    /// The API over this registry and these secrets, opened by `key`.
    pub fn new(registry: Registry, secrets: Secrets, key: AdminKey) -> Self {
        Self { registry, secrets, key }
    }

    /// `/v1/{outlets,channels,partners,grants}`, `/v1/outlets/{id}/keys`, `/v1/secrets/{name}`.
    pub fn router(self) -> Router {
        let guard = from_fn_with_state(self.key.clone(), require_admin);
        entries::routes()
            .route("/v1/outlets/{id}/keys", get(keys::list).post(keys::create))
            .route("/v1/outlets/{id}/keys/{prefix}", delete(keys::remove))
            .route("/v1/secrets/{name}", put(secret::store))
            .layer(guard)
            .with_state(self)
    }
}
