//! Real Wagtail sites, as `LIANBO_WAGTAIL` names them.

use async_trait::async_trait;
use axum::http::{HeaderMap, Method};
use lianbo_connectors::partner::{Held, Outgoing};
use serde_json::{Value, json};

use crate::bench::{Bench, CHANGED, Shown, client};
use crate::named::{call, named};

/// One site.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    url: String,
    token: String,
}

/// The sites named, or none and a word about it.
pub(crate) fn sites() -> Vec<Site> {
    let site = |fields: Vec<String>| {
        let [url, token] = <[String; 2]>::try_from(fields).expect("LIANBO_WAGTAIL: url,token");
        Site { url, token }
    };
    named("LIANBO_WAGTAIL", "url,token").into_iter().map(site).collect()
}

impl Site {
    /// As the site's editor does it.
    pub(crate) async fn edit(&self, method: Method, route: &str, body: Option<Value>) -> Value {
        let authorization = format!("Bearer {}", self.token);
        let answer = call(method, &format!("{}/api/write/v1/{route}", self.url), &authorization, body).await;
        answer.json().unwrap_or_default()
    }

    /// The page as its editor sees it.
    pub(crate) async fn page(&self, id: &str) -> Value {
        self.edit(Method::GET, &format!("pages/{id}/"), None).await
    }
}

#[async_trait]
impl Bench for Site {
    fn name(&self) -> String {
        format!("Wagtail at {}", self.url)
    }

    fn record(&self, url: &str) -> Value {
        json!({"kind": "wagtail", "url": url})
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    fn secret(&self) -> String {
        self.token.clone()
    }

    fn wrong_secret(&self) -> String {
        "0123456789abcdef0123456789abcdef01234567".to_owned()
    }

    /// What the public API lists, without credentials: live pages only.
    async fn shown(&self, article: &Outgoing) -> Vec<Shown> {
        let query = format!("type=news.ArticlePage&external_id={}&limit=20", article.uri);
        let url = format!("{}/api/v2/pages/?{query}", self.url);
        let listed: Value = client().get(&url, HeaderMap::new(), 10_000_000).await.unwrap().json().unwrap();
        let mut shown = Vec::new();
        for item in listed["items"].as_array().unwrap() {
            let page = self.page(&item["id"].to_string()).await;
            assert_eq!(page["meta"]["has_unpublished_changes"], json!(false), "{page}");
            let title = item["title"].as_str().unwrap().to_owned();
            shown.push(Shown { title, html: page["body"].as_str().unwrap().to_owned() });
        }
        shown
    }

    fn hosts_pictures(&self) -> bool {
        true
    }

    async fn copies(&self, picture: &str) -> Option<usize> {
        let images = self.edit(Method::GET, "images/?limit=100", None).await;
        let is_it = |image: &&Value| image["file_url"].as_str().unwrap().contains(picture);
        Some(images["items"].as_array().unwrap().iter().filter(is_it).count())
    }

    async fn change_text(&self, held: &Held) {
        let change = json!({"body": CHANGED, "action": "publish"});
        self.edit(Method::PATCH, &format!("pages/{}/", held.remote.id), Some(change)).await;
    }

    async fn publish(&self, held: &Held) {
        self.edit(Method::POST, &format!("pages/{}/publish/", held.remote.id), None).await;
    }

    async fn delete(&self, held: &Held) {
        self.edit(Method::DELETE, &format!("pages/{}/", held.remote.id), None).await;
    }
}
