//! What only Kafka has: brokers that are away, and passwords.

use std::collections::HashSet;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use lianbo_hub::log::kafka::Secret;
use lianbo_hub::log::{Engine as Kind, Log, LogError, Polled, Retention, Settings, Start, TopicSpec};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};

use crate::engine::{
    Engine, PATIENCE, all, append_numbers, assigned, first, has_committed, joined, numbers, only, poll_records, reader,
    record, shows, take, text, texts, topic,
};
use crate::process::Process;

/// The folder `deploy/dev/kafka.sh` was started with, if it is said.
fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("LIANBO_KAFKA_DIR").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("skipped: LIANBO_KAFKA_DIR is not set");
    }
    folder
}

fn script(command: &str, folder: &std::path::Path) -> String {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../deploy/dev/kafka.sh");
    let output = Command::new(script).arg(command).arg(folder).env_remove("KAFKA_SASL").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A broker of its own, as the others' must not be killed.
struct Broker(tempfile::TempDir);

impl Drop for Broker {
    fn drop(&mut self) {
        script("stop", self.0.path());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_that_is_killed_loses_nothing_acknowledged() {
    let (Some(_), Some(mut engine)) = (folder(), Engine::kafka()) else { return };
    let broker = Broker(tempfile::tempdir().unwrap());
    engine.settings.kafka.bootstrap = script("start", broker.0.path());
    let log = engine.open();
    let (input, output) = (topic(log.as_ref(), "in", 1).await, topic(log.as_ref(), "out", 1).await);
    let writer = Process::start(&engine, &["append", &input, "w"]);
    let stage = Process::start(&engine, &["copy", &input, &output]);
    let mut acknowledged: Vec<String> = (0..200).map(|_| writer.line()).collect();
    while stage.line().parse::<usize>().unwrap_or(0) < 50 {}
    script("kill", broker.0.path());
    assert_eq!(script("start", broker.0.path()), engine.settings.kafka.bootstrap);
    // Both go on by themselves.
    acknowledged.extend((0..200).map(|_| writer.line()));
    acknowledged.extend(writer.kill());
    let records = all(log.as_ref(), &input).await;
    for line in &acknowledged {
        let (number, offset) = line.split_once(' ').unwrap();
        let found = records.iter().find(|record| record.offset.to_string() == offset);
        assert_eq!(text(found.expect("an acknowledged record is missing")), format!("w-{number}"));
    }
    let end = log.bounds(&input).await.unwrap()[&0].end;
    has_committed(log.as_ref(), "group", end).await;
    drop(stage);
    brings(log.as_ref(), &output, &texts(&records)).await;
}

/// Waits until all of these have come in order. Some may come twice: a broker that is killed may lose the end of a
/// transaction whose records some partitions show already, and its input is then copied again.
async fn brings(log: &dyn Log, topic: &str, expected: &[String]) {
    let deadline = Instant::now() + Duration::from_secs(90);
    loop {
        let mut known = HashSet::new();
        let mut found = texts(&all(log, topic).await);
        found.retain(|text| known.insert(text.clone()));
        if found == expected {
            return;
        }
        assert!(expected.starts_with(&found), "{found:?}");
        assert!(Instant::now() < deadline, "{} of {} records came", found.len(), expected.len());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// A commit for each record, and the broker is killed in their midst or after the last. It may come back having lost the
/// end of a transaction (`hub/src/log/kafka/hanging.rs`), and then nothing new comes that would carry the member past it,
/// which has time enough to stay one.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stage_goes_on_after_its_broker_was_killed_though_nothing_new_comes() {
    let (Some(_), Some(mut engine)) = (folder(), Engine::kafka()) else { return };
    let broker = Broker(tempfile::tempdir().unwrap());
    engine.settings.kafka.bootstrap = script("start", broker.0.path());
    engine.settings.kafka.poll_records = 1;
    engine.settings.kafka.session_timeout_ms = 45_000;
    let log = engine.open();
    let (input, output) = (topic(log.as_ref(), "in", 1).await, topic(log.as_ref(), "out", 1).await);
    let stage = Process::start(&engine, &["copy", &input, &output]);
    let mut there = 0;
    for kill in 0..4 {
        append_numbers(log.as_ref(), &input, there..there + 50).await;
        there += 50;
        while stage.line().parse::<usize>().unwrap_or(0) < there - 10 * kill {}
        script("kill", broker.0.path());
        script("start", broker.0.path());
        brings(log.as_ref(), &output, &numbers(0..there)).await;
    }
}

/// What the group has decided must be answered even by a member that cannot do it: else it stays in the group, and the
/// group waits for it for as long as a member may go without polling.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_cannot_take_its_partitions_leaves_them_to_others() {
    let Some(engine) = Engine::kafka() else { return };
    let Some(mut unable) = Engine::kafka() else { return };
    unable.settings.kafka.group_prefix.clone_from(&engine.settings.kafka.group_prefix);
    // More than brokers allow: the producer of a member that takes partitions cannot begin.
    unable.settings.kafka.transaction_timeout_ms = 86_400_000;
    let (log, other) = (engine.open(), unable.open());
    let topic = topic(log.as_ref(), "left", 2).await;
    let mut first = other.join("group", only(&topic)).await.unwrap();
    let deadline = Instant::now() + PATIENCE;
    let refused = loop {
        assert!(Instant::now() < deadline, "nothing was refused");
        if let Err(error) = first.poll(Duration::from_millis(500)).await {
            break error;
        }
    };
    assert!(!matches!(refused, LogError::Lost(_)), "{refused}");
    drop(first);
    let mut second = log.join("group", only(&topic)).await.unwrap();
    assert_eq!(assigned(second.as_mut()).await.len(), 2);
}

/// A member that has half of the partitions dies between its offsets and the end of its transaction. Those who had the
/// other half have a transaction of their own, not named as its was, and do not wait until the brokers end it in a minute.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_dead_member_left_open_does_not_keep_its_partitions() {
    let Some(engine) = Engine::kafka() else { return };
    let log = engine.open();
    let (input, output) = (topic(log.as_ref(), "in", 4).await, topic(log.as_ref(), "out", 1).await);
    let mut member = joined(log.as_ref(), "group", &input).await;
    member.commit(vec![record(&output, "k", "its own")]).await.unwrap();
    let settings = engine.settings.kafka.clone();
    let (read, written) = (input.clone(), output.clone());
    let dying = tokio::task::spawn_blocking(move || die_in_a_transaction(&settings, &read, &written));
    let mut owned = 4;
    let deadline = Instant::now() + PATIENCE;
    while !dying.is_finished() || owned < 4 {
        match member.poll(Duration::from_millis(100)).await.unwrap() {
            Polled::Assigned(partitions) => owned += partitions.len(),
            Polled::Revoked(partitions) => owned -= partitions.len(),
            Polled::Records(_) | Polled::Idle => {}
        }
        assert!(Instant::now() < deadline, "it has {owned} partitions");
    }
    dying.await.unwrap();
    shows(log.as_ref(), &output, &["its own"]).await;
}

/// Joins the group, takes its half, writes a record and its offsets in a transaction as our members name them, and is gone.
fn die_in_a_transaction(settings: &lianbo_hub::log::kafka::Settings, input: &str, output: &str) {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", &settings.bootstrap);
    let group = format!("{}group", settings.group_prefix);
    let mut reading = config.clone();
    reading.set("group.id", &group).set("partition.assignment.strategy", "cooperative-sticky");
    let consumer: BaseConsumer = reading.set("enable.auto.commit", "false").create().unwrap();
    consumer.subscribe(&[input]).unwrap();
    while consumer.assignment().unwrap().count() < 2 {
        drop(consumer.poll(Duration::from_millis(50)));
    }
    let mut half = consumer.assignment().unwrap();
    let lowest = half.elements().iter().map(|element| element.partition()).min().unwrap();
    let id = format!("{group}.{input}.{lowest}");
    let producer: BaseProducer = config.set("transactional.id", &id).create().unwrap();
    producer.init_transactions(PATIENCE).unwrap();
    producer.begin_transaction().unwrap();
    producer.send(BaseRecord::<str, str>::to(output).payload("never committed")).map_err(|(error, _)| error).unwrap();
    producer.flush(PATIENCE).unwrap();
    half.set_all_offsets(rdkafka::Offset::Offset(0)).unwrap();
    producer.send_offsets_to_transaction(&half, &consumer.group_metadata().unwrap(), PATIENCE).unwrap();
}

/// A record of the log's own is no record to anyone, and does not keep a reader from coming to the end.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_log_writes_for_itself_is_handed_to_nobody() {
    let Some(engine) = Engine::kafka() else { return };
    let log = engine.open();
    let topic = topic(log.as_ref(), "own", 1).await;
    let mut own = record(&topic, "k", "own");
    own.headers = vec![("lianbo-log".to_owned(), b"lianbo-log".as_slice().into())];
    log.append(vec![record(&topic, "k", "a"), own.clone(), record(&topic, "k", "b"), own]).await.unwrap();
    shows(log.as_ref(), &topic, &["a", "b"]).await;
    let mut member = joined(log.as_ref(), "group", &topic).await;
    assert_eq!(texts(&poll_records(member.as_mut(), 2).await), ["a", "b"]);
    let mut reader = reader(log.as_ref(), &topic, Start::Earliest).await;
    take(reader.as_mut(), 2).await;
    while reader.positions()[&first(&topic)] < 4 {
        assert!(reader.next(Duration::from_millis(100)).await.unwrap().is_empty());
    }
}

fn nowhere() -> Settings {
    let mut settings = Settings { engine: Kind::Kafka, ..Settings::default() };
    // A port that was free a moment ago, and that nobody listens at.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    settings.kafka.bootstrap = format!("127.0.0.1:{port}");
    settings.kafka.request_timeout_ms = 500;
    settings
}

#[tokio::test]
async fn brokers_that_do_not_answer_are_named() {
    let settings = nowhere();
    let log = lianbo_hub::log::open(&settings, std::path::Path::new("unused")).unwrap();
    let append = log.append(vec![record("t", "k", "v")]).await.unwrap_err();
    let bounds = log.bounds("t").await.unwrap_err();
    let join = log.join("g", only("t")).await.err().unwrap();
    let spec = TopicSpec { name: "t".to_owned(), partitions: 1, retention: Retention::Forever };
    let ensure = log.ensure(&[spec]).await.unwrap_err();
    for error in [append, bounds, join, ensure] {
        let text = error.to_string();
        assert!(matches!(error, LogError::Unavailable(_)), "{text}");
        assert!(text.contains(&settings.kafka.bootstrap) && text.contains("log.kafka.bootstrap"), "{text}");
    }
}

#[tokio::test]
async fn a_wrong_setting_is_said_at_once() {
    let mut settings = nowhere();
    settings.kafka.options.insert("no.such.option".to_owned(), "1".to_owned());
    let error = lianbo_hub::log::open(&settings, std::path::Path::new("unused")).err().unwrap();
    assert!(matches!(&error, LogError::Broken(cause) if cause.contains("no.such.option")), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_password_opens_the_door_and_a_wrong_one_does_not() {
    let (Some(folder), Some(mut engine)) = (folder(), Engine::kafka()) else { return };
    let Ok(address) = std::fs::read_to_string(folder.join("sasl")) else {
        eprintln!("skipped: the broker was started without KAFKA_SASL");
        return;
    };
    let (user, password) = ("lianbo", "secret");
    engine.settings.kafka.bootstrap = address.trim().to_owned();
    engine.settings.kafka.security_protocol = "sasl_plaintext".to_owned();
    engine.settings.kafka.sasl_mechanism = Some("PLAIN".to_owned());
    engine.settings.kafka.sasl_username = Some(user.to_owned());
    engine.settings.kafka.sasl_password = Some(Secret::new(password));
    let log = engine.open();
    let topic = topic(log.as_ref(), "sasl", 1).await;
    append_numbers(log.as_ref(), &topic, 0..3).await;
    shows(log.as_ref(), &topic, &numbers(0..3)).await;
    engine.settings.kafka.sasl_password = Some(Secret::new("wrong"));
    engine.settings.kafka.request_timeout_ms = 2_000;
    let error = engine.open().bounds(&topic).await.unwrap_err();
    assert!(matches!(error, LogError::Broken(_) | LogError::Unavailable(_)), "{error}");
    assert!(!error.to_string().contains("wrong"), "{error}");
}
