//! The stage on the embedded log.

use std::sync::Arc;

use bytes::Bytes;
use lianbo_hub::dedup::{DedupStage, DedupStatus, Report, Settings};
use lianbo_hub::log::{Log, NewRecord, Partition, Record, Retention, Start, Subscription, TopicSpec};
use lianbo_hub::stage::Stage;
use lianbo_schemas::decision::{MADE, SETTLED};
use lianbo_schemas::{
    ArticleChange, ArticleUri, DeadLetter, Decision, DecisionId, Event, Judged, Order, Ruling, Settled, topic,
};

use crate::story::{AUTHORITY, FIRE, METRO, Piece, minute, piece, registry};

struct House {
    _folder: tempfile::TempDir,
    log: Arc<dyn Log>,
}

async fn house() -> House {
    let folder = tempfile::tempdir().unwrap();
    let log = lianbo_hub::log::open(&lianbo_hub::log::Settings::default(), folder.path()).unwrap();
    let topics = [topic::NORMALISED, topic::ARTICLES, topic::FINGERPRINTS, topic::DEAD];
    let specs = topics.map(|name| TopicSpec { name: name.to_owned(), partitions: 1, retention: Retention::Forever });
    log.ensure(&specs).await.unwrap();
    House { _folder: folder, log }
}

fn stage() -> DedupStage {
    let registry = Arc::new(registry());
    DedupStage::new(AUTHORITY, Settings::default(), Arc::new(move || Arc::clone(&registry)))
}

fn partition() -> Partition {
    Partition { topic: topic::NORMALISED.to_owned(), number: 0 }
}

fn record(offset: i64, value: Vec<u8>) -> Record {
    let event = Event::new(offset.to_string(), "/normalise", "item.normalised", minute(0)).traced(Some(TRACE));
    Record {
        partition: partition(),
        offset,
        time: minute(0),
        key: None,
        headers: event.to_headers(),
        value: Some(Bytes::from(value)),
    }
}

const TRACE: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

fn of(piece: &Piece, offset: i64) -> Record {
    record(offset, serde_json::to_vec(&piece.normalised()).unwrap())
}

fn named<'a>(records: &'a [NewRecord], topic: &'a str) -> Vec<&'a NewRecord> {
    records.iter().filter(|record| record.topic == topic).collect()
}

fn read<T: serde::de::DeserializeOwned>(record: &NewRecord) -> (Event, T) {
    let (event, data) = Event::read(&record.headers, record.value.as_ref().unwrap()).unwrap();
    (event, serde_json::from_slice(&data).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_becomes_an_event_in_articles_and_a_record_of_memory() {
    let house = house().await;
    let mut stage = stage();
    assert_eq!(stage.subscription(), Subscription::Topics(vec!["normalised".to_owned()]));
    stage.assigned(house.log.as_ref(), &[partition()]).await.unwrap();
    let out = stage.process(vec![of(&piece("cdrb", "1", FIRE, 0), 0)], minute(1)).await.unwrap();
    let [published] = named(&out, topic::ARTICLES)[..] else { panic!("{out:?}") };
    let (event, change): (Event, ArticleChange) = read(published);
    assert_eq!((event.kind.as_str(), event.source.as_str()), ("org.lianbo.article.published", "/dedup"));
    assert_eq!(event.subject.as_deref(), Some(change.uri().as_str()));
    assert_eq!(published.key.as_deref(), Some(change.uri().as_str().as_bytes()));
    assert_eq!(event.extensions["verdict"], "new");
    assert_eq!(event.traceparent.as_deref(), Some(TRACE));
    let [memory] = named(&out, topic::FINGERPRINTS)[..] else { panic!("{out:?}") };
    let (_, judged): (Event, Judged) = read(memory);
    assert_eq!(memory.key.as_deref(), Some(judged.item.as_str().as_bytes()));
    assert_eq!((judged.article.as_ref(), judged.judged_at), (Some(change.uri()), minute(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_owner_goes_on_where_the_former_one_stopped() {
    let house = house().await;
    let mut former = stage();
    former.assigned(house.log.as_ref(), &[partition()]).await.unwrap();
    let embargoed = piece("cdrb", "1", FIRE, 0).with(|piece| piece.embargo = Some(minute(30)));
    let out = former.process(vec![of(&embargoed, 0)], minute(1)).await.unwrap();
    house.log.append(out).await.unwrap();
    former.revoked(&[partition()]);
    assert_eq!(former.wakes_at(), None);
    assert!(former.process(Vec::new(), minute(1)).await.is_err(), "without its state it judges nothing");

    let mut next = stage();
    next.assigned(house.log.as_ref(), &[partition()]).await.unwrap();
    assert_eq!(next.wakes_at(), Some(minute(30)));
    let again = next.process(vec![of(&embargoed, 0), of(&piece("other", "2", FIRE, 2), 1)], minute(3)).await.unwrap();
    let [sighted] = named(&again, topic::ARTICLES)[..] else { panic!("{again:?}") };
    assert_eq!(read::<ArticleChange>(sighted).1.kind(), "sighted");
    let due = next.due(minute(30)).await.unwrap();
    assert_eq!(read::<ArticleChange>(named(&due, topic::ARTICLES)[0]).1.kind(), "embargo-lifted");
    assert_eq!(next.wakes_at(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_reports_how_it_is_while_it_judges_and_that_it_does_not_afterwards() {
    let house = house().await;
    let data = tempfile::tempdir().unwrap();
    let status = DedupStatus::default();
    let mut stage = stage().keeping(data.path()).reporting(status.clone());
    assert_eq!(*status.report(), Report::Elsewhere);
    stage.assigned(house.log.as_ref(), &[partition()]).await.unwrap();
    let out = stage.process(vec![of(&piece("cdrb", "1", FIRE, 0), 0)], minute(1)).await.unwrap();
    house.log.append(out).await.unwrap();
    let Report::Running { restored, stats } = status.report().as_ref().clone() else { panic!("{status:?}") };
    assert_eq!((restored.records, stats.items, stats.near, stats.articles), (0, 1, 1, 1));
    assert_eq!((stats.window.to, stats.window.oldest), (Some(minute(0)), Some(minute(0))));
    stage.assigned(house.log.as_ref(), &[partition()]).await.unwrap();
    let Report::Running { restored, stats } = status.report().as_ref().clone() else { panic!("{status:?}") };
    assert_eq!((restored.records, stats.items), (1, 1));
    stage.revoked(&[partition()]);
    assert_eq!(*status.report(), Report::Elsewhere);
    assert_eq!(std::fs::read_dir(data.path()).unwrap().count(), 0, "its file is its own and leaves nothing behind");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_was_not_committed_leaves_the_same_events_the_second_time() {
    let house = house().await;
    let batch = vec![of(&piece("cdrb", "1", FIRE, 0), 0), of(&piece("other", "2", METRO, 1), 1)];
    let mut outputs = Vec::new();
    for _ in 0..2 {
        let mut stage = stage();
        stage.assigned(house.log.as_ref(), &[partition()]).await.unwrap();
        outputs.push(stage.process(batch.clone(), minute(2)).await.unwrap());
    }
    assert_eq!(outputs[0], outputs[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreadable_record_becomes_a_dead_letter_and_the_next_one_is_judged() {
    let house = house().await;
    let mut stage = stage();
    stage.assigned(house.log.as_ref(), &[partition()]).await.unwrap();
    let batch = vec![record(4, b"{\"item\":1}".to_vec()), of(&piece("cdrb", "1", FIRE, 0), 5)];
    let out = stage.process(batch, minute(1)).await.unwrap();
    let [letter] = named(&out, topic::DEAD)[..] else { panic!("{out:?}") };
    assert_eq!(letter.key.as_deref(), Some("record:normalised:0:4".as_bytes()));
    assert_eq!(named(&out, topic::ARTICLES).len(), 1);
}

fn order(offset: i64, article: &ArticleUri, ruling: Ruling, words: &Piece) -> Record {
    let id = DecisionId::new(format!("decision-{offset}")).unwrap();
    let decision = Decision { id, article: article.clone(), ruling, by: "wang".to_owned(), at: minute(9), note: None };
    let item = Some(Box::new(words.normalised().item));
    let value = serde_json::to_vec(&Order { decision, item }).unwrap();
    let event = Event::new(offset.to_string(), "/operate", MADE, minute(9));
    Record { headers: event.to_headers(), ..record(offset, value) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_is_carried_out_in_its_place_and_known_to_the_next_owner() {
    let house = house().await;
    let mut former = stage();
    former.assigned(house.log.as_ref(), &[partition()]).await.unwrap();
    let (first, copy) = (piece("cdrb", "1", FIRE, 0), piece("other", "2", FIRE, 1));
    let article = ArticleUri::of(AUTHORITY, &first.uri());
    let decision = order(2, &article, Ruling::Split { item: copy.uri() }, &copy);
    let batch = vec![of(&first, 0), of(&copy, 1), decision.clone()];
    let out = former.process(batch, minute(10)).await.unwrap();
    let kinds: Vec<String> = named(&out, topic::ARTICLES).iter().map(|one| read::<ArticleChange>(one).0.kind).collect();
    let expected = ["published", "sighted", "published", "decided"].map(|kind| format!("org.lianbo.article.{kind}"));
    assert_eq!(kinds, expected);
    let settled: Vec<_> = named(&out, topic::FINGERPRINTS)
        .into_iter()
        .filter(|one| read::<serde_json::Value>(one).0.is(SETTLED))
        .collect();
    assert_eq!(settled.len(), 2);
    let (_, kept): (Event, Settled) = read(settled[0]);
    assert_eq!(settled[0].key.as_deref(), Some(kept.article.as_str().as_bytes()));
    house.log.append(out).await.unwrap();

    let mut next = stage();
    next.assigned(house.log.as_ref(), &[partition()]).await.unwrap();
    let again = next.process(vec![decision, of(&copy, 3)], minute(20)).await.unwrap();
    assert!(named(&again, topic::ARTICLES).is_empty() && named(&again, topic::DEAD).is_empty(), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_decision_that_cannot_be_carried_out_becomes_a_dead_letter() {
    let house = house().await;
    let mut stage = stage();
    stage.assigned(house.log.as_ref(), &[partition()]).await.unwrap();
    let first = piece("cdrb", "1", FIRE, 0);
    let article = ArticleUri::of(AUTHORITY, &first.uri());
    let batch = vec![of(&first, 0), order(7, &article, Ruling::Split { item: first.uri() }, &first)];
    let out = stage.process(batch, minute(10)).await.unwrap();
    let [letter] = named(&out, topic::DEAD)[..] else { panic!("{out:?}") };
    assert_eq!(letter.key.as_deref(), Some("decision:decision-7".as_bytes()));
    assert_eq!(read::<DeadLetter>(letter).1.reason.code, "is-the-original");
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_that_cannot_be_read_stops_the_stage() {
    let house = house().await;
    let event = Event::new("1", "/dedup", "item.judged", minute(0)).about("tag:x,2026:item:a:1");
    let broken = NewRecord {
        topic: topic::FINGERPRINTS.to_owned(),
        key: Some(Bytes::from_static(b"k")),
        headers: event.to_headers(),
        value: Some(Bytes::from_static(b"{}")),
    };
    house.log.append(vec![broken]).await.unwrap();
    assert!(stage().assigned(house.log.as_ref(), &[partition()]).await.is_err());
    let mut reader = house
        .log
        .read(
            Subscription::Topics(vec![topic::FINGERPRINTS.to_owned()]),
            Start::Earliest,
            std::collections::BTreeMap::new(),
        )
        .await
        .unwrap();
    assert_eq!(reader.next(std::time::Duration::from_secs(5)).await.unwrap().len(), 1);
}
