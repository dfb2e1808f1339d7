use std::sync::Arc;

use bytes::Bytes;
use jiff::Timestamp;
use lianbo_schemas::{DeadLetter, Event, Normalised, Origin, topic};

use super::{NormaliseStage, Settings};
use crate::log::{NewRecord, Partition, Record};
use crate::registry::{Entry, Kind, Snapshot};
use crate::stage::Stage;

const TEXT: &str = "题目在这里\n12月11日下午，成都平原经济区协同发展媒体座谈会召开，8市主流媒体负责人进行了充分交流。";

fn stage() -> NormaliseStage {
    let mut snapshot = Snapshot::default();
    snapshot.put(Entry::read(Kind::Outlet, "{\"id\":\"cdrb\",\"name\":\"成都日报\"}".as_bytes()).unwrap());
    let snapshot = Arc::new(snapshot);
    NormaliseStage::new("example.org", Arc::new(move || snapshot.clone()), &Settings { workers: 3 })
}

fn record(topic: &str, offset: i64, headers: &[(&str, &str)], value: &str) -> Record {
    let header = |(name, value): &(&str, &str)| ((*name).to_owned(), Bytes::copy_from_slice(value.as_bytes()));
    Record {
        partition: Partition { topic: topic.to_owned(), number: 2 },
        offset,
        time: "2026-11-22T00:00:05Z".parse().unwrap(),
        key: None,
        headers: headers.iter().map(header).collect(),
        value: Some(Bytes::copy_from_slice(value.as_bytes())),
    }
}

async fn process(records: Vec<Record>) -> Vec<NewRecord> {
    stage().process(records, "2026-11-22T00:00:09Z".parse::<Timestamp>().unwrap()).await.unwrap()
}

fn item(record: &NewRecord) -> Normalised {
    assert_eq!(record.topic, topic::NORMALISED);
    serde_json::from_slice(record.value.as_ref().unwrap()).unwrap()
}

fn letter(record: &NewRecord) -> DeadLetter {
    assert_eq!(record.topic, topic::DEAD);
    serde_json::from_slice(record.value.as_ref().unwrap()).unwrap()
}

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

#[tokio::test]
async fn a_submission_of_the_hubs_own_becomes_an_item() {
    let headers = [
        ("ce_specversion", "1.0"),
        ("ce_id", "0190-a"),
        ("ce_source", "/outlets/cdrb"),
        ("ce_type", "org.lianbo.submission.received"),
        ("ce_time", "2026-11-22T00:00:01Z"),
        ("ce_subject", "https://cdrb.example/n/7"),
        ("ce_ownid", "cms-7"),
        ("content-type", "text/plain; charset=utf-8"),
        ("traceparent", TRACE),
    ];
    let out = process(vec![record("outlet.cdrb", 5, &headers, TEXT)]).await;
    let found = item(&out[0]).item;
    assert_eq!(found.own_id, "cms-7");
    assert_eq!(found.url.as_deref(), Some("https://cdrb.example/n/7"));
    assert_eq!(found.submission.as_str(), "0190-a");
    assert_eq!(found.received.to_string(), "2026-11-22T00:00:01Z");
    assert_eq!(out[0].key.as_deref(), Some(found.uri.as_str().as_bytes()));
    let (event, _) = Event::read(&out[0].headers, out[0].value.as_ref().unwrap()).unwrap();
    assert_eq!(event.kind, "org.lianbo.item.normalised");
    assert_eq!(event.subject.as_deref(), Some(found.uri.as_str()));
    assert_eq!(event.extensions["submission"], "0190-a");
    assert_eq!(event.traceparent.as_deref(), Some(TRACE));
}

#[tokio::test]
async fn a_members_own_producer_needs_no_cloudevents() {
    let mut sent = record("outlet.cdrb", 7, &[], TEXT);
    sent.key = Some(Bytes::from_static(b"cms-7"));
    let found = item(&process(vec![sent.clone()]).await[0]).item;
    assert_eq!((found.own_id.as_str(), found.submission.as_str()), ("cms-7", "cdrb-2-7"));
    assert_eq!(found, item(&process(vec![sent]).await[0]).item);
}

#[tokio::test]
async fn structured_cloudevents_are_read() {
    let event = serde_json::json!({
        "specversion": "1.0", "id": "9", "source": "/x", "type": "y", "ownid": "cms-9",
        "datacontenttype": "text/plain", "data": TEXT,
    });
    let sent = record("outlet.cdrb", 1, &[("content-type", "application/cloudevents+json")], &event.to_string());
    assert_eq!(item(&process(vec![sent]).await[0]).item.own_id, "cms-9");
}

#[tokio::test]
async fn order_is_kept_over_many_workers() {
    let records = (0..20).map(|offset| record("outlet.cdrb", offset, &[], &format!("题目{offset}\n{TEXT}"))).collect();
    let out = process(records).await;
    let titles: Vec<String> = out.iter().map(|record| item(record).item.news.headline().to_owned()).collect();
    assert_eq!(titles, (0..20).map(|number| format!("题目{number}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn refusals_become_dead_letters_that_name_their_place() {
    let out = process(vec![
        record("outlet.nobody", 3, &[], TEXT),
        record("outlet.cdrb", 4, &[("content-type", "application/json")], "{"),
        record("outlet.cdrb", 5, &[("ce_id", "1")], TEXT),
        record("outlet.cdrb", 6, &[], TEXT),
    ])
    .await;
    let codes: Vec<String> = out[..3].iter().map(|record| letter(record).reason.code).collect();
    assert_eq!(codes, ["unknown-outlet", "malformed", "malformed"]);
    let Origin::Submission { topic, partition, offset, .. } = letter(&out[1]).origin else { panic!() };
    assert_eq!((topic.as_str(), partition, offset), ("outlet.cdrb", 2, 4));
    assert!(matches!(letter(&out[2]).origin, Origin::Record { offset: 5, .. }));
    assert_eq!(item(&out[3]).item.news.headline(), "题目在这里");
}

#[tokio::test]
async fn one_bad_entry_of_a_feed_is_the_only_one_refused() {
    let feed = "<rss version='2.0'><channel><item><title>甲</title><description>正文</description></item>\
                <item><title>乙</b></title></item></channel></rss>";
    let out = process(vec![record("outlet.cdrb", 1, &[("content-type", "application/rss+xml")], feed)]).await;
    assert_eq!(item(&out[0]).item.news.headline(), "甲");
    assert!(matches!(letter(&out[1]).origin, Origin::Submission { entry: Some(2), .. }));
}
