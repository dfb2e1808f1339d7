//! Real Directus systems, as `LIANBO_DIRECTUS` names them.

use async_trait::async_trait;
use axum::http::Method;
use lianbo_connectors::partner::{Held, Outgoing};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::bench::{Bench, CHANGED, Shown};
use crate::named::{call, named};

/// Fields the collection needs besides those it has: made once, as an operator would.
static PREPARED: OnceCell<()> = OnceCell::const_new();

/// One system.
#[derive(Debug, Clone)]
pub(crate) struct Site {
    url: String,
    token: String,
}

/// The systems named, or none and a word about it. Their collection `articles` has fields for all that is mapped.
pub(crate) async fn sites() -> Vec<Site> {
    let site = |fields: Vec<String>| {
        let [url, token] = <[String; 2]>::try_from(fields).expect("LIANBO_DIRECTUS: url,token");
        Site { url, token }
    };
    let sites: Vec<Site> = named("LIANBO_DIRECTUS", "url,token").into_iter().map(site).collect();
    let prepare = async || {
        for site in &sites {
            site.prepare().await;
        }
    };
    PREPARED.get_or_init(prepare).await;
    sites
}

impl Site {
    async fn prepare(&self) {
        let fields = self.edit(Method::GET, "fields/articles", None).await;
        let known: Vec<&str> =
            fields["data"].as_array().unwrap().iter().filter_map(|field| field["field"].as_str()).collect();
        for (field, kind) in [("image", "uuid"), ("summary", "text"), ("subjects", "json")] {
            if !known.contains(&field) {
                let field = json!({"field": field, "type": kind, "meta": {}, "schema": {}});
                self.edit(Method::POST, "fields/articles", Some(field)).await;
            }
        }
    }

    /// As the system's editor does it.
    pub(crate) async fn edit(&self, method: Method, route: &str, body: Option<Value>) -> Value {
        let answer = call(method, &format!("{}/{route}", self.url), &format!("Bearer {}", self.token), body).await;
        answer.json().unwrap_or_default()
    }

    /// Changes an item as an editor does.
    pub(crate) async fn change(&self, id: &str, change: Value) {
        self.edit(Method::PATCH, &format!("items/articles/{id}"), Some(change)).await;
    }

    /// The items of a search, by a filter like `[title][_contains]=x`.
    pub(crate) async fn items(&self, filter: &str) -> Vec<Value> {
        let found = self.edit(Method::GET, &format!("items/articles?filter{filter}"), None).await;
        found["data"].as_array().unwrap().clone()
    }
}

#[async_trait]
impl Bench for Site {
    fn name(&self) -> String {
        format!("Directus at {}", self.url)
    }

    fn record(&self, url: &str) -> Value {
        let fields = json!({"picture": "image", "summary": "summary", "subjects": "subjects"});
        json!({"kind": "directus", "url": url, "options": {"fields": fields}})
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    fn secret(&self) -> String {
        self.token.clone()
    }

    fn wrong_secret(&self) -> String {
        "directus-wrong-token".to_owned()
    }

    /// Published items with the article's words, as a site in front of Directus would ask for them.
    async fn shown(&self, article: &Outgoing) -> Vec<Shown> {
        let word = article.uri.short();
        let items = self.items(&format!("[status][_eq]=published&filter[body][_contains]={word}")).await;
        let text = |item: &Value, field: &str| item[field].as_str().unwrap().to_owned();
        items.iter().map(|item| Shown { title: text(item, "title"), html: text(item, "body") }).collect()
    }

    async fn copies(&self, picture: &str) -> Option<usize> {
        let files =
            self.edit(Method::GET, &format!("files?filter[filename_download][_contains]={picture}"), None).await;
        Some(files["data"].as_array().unwrap().len())
    }

    async fn change_text(&self, held: &Held) {
        self.change(&held.remote.id, json!({"body": CHANGED})).await;
    }

    async fn publish(&self, held: &Held) {
        self.change(&held.remote.id, json!({"status": "published"})).await;
    }

    async fn delete(&self, held: &Held) {
        self.edit(Method::DELETE, &format!("items/articles/{}", held.remote.id), None).await;
    }
}
