//! The REST API: addresses, credentials, JSON.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use lianbo_schemas::registry::Connector;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use url::Url;

use super::KIND;
use super::refusal::refusal;
use crate::http::{HttpClient, Request};
use crate::partner::SettingsError;
use crate::partner::options::{address, secret};
use crate::partner::refusal::ApiError;
use crate::partner::rest::Rest;

/// The most that the page telling the version may weigh.
const VERSION_BYTES: usize = 1024 * 1024;

/// The API of one site.
pub(crate) struct Api {
    site: Url,
    authorization: HeaderValue,
    rest: Rest,
}

impl Api {
    pub(crate) fn open(
        connector: &Connector,
        password: Option<String>,
        http: HttpClient,
    ) -> Result<Self, SettingsError> {
        let site = address(KIND, connector)?;
        let user = connector.user.as_deref().filter(|user| !user.is_empty() && !user.contains(':'));
        let user = user.ok_or_else(|| SettingsError::of(KIND, "user", "is missing: the WordPress user's name"))?;
        let password = secret(KIND, password, "an application password of that user")?;
        let basic = format!("Basic {}", STANDARD.encode(format!("{user}:{}", password.trim())));
        let mut authorization = HeaderValue::from_str(&basic).expect("base64 is visible ASCII");
        authorization.set_sensitive(true);
        Ok(Self { site, authorization, rest: Rest::new("WordPress", http, refusal) })
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, route: &str) -> Result<T, ApiError> {
        self.rest.read(self.request(Method::GET, route)).await
    }

    /// What a GET brings, byte for byte.
    pub(crate) async fn get_as_sent(&self, route: &str) -> Result<Bytes, ApiError> {
        Ok(self.rest.send(self.request(Method::GET, route)).await?.body)
    }

    pub(super) async fn post<T: DeserializeOwned>(&self, route: &str, body: &Value) -> Result<T, ApiError> {
        self.rest.read(self.request(Method::POST, route).json(body)).await
    }

    pub(super) async fn delete(&self, route: &str) -> Result<(), ApiError> {
        self.rest.send(self.request(Method::DELETE, route)).await.map(drop)
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, request: Request) -> Result<T, ApiError> {
        self.rest.read(request).await
    }

    /// A request with credentials.
    pub(super) fn request(&self, method: Method, route: &str) -> Request {
        Request::new(method, self.address(route)).header(AUTHORIZATION, self.authorization.clone())
    }

    /// `WordPress 6.5.5`, or `WordPress` alone where the site does not tell.
    pub(crate) async fn version(&self) -> String {
        let page = self.site_address("wp-links-opml.php");
        let answer = self.rest.http().get(page.as_str(), HeaderMap::new(), VERSION_BYTES).await;
        let text = answer.map(|answer| answer.text().into_owned()).unwrap_or_default();
        let version: Option<String> = text.split_once("generator=\"WordPress/").map(|(_, rest)| {
            rest.chars()
                .take_while(|character| character.is_ascii_alphanumeric() || ".-".contains(*character))
                .collect()
        });
        version.map_or_else(|| "WordPress".to_owned(), |version| format!("WordPress {version}"))
    }

    /// The version of our plugin there, if it is installed.
    pub(super) async fn bridge(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Bridge {
            version: String,
        }
        self.get::<Bridge>("/lianbo/v1/bridge").await.ok().map(|bridge| bridge.version)
    }

    /// `<site>/wp-json<route>`; a site without rewritten addresses is named with `?rest_route=` in its url, and the
    /// route goes there.
    fn address(&self, route: &str) -> String {
        let is_plain = self.site.query_pairs().any(|(name, _)| name == "rest_route");
        if !is_plain {
            return format!("{}{route}", self.site_address("wp-json"));
        }
        let (path, query) = route.split_once('?').unwrap_or((route, ""));
        let mut url = self.site.clone();
        url.set_query(None);
        let and = if query.is_empty() { "" } else { "&" };
        format!("{url}?rest_route={path}{and}{query}")
    }

    fn site_address(&self, file: &str) -> String {
        let mut url = self.site.clone();
        url.set_query(None);
        url.set_fragment(None);
        format!("{}/{file}", url.as_str().trim_end_matches("index.php").trim_end_matches('/'))
    }
}

impl std::fmt::Debug for Api {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Api").field("site", &self.site.as_str()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::registry::Connector;

    use super::Api;
    use crate::http::{HttpClient, Settings};

    fn api(url: &str) -> Api {
        let connector = serde_json::json!({"kind": "wordpress", "url": url, "user": "bot"});
        let connector: Connector = serde_json::from_value(connector).unwrap();
        Api::open(&connector, Some("abcd efgh".to_owned()), HttpClient::new(&Settings::default()).unwrap()).unwrap()
    }

    #[test]
    fn a_route_stands_below_the_site_or_in_its_query() {
        let route = "/wp/v2/posts?slug=a";
        for site in ["https://a.example", "https://a.example/", "https://a.example/index.php"] {
            assert_eq!(api(site).address(route), "https://a.example/wp-json/wp/v2/posts?slug=a");
        }
        assert_eq!(api("https://a.example/news/").address(route), "https://a.example/news/wp-json/wp/v2/posts?slug=a");
        let plain = api("https://a.example/index.php?rest_route=/");
        assert_eq!(plain.address(route), "https://a.example/index.php?rest_route=/wp/v2/posts&slug=a");
        assert_eq!(plain.address("/wp/v2/media"), "https://a.example/index.php?rest_route=/wp/v2/media");
        assert_eq!(plain.site_address("feed"), "https://a.example/feed");
    }

    #[test]
    fn the_password_is_not_printed() {
        assert!(!format!("{:?}", api("https://a.example")).contains("Basic"));
    }
}
