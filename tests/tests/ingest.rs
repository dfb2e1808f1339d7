//! What an outlet sees when it pushes, and what then stands in the log.

mod ingest_hub;

use std::sync::Arc;

use async_trait::async_trait;
use ingest_hub::{ADMIN, Answer, builder, header_of};
use lianbo_hub::ingest::{LookupError, Settings, SubmissionReport, SubmissionStatus};
use lianbo_schemas::{Event, OutletId, SubmissionId};

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[tokio::test]
async fn a_submission_stands_in_the_log_byte_for_byte() {
    let hub = builder().start().await;
    let key = hub.outlet("cdrb").await;
    // 「成都」 in GBK, and bytes that are valid in no charset.
    let body = vec![0xb3, 0xc9, 0xb6, 0xbc, 0x00, 0xff, 0xfe, 0x0d, 0x0a];
    let request = hub
        .submit_with("id=%E7%A8%BF%E4%BB%B6-1", &key, body.clone())
        .header("content-type", "text/html; charset=GBK")
        .header("content-location", "https://cdrb.example/1.html")
        .header("idempotency-key", r#""8e03978e""#)
        .header("traceparent", TRACE)
        .header("tracestate", "vendor=1");
    let answer = Answer::of(request).await;
    assert_eq!(answer.status, 202, "{}", answer.body);
    let submission = answer.body["submission"].as_str().unwrap();
    let status_url = format!("/v1/submissions/{submission}");
    assert_eq!(answer.body["status_url"], status_url);
    assert_eq!(answer.header("location"), Some(status_url.as_str()));

    let records = hub.records("outlet.cdrb").await;
    assert_eq!(records.len(), 1);
    let record = &records[0];
    assert_eq!(record.value.as_deref(), Some(body.as_slice()));
    assert_eq!(record.key.as_deref(), Some("稿件-1".as_bytes()));
    let header = |name: &str| header_of(record, name);
    assert_eq!(header("ce_id").as_deref(), Some(submission));
    assert_eq!(header("ce_source").as_deref(), Some("/outlets/cdrb"));
    assert_eq!(header("ce_type").as_deref(), Some("org.lianbo.submission.received"));
    assert_eq!(header("ce_subject").as_deref(), Some("https://cdrb.example/1.html"));
    assert_eq!(header("ce_ownid").as_deref(), Some("稿件-1"));
    assert_eq!(header("ce_idempotencykey").as_deref(), Some("8e03978e"));
    assert_eq!(header("content-type").as_deref(), Some("text/html; charset=GBK"));
    assert_eq!(header("ce_tracestate").as_deref(), Some("vendor=1"));
    let traceparent = header("traceparent").unwrap();
    assert!(traceparent.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && traceparent.ends_with("-01"));
    assert_ne!(traceparent, TRACE);
    let (event, _) = Event::read(&record.headers, &record.value.clone().unwrap()).unwrap();
    assert!(event.time.is_some());
    hub.stop().await;
}

#[tokio::test]
async fn an_invalid_trace_is_replaced() {
    let hub = builder().start().await;
    let key = hub.outlet("cdrb").await;
    let answer = Answer::of(hub.submit("cdrb", &key, "a").header("traceparent", "00-xyz-1-01")).await;
    assert_eq!(answer.status, 202);
    let traceparent = header_of(&hub.records("outlet.cdrb").await[0], "traceparent").unwrap();
    assert_eq!((traceparent.len(), traceparent.starts_with("00-")), (55, true));
    hub.stop().await;
}

#[tokio::test]
async fn an_unknown_outlet_and_a_wrong_key_get_the_same_answer() {
    let hub = builder().start().await;
    let key = hub.outlet("cdrb").await;
    let other = hub.outlet("whcb").await;
    let unknown = Answer::of(hub.submit("nobody", &key, "a")).await;
    let wrong = Answer::of(hub.submit("cdrb", &other, "a")).await;
    let none = Answer::of(hub.client.post(hub.url("/v1/outlets/cdrb/submissions")).body("a")).await;
    let invalid = Answer::of(hub.submit("NOT%20AN%20ID", &key, "a")).await;
    for answer in [&unknown, &wrong, &none, &invalid] {
        answer.problem(401);
        assert_eq!(answer.body, unknown.body);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
    }
    assert!(hub.records("outlet.cdrb").await.is_empty());
    hub.stop().await;
}

#[tokio::test]
async fn a_key_that_was_taken_back_no_longer_opens() {
    let hub = builder().start().await;
    let key = hub.outlet("cdrb").await;
    let listed = hub.admin("GET", "/v1/outlets/cdrb/keys", &serde_json::Value::Null).await;
    let prefix = listed.body["keys"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(Answer::of(hub.submit("cdrb", &key, "a")).await.status, 202);
    let removed = hub.admin("DELETE", &format!("/v1/outlets/cdrb/keys/{prefix}"), &serde_json::Value::Null).await;
    assert_eq!(removed.status, 204);
    Answer::of(hub.submit("cdrb", &key, "a")).await.problem(401);
    hub.stop().await;
}

#[tokio::test]
async fn an_outlet_that_is_too_fast_is_told_when_to_go_on_and_others_are_not_held_up() {
    let hub =
        ingest_hub::Builder { settings: Settings { per_second: 1, burst: 2, ..Settings::default() }, ..builder() };
    let hub = hub.start().await;
    let (key, other) = (hub.outlet("cdrb").await, hub.outlet("whcb").await);
    let mut last = Answer::of(hub.submit("cdrb", &key, "a")).await;
    for _ in 0..5 {
        if last.status != 202 {
            break;
        }
        last = Answer::of(hub.submit("cdrb", &key, "a")).await;
    }
    last.problem(429);
    assert_eq!(last.header("retry-after"), Some("1"));
    assert_eq!(Answer::of(hub.submit("whcb", &other, "a")).await.status, 202);
    hub.stop().await;
}

#[tokio::test]
async fn a_body_too_large_is_refused_announced_or_not_and_an_empty_one_too() {
    let hub = ingest_hub::Builder { settings: Settings { max_body_bytes: 10, ..Settings::default() }, ..builder() };
    let hub = hub.start().await;
    let key = hub.outlet("cdrb").await;
    assert_eq!(Answer::of(hub.submit("cdrb", &key, "0123456789")).await.status, 202);
    Answer::of(hub.submit("cdrb", &key, "0123456789a")).await.problem(413);
    let parts = vec![Ok::<_, std::io::Error>("012345"), Ok("6789a")];
    let stream = reqwest::Body::wrap_stream(futures_util::stream::iter(parts));
    Answer::of(hub.submit("cdrb", &key, stream)).await.problem(413);
    Answer::of(hub.submit("cdrb", &key, "")).await.problem(400);
    assert_eq!(hub.records("outlet.cdrb").await.len(), 1);
    hub.stop().await;
}

#[tokio::test]
async fn what_cannot_be_an_article_is_refused_with_a_reason_in_two_languages() {
    let hub = builder().start().await;
    let key = hub.outlet("cdrb").await;
    let zip = Answer::of(hub.submit("cdrb", &key, "PK").header("content-type", "application/zip")).await;
    assert!(zip.problem(415).contains("application/zip"));
    assert!(zip.body["detail_zh"].as_str().unwrap().contains("请发送"));
    let gzip = Answer::of(hub.submit("cdrb", &key, "x").header("content-encoding", "gzip")).await;
    assert!(gzip.problem(415).contains("Content-Encoding"));
    let typo = Answer::of(hub.submit_with("guid=1", &key, "x")).await;
    assert!(typo.problem(400).contains("`guid`"));
    Answer::of(hub.submit("cdrb", &key, "x").header("content-location", "/1.html")).await.problem(400);
    Answer::of(hub.submit("cdrb", &key, "x").header("idempotency-key", "\"open")).await.problem(400);
    assert!(hub.records("outlet.cdrb").await.is_empty());
    hub.stop().await;
}

#[tokio::test]
async fn more_at_once_than_the_hub_can_hold_is_put_off() {
    let hub = ingest_hub::Builder { settings: Settings { in_flight: 1, ..Settings::default() }, ..builder() };
    let hub = hub.start().await;
    let key = hub.outlet("cdrb").await;
    hub.log.open.send_replace(false);
    let first = tokio::spawn(Answer::of(hub.submit("cdrb", &key, "a")));
    hub.log.waiting.subscribe().wait_for(|waiting| *waiting == 1).await.unwrap();
    let second = Answer::of(hub.submit("cdrb", &key, "b")).await;
    second.problem(503);
    assert_eq!(second.header("retry-after"), Some("1"));
    hub.log.open.send_replace(true);
    assert_eq!(first.await.unwrap().status, 202);
    hub.stop().await;
}

/// Knows what became of one submission of `cdrb`.
struct Fate {
    submission: SubmissionId,
    outlet: OutletId,
}

#[async_trait]
impl SubmissionStatus for Fate {
    async fn report(&self, submission: &SubmissionId) -> Result<Option<SubmissionReport>, LookupError> {
        let report = SubmissionReport {
            submission: submission.clone(),
            outlet: self.outlet.clone(),
            received: None,
            pending: false,
            items: Vec::new(),
            refusals: Vec::new(),
        };
        Ok((*submission == self.submission).then_some(report))
    }
}

#[tokio::test]
async fn an_outlet_sees_what_became_of_its_own_submissions_and_of_no_others() {
    let old = SubmissionId::fresh();
    let fate = Fate { submission: old.clone(), outlet: OutletId::new("cdrb").unwrap() };
    let hub = ingest_hub::Builder { status: Arc::new(fate), ..builder() }.start().await;
    let (key, other) = (hub.outlet("cdrb").await, hub.outlet("whcb").await);
    let get = |id: &str, key: &str| hub.client.get(hub.url(&format!("/v1/submissions/{id}"))).bearer_auth(key);
    let report = Answer::of(get(old.as_str(), &key)).await;
    assert_eq!((report.status, &report.body["pending"]), (200, &serde_json::json!(false)));
    assert_eq!(Answer::of(get(old.as_str(), ADMIN)).await.status, 200);
    Answer::of(get(old.as_str(), &other)).await.problem(404);
    Answer::of(get(old.as_str(), "wrong")).await.problem(401);
    Answer::of(get("unknown", &key)).await.problem(404);
    // What was just taken is pending, although no view has seen it.
    let taken = Answer::of(hub.submit("cdrb", &key, "a")).await;
    let fresh = Answer::of(get(taken.body["submission"].as_str().unwrap(), &key)).await;
    assert_eq!((fresh.status, &fresh.body["pending"]), (200, &serde_json::json!(true)));
    hub.stop().await;
}
