//! JSON over HTTP, as the CMSes speak it.

use serde::de::DeserializeOwned;

use super::Failure;
use super::refusal::{ApiError, Refusal};
use crate::http::{Answer, HttpClient, Request};

/// A way to call one system.
pub(super) struct Rest {
    /// Its name, for messages.
    system: &'static str,
    http: HttpClient,
    /// How the system says no.
    refusal: fn(&Answer) -> Refusal,
}

impl Rest {
    pub(super) fn new(system: &'static str, http: HttpClient, refusal: fn(&Answer) -> Refusal) -> Self {
        Self { system, http, refusal }
    }

    /// Sends; every status that is no success is a refusal.
    pub(super) async fn send(&self, request: Request) -> Result<Answer, ApiError> {
        let answer = self.http.send(request).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(ApiError::Refused(Box::new((self.refusal)(&answer))))
    }

    /// Sends and reads the JSON that comes back. Some sites put a byte order mark before everything; what is no JSON
    /// after it was cut off or is somebody's page.
    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request) -> Result<T, ApiError> {
        let answer = self.send(request).await?;
        let body = answer.body.strip_prefix("\u{feff}".as_bytes()).unwrap_or(&answer.body);
        serde_json::from_slice(body).map_err(|error| {
            let (status, system) = (answer.status, self.system);
            let reason = format!("the answer {status} cannot be read as {system}'s: {error}");
            ApiError::Failed(Failure::transient(reason))
        })
    }

    /// The client, for what is no part of the API.
    pub(super) fn http(&self) -> &HttpClient {
        &self.http
    }
}
