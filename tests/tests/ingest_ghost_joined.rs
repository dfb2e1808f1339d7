//! The webhooks an outlet's Ghost is asked for, on one that the test is: with a key of each site's own, which is kept only
//! if all of them are signed with it.

// What fails in a helper fails the test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod ingest_hub;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{delete, post};
use axum::{Json, Router};
use hmac::{Hmac, KeyInit, Mac};
use ingest_hub::{Answer, Hub, builder};
use jiff::Timestamp;
use lianbo_hub::secrets::Secret;
use lianbo_schemas::SecretName;
use serde_json::{Value, json};
use sha2::Sha256;

/// The webhooks of a Ghost by event, each with its secret.
#[derive(Clone, Default)]
struct Ghost {
    webhooks: Arc<Mutex<BTreeMap<String, String>>>,
    url: String,
}

impl Ghost {
    async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let ghost = Self { url: format!("http://{}", listener.local_addr().unwrap()), ..Self::default() };
        let router = Router::new()
            .route("/ghost/api/admin/webhooks/", post(make))
            .route("/ghost/api/admin/webhooks/{id}/", delete(take_away))
            .with_state(ghost.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        ghost
    }

    fn events(&self) -> Vec<String> {
        self.webhooks.lock().unwrap().keys().cloned().collect()
    }

    /// Tells the hub of a post, signed as the webhook is.
    async fn tells(&self, hub: &Hub) -> u16 {
        let secret = self.webhooks.lock().unwrap()["post.published"].clone();
        let shown = json!({"id": "6b023fe3a772fa3371f0bb92", "title": "标题", "html": "<p>正文</p>", "slug": "a",
                           "status": "published", "visibility": "public", "url": format!("{}/a/", self.url)});
        let body = json!({"event": "post.published", "post": {"current": shown, "previous": {}}}).to_string();
        let now = Timestamp::now().as_millisecond();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(format!("{body}{now}").as_bytes());
        let signature = format!("sha256={}, t={now}", data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes()));
        let request = hub.client.post(hub.url("/v1/outlets/blog/ghost")).body(body);
        Answer::of(request.header("x-ghost-signature", signature)).await.status
    }
}

/// The event serves as the webhook's id.
async fn make(State(ghost): State<Ghost>, Json(asked): Json<Value>) -> (StatusCode, Json<Value>) {
    let (event, secret) = (&asked["webhooks"][0]["event"], &asked["webhooks"][0]["secret"]);
    let (event, secret) = (event.as_str().unwrap().to_owned(), secret.as_str().unwrap().to_owned());
    let mut webhooks = ghost.webhooks.lock().unwrap();
    if webhooks.contains_key(&event) {
        let error = json!({"message": "Validation failed", "type": "ValidationError",
                           "context": "Target URL has already been used for this event."});
        return (StatusCode::UNPROCESSABLE_ENTITY, Json(json!({"errors": [error]})));
    }
    webhooks.insert(event.clone(), secret);
    (StatusCode::CREATED, Json(json!({"webhooks": [{"id": event}]})))
}

async fn take_away(State(ghost): State<Ghost>, Path(id): Path<String>) -> StatusCode {
    ghost.webhooks.lock().unwrap().remove(&id);
    StatusCode::NO_CONTENT
}

async fn hub() -> Hub {
    let hub = builder().start().await;
    let key = format!("{}:{}", "6b".repeat(12), "0f".repeat(32));
    hub.secrets.store(&SecretName::new("key").unwrap(), Secret::new(&key)).await.unwrap();
    hub
}

/// As `lianbo outlet add --from` writes the record of a site joined anew.
async fn join(hub: &Hub, ghost: &Ghost) -> Answer {
    let source = json!({"kind": "ghost", "url": ghost.url, "secret": "key"});
    let put = hub.admin("PUT", "/v1/outlets/blog", &json!({"name": "博客", "source": source})).await;
    assert!(matches!(put.status, 200 | 201), "{}", put.body);
    webhooks(hub).await
}

async fn webhooks(hub: &Hub) -> Answer {
    hub.admin("POST", "/v1/outlets/blog/webhooks", &Value::Null).await
}

#[tokio::test]
async fn the_webhooks_of_a_site_that_was_left_are_refused() {
    let (hub, staging, production) = (hub().await, Ghost::start().await, Ghost::start().await);
    assert_eq!(join(&hub, &staging).await.body["made"], 4);
    assert_eq!(staging.tells(&hub).await, 202);
    assert_eq!(join(&hub, &production).await.body["made"], 4);
    assert_eq!((staging.tells(&hub).await, production.tells(&hub).await), (401, 202));
    assert_eq!(webhooks(&hub).await.body["made"], 0);
    assert_eq!(join(&hub, &staging).await.body["made"], 0);
    assert_eq!((staging.tells(&hub).await, production.tells(&hub).await), (202, 401));
    hub.stop().await;
}

#[tokio::test]
async fn webhooks_that_nobody_has_the_key_of_are_told_until_they_are_deleted() {
    let (hub, ghost) = (hub().await, Ghost::start().await);
    ghost.webhooks.lock().unwrap().insert("post.unpublished".to_owned(), "foreign".to_owned());
    let first = join(&hub, &ghost).await.problem(422);
    assert!(first.contains("`post.unpublished`") && first.contains("delete the webhooks"), "{first}");
    assert_eq!(ghost.events(), ["post.unpublished"], "what was made with a key that is not kept stays");
    assert_eq!(webhooks(&hub).await.problem(422), first);
    ghost.webhooks.lock().unwrap().clear();
    assert_eq!(webhooks(&hub).await.body["made"], 4);
    assert_eq!(ghost.tells(&hub).await, 202);
    hub.stop().await;
}
