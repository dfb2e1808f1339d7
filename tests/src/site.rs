//! A receiving site: a real HTTP server that takes Standard Webhooks, remembers every call, and has a page for every
//! article it shows.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio_util::sync::{CancellationToken, DropGuard};

/// What a site has seen.
#[derive(Debug, Default)]
struct Seen {
    /// What it shows, by article uri.
    posts: BTreeMap<String, Value>,
    /// Every call it answered with success: (webhook-id, event).
    calls: Vec<(String, Value)>,
    /// What it answers instead of 200, while set.
    answer: Option<u16>,
    /// Its cache: pages are shown on after their article is gone.
    cached: BTreeMap<String, Value>,
    /// Whether it has such a cache.
    caches: bool,
}

/// A receiving site.
#[derive(Debug, Clone)]
pub struct Site {
    seen: Arc<Mutex<Seen>>,
    address: SocketAddr,
    _stop: Arc<DropGuard>,
}

impl Site {
    /// Starts one on a free port.
    pub async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound address");
        let seen = Arc::new(Mutex::new(Seen::default()));
        let router = Router::new()
            .route("/hook", post(hook))
            .route("/articles/{short}", get(page))
            .with_state((seen.clone(), format!("http://{address}")));
        let stop = CancellationToken::new();
        let stopped = stop.clone().cancelled_owned();
        tokio::spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stopped).await });
        Self { seen, address, _stop: Arc::new(stop.drop_guard()) }
    }

    /// Where it takes webhooks.
    pub fn url(&self) -> String {
        format!("http://{}/hook", self.address)
    }

    /// What it shows.
    pub fn posts(&self) -> Vec<Value> {
        self.lock().posts.values().cloned().collect()
    }

    /// The headlines it shows.
    pub fn headlines(&self) -> Vec<String> {
        self.posts().iter().map(|post| headline(post).to_owned()).collect()
    }

    /// Every call it took, in order: (webhook-id, event).
    pub fn calls(&self) -> Vec<(String, Value)> {
        self.lock().calls.clone()
    }

    /// Answers this status from now on; `None`: takes everything again.
    pub fn answer(&self, status: Option<u16>) {
        self.lock().answer = status;
    }

    /// Keeps pages in a cache from now on, or empties it.
    pub fn cache(&self, cache: Cache) {
        let mut seen = self.lock();
        seen.caches = cache == Cache::Kept;
        seen.cached.clear();
        if seen.caches {
            seen.cached = seen.posts.clone();
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a site does with pages whose article is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cache {
    /// It shows them on.
    Kept,
    /// It does not.
    Emptied,
}

/// The headline of a post.
pub fn headline(post: &Value) -> &str {
    post["news"]["headlines"][0]["value"].as_str().unwrap_or_default()
}

type Shared = (Arc<Mutex<Seen>>, String);

async fn page(State((seen, _)): State<Shared>, Path(short): Path<String>) -> Response {
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let of_article = |posts: &BTreeMap<String, Value>| {
        posts.iter().find(|(uri, _)| uri.ends_with(&format!(":{short}"))).map(|(_, post)| post.clone())
    };
    match of_article(&seen.posts).or_else(|| of_article(&seen.cached)) {
        Some(post) => {
            let html = post["html"].as_str().unwrap_or_default();
            Html(format!("<h1>{}</h1>{html}", headline(&post))).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn hook(State((seen, url)): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(status) = seen.answer {
        return StatusCode::from_u16(status).expect("a status a test has set").into_response();
    }
    let id = headers.get("webhook-id").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let Ok(event) = serde_json::from_slice::<Value>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let uri = event["data"]["uri"].as_str().unwrap_or_default().to_owned();
    match event["type"].as_str() {
        Some("article.withdrawn") => drop(seen.posts.remove(&uri)),
        _ => drop(seen.posts.insert(uri.clone(), event["data"].clone())),
    }
    seen.calls.push((id, event));
    let short = uri.rsplit(':').next().unwrap_or_default();
    axum::Json(json!({"id": short, "url": format!("{url}/articles/{short}")})).into_response()
}
