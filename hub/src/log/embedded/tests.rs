//! The embedded log by itself; what it shares with Kafka is tested in `tests/log`.

use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::{EmbeddedLog, Settings};
use crate::log::{Log, LogError, Member, NewRecord, Polled, Retention, Subscription, TopicSpec};

fn record(topic: &str, key: &str, size: usize) -> NewRecord {
    NewRecord {
        topic: topic.to_owned(),
        key: Some(Bytes::copy_from_slice(key.as_bytes())),
        headers: Vec::new(),
        value: Some(Bytes::from(vec![b'x'; size])),
    }
}

async fn open(directory: &Path, settings: Settings) -> EmbeddedLog {
    let log = EmbeddedLog::open(directory, settings).unwrap();
    let topic = TopicSpec { name: "t".to_owned(), partitions: 1, retention: Retention::Forever };
    log.ensure(&[topic]).await.unwrap();
    log
}

async fn joined(log: &EmbeddedLog) -> Box<dyn Member> {
    let mut member = log.join("g", Subscription::Topics(vec!["t".to_owned()])).await.unwrap();
    while !matches!(member.poll(Duration::from_secs(10)).await.unwrap(), Polled::Assigned(_)) {}
    member
}

#[tokio::test]
async fn a_full_disk_is_an_error_nothing_of_it_is_visible_and_space_heals_it() {
    let directory = tempfile::tempdir().unwrap();
    let small = Settings { max_bytes: Some(1_000_000), ..Settings::default() };
    let log = open(directory.path(), small).await;
    let mut kept = 0;
    let error = loop {
        match log.append(vec![record("t", "a", 50_000), record("t", "b", 50_000)]).await {
            Ok(_) => kept += 2,
            Err(error) => break error,
        }
    };
    assert!(matches!(error, LogError::Broken(_)), "{error}");
    assert_eq!(log.bounds("t").await.unwrap()[&0].end, kept);
    drop(log);
    let log = open(directory.path(), Settings::default()).await;
    let places = log.append(vec![record("t", "a", 50_000)]).await.unwrap();
    assert_eq!(places[0].1, kept);
}

#[tokio::test]
async fn a_full_disk_refuses_a_commit_as_a_whole() {
    let directory = tempfile::tempdir().unwrap();
    let log = open(directory.path(), Settings { max_bytes: Some(1_000_000), ..Settings::default() }).await;
    log.append(vec![record("t", "a", 10)]).await.unwrap();
    let mut member = joined(&log).await;
    assert!(matches!(member.poll(Duration::from_secs(10)).await.unwrap(), Polled::Records(_)));
    let error = member.commit(vec![record("t", "b", 10), record("t", "c", 5_000_000)]).await.unwrap_err();
    assert!(matches!(error, LogError::Broken(_)), "{error}");
    assert_eq!(log.bounds("t").await.unwrap()[&0].end, 1);
    assert_eq!(log.lag("g").await.unwrap()[0].committed, None);
    member.commit(vec![record("t", "b", 10)]).await.unwrap();
    assert_eq!(log.lag("g").await.unwrap()[0].committed, Some(1));
}

#[tokio::test]
async fn it_opens_at_once() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path(), Settings::default()).await);
    let started = Instant::now();
    let log = EmbeddedLog::open(directory.path(), Settings::default()).unwrap();
    let took = started.elapsed();
    drop(log);
    // Milliseconds when nothing else runs; the bound only finds a wait that does not belong here.
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[tokio::test]
async fn members_that_wait_are_woken_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let log = open(directory.path(), Settings::default()).await;
    let mut member = joined(&log).await;
    let mut fastest = Duration::MAX;
    for number in 0..20 {
        let (polled, appended) = tokio::join!(member.poll(Duration::from_secs(10)), async {
            log.append(vec![record("t", "a", number)]).await.unwrap();
            Instant::now()
        });
        assert!(matches!(polled.unwrap(), Polled::Records(_)));
        fastest = fastest.min(appended.elapsed());
    }
    assert!(fastest < Duration::from_millis(10), "{fastest:?}");
}

#[tokio::test]
async fn a_foreign_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(super::FILE), vec![b'z'; 4_096]).unwrap();
    let error = EmbeddedLog::open(directory.path(), Settings::default()).err().unwrap();
    assert!(matches!(error, LogError::Broken(_)), "{error}");
}
