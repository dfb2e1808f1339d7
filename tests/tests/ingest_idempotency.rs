//! `Idempotency-Key`: sent twice, taken once, whatever happens in between.

mod ingest_hub;

use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use ingest_hub::{Answer, PATIENCE, builder, header_of};
use lianbo_hub::ingest::{IdempotencyStore, LookupError, Remembered};
use lianbo_hub::received::fingerprint;
use lianbo_schemas::{OutletId, SubmissionId};

#[tokio::test]
async fn the_same_key_and_body_are_taken_once() {
    let hub = builder().start().await;
    let (key, other) = (hub.outlet("cdrb").await, hub.outlet("whcb").await);
    let send =
        |key: &str, outlet: &str, body: &'static str| hub.submit(outlet, key, body).header("idempotency-key", "\"k\"");
    let first = Answer::of(send(&key, "cdrb", "a")).await;
    let again = Answer::of(send(&key, "cdrb", "a")).await;
    assert_eq!((first.status, again.status), (202, 202));
    assert_eq!(first.body, again.body);
    assert_eq!((first.header("idempotency-replayed"), again.header("idempotency-replayed")), (None, Some("true")));
    Answer::of(send(&key, "cdrb", "b")).await.problem(422);
    // Another outlet's key of the same name is another key; without a key every submission is its own.
    assert_eq!(Answer::of(send(&other, "whcb", "b")).await.header("idempotency-replayed"), None);
    assert_eq!(Answer::of(hub.submit("cdrb", &key, "a")).await.status, 202);
    assert_eq!(hub.records("outlet.cdrb").await.len(), 2);
    assert_eq!(hub.records("outlet.whcb").await.len(), 1);
    hub.stop().await;
}

#[tokio::test]
async fn while_the_first_request_runs_the_second_is_told_to_wait() {
    let hub = builder().start().await;
    let key = hub.outlet("cdrb").await;
    hub.log.open.send_replace(false);
    let first = tokio::spawn(Answer::of(hub.submit("cdrb", &key, "a").header("idempotency-key", "k")));
    hub.log.waiting.subscribe().wait_for(|waiting| *waiting == 1).await.unwrap();
    Answer::of(hub.submit("cdrb", &key, "a").header("idempotency-key", "k")).await.problem(409);
    assert!(!first.is_finished(), "202 came before the append was done");
    hub.log.open.send_replace(true);
    assert_eq!(first.await.unwrap().status, 202);
    assert_eq!(Answer::of(hub.submit("cdrb", &key, "a").header("idempotency-key", "k")).await.status, 202);
    assert_eq!(hub.records("outlet.cdrb").await.len(), 1);
    hub.stop().await;
}

#[tokio::test]
async fn what_is_not_durable_is_not_acknowledged_and_its_key_is_free_again() {
    let hub = builder().start().await;
    let key = hub.outlet("cdrb").await;
    let send = |body: &'static str| hub.submit("cdrb", &key, body).header("idempotency-key", "\"k\"");
    hub.log.fails.store(true, Ordering::SeqCst);
    let failed = Answer::of(send("a")).await;
    failed.problem(503);
    assert!(failed.header("retry-after").is_some() && failed.body.get("submission").is_none());
    assert!(hub.records("outlet.cdrb").await.is_empty());
    hub.log.fails.store(false, Ordering::SeqCst);
    let again = Answer::of(send("a")).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (202, None));
    assert_eq!(hub.records("outlet.cdrb").await.len(), 1);
    hub.stop().await;
}

#[tokio::test]
async fn a_sender_that_hangs_up_in_the_middle_can_send_again() {
    let hub = builder().start().await;
    let key = hub.outlet("cdrb").await;
    hub.log.open.send_replace(false);
    let first = tokio::spawn(Answer::of(hub.submit("cdrb", &key, "a").header("idempotency-key", "k")));
    hub.log.waiting.subscribe().wait_for(|waiting| *waiting == 1).await.unwrap();
    first.abort();
    assert!(first.await.is_err());
    hub.log.open.send_replace(true);
    let again = || async { Answer::of(hub.submit("cdrb", &key, "a").header("idempotency-key", "k")).await };
    let answer = tokio::time::timeout(PATIENCE, async {
        loop {
            let answer = again().await;
            if answer.status != 409 {
                return answer;
            }
        }
    });
    assert_eq!(answer.await.unwrap().status, 202);
    // If the first one got through after all, both records carry the same submission.
    let ids: Vec<_> = hub.records("outlet.cdrb").await.iter().map(|record| header_of(record, "ce_id")).collect();
    assert!(ids.windows(2).all(|pair| pair[0] == pair[1]), "{ids:?}");
    hub.stop().await;
}

/// Knows one submission, as a view does after a restart.
struct View {
    known: Remembered,
}

#[async_trait]
impl IdempotencyStore for View {
    async fn find(&self, outlet: &OutletId, key: &str) -> Result<Option<Remembered>, LookupError> {
        match key {
            "broken" => Err(LookupError("the view is being built".to_owned())),
            "old" if outlet.as_str() == "cdrb" => Ok(Some(self.known.clone())),
            _ => Ok(None),
        }
    }
}

#[tokio::test]
async fn a_key_is_remembered_across_a_restart() {
    let known = Remembered { submission: SubmissionId::fresh(), body_sha256: fingerprint(b"a") };
    let view = Arc::new(View { known: known.clone() });
    let hub = ingest_hub::Builder { idempotency: view, ..builder() }.start().await;
    let key = hub.outlet("cdrb").await;
    let send = |name: &'static str, body: &'static str| hub.submit("cdrb", &key, body).header("idempotency-key", name);
    for _ in 0..2 {
        let answer = Answer::of(send("old", "a")).await;
        assert_eq!((answer.status, answer.header("idempotency-replayed")), (202, Some("true")));
        assert_eq!(answer.body["submission"], known.submission.as_str());
        Answer::of(send("old", "b")).await.problem(422);
    }
    Answer::of(send("broken", "a")).await.problem(503);
    assert!(hub.records("outlet.cdrb").await.is_empty());
    assert_eq!(Answer::of(send("new", "a")).await.status, 202);
    hub.stop().await;
}
