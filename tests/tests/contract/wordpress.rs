//! Real WordPress sites, as `LIANBO_WORDPRESS` names them.

use async_trait::async_trait;
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, HeaderValue, Method};
use data_encoding::BASE64;
use lianbo_connectors::http::Request;
use lianbo_connectors::partner::Outgoing;
use serde_json::{Value, json};

use crate::bench::{Bench, Shown, client};

/// One site.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    url: String,
    user: String,
    password: String,
    /// Whether our plugin is installed there.
    pub(crate) bridge: bool,
}

/// The sites named, or none and a word about it.
pub(crate) fn sites() -> Vec<Site> {
    let named = std::env::var("LIANBO_WORDPRESS").unwrap_or_default();
    let sites: Vec<Site> = named.split(';').filter(|site| !site.trim().is_empty()).map(site).collect();
    if sites.is_empty() {
        eprintln!("skipped: LIANBO_WORDPRESS names no WordPress (url,user,app-password[,bridge];…)");
    }
    sites
}

fn site(text: &str) -> Site {
    let parts: Vec<&str> = text.trim().split(',').collect();
    let [url, user, password, rest @ ..] = parts.as_slice() else { panic!("LIANBO_WORDPRESS: `{text}`") };
    let [url, user, password] = [url, user, password].map(|part| (*part).to_owned());
    Site { url, user, password, bridge: rest.contains(&"bridge") }
}

impl Site {
    /// The partner's record with options.
    pub(crate) fn record_with(&self, options: Value) -> Value {
        json!({"kind": "wordpress", "url": self.url, "user": self.user, "options": options})
    }

    /// As the site's editor sees it.
    pub(crate) async fn edit(&self, method: Method, route: &str, body: Option<Value>) -> Value {
        let mut request = Request::new(method, format!("{}/wp-json/wp/v2/{route}", self.url))
            .header(AUTHORIZATION, basic(&self.user, &self.password));
        if let Some(body) = body {
            request = request.body(HeaderValue::from_static("application/json"), body.to_string());
        }
        let answer = client().send(request).await.unwrap();
        assert!(answer.status.is_success(), "{route}: {} {}", answer.status, answer.text());
        answer.json().unwrap()
    }

    /// The post as its editor sees it.
    pub(crate) async fn post(&self, id: &str) -> Value {
        self.edit(Method::GET, &format!("posts/{id}?context=edit"), None).await
    }

    /// A page as a reader's browser gets it.
    pub(crate) async fn page(&self, url: &str) -> String {
        client().get(url, HeaderMap::new(), 10_000_000).await.unwrap().text().into_owned()
    }
}

#[async_trait]
impl Bench for Site {
    fn name(&self) -> String {
        format!("WordPress at {}", self.url)
    }

    fn record(&self, url: &str) -> Value {
        json!({"kind": "wordpress", "url": url, "user": self.user})
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    fn secret(&self) -> String {
        self.password.clone()
    }

    fn wrong_secret(&self) -> String {
        "AAAA BBBB CCCC DDDD EEEE FFFF".to_owned()
    }

    /// What the public API lists, without credentials.
    async fn shown(&self, article: &Outgoing) -> Vec<Shown> {
        let search = article.uri.short();
        let url = format!("{}/wp-json/wp/v2/posts?search={search}&per_page=100&_fields=title,content", self.url);
        let posts: Vec<Value> = client().get(&url, HeaderMap::new(), 10_000_000).await.unwrap().json().unwrap();
        let rendered = |post: &Value, field: &str| post[field]["rendered"].as_str().unwrap().to_owned();
        posts.iter().map(|post| Shown { title: rendered(post, "title"), html: rendered(post, "content") }).collect()
    }

    async fn copies(&self, picture: &str) -> Option<usize> {
        let media = self.edit(Method::GET, &format!("media?search={picture}&per_page=100"), None).await;
        let source = |media: &Value| media["source_url"].as_str().unwrap().to_owned();
        Some(media.as_array().unwrap().iter().filter(|media| source(media).contains(picture)).count())
    }
}

/// The value of `Authorization`.
fn basic(user: &str, password: &str) -> HeaderValue {
    format!("Basic {}", BASE64.encode(format!("{user}:{password}").as_bytes())).parse().unwrap()
}
