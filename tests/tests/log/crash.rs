//! Processes that are killed and stopped.

use std::time::{Duration, Instant};

use lianbo_hub::log::LogError;

use crate::engine::{
    Engine, all, append_numbers, assigned, first, has_committed, numbers, only, poll_records, record, shows, text,
    texts, topic,
};
use crate::process::Process;

pub(crate) async fn what_was_acknowledged_survives_a_kill(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "killed", 1).await;
    let writer = Process::start(&engine, &["append", &topic, "w"]);
    let mut acknowledged: Vec<String> = (0..150).map(|_| writer.line()).collect();
    acknowledged.extend(writer.kill());
    let records = all(log.as_ref(), &topic).await;
    for (number, record) in records.iter().enumerate() {
        assert_eq!(text(record), format!("w-{number}"));
    }
    for line in &acknowledged {
        let (number, offset) = line.split_once(' ').unwrap();
        let number: usize = number.parse().unwrap();
        assert_eq!(records[number].offset, offset.parse::<i64>().unwrap());
    }
    assert!(acknowledged.len() >= 150);
}

pub(crate) async fn a_stage_killed_again_and_again_writes_each_output_once(mut engine: Engine) {
    engine.settings.embedded.poll_records = 5;
    engine.settings.kafka.poll_records = 5;
    let log = engine.open();
    let (input, output) = (topic(log.as_ref(), "in", 1).await, topic(log.as_ref(), "out", 1).await);
    append_numbers(log.as_ref(), &input, 0..500).await;
    for round in 0..4 {
        let stage = Process::start(&engine, &["copy", &input, &output]);
        // The first line says that it joined; then it is killed between, or in the middle of, its commits.
        for _ in 0..8 + round {
            stage.line();
        }
        tokio::time::sleep(Duration::from_micros(700 * round)).await;
        stage.kill();
    }
    let stage = Process::start(&engine, &["copy", &input, &output]);
    has_committed(log.as_ref(), "group", 500).await;
    drop(stage);
    shows(log.as_ref(), &output, &numbers(0..500)).await;
}

pub(crate) async fn a_standby_takes_over_when_the_owner_is_killed(engine: Engine) {
    let log = engine.open();
    let (input, output) = (topic(log.as_ref(), "in", 1).await, topic(log.as_ref(), "out", 1).await);
    append_numbers(log.as_ref(), &input, 0..20).await;
    let owner = Process::start(&engine, &["copy", &input, &output]);
    while owner.line() != "20" {}
    let mut standby = log.join("group", only(&input)).await.unwrap();
    standby.poll(Duration::from_millis(300)).await.unwrap();
    let killed = Instant::now();
    owner.kill();
    append_numbers(log.as_ref(), &input, 20..25).await;
    assert_eq!(assigned(standby.as_mut()).await, [first(&input)]);
    eprintln!("the standby took over after {:?}", killed.elapsed());
    let records = poll_records(standby.as_mut(), 5).await;
    assert_eq!(texts(&records), numbers(20..25));
    let outputs = texts(&records).iter().map(|text| record(&output, text, text)).collect();
    standby.commit(outputs).await.unwrap();
    shows(log.as_ref(), &output, &numbers(0..25)).await;
}

pub(crate) async fn a_process_that_was_stopped_cannot_commit(engine: Engine) {
    let log = engine.open();
    let (input, output) = (topic(log.as_ref(), "in", 1).await, topic(log.as_ref(), "out", 1).await);
    append_numbers(log.as_ref(), &input, 0..5).await;
    let mut zombie = Process::start(&engine, &["hold", &input, &output]);
    assert_eq!(zombie.line(), "polled");
    let mut successor = loop {
        zombie.signal("STOP");
        match log.join("group", only(&input)).await {
            Ok(successor) => break successor,
            // Stopped in the very middle of a write, it holds the file: it goes on for a moment and is stopped again.
            Err(LogError::Unavailable(_)) => zombie.signal("CONT"),
            Err(error) => panic!("{error}"),
        }
    };
    assigned(successor.as_mut()).await;
    zombie.signal("CONT");
    zombie.go_on();
    assert_eq!(zombie.line(), "lost");
    let records = poll_records(successor.as_mut(), 5).await;
    let outputs = texts(&records).iter().map(|text| record(&output, text, text)).collect();
    successor.commit(outputs).await.unwrap();
    shows(log.as_ref(), &output, &numbers(0..5)).await;
}
