//! What the stage makes of records, whatever a reader does.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use lianbo_schemas::{DeadLetter, Normalised, Origin, OutletId, Submission, topic};

use super::{NormaliseStage, Settings};
use crate::log::{Partition, Record};
use crate::normalise::{Profile, Refusal, read};
use crate::registry::Snapshot;
use crate::stage::Stage;

const TEXT: &str = "某市召开防汛会议\n会议部署冬季水利建设，要求各县在年底前完成。";

fn record(offset: i64, body: &str) -> Record {
    Record {
        partition: Partition { topic: "outlet.cdrb".to_owned(), number: 0 },
        offset,
        time: "2026-11-22T00:00:00Z".parse().unwrap(),
        key: None,
        headers: vec![("content-type".to_owned(), Bytes::from_static(b"text/plain"))],
        value: Some(Bytes::from(body.to_owned())),
    }
}

fn registry() -> super::Registry {
    let outlet: lianbo_schemas::Outlet =
        serde_json::from_value(serde_json::json!({ "id": "cdrb", "name": "成都日报" })).unwrap();
    let outlets = BTreeMap::from([(OutletId::new("cdrb").unwrap(), Arc::new(outlet))]);
    let snapshot = Arc::new(Snapshot { outlets, ..Snapshot::default() });
    Arc::new(move || snapshot.clone())
}

/// The hub's own reader, but for one document.
fn fails_at_one(submission: &Submission, profile: &Profile) -> Vec<Result<Normalised, Refusal>> {
    let text = std::str::from_utf8(&submission.body).unwrap();
    assert!(!text.starts_with('炸'), "{text}");
    read(submission, profile)
}

#[tokio::test]
async fn a_reader_that_panics_costs_one_document_and_nothing_is_lost() {
    let settings = Settings { workers: 2, ..Settings::default() };
    let mut stage = NormaliseStage { read: fails_at_one, ..NormaliseStage::new("example.org", registry(), &settings) };
    let records = || (0..6).map(|offset| record(offset, if offset == 2 { "炸了" } else { TEXT })).collect();
    let now = "2026-11-22T00:00:01Z".parse().unwrap();
    // The second time shows that the workers are as they were.
    for _ in 0..2 {
        let outputs = stage.process(records(), now).await.unwrap();
        let topics: Vec<&str> = outputs.iter().map(|output| output.topic.as_str()).collect();
        let item = topic::NORMALISED;
        assert_eq!(topics, [item, item, topic::DEAD, item, item, item]);
        let letter: DeadLetter = serde_json::from_slice(outputs[2].value.as_deref().unwrap()).unwrap();
        assert_eq!(letter.reason.code, "unreadable");
        assert!(letter.reason.detail.contains("normalise/stage_tests.rs:"), "{}", letter.reason.detail);
        assert!(!letter.reason.detail.contains('炸'), "the document's text is not for a log line");
        assert!(matches!(letter.origin, Origin::Submission { offset: 2, .. }), "{:?}", letter.origin);
    }
}

#[tokio::test]
async fn an_item_larger_than_the_log_takes_costs_itself_and_nobody_else() {
    let long = "会议部署冬季水利建设，要求各县在年底前完成。\n".repeat(1_000);
    // As long as it is sent it is taken: the canonical form has the text three times.
    let settings = Settings { workers: 1, ..Settings::default() }.within(2 * long.len());
    let mut stage = NormaliseStage::new("example.org", registry(), &settings);
    let records = vec![record(0, TEXT), record(1, &long), record(2, TEXT)];
    let outputs = stage.process(records, "2026-11-22T00:00:01Z".parse().unwrap()).await.unwrap();
    let topics: Vec<&str> = outputs.iter().map(|output| output.topic.as_str()).collect();
    assert_eq!(topics, [topic::NORMALISED, topic::DEAD, topic::NORMALISED]);
    let letter: DeadLetter = serde_json::from_slice(outputs[1].value.as_deref().unwrap()).unwrap();
    assert_eq!(letter.reason.code, "too-large");
    assert!(letter.reason.detail.contains("`lianbo dead redrive`"), "{}", letter.reason.detail);
}

#[test]
fn an_item_leaves_room_in_the_logs_largest_record() {
    let bound = |most| Settings::default().within(most).max_item_bytes;
    assert_eq!(bound(6_000_000), Settings::default().max_item_bytes);
    assert_eq!(bound(1_600_000), 1_500_000);
}
