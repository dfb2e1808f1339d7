//! A receiver of webhooks as a partner would write it: verifies, drops repeats, keeps articles by their uri.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use bytes::Bytes;
use lianbo_connectors::partner::webhook::{Secrets, verify};
use lianbo_connectors::partner::{Held, Outgoing};
use serde_json::{Value, json};

use crate::bench::{Bench, Shown};
use crate::server::serve;

const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const ANOTHER: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk";

/// What the receiver keeps.
#[derive(Default)]
pub(crate) struct Kept {
    ids: HashSet<String>,
    articles: BTreeMap<String, Shown>,
    /// Every message that verified and was no repeat, in order.
    pub(crate) messages: Vec<Value>,
}

/// The receiver.
pub(crate) struct ReceiverBench {
    url: String,
    pub(crate) kept: Arc<Mutex<Kept>>,
}

impl ReceiverBench {
    pub(crate) async fn start() -> Self {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let router = Router::new().route("/hook", post(receive)).with_state(Arc::clone(&kept));
        Self { url: format!("{}/hook", serve(router).await), kept }
    }
}

async fn receive(State(kept): State<Arc<Mutex<Kept>>>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let secrets: Secrets = SECRET.parse().unwrap();
    let (id, timestamp) = (header("webhook-id"), header("webhook-timestamp").parse().unwrap_or_default());
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    if verify(&secrets, id, timestamp, &body, header("webhook-signature"), now).is_err() {
        return (StatusCode::UNAUTHORIZED, "bad signature").into_response();
    }
    let Ok(message) = serde_json::from_slice::<Value>(&body) else { return StatusCode::BAD_REQUEST.into_response() };
    let mut kept = kept.lock().unwrap();
    if kept.ids.insert(id.to_owned()) {
        kept.apply(message.clone());
    }
    match message["data"]["uri"].as_str() {
        Some(uri) => axum::Json(json!({"id": format!("cms-{uri}"), "url": "https://cms.example/1"})).into_response(),
        None => StatusCode::NO_CONTENT.into_response(),
    }
}

impl Kept {
    fn apply(&mut self, message: Value) {
        let data = &message["data"];
        let uri = data["uri"].as_str().unwrap_or_default().to_owned();
        match message["type"].as_str() {
            Some("article.published") => {
                let title = data["news"]["headlines"][0]["value"].as_str().unwrap().to_owned();
                self.articles.insert(uri, Shown { title, html: data["html"].as_str().unwrap().to_owned() });
            }
            Some("article.withdrawn") => drop(self.articles.remove(&uri)),
            Some("lianbo.check") => {}
            other => panic!("the receiver does not know {other:?}"),
        }
        self.messages.push(message);
    }
}

#[async_trait]
impl Bench for ReceiverBench {
    fn name(&self) -> String {
        "webhook".to_owned()
    }

    fn record(&self, url: &str) -> Value {
        json!({"kind": "webhook", "url": url})
    }

    fn url(&self) -> String {
        self.url.clone()
    }

    fn secret(&self) -> String {
        SECRET.to_owned()
    }

    fn wrong_secret(&self) -> String {
        ANOTHER.to_owned()
    }

    async fn shown(&self, article: &Outgoing) -> Vec<Shown> {
        self.kept.lock().unwrap().articles.get(article.uri.as_str()).cloned().into_iter().collect()
    }

    async fn copies(&self, _picture: &str) -> Option<usize> {
        None
    }

    async fn change_text(&self, _held: &Held) {
        unreachable!("it has no editors");
    }

    async fn publish(&self, _held: &Held) {
        unreachable!("it has no editors");
    }

    async fn delete(&self, _held: &Held) {
        unreachable!("it has no editors");
    }
}

#[tokio::test]
async fn a_receiver_can_tell_what_happened_and_answers_with_its_own_id() {
    use crate::article::{article, corrected, withdrawal};
    use lianbo_schemas::ninjs::PubStatus;

    let bench = ReceiverBench::start().await;
    let connector = bench.connector();
    let first = article();
    let held = connector.put(&first, None).await.unwrap();
    assert_eq!(held.remote.id, format!("cms-{}", first.uri));
    assert_eq!(held.remote.url.as_deref(), Some("https://cms.example/1"));
    let next = connector.put(&corrected(&first), Some(&held)).await.unwrap();
    assert_ne!(next.content_hash, held.content_hash);
    connector.withdraw(&withdrawal(&corrected(&first), PubStatus::Withheld), Some(&next)).await.unwrap();

    let messages = bench.kept.lock().unwrap().messages.clone();
    let kinds: Vec<&str> = messages.iter().map(|message| message["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["article.published", "article.published", "article.withdrawn"]);
    let data = &messages[0]["data"];
    assert_eq!(data["attribution"], "来源：成都日报");
    assert_eq!(data["channels"], json!(["city"]));
    assert_eq!(data["canonical_url"].as_str(), first.canonical_url.as_deref());
    assert_eq!(data["news"]["standard"]["version"], "3.1");
    assert_eq!(messages[2]["data"]["status"], "withheld");
    assert_eq!(messages[2]["data"]["note"], "撤稿");
}

#[tokio::test]
async fn the_same_content_has_the_same_hash_whenever_it_is_sent() {
    use crate::article::article;

    let bench = ReceiverBench::start().await;
    let (connector, first) = (bench.connector(), article());
    let held = connector.put(&first, None).await.unwrap();
    let again = Outgoing { delivery_id: "another".to_owned(), ..first };
    assert_eq!(connector.put(&again, Some(&held)).await.unwrap().content_hash, held.content_hash);
}
