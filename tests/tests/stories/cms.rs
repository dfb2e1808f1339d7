//! A small CMS in the test's own process, of the shape of a Directus: items with keys of the hub's choosing.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, Query, State};
use axum::routing::{get, patch};
use axum::{Json, Router};
use lianbo_tests::Alliance;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpListener;

type Items = Arc<Mutex<BTreeMap<String, Value>>>;

/// The CMS, and what its editors can do.
#[derive(Clone)]
pub(crate) struct Cms {
    url: String,
    items: Items,
}

impl Cms {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("a bound address"));
        let items = Items::default();
        let router = Router::new()
            .route("/items/articles", get(find).post(create))
            .route("/items/articles/{id}", patch(change).delete(remove))
            .with_state(Arc::clone(&items));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, items }
    }

    /// Makes it a partner of a channel.
    pub(crate) async fn join(&self, alliance: &Alliance, id: &str, channel: &str, options: Value) {
        let request = alliance.hub.request(Method::PUT, "/v1/secrets/cms").body("token");
        let _empty: Value = alliance.hub.read(request).await.expect("the secret is stored");
        let connector = json!({"kind": "directus", "url": self.url, "secret": "cms", "options": options});
        let partner = json!({"id": id, "name": id, "channels": [channel], "connector": connector});
        alliance.put("partners", id, partner).await;
    }

    /// What stands there of an article.
    pub(crate) fn item(&self, article: &str) -> Option<Value> {
        self.items.lock().unwrap().values().find(|item| item["external_id"] == article).cloned()
    }

    /// How many items readers see.
    pub(crate) fn published(&self) -> usize {
        self.items.lock().unwrap().values().filter(|item| item["status"] == "published").count()
    }

    /// An editor changes the item of an article.
    pub(crate) fn edit(&self, article: &str, change: &Value) {
        let mut items = self.items.lock().unwrap();
        let item = items.values_mut().find(|item| item["external_id"] == article).expect("the item");
        merge(item, change);
    }

    /// Somebody deletes it, or puts back what was deleted.
    pub(crate) fn delete(&self, article: &str) -> Value {
        let mut items = self.items.lock().unwrap();
        let key = items.iter().find(|(_, item)| item["external_id"] == article).expect("the item").0.clone();
        items.remove(&key).expect("the item")
    }

    pub(crate) fn put_back(&self, item: &Value) {
        let key = item["id"].as_str().expect("a key").to_owned();
        self.items.lock().unwrap().insert(key, item.clone());
    }
}

fn merge(item: &mut Value, change: &Value) {
    for (field, value) in change.as_object().expect("fields") {
        item[field] = value.clone();
    }
}

async fn find(State(items): State<Items>, Query(query): Query<BTreeMap<String, String>>) -> Json<Value> {
    let filter: Value =
        query.get("filter").map(|filter| serde_json::from_str(filter).expect("JSON")).unwrap_or_default();
    let number = |name: &str, default| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    let items = items.lock().unwrap();
    let found =
        items.values().filter(|item| passes(item, &filter)).skip(number("offset", 0)).take(number("limit", 100));
    Json(json!({"data": found.collect::<Vec<_>>()}))
}

/// `_or`, `_eq` and `_contains`, which is all that is asked for.
fn passes(item: &Value, filter: &Value) -> bool {
    let Some(conditions) = filter.as_object() else { return true };
    conditions.iter().all(|(field, condition)| {
        if let ("_or", Some(ways)) = (field.as_str(), condition.as_array()) {
            return ways.iter().any(|way| passes(item, way));
        }
        let contains = condition["_contains"].as_str();
        let text = item[field].as_str().unwrap_or_default();
        contains.map_or(condition["_eq"] == item[field], |part| text.contains(part))
    })
}

async fn create(State(items): State<Items>, Json(item): Json<Value>) -> Json<Value> {
    let key = item["id"].as_str().expect("a key of the hub's").to_owned();
    let fields = ["title", "body", "external_id", "published_at", "status"];
    let mut kept = json!({"id": key});
    fields.iter().for_each(|field| kept[field] = item[field].clone());
    assert!(items.lock().unwrap().insert(key, kept).is_none(), "a key is taken once");
    Json(json!({"data": item}))
}

async fn change(State(items): State<Items>, Path(id): Path<String>, Json(sent): Json<Value>) -> Json<Value> {
    if let Some(item) = items.lock().unwrap().get_mut(&id) {
        merge(item, &sent);
    }
    Json(json!({"data": sent}))
}

async fn remove(State(items): State<Items>, Path(id): Path<String>) {
    items.lock().unwrap().remove(&id);
}
