//! What only the embedded log has: several processes on one file.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use crate::engine::{Engine, all, append_numbers, assigned, only, poll_records, text, topic};
use crate::process::Process;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn several_processes_share_one_file() {
    let engine = Engine::embedded();
    let log = engine.open();
    let topic = topic(log.as_ref(), "processes", 1).await;
    let writers = ["a", "b", "c"].map(|name| (name, Process::start(&engine, &["append", &topic, name])));
    append_numbers(log.as_ref(), &topic, 0..50).await;
    let mut acknowledged = BTreeMap::new();
    for (name, writer) in writers {
        let mut lines: Vec<String> = (0..50).map(|_| writer.line()).collect();
        lines.extend(writer.kill());
        acknowledged.insert(name, lines.len());
    }
    let mut found: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let records = all(log.as_ref(), &topic).await;
    for record in &records {
        if let Some((name, number)) = text(record).split_once('-') {
            found.entry(name.to_owned()).or_default().push(number.parse().unwrap());
        }
    }
    for (name, count) in acknowledged {
        let numbers = &found[name];
        assert!(numbers.len() >= count, "{} of {count} of `{name}` are there", numbers.len());
        assert!(numbers.iter().enumerate().all(|(place, number)| place == *number), "`{name}` is out of order");
    }
    assert!(records.iter().enumerate().all(|(place, record)| i64::try_from(place).unwrap() == record.offset));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_another_handle_appends_is_noticed_soon() {
    let engine = Engine::embedded();
    let (log, other) = (engine.open(), engine.open());
    let topic = topic(log.as_ref(), "noticed", 1).await;
    let mut member = log.join("group", only(&topic)).await.unwrap();
    assigned(member.as_mut()).await;
    let mut fastest = Duration::MAX;
    for number in 0..10 {
        let (records, appended) = tokio::join!(poll_records(member.as_mut(), 1), async {
            append_numbers(other.as_ref(), &topic, number..number + 1).await;
            Instant::now()
        });
        assert_eq!(text(&records[0]), number.to_string());
        fastest = fastest.min(appended.elapsed());
    }
    assert!(fastest < Duration::from_millis(200), "{fastest:?}");
}
