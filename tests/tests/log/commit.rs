//! Commits: all or nothing, and not by those who lost their assignment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use lianbo_hub::log::{LogError, NewRecord, Start};

use crate::engine::{
    Engine, PATIENCE, all, append_numbers, assigned, has_committed, joined, numbers, only, poll_records, reader,
    record, shows, take, texts, topic, unique,
};

pub(crate) async fn outputs_and_offsets_become_visible_together(engine: Engine) {
    let log = engine.open();
    let (input, output) = (topic(log.as_ref(), "in", 1).await, topic(log.as_ref(), "out", 1).await);
    append_numbers(log.as_ref(), &input, 0..5).await;
    let mut member = joined(log.as_ref(), "group", &input).await;
    let records = poll_records(member.as_mut(), 5).await;
    assert_eq!(log.lag("group").await.unwrap()[0].committed, None);
    assert_eq!(log.bounds(&output).await.unwrap()[&0].end, 0);
    let outputs: Vec<NewRecord> = texts(&records).iter().map(|text| record(&output, text, text)).collect();
    let places = member.commit(outputs).await.unwrap();
    let offsets: Vec<i64> = places.iter().map(|(_, offset)| *offset).collect();
    assert_eq!(offsets, [0, 1, 2, 3, 4]);
    shows(log.as_ref(), &output, &numbers(0..5)).await;
    has_committed(log.as_ref(), "group", 5).await;
}

pub(crate) async fn work_that_is_not_committed_comes_again(engine: Engine) {
    let log = engine.open();
    let input = topic(log.as_ref(), "again", 1).await;
    append_numbers(log.as_ref(), &input, 0..5).await;
    let mut member = joined(log.as_ref(), "group", &input).await;
    assert_eq!(poll_records(member.as_mut(), 5).await.len(), 5);
    drop(member);
    let mut member = joined(log.as_ref(), "group", &input).await;
    assert_eq!(texts(&poll_records(member.as_mut(), 5).await), numbers(0..5));
}

pub(crate) async fn a_refused_output_leaves_neither_output_nor_offset(engine: Engine) {
    let log = engine.open();
    let (input, output) = (topic(log.as_ref(), "in", 1).await, topic(log.as_ref(), "out", 1).await);
    append_numbers(log.as_ref(), &input, 0..5).await;
    let mut member = joined(log.as_ref(), "group", &input).await;
    poll_records(member.as_mut(), 5).await;
    let fits = record(&output, "k", "fits");
    let large = NewRecord { value: Some(Bytes::from(vec![0; 6_000_001])), ..fits.clone() };
    let error = member.commit(vec![fits.clone(), large]).await.unwrap_err();
    assert!(matches!(error, LogError::TooLarge { .. }), "{error}");
    let missing = unique("missing");
    let error = member.commit(vec![fits.clone(), record(&missing, "k", "v")]).await.unwrap_err();
    assert!(matches!(&error, LogError::NoTopic(topic) if *topic == missing), "{error}");
    assert!(all(log.as_ref(), &output).await.is_empty());
    assert_eq!(log.lag("group").await.unwrap()[0].committed, None);
    member.commit(vec![fits]).await.unwrap();
    shows(log.as_ref(), &output, &["fits"]).await;
    has_committed(log.as_ref(), "group", 5).await;
}

pub(crate) async fn outputs_without_input_are_committed_too(engine: Engine) {
    let log = engine.open();
    let (input, output) = (topic(log.as_ref(), "in", 1).await, topic(log.as_ref(), "out", 1).await);
    append_numbers(log.as_ref(), &input, 0..2).await;
    let mut member = joined(log.as_ref(), "group", &input).await;
    member.commit(vec![record(&output, "k", "embargo over")]).await.unwrap();
    shows(log.as_ref(), &output, &["embargo over"]).await;
    // Nothing was polled, so nothing is passed over.
    assert_eq!(texts(&poll_records(member.as_mut(), 2).await), numbers(0..2));
}

pub(crate) async fn a_member_that_did_not_poll_in_time_cannot_commit(engine: Engine) {
    let engine = engine.impatient(Duration::from_secs(2));
    let log = engine.open();
    let (input, output) = (topic(log.as_ref(), "in", 1).await, topic(log.as_ref(), "out", 1).await);
    append_numbers(log.as_ref(), &input, 0..5).await;
    let mut zombie = joined(log.as_ref(), "group", &input).await;
    poll_records(zombie.as_mut(), 5).await;
    let mut successor = log.join("group", only(&input)).await.unwrap();
    assigned(successor.as_mut()).await;
    let error = zombie.commit(vec![record(&output, "k", "zombie")]).await.unwrap_err();
    assert!(matches!(error, LogError::Lost(_)), "{error}");
    let records = poll_records(successor.as_mut(), 5).await;
    let outputs = texts(&records).iter().map(|text| record(&output, text, text)).collect();
    successor.commit(outputs).await.unwrap();
    let error = zombie.commit(vec![record(&output, "k", "zombie")]).await.unwrap_err();
    assert!(matches!(error, LogError::Lost(_)), "{error}");
    let error = zombie.poll(Duration::from_millis(100)).await.unwrap_err();
    assert!(matches!(error, LogError::Lost(_)), "{error}");
    shows(log.as_ref(), &output, &numbers(0..5)).await;
    has_committed(log.as_ref(), "group", 5).await;
}

pub(crate) async fn a_reader_sees_committed_records_only(engine: Engine) {
    const OUTPUTS: usize = 50;
    let log = engine.open();
    let (input, output) = (topic(log.as_ref(), "in", 1).await, topic(log.as_ref(), "out", 1).await);
    // A Kafka transaction ends with a mark in the partition.
    let step = if engine.is_kafka() { OUTPUTS + 1 } else { OUTPUTS };
    let step = i64::try_from(step).unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let watching = {
        let (log, output, done) = (engine.open(), output.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            let (mut looks, started) = (0, Instant::now());
            while !done.load(Ordering::Acquire) {
                assert!(started.elapsed() < PATIENCE);
                let end = log.bounds(&output).await.unwrap()[&0].end;
                assert_eq!(end % step, 0, "part of a commit is visible");
                looks += 1;
            }
            looks
        })
    };
    let mut member = joined(log.as_ref(), "group", &input).await;
    for round in 0..40 {
        append_numbers(log.as_ref(), &input, round..round + 1).await;
        poll_records(member.as_mut(), 1).await;
        let outputs = (0..OUTPUTS).map(|number| record(&output, "k", &format!("{round}.{number}")));
        member.commit(outputs.collect()).await.unwrap();
    }
    done.store(true, Ordering::Release);
    assert!(watching.await.unwrap() > 10);
    let mut reader = reader(log.as_ref(), &output, Start::Earliest).await;
    assert_eq!(take(reader.as_mut(), 40 * OUTPUTS).await.len(), 40 * OUTPUTS);
}
