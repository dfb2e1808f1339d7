//! Appending: order, partitions, contents, refusals.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use lianbo_hub::log::{LogError, NewRecord, Retention, Start, TopicSpec};

use crate::engine::{Engine, all, append_numbers, first, numbers, reader, record, take, text, texts, topic, unique};

pub(crate) async fn records_of_one_partition_keep_their_order(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "order", 1).await;
    for batch in 0..20 {
        append_numbers(log.as_ref(), &topic, batch * 10..batch * 10 + 10).await;
    }
    let records = all(log.as_ref(), &topic).await;
    assert_eq!(texts(&records), numbers(0..200));
    assert!(records.is_sorted_by(|one, next| one.offset < next.offset && one.time <= next.time));
}

pub(crate) async fn appenders_at_once_each_keep_their_order(engine: Engine) {
    let log = engine.open();
    let topic = Arc::new(topic(log.as_ref(), "many", 3).await);
    let mut appenders = tokio::task::JoinSet::new();
    for appender in 0..32 {
        let (log, topic) = (Arc::clone(&log), Arc::clone(&topic));
        appenders.spawn(async move {
            for number in 0..20 {
                let record = record(&topic, &format!("k{appender}"), &number.to_string());
                log.append(vec![record]).await.unwrap();
            }
        });
    }
    appenders.join_all().await;
    let mut by_key: BTreeMap<Bytes, Vec<String>> = BTreeMap::new();
    for record in all(log.as_ref(), &topic).await {
        by_key.entry(record.key.clone().unwrap()).or_default().push(text(&record));
    }
    assert_eq!(by_key.len(), 32);
    by_key.values().for_each(|came| assert_eq!(*came, numbers(0..20)));
}

/// Brokers name a topic's leader a moment before that one takes records: those that come first are refused and tried
/// again, while later ones are taken.
pub(crate) async fn what_is_acknowledged_by_a_topic_just_made_is_there(engine: Engine) {
    let log = engine.open();
    let spec = |_| TopicSpec { name: unique("new"), partitions: 1, retention: Retention::Forever };
    let specs: Vec<TopicSpec> = (0..100).map(spec).collect();
    log.ensure(&specs).await.unwrap();
    let mut appends = tokio::task::JoinSet::new();
    for number in 0..10 {
        for spec in &specs {
            let (log, record) = (Arc::clone(&log), record(&spec.name, "k", &number.to_string()));
            appends.spawn(async move { log.append(vec![record]).await.unwrap() });
        }
    }
    appends.join_all().await;
    for spec in &specs {
        let mut came = texts(&all(log.as_ref(), &spec.name).await);
        came.sort();
        assert_eq!(came, numbers(0..10), "of `{}`", spec.name);
    }
}

pub(crate) async fn a_key_always_goes_to_the_same_partition(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "keys", 4).await;
    let records: Vec<NewRecord> =
        (0..200).map(|number| record(&topic, &format!("k{}", number % 20), &number.to_string())).collect();
    let places = log.append(records).await.unwrap();
    let mut homes = BTreeMap::new();
    for (number, (partition, _)) in places.iter().enumerate() {
        assert_eq!(homes.entry(number % 20).or_insert(partition.number), &partition.number);
    }
    let used: std::collections::BTreeSet<_> = homes.values().collect();
    assert!(used.len() > 1, "all keys went to one partition");
}

pub(crate) async fn a_record_comes_back_byte_for_byte(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "bytes", 1).await;
    let every_byte: Bytes = (0..=255).collect::<Vec<u8>>().into();
    let full = NewRecord {
        topic: topic.clone(),
        key: Some(every_byte.clone()),
        headers: vec![
            ("ce_id".to_owned(), Bytes::from_static("联播".as_bytes())),
            ("twice".to_owned(), every_byte.clone()),
            ("twice".to_owned(), Bytes::new()),
            ("名".to_owned(), Bytes::from_static(b"\0")),
        ],
        value: Some(every_byte),
    };
    let empty = NewRecord { topic: topic.clone(), key: None, headers: Vec::new(), value: Some(Bytes::new()) };
    let tombstone =
        NewRecord { topic: topic.clone(), key: Some(Bytes::from_static(b"k")), headers: Vec::new(), value: None };
    let sent = vec![full, empty, tombstone];
    let places = log.append(sent.clone()).await.unwrap();
    let records = all(log.as_ref(), &topic).await;
    for ((sent, came), (partition, offset)) in sent.into_iter().zip(&records).zip(&places) {
        assert_eq!((&came.partition, came.offset), (partition, *offset));
        let came = came.clone();
        assert_eq!((came.key, came.headers, came.value), (sent.key, sent.headers, sent.value));
    }
    assert_eq!(records.len(), 3);
}

pub(crate) async fn a_record_of_five_megabytes_is_taken(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "large", 1).await;
    // Incompressible, so that the size on the wire is the size.
    let value: Vec<u8> = std::iter::repeat_with(rand::random).take(5_000_000).collect();
    let large = NewRecord { value: Some(Bytes::from(value)), ..record(&topic, "k", "") };
    log.append(vec![large.clone(), record(&topic, "k", "small"), large.clone()]).await.unwrap();
    let mut reader = reader(log.as_ref(), &topic, Start::Earliest).await;
    let records = take(reader.as_mut(), 3).await;
    assert_eq!((&records[0].value, &records[2].value), (&large.value, &large.value));
    assert_eq!(text(&records[1]), "small");
}

pub(crate) async fn a_record_that_is_too_large_is_refused_by_size(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "too-large", 1).await;
    let large = NewRecord { value: Some(Bytes::from(vec![0; 6_000_001])), ..record(&topic, "", "") };
    let error = log.append(vec![record(&topic, "k", "fits"), large]).await.unwrap_err();
    assert!(matches!(error, LogError::TooLarge { size: 6_000_001 }), "{error}");
    assert_eq!(log.bounds(&topic).await.unwrap()[&0].end, 0);
    log.append(vec![record(&topic, "k", "fits")]).await.unwrap();
}

pub(crate) async fn a_topic_that_does_not_exist_is_named(engine: Engine) {
    let log = engine.open();
    let missing = crate::engine::unique("missing");
    let named = |error: &LogError| matches!(error, LogError::NoTopic(topic) if *topic == missing);
    let error = log.append(vec![record(&missing, "k", "v")]).await.unwrap_err();
    assert!(named(&error), "{error}");
    let error = log.bounds(&missing).await.unwrap_err();
    assert!(named(&error), "{error}");
    let error = log.join("nobody", crate::engine::only(&missing)).await.err().unwrap();
    assert!(named(&error), "{error}");
    let error = log.read(crate::engine::only(&missing), Start::Earliest, BTreeMap::new()).await.err().unwrap();
    assert!(named(&error), "{error}");
    let error = log.offset_at(&first(&missing), jiff::Timestamp::now()).await.unwrap_err();
    assert!(named(&error), "{error}");
}

pub(crate) async fn an_existing_topic_is_left_as_it_is(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "existing", 2).await;
    append_numbers(log.as_ref(), &topic, 0..3).await;
    let other = TopicSpec { name: topic.clone(), partitions: 5, retention: Retention::Compacted };
    log.ensure(&[other]).await.unwrap();
    assert_eq!(log.bounds(&topic).await.unwrap().len(), 2);
    assert_eq!(texts(&all(log.as_ref(), &topic).await), numbers(0..3));
}
