//! Secrets go in and never come out.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use lianbo_schemas::SecretName;

use crate::admin::{Admin, read_body};
use crate::problem::Problem;
use crate::secrets::{LONGEST, Secret, SecretError};

/// Patience with a few bytes.
const PATIENCE: Duration = Duration::from_secs(10);

/// `PUT /v1/secrets/{name}`: the body is the secret. It is kept on this machine only.
pub(super) async fn store(
    State(admin): State<Admin>,
    Path(name): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let name = SecretName::new(&name).map_err(|error| Problem::bad_request(error.to_string()))?;
    let body = read_body(&headers, body, LONGEST, PATIENCE).await?;
    let text = std::str::from_utf8(&body).map_err(|_binary| Problem::bad_request("a secret must be text in UTF-8"))?;
    admin.secrets.store(&name, Secret::new(text)).await.map_err(|error| match error {
        SecretError::Size => Problem::bad_request(error.to_string()),
        SecretError::Missing(_) | SecretError::Unreadable { .. } => {
            tracing::error!(secret = %name, %error, "a secret could not be stored");
            Problem::unavailable(format!("{error}; see to the data directory of this machine"))
        }
    })?;
    // A lane that waits for right credentials looks again.
    admin.registry.touch();
    tracing::info!(secret = %name, "secret stored");
    Ok(StatusCode::NO_CONTENT)
}
