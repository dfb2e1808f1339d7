//! A Ghost and a Directus that throw the text of whatever is written away, and show the rest.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use lianbo_connectors::partner::{Failure, Held, PartnerConnector};
use lianbo_schemas::Remote;
use serde_json::{Value, json};

use crate::article::{FORGOTTEN, article};
use crate::bench::connect;
use crate::server::serve;

/// The id of the one post or item there is.
const ID: &str = "00000000000000000000000a";

/// What is kept.
#[derive(Default)]
struct Kept {
    post: Option<Value>,
    /// Nothing that is there can be changed.
    is_locked: bool,
}

type Shared = Arc<Mutex<Kept>>;

async fn start(answer: fn(&mut Kept, &str, &Value) -> Value) -> (String, Shared) {
    let kept = Shared::default();
    let handle = move |State(kept): State<Shared>, request: Request| async move {
        let method = request.method().as_str().to_owned();
        let body = axum::body::to_bytes(request.into_body(), 1_000_000).await.unwrap();
        let sent: Value = serde_json::from_slice(&body).unwrap_or_default();
        let mut kept = kept.lock().unwrap();
        if kept.is_locked && matches!(method.as_str(), "PUT" | "PATCH") {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        let told: Response = axum::Json(answer(&mut kept, &method, &sent)).into_response();
        told
    };
    let router = Router::new().fallback(handle).with_state(Arc::clone(&kept));
    (serve(router).await, kept)
}

/// Writes what is `sent` over what is there, without its text.
fn write(kept: &mut Kept, sent: &Value, text: &str) {
    let post = kept.post.get_or_insert_with(|| json!({"id": ID}));
    for (name, value) in sent.as_object().unwrap() {
        post[name] = value.clone();
    }
    post[text] = json!("");
}

fn as_ghost(kept: &mut Kept, method: &str, sent: &Value) -> Value {
    if method != "GET" {
        let mut post = sent["posts"][0].clone();
        post["updated_at"] = json!("2026-11-20T02:05:00.000Z");
        write(kept, &post, "html");
    }
    json!({"posts": kept.post.iter().collect::<Vec<_>>()})
}

fn as_directus(kept: &mut Kept, method: &str, sent: &Value) -> Value {
    if method != "GET" {
        write(kept, sent, "body");
    }
    json!({"data": kept.post.iter().collect::<Vec<_>>()})
}

async fn ghost() -> (Box<dyn PartnerConnector>, Shared) {
    let (url, kept) = start(as_ghost).await;
    (connect(json!({"kind": "ghost", "url": url}), format!("{}:{}", "a1".repeat(12), "0f".repeat(32))), kept)
}

async fn directus() -> (Box<dyn PartnerConnector>, Shared) {
    let (url, kept) = start(as_directus).await;
    (connect(json!({"kind": "directus", "url": url}), "token".to_owned()), kept)
}

fn status(kept: &Shared) -> Value {
    kept.lock().unwrap().post.as_ref().unwrap()["status"].clone()
}

#[tokio::test]
async fn a_new_post_without_its_text_is_taken_back_before_it_is_refused() {
    for (connector, kept) in [ghost().await, directus().await] {
        let failure = connector.put(&article(), None).await.unwrap_err();
        assert!(matches!(failure, Failure::Rejected { .. }), "{failure:?}");
        assert_eq!(status(&kept), "draft");
    }
}

#[tokio::test]
async fn a_post_that_cannot_be_taken_back_now_is_taken_back_at_the_next_try() {
    for (connector, kept) in [ghost().await, directus().await] {
        kept.lock().unwrap().is_locked = true;
        let first = article();
        let failure = connector.put(&first, None).await.unwrap_err();
        assert!(matches!(failure, Failure::Transient { .. }), "{failure:?}");
        assert_eq!(status(&kept), "published");
        kept.lock().unwrap().is_locked = false;
        let failure = connector.put(&first, FORGOTTEN).await.unwrap_err();
        assert!(matches!(failure, Failure::Rejected { .. }), "{failure:?}");
        assert_eq!(status(&kept), "draft");
    }
}

#[tokio::test]
async fn a_post_that_the_ledger_knows_stands_whatever_became_of_a_correction() {
    for (connector, kept) in [ghost().await, directus().await] {
        let first = article();
        connector.put(&first, None).await.unwrap_err();
        kept.lock().unwrap().post.as_mut().unwrap()["status"] = json!("published");
        let held = Held::now(Remote { id: ID.to_owned(), url: None, token: None }, String::new());
        let failure = connector.put(&first, Some(&held)).await.unwrap_err();
        assert!(matches!(failure, Failure::Rejected { .. }), "{failure:?}");
        assert_eq!(status(&kept), "published");
    }
}
