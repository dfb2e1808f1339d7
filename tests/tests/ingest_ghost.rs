//! The webhooks of an outlet's Ghost: taken when they are Ghost's, of now, and about something that readers see.

// What fails in a helper fails the test.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod ingest_hub;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use hmac::{Hmac, KeyInit, Mac};
use ingest_hub::{Answer, Builder, Hub, builder, header_of};
use jiff::Timestamp;
use lianbo_connectors::format::{self, post::GHOST};
use lianbo_hub::secrets::Secret;
use lianbo_schemas::SecretName;
use lianbo_schemas::ninjs::PubStatus;
use serde_json::{Value, json};
use sha2::Sha256;

const SECRET: &str = "hook-secret";
const NOW: i64 = 1_795_309_539_615;
const ID: &str = "6b023fe3a772fa3371f0bb92";

/// A hub whose clock the test sets, in milliseconds, with an outlet on Ghost.
async fn hub(now: Arc<AtomicI64>) -> Hub {
    let clock = Arc::new(move || Timestamp::from_millisecond(now.load(Ordering::Relaxed)).unwrap());
    let hub = Builder { clock, ..builder() }.start().await;
    let source = json!({"kind": "ghost", "url": "https://blog.example", "secret": "key", "webhook_secret": "hook"});
    let put = hub.admin("PUT", "/v1/outlets/blog", &json!({"name": "博客", "source": source})).await;
    assert_eq!(put.status, 201, "{}", put.body);
    hub.secrets.store(&SecretName::new("hook").unwrap(), Secret::new(SECRET)).await.unwrap();
    assert_eq!(hub.admin("PUT", "/v1/outlets/plain", &json!({"name": "没有 Ghost"})).await.status, 201);
    hub
}

/// As Ghost signs.
fn signature(secret: &str, body: &str, milliseconds: i64) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{body}{milliseconds}").as_bytes());
    format!("sha256={}, t={milliseconds}", data_encoding::HEXLOWER.encode(&mac.finalize().into_bytes()))
}

async fn tell(hub: &Hub, outlet: &str, body: &str, signature: &str) -> Answer {
    let request = hub.client.post(hub.url(&format!("/v1/outlets/{outlet}/ghost"))).body(body.to_owned());
    Answer::of(request.header("x-ghost-signature", signature)).await
}

fn published(title: &str) -> String {
    let post = json!({"id": ID, "title": title, "slug": "a", "html": "<p>正文</p>", "status": "published",
                      "visibility": "public", "url": "https://blog.example/a/"});
    json!({"event": "post.published", "post": {"current": post, "previous": {}}}).to_string()
}

#[tokio::test]
async fn what_ghost_tells_goes_to_the_log_as_it_came() {
    let hub = hub(Arc::new(AtomicI64::new(NOW))).await;
    let body = published("标题");
    let signed = signature(SECRET, &body, NOW);
    let told = tell(&hub, "blog", &body, &signed).await;
    assert_eq!(told.status, 202, "{}", told.body);
    // The same message again is the same submission.
    let again = tell(&hub, "blog", &body, &signed).await;
    assert_eq!((again.status, &again.body), (202, &told.body));
    let records = hub.records("outlet.blog").await;
    assert_eq!(records.len(), 1);
    assert_eq!(records[0].value.as_deref(), Some(body.as_bytes()));
    assert_eq!(header_of(&records[0], "content-type").as_deref(), Some(GHOST));
    assert_eq!(header_of(&records[0], "ce_ownid").as_deref(), Some(ID));
    assert_eq!(header_of(&records[0], "ce_subject").as_deref(), Some("https://blog.example/a/"));
    hub.stop().await;
}

#[tokio::test]
async fn what_is_not_ghosts_or_not_of_now_is_refused_whoever_it_is_for() {
    let now = Arc::new(AtomicI64::new(NOW));
    let hub = hub(Arc::clone(&now)).await;
    let body = published("标题");
    let signed = signature(SECRET, &body, NOW);
    for (outlet, body, signed) in [
        ("blog", published("别的").as_str(), signed.as_str()),
        ("blog", &body, &signature("other", &body, NOW)),
        ("blog", &body, ""),
        ("plain", &body, &signed),
        ("nobody", &body, &signed),
    ] {
        tell(&hub, outlet, body, signed).await.problem(401);
    }
    for distance in [-301_000, 301_000] {
        now.store(NOW + distance, Ordering::Relaxed);
        assert!(tell(&hub, "blog", &body, &signed).await.problem(401).contains("5 minutes"));
    }
    assert!(hub.records("outlet.blog").await.is_empty());
    hub.stop().await;
}

#[tokio::test]
async fn what_no_reader_sees_is_well_received_and_goes_nowhere() {
    let hub = hub(Arc::new(AtomicI64::new(NOW))).await;
    let own = json!({"id": ID, "slug": "lianbo-abcdefghijklmnopqrstuvwxyz", "status": "published"});
    let passed = [
        json!({"event": "post.added", "post": {"current": {"id": ID, "status": "draft"}, "previous": {}}}),
        json!({"event": "post.published", "post": {"current": own, "previous": {}}}),
        json!({"event": "post.deleted", "post": {"current": {}, "previous": {"id": ID, "published_at": null}}}),
    ];
    for event in passed {
        let body = event.to_string();
        assert_eq!(tell(&hub, "blog", &body, &signature(SECRET, &body, NOW)).await.status, 204, "{body}");
    }
    let body = "{\"event\": \"member.added\"}";
    tell(&hub, "blog", body, &signature(SECRET, body, NOW)).await.problem(400);
    assert!(hub.records("outlet.blog").await.is_empty());
    hub.stop().await;
}

/// What real systems sent, recorded: Ghost's is taken as what it is, of all others nothing.
#[tokio::test]
async fn recorded_webhooks_are_told_apart() {
    let Some(path) = lianbo_tests::shared("cms/sample-webhooks.jsonl") else { return };
    let now = Arc::new(AtomicI64::new(NOW));
    let hub = hub(Arc::clone(&now)).await;
    let mut answers = Vec::new();
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let recorded: Value = serde_json::from_str(line).unwrap();
        let signed = recorded["h"]["x-ghost-signature"].as_str().unwrap_or_default();
        if let Some((_, time)) = signed.split_once("t=") {
            now.store(time.parse().unwrap(), Ordering::Relaxed);
        }
        let body = recorded["b"].as_str().unwrap();
        let status = tell(&hub, "blog", body, signed).await.status;
        if signed.is_empty() {
            assert_eq!(status, 401, "{line}");
            continue;
        }
        let event: Value = serde_json::from_str(body).unwrap();
        answers.push((event["event"].as_str().unwrap().to_owned(), status));
        tell(&hub, "blog", &body.replacen('1', "2", 1), signed).await.problem(401);
    }
    let expected = [
        ("post.added", 204),
        ("post.published", 202),
        ("post.published.edited", 202),
        ("post.scheduled", 204),
        ("post.unpublished", 202),
        ("post.deleted", 202),
    ];
    assert_eq!(answers, expected.map(|(event, status)| (event.to_owned(), status)));
    let statuses: Vec<PubStatus> = hub.records("outlet.blog").await.iter().map(status_of).collect();
    assert_eq!(statuses, [PubStatus::Usable, PubStatus::Usable, PubStatus::Withheld, PubStatus::Canceled]);
    hub.stop().await;
}

fn status_of(record: &lianbo_hub::log::Record) -> PubStatus {
    let read = format::read(record.value.as_ref().unwrap(), Some(GHOST), None).unwrap();
    read.into_iter().next().unwrap().unwrap().status
}
