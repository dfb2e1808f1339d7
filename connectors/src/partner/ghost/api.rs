//! The Admin API: addresses, tokens, JSON.

use std::time::{SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use lianbo_schemas::registry::Connector;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::KIND;
use super::refusal::refusal;
use super::token::Key;
use crate::http::{HttpClient, Request};
use crate::partner::SettingsError;
use crate::partner::options::{address, secret};
use crate::partner::refusal::ApiError;
use crate::partner::rest::Rest;

/// The oldest API that is spoken here; newer sites answer it all the same.
const API: &str = "v5.0";

/// The API of one site.
pub(crate) struct Api {
    site: Url,
    key: Key,
    rest: Rest,
}

impl Api {
    pub(crate) fn open(connector: &Connector, key: Option<String>, http: HttpClient) -> Result<Self, SettingsError> {
        let site = address(KIND, connector)?;
        let key = secret(KIND, key, Key::FORM)?;
        let key = key.parse().map_err(|_| SettingsError::of(KIND, "secret", format!("must be {}", Key::FORM)))?;
        Ok(Self { site, key, rest: Rest::new("Ghost", http, refusal) })
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, route: &str) -> Result<T, ApiError> {
        self.rest.read(self.request(Method::GET, route)).await
    }

    /// What a GET brings, byte for byte.
    pub(crate) async fn get_as_sent(&self, route: &str) -> Result<Bytes, ApiError> {
        Ok(self.rest.send(self.request(Method::GET, route)).await?.body)
    }

    /// Sends what [`Self::request`] began.
    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request) -> Result<T, ApiError> {
        self.rest.read(request).await
    }

    /// POST or PUT.
    pub(crate) async fn write<T: DeserializeOwned>(
        &self,
        method: Method,
        route: &str,
        body: &Value,
    ) -> Result<T, ApiError> {
        self.rest.read(self.request(method, route).json(body)).await
    }

    pub(crate) async fn delete(&self, route: &str) -> Result<(), ApiError> {
        self.rest.send(self.request(Method::DELETE, route)).await.map(drop)
    }

    /// A request with a token of its own.
    pub(super) fn request(&self, method: Method, route: &str) -> Request {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut token =
            HeaderValue::from_str(&format!("Ghost {}", self.key.token(now))).expect("a token is base64 with dots");
        token.set_sensitive(true);
        Request::new(method, self.address(route))
            .header(AUTHORIZATION, token)
            .header(HeaderName::from_static("accept-version"), HeaderValue::from_static(API))
    }

    /// `<site>/ghost/api/admin/<route>`, also where the operator gave the address of the site's editor.
    fn address(&self, route: &str) -> String {
        let mut site = self.site.clone();
        site.set_query(None);
        site.set_fragment(None);
        let site = site.as_str().trim_end_matches('/');
        format!("{}/ghost/api/admin/{route}", site.strip_suffix("/ghost").unwrap_or(site))
    }
}

impl std::fmt::Debug for Api {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Api").field("site", &self.site.as_str()).finish_non_exhaustive()
    }
}

/// A filter as part of an address.
pub(crate) fn filter(filter: &str) -> String {
    format!("filter={}", utf8_percent_encode(filter, NON_ALPHANUMERIC))
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::registry::Connector;

    use super::Api;
    use crate::http::{HttpClient, Settings};

    fn api(url: &str) -> Api {
        let connector: Connector = serde_json::from_value(serde_json::json!({"kind": "ghost", "url": url})).unwrap();
        let key = format!("{}:{}", "a1".repeat(12), "0f".repeat(32));
        Api::open(&connector, Some(key), HttpClient::new(&Settings::default()).unwrap()).unwrap()
    }

    #[test]
    fn a_route_stands_below_the_site_however_its_address_is_given() {
        for site in
            ["https://a.example", "https://a.example/", "https://a.example/ghost/", "https://a.example/ghost/#/x"]
        {
            assert_eq!(api(site).address("posts/"), "https://a.example/ghost/api/admin/posts/");
        }
        assert_eq!(api("https://a.example/blog").address("site/"), "https://a.example/blog/ghost/api/admin/site/");
    }

    #[test]
    fn the_key_is_not_printed() {
        assert!(!format!("{:?}", api("https://a.example")).contains("a1a1"));
    }
}
