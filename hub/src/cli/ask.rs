//! Asking a running hub: its API over HTTP, with the admin key.

use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{CliError, Common};
use crate::secrets::Secret;

/// The longest an answer may take; a replay streams and has no such bound.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running hub.
#[derive(Debug)]
pub struct Hub {
    url: String,
    key: Option<Secret>,
    client: reqwest::Client,
}

/// Why the hub did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// Nobody there.
    #[error("no hub answers at {url} ({cause}); start one with `lianbo serve`, or name another with --hub")]
    Silent {
        /// Where.
        url: String,
        /// Why.
        cause: String,
    },
    /// It refused.
    #[error("{detail} ({status})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The problem's detail.
        detail: String,
    },
    /// It said something else than expected.
    #[error("the answer of {url} cannot be read: {cause}; is it a Lianbo hub of this version?")]
    Unreadable {
        /// Where.
        url: String,
        /// Why.
        cause: String,
    },
}

impl Hub {
    /// The hub of `--hub`, or the one the settings describe.
    pub(super) fn of(common: &Common) -> Result<Self, CliError> {
        let settings = common.settings()?;
        let url = common.hub.clone().unwrap_or_else(|| settings.server.local_url());
        Ok(Self::at(&url, settings.admin_key()))
    }

    /// A hub at an address.
    pub fn at(url: &str, key: Option<Secret>) -> Self {
        Self { url: url.trim_end_matches('/').to_owned(), key, client: lianbo_connectors::http::plain_client() }
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// GET, as JSON.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, AskError> {
        self.read(self.request(Method::GET, path)).await.map_err(AskError::about_admin_key)
    }

    /// GET of something that may be gone (410): what is left of it is an answer too.
    pub async fn get_or_gone<T: DeserializeOwned>(&self, path: &str) -> Result<T, AskError> {
        let request = self.request(Method::GET, path).timeout(PATIENCE);
        let response = request.send().await.map_err(|error| self.silent(&error))?;
        let response = if response.status() == StatusCode::GONE { response } else { Self::taken(response).await? };
        let body = response.bytes().await.map_err(|error| self.unreadable(&error))?;
        serde_json::from_slice(&body).map_err(|error| self.unreadable(&error))
    }

    /// PUT, POST or DELETE with a JSON document, or none.
    pub async fn send<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        document: Option<&impl Serialize>,
    ) -> Result<T, AskError> {
        let request = self.request(method, path);
        self.read(match document {
            Some(document) => request.json(document),
            None => request,
        })
        .await
        .map_err(AskError::about_admin_key)
    }

    /// A request with the admin key, to be completed by the caller.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.request_as(self.key.as_ref(), method, path)
    }

    /// A request with another key, an outlet's.
    pub fn request_as(&self, key: Option<&Secret>, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        match key {
            Some(key) => request.bearer_auth(key.expose()),
            None => request,
        }
    }

    /// The admin key, if it is known.
    pub fn key(&self) -> Option<&Secret> {
        self.key.as_ref()
    }

    /// Sends a request and reads the answer as JSON; an empty answer is `null`.
    pub async fn read<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, AskError> {
        let response = self.open(request.timeout(PATIENCE)).await?;
        let body = response.bytes().await.map_err(|error| self.unreadable(&error))?;
        let text: &[u8] = if body.is_empty() { b"null" } else { &body };
        serde_json::from_slice(text).map_err(|error| self.unreadable(&error))
    }

    /// Sends a request and leaves the body to be read piece by piece; a refusal is an error.
    pub async fn open(&self, request: RequestBuilder) -> Result<reqwest::Response, AskError> {
        let response = request.send().await.map_err(|error| self.silent(&error))?;
        Self::taken(response).await
    }

    async fn taken(response: reqwest::Response) -> Result<reqwest::Response, AskError> {
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let body = response.bytes().await.unwrap_or_default();
        Err(refusal(status, &body))
    }

    fn silent(&self, error: &reqwest::Error) -> AskError {
        AskError::Silent { url: self.url.clone(), cause: root_cause(error) }
    }

    fn unreadable(&self, error: &dyn std::error::Error) -> AskError {
        AskError::Unreadable { url: self.url.clone(), cause: error.to_string() }
    }
}

/// What an id may hold without being escaped in an address (RFC 3986, 2.3).
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Something typed, as one segment of a path.
pub(super) fn segment(text: &str) -> String {
    utf8_percent_encode(text, ESCAPED).to_string()
}

impl AskError {
    /// What to do when it was the admin key that was refused.
    pub(super) fn about_admin_key(self) -> Self {
        match self {
            Self::Refused { status: 401, .. } => Self::Refused {
                status: 401,
                detail: "the hub does not take this admin key; it stands in `admin.key` of the hub's data folder: run \
                         the command beside that folder, or set LIANBO__SERVER__ADMIN_KEY"
                    .to_owned(),
            },
            other => other,
        }
    }
}

/// A problem document's detail.
fn refusal(status: StatusCode, body: &[u8]) -> AskError {
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let said = problem["detail"].as_str().or(problem["title"].as_str());
    let detail = said.map_or_else(|| String::from_utf8_lossy(body).chars().take(300).collect(), str::to_owned);
    AskError::Refused { status: status.as_u16(), detail }
}

/// The innermost cause: reqwest's own sentence only repeats the address.
fn root_cause(error: &dyn std::error::Error) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
