//! What people and programs see of the hub's state.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use lianbo_schemas::{ArticleChange, DeadLetter, Origin, OutletId, Partner, PartnerId, Reason, SubmissionId, topic};
use serde_json::Value;
use tower::ServiceExt;

use super::{Console, LaneRow, LaneWord, Pipeline, router};
use crate::feed::Audience;
use crate::log::embedded::{EmbeddedLog, Settings};
use crate::log::{Log, NewRecord, Retention, TopicSpec};
use crate::registry::{Entry, Snapshot};
use crate::view::sample::{Fixture, after, article, open_channel, published, record, reprint};

async fn log(fixture: &Fixture) -> Arc<dyn Log> {
    let log = EmbeddedLog::open(&fixture.folder.path().join("log"), Settings::default()).unwrap();
    let topics = ["outlet.cdrb", "outlet.cqrb", topic::NORMALISED, topic::ARTICLES, "deliveries.wp"];
    let spec = |name: &str| TopicSpec { name: name.to_owned(), partitions: 1, retention: Retention::Forever };
    log.ensure(&topics.map(spec)).await.unwrap();
    for topic in ["outlet.cdrb", "outlet.cqrb", "outlet.cqrb"] {
        let record = NewRecord { topic: topic.to_owned(), key: None, headers: vec![], value: Some("x".into()) };
        log.append(vec![record]).await.unwrap();
    }
    Arc::new(log)
}

fn registry() -> Arc<Snapshot> {
    let mut snapshot = Snapshot::clone(&crate::feed::tests::registry());
    let partner = serde_json::json!({"id": "wp", "name": "天府门户", "channels": ["all"],
        "connector": {"kind": "webhook", "url": "https://wp.example"}});
    snapshot.put(Entry::Partner(serde_json::from_value::<Partner>(partner).unwrap()));
    Arc::new(snapshot)
}

fn lane() -> LaneRow {
    LaneRow {
        partner: PartnerId::new("wp").unwrap(),
        state: LaneWord::Denied,
        reason: Some("401 <rest_cannot_create>".to_owned()),
        backlog: 7,
        in_flight: 0,
        held: 3,
        last_success: Some(after(1)),
        last_error: None,
        next_probe: Some(after(60)),
        advice: Some("renew the credentials".to_owned()),
    }
}

async fn console(fixture: &Fixture, lanes: Vec<LaneRow>, registry: Arc<Snapshot>) -> Router {
    router(Console {
        view: Arc::clone(&fixture.view),
        log: log(fixture).await,
        registry: Arc::new(move || Arc::clone(&registry)),
        lanes: Arc::new(move || lanes.clone()),
        clock: fixture.time(),
        overdue: jiff::SignedDuration::from_secs(900),
        pipeline: Pipeline::default(),
    })
}

async fn get(routes: &Router, path: &str, audience: Audience) -> String {
    let request = Request::get(path).extension(audience).body(Body::empty()).unwrap();
    let response = routes.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let policy = response.headers().get("content-security-policy");
    assert!(path.starts_with("/v1/") || policy.is_some_and(|value| value.to_str().unwrap().contains("'none'")));
    let body = axum::body::to_bytes(response.into_body(), 10_000_000).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

async fn busy() -> Fixture {
    let fixture = Fixture::new(vec![open_channel("all")]).await;
    let one = article(1);
    let mut secret = article(2);
    secret.news.embargoed_until = Some(after(9_999));
    secret.news.headlines[0].value = "尚未解禁的稿件".to_owned();
    let sighted = ArticleChange::Sighted { uri: one.uri.clone(), sighting: reprint(&one) };
    fixture.fold(0, &[published(&one), published(&secret), sighted]).await;
    let origin = Origin::Submission {
        outlet: OutletId::new("cdrb").unwrap(),
        submission: SubmissionId::new("sub-9").unwrap(),
        entry: None,
        topic: "outlet.cdrb".to_owned(),
        partition: 0,
        offset: 0,
    };
    let reason = Reason { code: "malformed".to_owned(), detail: "cannot parse `<x` as RSS".to_owned() };
    let letter = DeadLetter::new(origin, reason, after(3));
    fixture.view.fold(vec![record(topic::DEAD, 0, 3, &letter)]).await.unwrap();
    fixture
}

#[tokio::test]
async fn an_operator_sees_lineage_partners_and_dead_letters() {
    let fixture = busy().await;
    let routes = console(&fixture, vec![lane()], registry()).await;
    let page = get(&routes, "/?lang=en", Audience::Operator).await;
    for shown in [
        "<html lang=\"en\">",
        "成都日报",
        "重庆日报",
        "97% the same",
        "尚未解禁的稿件",
        "embargoed",
        "天府门户",
        "credentials refused",
        "401 &lt;rest_cannot_create&gt;",
        "renew the credentials",
        "malformed",
        "cannot parse `&lt;x` as RSS",
        "submission:sub-9",
    ] {
        assert!(page.contains(shown), "{shown}: {page}");
    }
}

#[tokio::test]
async fn the_public_sees_neither_embargoes_nor_partners_nor_dead_letters() {
    let fixture = busy().await;
    let routes = console(&fixture, vec![lane()], registry()).await;
    for path in ["/", "/v1/status"] {
        let text = get(&routes, path, Audience::Public).await;
        assert!(text.contains("防汛工作会议"), "{text}");
        for hidden in ["尚未解禁", "rest_cannot_create", "malformed"] {
            assert!(!text.contains(hidden), "{path}: {hidden}");
        }
    }
}

#[tokio::test]
async fn an_empty_hub_says_what_to_do_next() {
    let fixture = Fixture::new(vec![]).await;
    let routes = console(&fixture, vec![], Arc::new(Snapshot::default())).await;
    let page = get(&routes, "/", Audience::Operator).await;
    for shown in ["<html lang=\"zh-Hans\">", "lianbo outlet add", "lianbo partner add", "lianbo channel add"] {
        assert!(page.contains(shown), "{shown}");
    }
}

#[tokio::test]
async fn the_status_tells_records_and_lags() {
    let fixture = busy().await;
    let routes = console(&fixture, vec![lane()], registry()).await;
    let status: Value = serde_json::from_str(&get(&routes, "/v1/status", Audience::Operator).await).unwrap();
    assert_eq!(status["flow"]["topics"][0]["topic"], "outlet.*");
    assert_eq!(status["flow"]["topics"][0]["topics"], 2);
    assert_eq!(status["flow"]["topics"][0]["records"], 3);
    assert_eq!(status["flow"]["stages"][0]["stage"], "normalise");
    assert_eq!(status["lanes"][0]["state"], "denied");
    assert_eq!(status["dead"]["open"], 1);
}
