//! A receiving site: a real HTTP server that takes Standard Webhooks and remembers every call.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use serde_json::Value;
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
        let router = Router::new().route("/hook", post(hook)).with_state(seen.clone());
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

    fn lock(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The headline of a post.
pub fn headline(post: &Value) -> &str {
    post["news"]["headlines"][0]["value"].as_str().unwrap_or_default()
}

async fn hook(State(seen): State<Arc<Mutex<Seen>>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(status) = seen.answer {
        return StatusCode::from_u16(status).expect("a status a test has set");
    }
    let id = headers.get("webhook-id").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let Ok(event) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST };
    let uri = event["data"]["uri"].as_str().unwrap_or_default().to_owned();
    match event["type"].as_str() {
        Some("article.withdrawn") => drop(seen.posts.remove(&uri)),
        _ => drop(seen.posts.insert(uri, event["data"].clone())),
    }
    seen.calls.push((id, event));
    StatusCode::OK
}
