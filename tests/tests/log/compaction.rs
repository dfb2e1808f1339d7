//! What topics keep.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use lianbo_hub::log::{Log, NewRecord, Retention};

use crate::engine::{Engine, PATIENCE, all, kept, record, text};

/// Kafka compacts only what it has put aside, which a later append makes it do.
async fn urge(log: &dyn Log, topic: &str) {
    log.append(vec![record(topic, "later", "x")]).await.unwrap();
    log.compact().await.unwrap();
    tokio::time::sleep(Duration::from_millis(150)).await;
}

pub(crate) async fn the_newest_record_of_each_key_is_kept(engine: Engine) {
    let log = engine.open();
    let topic = kept(log.as_ref(), "compacted", 1, Retention::Compacted).await;
    for round in 0..30 {
        let versions = ["a", "b", "c"].map(|key| record(&topic, key, &format!("{key}{round}")));
        log.append(versions.to_vec()).await.unwrap();
    }
    log.append(vec![NewRecord { value: None, ..record(&topic, "b", "") }]).await.unwrap();
    log.append(vec![record(&topic, "a", "newest")]).await.unwrap();
    let expected = vec![("a".to_owned(), vec!["newest".to_owned()]), ("c".to_owned(), vec!["c29".to_owned()])];
    let deadline = Instant::now() + PATIENCE;
    loop {
        let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for record in all(log.as_ref(), &topic).await {
            let key = String::from_utf8(record.key.clone().unwrap().to_vec()).unwrap();
            found.entry(key).or_default().push(text(&record));
        }
        found.remove("later");
        if found.clone().into_iter().collect::<Vec<_>>() == expected {
            break;
        }
        assert!(Instant::now() < deadline, "{found:?}");
        urge(log.as_ref(), &topic).await;
    }
    // Offsets stay what they were.
    let records = all(log.as_ref(), &topic).await;
    assert!(records.iter().any(|record| text(record) == "newest" && record.offset == 91));
}

pub(crate) async fn records_are_forgotten_after_their_time(engine: Engine) {
    let log = engine.open();
    let topic = kept(log.as_ref(), "timed", 1, Retention::For(Duration::from_millis(300))).await;
    log.append((0..10).map(|number| record(&topic, "k", &number.to_string())).collect()).await.unwrap();
    let deadline = Instant::now() + PATIENCE;
    while log.bounds(&topic).await.unwrap()[&0].start < 10 {
        assert!(Instant::now() < deadline, "the records are still there");
        log.compact().await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(all(log.as_ref(), &topic).await.iter().all(|record| record.offset >= 10));
}
