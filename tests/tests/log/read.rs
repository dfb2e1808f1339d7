//! Reading outside groups.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use lianbo_hub::log::{Log, LogError, Retention, Start, Subscription, TopicSpec};

use crate::engine::{Engine, append_numbers, first, kept, numbers, only, reader, record, take, texts, topic, unique};

pub(crate) async fn a_reader_starts_where_it_is_told(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "starts", 1).await;
    append_numbers(log.as_ref(), &topic, 0..10).await;
    let mut earliest = reader(log.as_ref(), &topic, Start::Earliest).await;
    let mut from_seven = reader(log.as_ref(), &topic, Start::Offset(7)).await;
    let mut latest = reader(log.as_ref(), &topic, Start::Latest).await;
    append_numbers(log.as_ref(), &topic, 10..12).await;
    assert_eq!(texts(&take(earliest.as_mut(), 12).await), numbers(0..12));
    assert_eq!(texts(&take(from_seven.as_mut(), 5).await), numbers(7..12));
    assert_eq!(texts(&take(latest.as_mut(), 2).await), numbers(10..12));
}

/// Appends one record at a time until time has moved on since the last.
async fn append_later(log: &dyn Log, topic: &str, number: usize, after: Timestamp) -> Timestamp {
    while Timestamp::now().as_millisecond() <= after.as_millisecond() + 2 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    append_numbers(log, topic, number..number + 1).await;
    let end = log.bounds(topic).await.unwrap()[&0].end;
    let mut last = reader(log, topic, Start::Offset(end - 1)).await;
    take(last.as_mut(), 1).await[0].time
}

pub(crate) async fn a_reader_starts_at_a_time(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "times", 1).await;
    let mut times: Vec<Timestamp> = Vec::new();
    for number in 0..5 {
        let after = times.last().copied().unwrap_or_default();
        times.push(append_later(log.as_ref(), &topic, number, after).await);
    }
    assert_eq!(log.offset_at(&first(&topic), times[3]).await.unwrap(), 3);
    assert_eq!(log.offset_at(&first(&topic), times[2] + Duration::from_micros(1_500)).await.unwrap(), 3);
    assert_eq!(log.offset_at(&first(&topic), Timestamp::UNIX_EPOCH).await.unwrap(), 0);
    assert_eq!(log.offset_at(&first(&topic), times[4] + Duration::from_secs(60)).await.unwrap(), 5);
    let mut reader = reader(log.as_ref(), &topic, Start::Time(times[3])).await;
    assert_eq!(texts(&take(reader.as_mut(), 2).await), numbers(3..5));
}

pub(crate) async fn positions_go_before_the_start(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "positions", 2).await;
    let keys: Vec<String> = (0..40).map(|number| format!("k{number}")).collect();
    let places = log.append(keys.iter().map(|key| record(&topic, key, key)).collect()).await.unwrap();
    let second = places.iter().filter(|(partition, _)| partition.number == 1).count();
    assert!(second > 2 && second < 38);
    let positions = BTreeMap::from([(first(&topic), 2)]);
    let mut reader = log.read(only(&topic), Start::Earliest, positions).await.unwrap();
    let records = take(reader.as_mut(), 38).await;
    let lowest = records.iter().filter(|record| record.partition.number == 0).map(|record| record.offset).min();
    assert_eq!(lowest, Some(2));
    assert_eq!(records.iter().filter(|record| record.partition.number == 1).count(), second);
}

pub(crate) async fn a_reader_waits_for_what_comes(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "waits", 1).await;
    let mut reader = reader(log.as_ref(), &topic, Start::Earliest).await;
    assert!(reader.next(Duration::from_millis(10)).await.unwrap().is_empty());
    let (records, ()) =
        tokio::join!(take(reader.as_mut(), 3), async { append_numbers(log.as_ref(), &topic, 0..3).await });
    assert_eq!(texts(&records), numbers(0..3));
}

pub(crate) async fn a_reader_of_a_prefix_finds_topics_that_appear_later(engine: Engine) {
    let log = engine.open();
    let prefix = unique("prefix.");
    let spec = |name: &str| TopicSpec { name: format!("{prefix}{name}"), partitions: 1, retention: Retention::Forever };
    log.ensure(&[spec("a")]).await.unwrap();
    log.append(vec![record(&spec("a").name, "k", "before")]).await.unwrap();
    let mut reader = log.read(Subscription::Prefix(prefix.clone()), Start::Latest, BTreeMap::new()).await.unwrap();
    // Another process makes the topic.
    let other = engine.open();
    other.ensure(&[spec("b")]).await.unwrap();
    other.append(vec![record(&spec("b").name, "k", "from its beginning")]).await.unwrap();
    assert_eq!(texts(&take(reader.as_mut(), 1).await), ["from its beginning"]);
}

pub(crate) async fn a_read_given_up_half_way_loses_nothing(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "given-up", 1).await;
    append_numbers(log.as_ref(), &topic, 0..3_000).await;
    let mut reader = reader(log.as_ref(), &topic, Start::Earliest).await;
    let mut came = Vec::new();
    for round in 0..2_000_u64 {
        let wait = Duration::from_micros(round % 50 * 20);
        // Sometimes the time is up before the records are here; they must come with the next call.
        if let Ok(records) = tokio::time::timeout(wait, reader.next(Duration::from_secs(1))).await {
            came.extend(records.unwrap());
        }
        if came.len() >= 3_000 {
            break;
        }
    }
    let rest = 3_000 - came.len();
    came.extend(take(reader.as_mut(), rest).await);
    assert_eq!(texts(&came), numbers(0..3_000));
}

pub(crate) async fn bounds_and_status_tell_what_is_there(engine: Engine) {
    let log = engine.open();
    let plain = topic(log.as_ref(), "status", 2).await;
    let timed = kept(log.as_ref(), "status-timed", 1, Retention::For(Duration::from_secs(3_600))).await;
    let compacted = kept(log.as_ref(), "status-compacted", 1, Retention::Compacted).await;
    append_numbers(log.as_ref(), &plain, 0..7).await;
    let bounds = log.bounds(&plain).await.unwrap();
    assert_eq!(bounds.values().map(|bounds| bounds.end - bounds.start).sum::<i64>(), 7);
    let topics = log.topics("").await.unwrap();
    let found = |name: &str| topics.iter().find(|topic| topic.name == name).unwrap();
    assert_eq!(found(&plain).retention, Retention::Forever);
    assert_eq!(found(&plain).partitions, bounds);
    assert_eq!(found(&timed).retention, Retention::For(Duration::from_secs(3_600)));
    assert_eq!(found(&compacted).retention, Retention::Compacted);
    if let Some(bytes) = found(&plain).bytes {
        assert_eq!(bytes, 14);
    }
}

pub(crate) async fn the_bounds_of_many_topics_are_told_at_once(engine: Engine) {
    let log = engine.open();
    let prefix = format!("{}.", unique("many"));
    let name = |number: usize| format!("{prefix}{number:02}");
    let spec = |number| TopicSpec { name: name(number), partitions: 1, retention: Retention::Forever };
    let specs: Vec<TopicSpec> = (0..12).map(spec).collect();
    log.ensure(&specs).await.unwrap();
    for number in 0..12 {
        append_numbers(log.as_ref(), &name(number), 0..number).await;
    }
    let named: Vec<String> = (0..12).map(name).collect();
    let by_prefix = log.all_bounds(&Subscription::Prefix(prefix.clone())).await.unwrap();
    let ends: Vec<(&str, i64)> = by_prefix.iter().map(|(of, bounds)| (of.topic.as_str(), bounds.end)).collect();
    assert_eq!(ends, named.iter().map(String::as_str).zip(0_i64..12).collect::<Vec<_>>());
    assert_eq!(log.all_bounds(&Subscription::Topics(named.clone())).await.unwrap(), by_prefix);
    let told = log.topics(&prefix).await.unwrap();
    assert!(told.iter().all(|topic| topic.retention == Retention::Forever));
    assert_eq!(told.into_iter().map(|topic| topic.name).collect::<BTreeSet<_>>(), named.iter().cloned().collect());

    let with_missing = named.into_iter().chain([format!("{prefix}missing")]).collect();
    let error = log.all_bounds(&Subscription::Topics(with_missing)).await.unwrap_err();
    assert!(matches!(&error, LogError::NoTopic(name) if name.ends_with("missing")), "{error}");
}

pub(crate) async fn a_hundred_thousand_records_are_read_in_order(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "scan", 1).await;
    for batch in 0..20 {
        append_numbers(log.as_ref(), &topic, batch * 5_000..(batch + 1) * 5_000).await;
    }
    let started = std::time::Instant::now();
    let mut reader = reader(log.as_ref(), &topic, Start::Earliest).await;
    let records = take(reader.as_mut(), 100_000).await;
    eprintln!("100000 records read in {:?}", started.elapsed());
    assert_eq!(texts(&records), numbers(0..100_000));
}
