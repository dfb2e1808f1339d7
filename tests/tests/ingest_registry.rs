//! What an operator sees of the registry, and what the nodes of a hub make of it.

mod ingest_hub;

use std::sync::Arc;

use ingest_hub::{ADMIN, Answer, PATIENCE, builder};
use lianbo_hub::log::{Log, Retention};
use lianbo_schemas::SecretName;
use serde_json::{Value, json};

#[tokio::test]
async fn an_entry_is_made_read_changed_and_removed() {
    let hub = builder().start().await;
    let document = json!({ "title": "成都发布", "rule": "true" });
    let made = hub.admin("PUT", "/v1/channels/chengdu", &document).await;
    assert_eq!((made.status, &made.body["id"]), (201, &json!("chengdu")));
    let before = hub.records("registry").await.len();
    assert_eq!(hub.admin("PUT", "/v1/channels/chengdu", &made.body).await.status, 200);
    assert_eq!(hub.records("registry").await.len(), before, "putting the same again wrote a record");
    let changed = hub.admin("PUT", "/v1/channels/chengdu", &json!({ "title": "成都", "rule": "true" })).await;
    assert_eq!((changed.status, &changed.body["title"]), (200, &json!("成都")));
    let listed = hub.admin("GET", "/v1/channels", &Value::Null).await;
    assert_eq!(listed.body["channels"][0]["title"], "成都");
    assert_eq!(hub.admin("DELETE", "/v1/channels/chengdu", &Value::Null).await.status, 204);
    hub.admin("GET", "/v1/channels/chengdu", &Value::Null).await.problem(404);
    hub.admin("DELETE", "/v1/channels/chengdu", &Value::Null).await.problem(404);
    hub.stop().await;
}

#[tokio::test]
async fn what_does_not_hold_together_is_refused_with_the_reason() {
    let hub = builder().start().await;
    hub.outlet("cdrb").await;
    assert_eq!(hub.admin("PUT", "/v1/channels/all", &json!({ "title": "全部", "rule": "true" })).await.status, 201);
    let partner = |kind: &str, channel: &str| json!({ "name": "p", "channels": [channel], "connector": { "kind": kind, "url": "https://p.example/hook" } });
    let refused = [
        ("/v1/channels/bad", json!({ "title": "x", "rule": "((" }), "does not compile"),
        ("/v1/channels/typo", json!({ "title": "x", "rule": "true", "titel": "y" }), "titel"),
        ("/v1/channels/other", json!({ "id": "another", "title": "x", "rule": "true" }), "another"),
        ("/v1/channels/NOT-A-SLUG", json!({ "title": "x", "rule": "true" }), "NOT-A-SLUG"),
        ("/v1/partners/p", partner("webhook", "nowhere"), "`nowhere`"),
        ("/v1/partners/p", partner("telex", "all"), "`telex`"),
        ("/v1/grants/g", json!({ "outlet": "nobody" }), "`nobody`"),
        ("/v1/grants/g", json!({ "outlet": "cdrb", "channels": ["nowhere"] }), "`nowhere`"),
        ("/v1/grants/g", json!({ "outlet": "cdrb", "partners": ["nobody"] }), "`nobody`"),
        (
            "/v1/grants/g",
            json!({ "outlet": "cdrb", "from": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z" }),
            "before it begins",
        ),
        ("/v1/outlets/x", json!({ "name": "x", "source": { "url": "ftp://x.example/feed" } }), "source.url"),
        ("/v1/outlets/x", json!({ "name": "x", "source": { "url": "not a url" } }), "source.url"),
        (
            "/v1/outlets/x",
            json!({ "name": "x", "source": { "url": "http://x.example/", "every_seconds": 0 } }),
            "every_seconds",
        ),
        ("/v1/outlets/x", json!({ "name": "x", "key_hashes": ["plain"] }), "key_hashes"),
        ("/v1/outlets/x", json!({ "name": "x", "time_zone": "Mars/Base" }), "Mars/Base"),
        ("/v1/outlets/x", json!({ "name": " " }), "name"),
    ];
    for (path, document, reason) in refused {
        let detail = hub.admin("PUT", path, &document).await.problem(422);
        assert!(detail.contains(reason), "{path} {document}: {detail}");
    }
    Answer::of(hub.client.put(hub.url("/v1/channels/x")).bearer_auth(ADMIN).body("{")).await.problem(400);
    assert_eq!(hub.admin("PUT", "/v1/partners/p", &partner("webhook", "all")).await.status, 201);
    let grant = json!({ "outlet": "cdrb", "channels": "all", "partners": ["p"] });
    assert_eq!(hub.admin("PUT", "/v1/grants/g", &grant).await.status, 201);
    for path in ["/v1/channels/all", "/v1/outlets/cdrb", "/v1/partners/p"] {
        hub.admin("DELETE", path, &Value::Null).await.problem(409);
    }
    hub.stop().await;
}

#[tokio::test]
async fn only_the_operator_gets_in() {
    let hub = builder().start().await;
    let key = hub.outlet("cdrb").await;
    for path in ["/v1/outlets", "/v1/outlets/cdrb", "/v1/outlets/cdrb/keys", "/v1/grants"] {
        Answer::of(hub.client.get(hub.url(path))).await.problem(401);
        Answer::of(hub.client.get(hub.url(path)).bearer_auth(&key)).await.problem(401);
    }
    Answer::of(hub.client.put(hub.url("/v1/secrets/cms")).bearer_auth("wrong").body("x")).await.problem(401);
    hub.stop().await;
}

#[tokio::test]
async fn a_key_is_shown_once_and_an_outlet_keeps_its_keys_when_it_is_changed() {
    let hub = builder().start().await;
    let key = hub.outlet("cdrb").await;
    let random = key.strip_prefix("lb_cdrb_").unwrap();
    assert_eq!(random.len(), 32);
    let read = hub.admin("GET", "/v1/outlets/cdrb", &Value::Null).await.body;
    assert!(read.get("key_hashes").is_none());
    let changed = hub.admin("PUT", "/v1/outlets/cdrb", &json!({ "name": "成都日报" })).await;
    assert_eq!((changed.status, &changed.body["name"]), (200, &json!("成都日报")));
    assert_eq!(Answer::of(hub.submit("cdrb", &key, "a")).await.status, 202);
    for record in hub.records("registry").await {
        let value = String::from_utf8(record.value.unwrap_or_default().to_vec()).unwrap();
        assert!(!value.contains(random), "the key itself stands in the log");
    }
    hub.stop().await;
}

#[tokio::test]
async fn outlets_and_partners_have_their_topics_from_the_start() {
    let hub = builder().start().await;
    hub.outlet("cdrb").await;
    let partner =
        json!({ "name": "p", "channels": [], "connector": { "kind": "webhook", "url": "https://p.example/" } });
    assert_eq!(hub.admin("PUT", "/v1/partners/p", &partner).await.status, 201);
    let topics = hub.log.topics("").await.unwrap();
    let of = |name: &str| topics.iter().find(|topic| topic.name == name).unwrap();
    assert!(matches!(of("outlet.cdrb").retention, Retention::For(kept) if kept.as_secs() == 365 * 86_400));
    assert_eq!(of("deliveries.p").retention, Retention::Compacted);
    assert_eq!(of("outlet.cdrb").partitions.len(), 1);
    hub.stop().await;
}

#[tokio::test]
async fn another_node_sees_a_change_and_a_restarted_one_knows_everything() {
    let folder = Arc::new(tempfile::TempDir::new().unwrap());
    let build = || ingest_hub::Builder { folder: Arc::clone(&folder), ..builder() };
    let (one, two) = (build().start().await, build().start().await);
    let mut changes = two.registry.changes();
    one.outlet("cdrb").await;
    let seen = async {
        while two.registry.snapshot().outlets.values().all(|outlet| outlet.key_hashes.is_empty()) {
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(PATIENCE, seen).await.unwrap();
    one.stop().await;
    two.stop().await;
    let three = build().start().await;
    assert!(three.registry.is_ready());
    assert_eq!(three.registry.snapshot().outlets.len(), 1);
    three.stop().await;
}

#[tokio::test]
async fn a_secret_goes_in_and_never_comes_out() {
    let hub = builder().start().await;
    let put = |name: &str, body: &'static str| {
        hub.client.put(hub.url(&format!("/v1/secrets/{name}"))).bearer_auth(ADMIN).body(body)
    };
    assert_eq!(Answer::of(put("cms-key", "hunter2\n")).await.status, 204);
    let secret = hub.secrets.resolve(&SecretName::new("cms-key").unwrap()).unwrap();
    assert_eq!(secret.expose(), "hunter2");
    assert_eq!(Answer::of(hub.client.get(hub.url("/v1/secrets/cms-key")).bearer_auth(ADMIN)).await.status, 405);
    Answer::of(put("Not%20A%20Name", "x")).await.problem(400);
    Answer::of(put("cms-key", " ")).await.problem(400);
    hub.stop().await;
}
