//! A producer whose requests are neither answered nor refused, as was seen once after a broker had stood still for
//! seconds: another takes its place. On librdkafka's own mock of a cluster, and on Kafka when `LIANBO_KAFKA` names its
//! brokers. In a program of its own, which has no other clients whose threads would be counted.

#![cfg(feature = "kafka")]
#![expect(clippy::unwrap_used, reason = "in a test an error is a failure, helper functions included")]

mod proxy;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use lianbo_hub::log::{
    Engine, Log, LogError, NewRecord, Offset, Retention, Settings, Start, Subscription, TopicSpec, open,
};
use lianbo_tests::{kafka, until};
use rdkafka::mocking::MockCluster;
use tokio::sync::Mutex;

use self::proxy::Proxy;

/// So many append at once, each to a topic of its own.
const CALLERS: usize = 8;
/// What each appends before, and again after.
const SOME: usize = 20;

/// One story at a time, for each counts the threads.
static ALONE: Mutex<()> = Mutex::const_new(());

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_producer_that_stands_still_makes_room_for_another() {
    let _alone = ALONE.lock().await;
    let cluster = MockCluster::new(1).unwrap();
    let topics = topics();
    topics.iter().for_each(|topic| cluster.create_topic(topic, 1, 1).unwrap());
    appends_go_on(&cluster.bootstrap_servers(), &topics).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_producer_that_stands_still_makes_room_for_another_on_kafka() {
    let Some(brokers) = kafka() else { return };
    let _alone = ALONE.lock().await;
    let topics = topics();
    let spec = |name: &String| TopicSpec { name: name.clone(), partitions: 1, retention: Retention::Forever };
    log_at(&brokers).ensure(&topics.iter().map(spec).collect::<Vec<_>>()).await.unwrap();
    appends_go_on(&brokers, &topics).await;
}

async fn appends_go_on(brokers: &str, topics: &[String]) {
    let proxy = Proxy::before(brokers).await;
    let log = log_at(&proxy.bootstrap);
    let mut books: Vec<Book> = topics.iter().map(|topic| Book { topic: topic.clone(), ..Book::default() }).collect();
    for book in &mut books {
        book.append(log.as_ref()).await;
    }
    assert!(books.iter().all(|book| book.refused.is_empty()));
    let producers = proxy.producers();
    let clients = client_threads();

    proxy.stand_still();
    join_all(books.iter_mut().map(|book| book.append(log.as_ref()))).await;
    // All of them came upon the one that stood still, and made one other.
    assert!(books.iter().all(|book| book.refused.contains(&SOME)));
    assert_eq!(proxy.producers(), producers + 1);

    until("the end of the first producer", async || (client_threads() <= clients).then_some(())).await;

    // What the first had sent comes after what the second was told to be written.
    assert!(proxy.held() > 0);
    proxy.let_go();
    until("answers to what was held", async || (proxy.unanswered() == 0).then_some(())).await;
    let log = log_at(brokers);
    let mut late = 0;
    for book in books {
        late += book.check(log.as_ref()).await;
    }
    assert!(late > 0, "nothing came late");
}

/// What one caller appended.
#[derive(Default)]
struct Book {
    topic: String,
    /// Where each number is, as the log said.
    places: Vec<Offset>,
    /// Those that were refused once or oftener before they were taken.
    refused: BTreeSet<usize>,
}

impl Book {
    /// Appends the next numbers, one after the other, each until it is taken.
    async fn append(&mut self, log: &dyn Log) {
        for number in self.places.len()..self.places.len() + SOME {
            let place = until("a record to be taken", async || match log.append(vec![self.record(number)]).await {
                Ok(places) => Some(places[0].1),
                Err(error) => {
                    assert!(matches!(error, LogError::Unavailable(_)), "{error}");
                    self.refused.insert(number);
                    None
                }
            });
            let place = place.await;
            self.places.push(place);
        }
    }

    fn record(&self, number: usize) -> NewRecord {
        let value = Some(Bytes::from(number.to_string()));
        NewRecord { topic: self.topic.clone(), key: Some(Bytes::from_static(b"k")), headers: Vec::new(), value }
    }

    /// All that was acknowledged is where it was said to be, in order, and only what was refused is there once more; how often.
    async fn check(&self, log: &dyn Log) -> usize {
        assert!(self.places.is_sorted_by(|one, next| one < next), "{:?}", self.places);
        let mut there = all(log, &self.topic).await;
        for (number, place) in self.places.iter().enumerate() {
            assert_eq!(there.remove(place), Some(number), "at {place} of `{}`", self.topic);
        }
        assert!(there.values().all(|number| self.refused.contains(number)), "{there:?} {:?}", self.refused);
        there.len()
    }
}

/// The numbers in a topic, by their places.
async fn all(log: &dyn Log, topic: &str) -> BTreeMap<Offset, usize> {
    let end = log.bounds(topic).await.unwrap()[&0].end;
    let subscription = Subscription::Topics(vec![topic.to_owned()]);
    let mut reader = log.read(subscription, Start::Earliest, BTreeMap::new()).await.unwrap();
    let mut there = BTreeMap::new();
    until("the end of the topic", async || {
        for record in reader.next(Duration::from_millis(100)).await.unwrap() {
            let value = String::from_utf8(record.value.unwrap().to_vec()).unwrap();
            there.insert(record.offset, value.parse().unwrap());
        }
        (there.last_key_value().map_or(0, |(offset, _)| offset + 1) == end).then_some(())
    })
    .await;
    there
}

fn log_at(brokers: &str) -> Arc<dyn Log> {
    let mut settings = Settings { engine: Engine::Kafka, ..Settings::default() };
    brokers.clone_into(&mut settings.kafka.bootstrap);
    settings.kafka.request_timeout_ms = 3_000;
    open(&settings, Path::new("unused")).unwrap()
}

fn topics() -> Vec<String> {
    let run: u32 = rand::random();
    (0..CALLERS).map(|caller| format!("standstill.{run:08x}.{caller}")).collect()
}

/// The threads of Kafka's clients: librdkafka's own, and those of rdkafka that wait for delivery reports.
fn client_threads() -> usize {
    let tasks = std::fs::read_dir("/proc/self/task").unwrap();
    let names = tasks.filter_map(|task| std::fs::read_to_string(task.unwrap().path().join("comm")).ok());
    names.filter(|name| name.starts_with("rdk:") || name.starts_with("producer poll")).count()
}
