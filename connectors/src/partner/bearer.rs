//! A JSON API below one address, with a bearer token.

use lianbo_schemas::registry::Connector;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::SettingsError;
use super::options::{address, secret};
use super::refusal::{ApiError, Refusal};
use super::rest::Rest;
use crate::http::{Answer, HttpClient, Request};

/// The API of one system.
pub(super) struct Bearer {
    site: Url,
    authorization: HeaderValue,
    rest: Rest,
}

impl Bearer {
    /// Reads `url` and the token. `system` is its name, for messages.
    pub(super) fn open(
        (kind, system): (&'static str, &'static str),
        connector: &Connector,
        token: Option<String>,
        http: HttpClient,
        refusal: fn(&Answer) -> Refusal,
    ) -> Result<Self, SettingsError> {
        let token = secret(kind, token, &format!("an access token of {system}"))?;
        let mut authorization = HeaderValue::from_str(&format!("Bearer {}", token.trim()))
            .map_err(|_| SettingsError::of(kind, "secret", "must be letters, digits and signs, in one line"))?;
        authorization.set_sensitive(true);
        Ok(Self { site: address(kind, connector)?, authorization, rest: Rest::new(system, http, refusal) })
    }

    pub(super) async fn get<T: DeserializeOwned>(&self, route: &str) -> Result<T, ApiError> {
        self.read(self.request(Method::GET, route)).await
    }

    pub(super) async fn post<T: DeserializeOwned>(&self, route: &str, body: &Value) -> Result<T, ApiError> {
        self.read(self.request(Method::POST, route).json(body)).await
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request) -> Result<T, ApiError> {
        self.rest.read(request).await
    }

    /// Sends, and leaves the answer's body unread: some systems answer a write with nothing.
    pub(super) async fn send(&self, request: Request) -> Result<(), ApiError> {
        self.rest.send(request).await.map(drop)
    }

    /// A request with credentials; `route` begins with a slash.
    pub(super) fn request(&self, method: Method, route: &str) -> Request {
        Request::new(method, self.address(route)).header(AUTHORIZATION, self.authorization.clone())
    }

    /// `route` below the site.
    pub(super) fn address(&self, route: &str) -> String {
        let mut site = self.site.clone();
        site.set_query(None);
        site.set_fragment(None);
        format!("{}{route}", site.as_str().trim_end_matches('/'))
    }
}

impl std::fmt::Debug for Bearer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Bearer").field("site", &self.site.as_str()).finish_non_exhaustive()
    }
}
