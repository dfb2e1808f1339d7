//! The view follows a real log.

use std::sync::Arc;

use bytes::Bytes;
use lianbo_schemas::{ArticleChange, topic};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::log::embedded::{EmbeddedLog, Settings};
use crate::log::{Log, NewRecord, Partition, Retention, TopicSpec};
use crate::view::run;
use crate::view::sample::{Fixture, Rule, article, corrected, killed, open_channel, published};

struct Followed {
    fixture: Fixture,
    log: Arc<dyn Log>,
    shutdown: CancellationToken,
    task: JoinHandle<()>,
}

async fn open(folder: &std::path::Path) -> Arc<dyn Log> {
    let log = EmbeddedLog::open(folder, Settings::default()).unwrap();
    let topics = [topic::ARTICLES, topic::FINGERPRINTS, topic::RECEIPTS, topic::TAKEDOWNS, topic::DEAD];
    let spec = |name: &str| TopicSpec { name: name.to_owned(), partitions: 1, retention: Retention::Forever };
    log.ensure(&topics.map(spec)).await.unwrap();
    Arc::new(log)
}

fn follow(fixture: Fixture, log: Arc<dyn Log>) -> Followed {
    let shutdown = CancellationToken::new();
    let task = tokio::spawn(run(fixture.view.clone(), log.clone(), fixture.time(), shutdown.clone()));
    Followed { fixture, log, shutdown, task }
}

async fn append(log: &dyn Log, topic: &str, change: &ArticleChange) -> (Partition, i64) {
    let value = Bytes::from(serde_json::to_vec(change).unwrap());
    let record = NewRecord { topic: topic.to_owned(), key: None, headers: vec![], value: Some(value) };
    log.append(vec![record]).await.unwrap().remove(0)
}

impl Followed {
    async fn append(&self, change: &ArticleChange) {
        let (partition, offset) = append(self.log.as_ref(), topic::ARTICLES, change).await;
        self.fixture.view.wait_for(&partition, offset).await.unwrap();
    }

    async fn stop(self) -> (Fixture, Arc<dyn Log>) {
        self.shutdown.cancel();
        self.task.await.unwrap();
        self.fixture.view.close().await;
        (self.fixture, self.log)
    }
}

#[tokio::test]
async fn the_view_follows_the_log_and_goes_on_after_a_restart() {
    let fixture = Fixture::new(vec![open_channel("all")]).await;
    let log = open(&fixture.folder.path().join("log")).await;
    let followed = follow(fixture, log);
    let one = article(1);
    followed.append(&published(&one)).await;
    followed.append(&corrected(&one, 2, "更正")).await;
    assert_eq!(followed.fixture.view.article(&one.uri).await.unwrap().unwrap().version, 2);
    let (fixture, log) = followed.stop().await;
    append(log.as_ref(), topic::ARTICLES, &killed(&one, 3)).await;
    let again = follow(Fixture::in_folder(fixture.folder, vec![open_channel("all")]).await, log);
    again.append(&published(&article(2))).await;
    assert_eq!(again.fixture.view.versions(&one.uri).await.unwrap().len(), 3);
    again.stop().await;
}

#[tokio::test]
async fn topics_that_appear_later_are_followed_too() {
    let fixture = Fixture::new(vec![]).await;
    let log = open(&fixture.folder.path().join("log")).await;
    let followed = follow(fixture, log);
    let spec = TopicSpec { name: "outlet.cdrb".to_owned(), partitions: 1, retention: Retention::Forever };
    followed.log.ensure(&[spec]).await.unwrap();
    let (partition, offset) = append(followed.log.as_ref(), "outlet.cdrb", &published(&article(1))).await;
    followed.fixture.view.wait_for(&partition, offset).await.unwrap();
    assert_eq!(followed.fixture.view.counts(jiff::Timestamp::UNIX_EPOCH).await.unwrap().submissions, 1);
    followed.stop().await;
}

#[tokio::test]
async fn who_waits_for_the_view_to_catch_up_sees_all_that_was_appended() {
    let fixture = Fixture::new(vec![]).await;
    let log = open(&fixture.folder.path().join("log")).await;
    let followed = follow(fixture, log);
    for number in 1..20 {
        append(followed.log.as_ref(), topic::ARTICLES, &published(&article(number))).await;
        followed.fixture.view.catch_up().await;
        assert!(followed.fixture.view.article(&article(number).uri).await.unwrap().is_some(), "{number}");
    }
    let (fixture, _log) = followed.stop().await;
    let waiting = tokio::time::timeout(std::time::Duration::from_millis(50), fixture.view.catch_up());
    assert!(waiting.await.is_err(), "nobody follows the log");
}

#[tokio::test]
async fn a_view_of_another_log_is_rebuilt() {
    let fixture = Fixture::new(vec![]).await;
    fixture.fold(0, &[published(&article(1)), published(&article(2)), published(&article(3))]).await;
    let log = open(&fixture.folder.path().join("log")).await;
    append(log.as_ref(), topic::ARTICLES, &published(&article(9))).await;
    let followed = follow(fixture, log);
    let mut progress = followed.fixture.view.watch();
    progress.wait_for(|positions| positions.values().eq([&1])).await.unwrap();
    assert!(followed.fixture.view.article(&article(1).uri).await.unwrap().is_none());
    assert!(followed.fixture.view.article(&article(9).uri).await.unwrap().is_some());
    followed.stop().await;
}

#[tokio::test]
async fn on_a_quiet_log_a_grants_embargo_ends_by_the_clock() {
    let fixture = Fixture::new(vec![Rule { embargo: 100, ..open_channel("late") }]).await;
    let log = open(&fixture.folder.path().join("log")).await;
    let followed = follow(fixture, log);
    // The log stamps its own time; the grant's embargo ends long after it.
    let mut one = article(1);
    one.first_seen = jiff::Timestamp::now();
    followed.append(&published(&one)).await;
    let channel = open_channel("late").channel;
    let stamp = followed.fixture.view.channel_stamp(&channel);
    assert!(followed.fixture.view.newest(&channel, 1).await.unwrap().items.is_empty());
    *followed.fixture.clock.lock().unwrap() = one.first_seen + jiff::SignedDuration::from_secs(200);
    while followed.fixture.view.channel_stamp(&channel) == stamp {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(followed.fixture.view.newest(&channel, 1).await.unwrap().items.len(), 1);
    followed.stop().await;
}
