//! Real Ghost sites, as `LIANBO_GHOST` names them.

use async_trait::async_trait;
use axum::http::Method;
use lianbo_connectors::partner::{Held, Outgoing};
use lianbo_tests::ghost_token;
use serde_json::{Value, json};

use crate::bench::{Bench, CHANGED, Shown};
use crate::named::{call, named};

/// One site.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    url: String,
    key: String,
}

/// The sites named, or none and a word about it.
pub(crate) fn sites() -> Vec<Site> {
    let site = |fields: Vec<String>| {
        let [url, key] = <[String; 2]>::try_from(fields).expect("LIANBO_GHOST: url,key");
        Site { url, key }
    };
    named("LIANBO_GHOST", "url,admin-key").into_iter().map(site).collect()
}

impl Site {
    /// As the site's editor does it.
    pub(crate) async fn edit(&self, method: Method, route: &str, body: Option<Value>) -> Value {
        let token = ghost_token(&self.key);
        let answer = call(method, &format!("{}/ghost/api/admin/{route}", self.url), &token, body).await;
        answer.json().unwrap_or_default()
    }

    /// The post as its editor sees it.
    pub(crate) async fn post(&self, id: &str) -> Value {
        let posts = self.edit(Method::GET, &format!("posts/{id}/?formats=html&include=tags"), None).await;
        posts["posts"][0].clone()
    }

    /// Changes the post as an editor does, who has just opened it.
    pub(crate) async fn change(&self, id: &str, change: Value) -> Value {
        let mut change = change;
        change["updated_at"] = self.post(id).await["updated_at"].clone();
        let route = format!("posts/{id}/?source=html&formats=html&include=tags");
        self.edit(Method::PUT, &route, Some(json!({"posts": [change]}))).await["posts"][0].clone()
    }
}

#[async_trait]
impl Bench for Site {
    fn name(&self) -> String {
        format!("Ghost at {}", self.url)
    }

    fn record(&self, url: &str) -> Value {
        json!({"kind": "ghost", "url": url})
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    fn secret(&self) -> String {
        self.key.clone()
    }

    fn wrong_secret(&self) -> String {
        let id = self.key.split(':').next().unwrap();
        format!("{id}:{}", "0f".repeat(32))
    }

    /// What the site lists as published, whatever its address, by the words in its text; and each is opened as a
    /// reader's browser opens it.
    async fn shown(&self, article: &Outgoing) -> Vec<Shown> {
        let route = "posts/?filter=status:published&formats=html&limit=100&order=created_at%20desc";
        let posts = self.edit(Method::GET, route, None).await;
        let mut shown = Vec::new();
        for post in posts["posts"].as_array().unwrap() {
            let html = post["html"].as_str().unwrap_or_default().to_owned();
            let title = post["title"].as_str().unwrap().to_owned();
            if html.contains(article.uri.short()) || title.contains(article.uri.short()) {
                let page = call(Method::GET, post["url"].as_str().unwrap(), "none", None).await;
                assert!(page.text().contains("来源：成都日报"), "{}", page.text());
                shown.push(Shown { title, html });
            }
        }
        shown
    }

    fn hosts_pictures(&self) -> bool {
        true
    }

    /// Ghost lists no uploads: how many different files of this name posts show.
    async fn copies(&self, picture: &str) -> Option<usize> {
        let route = format!("posts/?filter=feature_image:~'{picture}'&fields=id,feature_image&limit=100");
        let posts = self.edit(Method::GET, &route, None).await;
        let mut files: Vec<&str> =
            posts["posts"].as_array().unwrap().iter().filter_map(|post| post["feature_image"].as_str()).collect();
        files.sort_unstable();
        files.dedup();
        Some(files.len())
    }

    /// Times of change are told to the second there, and a change that changes nothing has none.
    async fn change_text(&self, held: &Held) {
        for number in 0.. {
            let html = format!("{CHANGED}<p>{number}</p>");
            let post = self.change(&held.remote.id, json!({"html": html})).await;
            if post["updated_at"].as_str() != held.remote.token.as_deref() {
                return;
            }
        }
    }

    async fn publish(&self, held: &Held) {
        self.change(&held.remote.id, json!({"status": "published"})).await;
    }

    async fn delete(&self, held: &Held) {
        self.edit(Method::DELETE, &format!("posts/{}/", held.remote.id), None).await;
    }
}
