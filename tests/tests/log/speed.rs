//! How fast the log is: figures on standard error, and bounds so wide that only a wait that does not belong there breaks
//! them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::engine::{Engine, append_numbers, joined, poll_records, record, topic};

/// Appends by so many callers at once, for a second; how many there were.
async fn appends(engine: &Engine, appenders: usize) -> usize {
    let log = engine.open();
    let topic = Arc::new(topic(log.as_ref(), "speed", 1).await);
    let value = "x".repeat(4_096);
    let deadline = Instant::now() + Duration::from_secs(1);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..appenders {
        let (log, topic, value) = (Arc::clone(&log), Arc::clone(&topic), value.clone());
        tasks.spawn(async move {
            let mut count = 0;
            while Instant::now() < deadline {
                log.append(vec![record(&topic, "k", &value)]).await.unwrap();
                count += 1;
            }
            count
        });
    }
    tasks.join_all().await.into_iter().sum()
}

pub(crate) async fn appends_share_their_waits(engine: Engine) {
    let (alone, together) = (appends(&engine, 1).await, appends(&engine, 64).await);
    eprintln!("appends of 4 KiB in a second: {alone} by one caller, {together} by 64");
    assert!(alone > 10 && together > alone, "{alone} and {together}");
}

pub(crate) async fn a_commit_takes_milliseconds(engine: Engine) {
    const ROUNDS: usize = 100;
    let log = engine.open();
    let (input, output) = (topic(log.as_ref(), "in", 1).await, topic(log.as_ref(), "out", 1).await);
    let mut member = joined(log.as_ref(), "group", &input).await;
    let (mut seen, mut took) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        let appended = async {
            append_numbers(log.as_ref(), &input, round..round + 1).await;
            Instant::now()
        };
        let (_, appended) = tokio::join!(poll_records(member.as_mut(), 1), appended);
        seen.push(appended.elapsed());
        let started = Instant::now();
        member.commit(vec![record(&output, "k", &round.to_string())]).await.unwrap();
        took.push(started.elapsed());
    }
    seen.sort();
    took.sort();
    let (fast, middle, late) = (ROUNDS / 10, ROUNDS / 2, ROUNDS - 2);
    eprintln!("commit: median {:?}, 99th of 100 {:?}", took[middle], took[late]);
    eprintln!("from acknowledged to polled: median {:?}, 99th of 100 {:?}", seen[middle], seen[late]);
    // 101 ms is what a transaction takes whose offsets meet a partition that is still being added.
    assert!(took[fast] < Duration::from_millis(80), "{:?}", took[fast]);
}
