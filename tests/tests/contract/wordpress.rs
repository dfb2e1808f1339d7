//! Real WordPress sites, as `LIANBO_WORDPRESS` names them.

use async_trait::async_trait;
use axum::http::{HeaderMap, Method};
use data_encoding::BASE64;
use lianbo_connectors::partner::{Held, Outgoing};
use serde_json::{Value, json};

use crate::bench::{Bench, CHANGED, Shown, client};
use crate::named::{ask, call, named};

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
    let site = |fields: Vec<String>| {
        let [url, user, password, rest @ ..] = fields.as_slice() else { panic!("LIANBO_WORDPRESS: {fields:?}") };
        let [url, user, password] = [url, user, password].map(String::clone);
        Site { url, user, password, bridge: rest.iter().any(|word| word == "bridge") }
    };
    named("LIANBO_WORDPRESS", "url,user,app-password[,bridge]").into_iter().map(site).collect()
}

impl Site {
    /// As the site's editor sees it.
    pub(crate) async fn edit(&self, method: Method, route: &str, body: Option<Value>) -> Value {
        let url = format!("{}/wp-json/wp/v2/{route}", self.url);
        call(method, &url, &basic(&self.user, &self.password), body).await.json().unwrap()
    }

    /// What an editor is answered who makes a post.
    pub(crate) async fn make(&self, post: Value) -> Value {
        let url = format!("{}/wp-json/wp/v2/posts", self.url);
        ask(Method::POST, &url, &basic(&self.user, &self.password), Some(post)).await.json().unwrap()
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

    fn hosts_pictures(&self) -> bool {
        true
    }

    async fn copies(&self, picture: &str) -> Option<usize> {
        let media = self.edit(Method::GET, &format!("media?search={picture}&per_page=100"), None).await;
        let source = |media: &Value| media["source_url"].as_str().unwrap().to_owned();
        Some(media.as_array().unwrap().iter().filter(|media| source(media).contains(picture)).count())
    }

    /// Times of change are told to the second there.
    async fn change_text(&self, held: &Held) {
        loop {
            let text = json!({"content": CHANGED});
            let post = self.edit(Method::POST, &format!("posts/{}", held.remote.id), Some(text)).await;
            if post["modified_gmt"].as_str() != held.remote.token.as_deref() {
                return;
            }
        }
    }

    async fn publish(&self, held: &Held) {
        self.edit(Method::POST, &format!("posts/{}", held.remote.id), Some(json!({"status": "publish"}))).await;
    }

    async fn delete(&self, held: &Held) {
        self.edit(Method::DELETE, &format!("posts/{}?force=true", held.remote.id), None).await;
    }
}

/// The value of `Authorization`.
fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", BASE64.encode(format!("{user}:{password}").as_bytes()))
}
