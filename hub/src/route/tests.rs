//! The stage on a real log, under a clock of the test's: grants that end, decisions that are overtaken, and in `returned`
//! partners that come back.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jiff::Timestamp;
use lianbo_schemas::ninjs::{NewsItem, PubStatus};
use lianbo_schemas::{
    Action, Article, ArticleChange, ArticleUri, Cause, Content, Delivery, Event, ItemUri, OutletId, PartnerId, topic,
};
use serde_json::{Value, json};

use super::{Articles, RouteStage, to_record};
use crate::log::embedded::EmbeddedLog;
use crate::log::{Log, NewRecord, Partition, Record, Retention, TopicSpec};
use crate::registry::{Entry, Kind, Snapshot};
use crate::stage::Stage;

mod returned;

const PARTNERS: [&str; 2] = ["one", "two"];

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn uri(name: &str) -> ArticleUri {
    ArticleUri::new(format!("tag:x,2026:article:{name}")).unwrap()
}

fn article(name: &str, version: u32) -> Article {
    Article {
        uri: uri(name),
        version,
        outlet: OutletId::new("cdrb").unwrap(),
        original: ItemUri::new(format!("tag:x,2026:item:cdrb:{name}")).unwrap(),
        first_seen: at(0),
        news: NewsItem::new(uri(name).as_str()),
        sightings: Vec::new(),
        links: Vec::new(),
    }
}

#[derive(Default)]
struct Known(Mutex<BTreeMap<ArticleUri, Arc<Article>>>);

#[async_trait]
impl Articles for Known {
    async fn newest(&self, uri: &ArticleUri) -> Result<Option<Arc<Article>>, String> {
        Ok(self.0.lock().unwrap().get(uri).cloned())
    }
}

/// A log, a registry, and the stage that has `articles`.
struct World {
    log: EmbeddedLog,
    registry: Arc<Mutex<Arc<Snapshot>>>,
    known: Arc<Known>,
    stage: RouteStage,
    offset: i64,
    /// By the clock of whoever wrote the records; as the test's without it.
    written_at: Option<Timestamp>,
    folder: tempfile::TempDir,
}

impl World {
    async fn new(grants: &[Value]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = Self::log(folder.path()).await;
        let mut snapshot = Snapshot::default();
        let channel = json!({"id": "all", "title": "all", "rule": "true"});
        snapshot.put(Entry::Channel(serde_json::from_value(channel).unwrap()));
        PARTNERS.into_iter().for_each(|id| snapshot.put(partner(id)));
        let registry = Arc::new(Mutex::new(Arc::new(snapshot)));
        let known = Arc::new(Known::default());
        let stage = stage(&registry, &known, folder.path());
        let mut world = Self { log, registry, known, stage, offset: 0, written_at: None, folder };
        grants.iter().for_each(|grant| world.grant(grant));
        world.restart().await;
        world
    }

    async fn log(folder: &Path) -> EmbeddedLog {
        let log = EmbeddedLog::open(folder, crate::log::embedded::Settings::default()).unwrap();
        let kept = |name: &str| TopicSpec { name: name.to_owned(), partitions: 1, retention: Retention::Compacted };
        log.ensure(&PARTNERS.map(|partner| kept(&format!("deliveries.{partner}")))).await.unwrap();
        log
    }

    fn grant(&mut self, members: &Value) {
        let mut grant = json!({"outlet": "cdrb"});
        grant.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        self.register(|snapshot| snapshot.put(Entry::Grant(serde_json::from_value(grant).unwrap())));
    }

    /// Changes the registry.
    fn register(&mut self, change: impl FnOnce(&mut Snapshot)) {
        let mut registry = self.registry.lock().unwrap();
        let mut snapshot = (**registry).clone();
        change(&mut snapshot);
        *registry = Arc::new(snapshot);
    }

    async fn restart(&mut self) {
        self.stage = stage(&self.registry, &self.known, self.folder.path());
        self.stage.assigned(&self.log, &[]).await.unwrap();
    }

    /// A change of an article, as the view shows it right after.
    async fn change(&mut self, change: ArticleChange, now: Timestamp) -> Vec<Told> {
        let mut articles = self.known.0.lock().unwrap().clone();
        match &change {
            ArticleChange::Version { article, .. } => {
                articles.insert(article.uri.clone(), Arc::new(article.clone()));
            }
            ArticleChange::Withdrawn { uri, version, status, .. } => {
                let mut article = Article::clone(&articles[uri]);
                (article.version, article.news.pub_status) = (*version, *status);
                articles.insert(uri.clone(), Arc::new(article));
            }
            other => panic!("{other:?}"),
        }
        *self.known.0.lock().unwrap() = articles;
        let outputs = self.decide(&change, now).await;
        self.commit(outputs).await
    }

    /// What the stage makes of a change, without committing it.
    async fn decide(&mut self, change: &ArticleChange, now: Timestamp) -> Vec<NewRecord> {
        self.offset += 1;
        let event = self.written_at.map(|at| Event::new("id", "/dedup", "article.published", at));
        let record = Record {
            partition: Partition { topic: topic::ARTICLES.to_owned(), number: 0 },
            offset: self.offset,
            time: now,
            key: None,
            headers: event.map(|event| event.to_headers()).unwrap_or_default(),
            value: Some(serde_json::to_vec(change).unwrap().into()),
        };
        self.stage.process(vec![record], now).await.unwrap()
    }

    async fn publish(&mut self, name: &str, version: u32, now: Timestamp) -> Vec<Told> {
        let article = article(name, version);
        self.change(ArticleChange::Version { cause: Cause::Published, article }, now).await
    }

    async fn kill(&mut self, name: &str, version: u32, now: Timestamp) -> Vec<Told> {
        let (uri, status) = (uri(name), PubStatus::Canceled);
        self.change(ArticleChange::Withdrawn { uri, version, status, note: None, at: now }, now).await
    }

    /// What comes by the clock alone.
    async fn clock(&mut self, now: Timestamp) -> Vec<Told> {
        let mut all = Vec::new();
        while self.stage.wakes_at().is_some_and(|wakes| wakes <= now) {
            let outputs = self.stage.due(now).await.unwrap();
            all.extend(self.commit(outputs).await);
        }
        all
    }

    async fn commit(&self, outputs: Vec<NewRecord>) -> Vec<Told> {
        let told = outputs.iter().map(Told::of).collect();
        if !outputs.is_empty() {
            self.log.append(outputs).await.unwrap();
        }
        told
    }

    /// What a replay or a reconciliation writes.
    async fn elsewhere(&self, partner: &str, delivery: Delivery) {
        let delivery = Delivery { redelivery: Some("reconcile-1".to_owned()), ..delivery };
        self.log
            .append(vec![to_record(&PartnerId::new(partner).unwrap(), &delivery, "elsewhere", None)])
            .await
            .unwrap();
    }
}

fn partner(id: &str) -> Entry {
    let connector = json!({"kind": "webhook", "url": "https://wp.example"});
    let partner = json!({"id": id, "name": id, "channels": ["all"], "connector": connector});
    Entry::Partner(serde_json::from_value(partner).unwrap())
}

fn stage(registry: &Arc<Mutex<Arc<Snapshot>>>, known: &Arc<Known>, folder: &Path) -> RouteStage {
    let registry = Arc::clone(registry);
    RouteStage::new(Arc::new(move || registry.lock().unwrap().clone()), known.clone(), folder.join("holdings.db"))
}

/// A decision, in short.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    partner: String,
    action: Action,
    version: u32,
    content: Option<Content>,
    delivery: Delivery,
}

impl Told {
    fn of(record: &NewRecord) -> Self {
        let delivery: Delivery = serde_json::from_slice(record.value.as_ref().unwrap()).unwrap();
        Self {
            partner: topic::partner_of(&record.topic).unwrap().to_string(),
            action: delivery.action,
            version: delivery.version,
            content: delivery.terms.as_ref().map(|terms| terms.content),
            delivery,
        }
    }
}

fn brief(told: &[Told]) -> Vec<(&str, Action, u32)> {
    told.iter().map(|told| (told.partner.as_str(), told.action, told.version)).collect()
}

#[tokio::test]
async fn when_a_grant_ends_its_copies_go_once_and_a_restart_does_not_repeat_it() {
    let ends = json!({"id": "g", "partners": "all", "until": at(100)});
    let mut world = World::new(&[ends]).await;
    assert_eq!(world.publish("a", 1, at(10)).await.len(), 2);
    assert_eq!(world.clock(at(99)).await, []);
    let told = world.clock(at(100)).await;
    assert_eq!(brief(&told), [("one", Action::Withdraw, 1), ("two", Action::Withdraw, 1)]);
    assert_eq!(told[0].delivery.note.as_deref(), Some("The grant `g` ended at 1970-01-01T00:01:40Z."));
    assert_eq!(world.clock(at(500)).await, []);
    world.restart().await;
    assert_eq!(world.clock(at(600)).await, []);
    assert_eq!(world.publish("b", 1, at(700)).await, [], "nothing new goes out under it");
}

#[tokio::test]
async fn an_embargo_that_has_ended_where_it_was_written_has_ended_here() {
    let mut world = World::new(&[json!({"id": "g", "partners": ["one"]})]).await;
    let mut embargoed = article("a", 1);
    embargoed.news.embargoed_until = Some(at(100));
    let published = ArticleChange::Version { cause: Cause::Published, article: embargoed };
    assert_eq!(world.change(published.clone(), at(10)).await, []);
    let lifted = ArticleChange::Lifted { uri: uri("a"), version: 1, at: at(100) };
    let told = world.decide(&lifted, at(99)).await;
    assert_eq!(told.len(), 1, "this clock is a second behind");
    world.written_at = Some(at(101));
    assert_eq!(world.decide(&published, at(99)).await.len(), 1, "published when the embargo was over there");
}

#[tokio::test]
async fn an_end_that_passed_while_nobody_was_there_is_carried_out() {
    let mut world = World::new(&[json!({"id": "g", "partners": ["one"]})]).await;
    world.publish("a", 1, at(10)).await;
    world.grant(&json!({"id": "g", "partners": ["one"], "until": at(50)}));
    world.restart().await;
    assert_eq!(brief(&world.clock(at(60)).await), [("one", Action::Withdraw, 1)]);
}

#[tokio::test]
async fn another_grant_takes_over_and_its_terms_are_told_under_a_mark_of_their_own() {
    let full = json!({"id": "full", "partners": "all", "until": at(100)});
    let less = json!({"id": "less", "partners": ["two"], "content": "excerpt"});
    let mut world = World::new(&[full, less]).await;
    world.publish("a", 1, at(10)).await;
    let told = world.clock(at(100)).await;
    assert_eq!(brief(&told), [("one", Action::Withdraw, 1), ("two", Action::Hold, 1)]);
    assert_eq!(told[1].content, Some(Content::Excerpt));
    assert_eq!(told[1].delivery.redelivery.as_deref(), Some("end-full-100"));
    assert_eq!(world.clock(at(500)).await, []);
}

#[tokio::test]
async fn what_may_be_kept_stays_as_it_is_until_it_is_killed() {
    let keep = json!({"id": "g", "partners": ["one"], "until": at(100), "on_end": "keep"});
    let mut world = World::new(&[keep]).await;
    world.publish("a", 1, at(10)).await;
    assert_eq!(world.clock(at(200)).await, []);
    assert_eq!(world.publish("a", 2, at(300)).await, [], "a correction is a new use");
    let killed = world.kill("a", 3, at(400)).await;
    assert_eq!(brief(&killed), [("one", Action::Withdraw, 3), ("two", Action::Withdraw, 3)]);
    assert_eq!(killed[0].delivery.status, Some(PubStatus::Canceled), "the delivery says all that partners are told");
}

#[tokio::test]
async fn a_view_that_is_behind_delays_the_end_and_nothing_else() {
    let ends = json!({"id": "g", "partners": ["one"], "until": at(100)});
    let mut world = World::new(&[ends, json!({"id": "other", "partners": ["two"]})]).await;
    world.publish("a", 1, at(10)).await;
    let shown = world.known.0.lock().unwrap().remove(&uri("a")).unwrap();
    assert_eq!(world.clock(at(100)).await, []);
    assert_eq!(brief(&world.publish("b", 1, at(101)).await), [("two", Action::Hold, 1)]);
    world.known.0.lock().unwrap().insert(uri("a"), shown);
    assert_eq!(brief(&world.clock(at(105)).await), [("one", Action::Withdraw, 1)]);
}

#[tokio::test]
async fn a_copy_delivered_again_under_a_grant_that_has_ended_goes_as_well() {
    let mut world = World::new(&[json!({"id": "g", "partners": ["one"], "until": at(100)})]).await;
    let held = world.publish("a", 1, at(10)).await.remove(0).delivery;
    world.clock(at(100)).await;
    world.elsewhere("one", held).await;
    assert_eq!(brief(&world.clock(at(110)).await), [("one", Action::Withdraw, 1)]);
}

#[tokio::test]
async fn a_kill_that_is_overtaken_by_an_older_delivery_is_decided_again() {
    for restarts in [false, true] {
        let mut world = World::new(&[json!({"id": "g", "partners": "all"})]).await;
        let held = world.publish("a", 1, at(10)).await.remove(0).delivery;
        world.kill("a", 2, at(20)).await;
        world.elsewhere("one", held).await;
        if restarts {
            world.restart().await;
        }
        assert_eq!(brief(&world.clock(at(30)).await), [("one", Action::Withdraw, 2)], "{restarts}");
        assert_eq!(world.clock(at(40)).await, []);
    }
}

#[tokio::test]
async fn what_was_withdrawn_for_want_of_a_grant_stays_withdrawn_when_that_is_overtaken() {
    let mut world = World::new(&[json!({"id": "g", "partners": ["one"]})]).await;
    let held = world.publish("a", 1, at(10)).await.remove(0).delivery;
    world.grant(&json!({"id": "g", "partners": ["two"]}));
    assert_eq!(brief(&world.publish("a", 2, at(20)).await), [("one", Action::Withdraw, 2), ("two", Action::Hold, 2)]);
    world.elsewhere("one", held).await;
    assert_eq!(brief(&world.clock(at(30)).await), [("one", Action::Withdraw, 2)]);
}

#[tokio::test]
async fn a_correction_that_is_overtaken_is_decided_again_and_a_replay_of_what_stands_is_left_alone() {
    let mut world = World::new(&[json!({"id": "g", "partners": "all"})]).await;
    let held = world.publish("a", 1, at(10)).await.remove(0).delivery;
    world.elsewhere("one", held.clone()).await;
    assert_eq!(world.clock(at(15)).await, []);
    world.publish("a", 2, at(20)).await;
    world.elsewhere("one", held).await;
    assert_eq!(brief(&world.clock(at(30)).await), [("one", Action::Hold, 2)]);
}

#[tokio::test]
async fn what_was_decided_and_not_committed_is_not_known_afterwards() {
    let mut world = World::new(&[json!({"id": "g", "partners": "all"})]).await;
    world.publish("b", 1, at(5)).await;
    let change = ArticleChange::Version { cause: Cause::Published, article: article("a", 1) };
    assert_eq!(world.decide(&change, at(10)).await.len(), 2);
    world.stage.revoked(&[]);
    world.stage.assigned(&world.log, &[]).await.unwrap();
    world.grant(&json!({"id": "g", "partners": ["nobody"]}));
    assert_eq!(world.publish("a", 2, at(20)).await, [], "nobody has been told to hold it");
    let told = world.publish("b", 2, at(30)).await;
    assert_eq!(brief(&told), [("one", Action::Withdraw, 2), ("two", Action::Withdraw, 2)]);
}

#[tokio::test]
async fn what_is_to_be_decided_again_outlasts_a_restart() {
    let mut world = World::new(&[json!({"id": "g", "partners": ["one"]})]).await;
    let held = world.publish("a", 1, at(10)).await.remove(0).delivery;
    world.publish("a", 2, at(20)).await;
    world.elsewhere("one", held).await;
    let shown = world.known.0.lock().unwrap().remove(&uri("a")).unwrap();
    assert_eq!(world.clock(at(30)).await, [], "the view does not show the article");
    world.restart().await;
    assert_eq!(world.clock(at(40)).await, []);
    world.known.0.lock().unwrap().insert(uri("a"), shown);
    assert_eq!(brief(&world.clock(at(50)).await), [("one", Action::Hold, 2)]);
    assert_eq!(world.clock(at(60)).await, []);
}

#[tokio::test]
async fn a_damaged_file_is_made_anew() {
    let mut world = World::new(&[json!({"id": "g", "partners": "all"})]).await;
    world.publish("a", 1, at(10)).await;
    world.stage.revoked(&[]);
    let file = world.folder.path().join("holdings.db");
    std::fs::write(file, "nothing that SQLite knows".repeat(1_000)).unwrap();
    world.restart().await;
    world.grant(&json!({"id": "g", "partners": ["nobody"]}));
    let told = world.publish("a", 2, at(20)).await;
    assert_eq!(
        brief(&told),
        [("one", Action::Withdraw, 2), ("two", Action::Withdraw, 2)],
        "the log knows who holds it"
    );
}

#[tokio::test]
async fn a_file_of_another_log_is_forgotten() {
    let mut world = World::new(&[json!({"id": "g", "partners": "all"})]).await;
    world.publish("a", 1, at(10)).await;
    world.clock(at(20)).await;
    world.log = World::log(&world.folder.path().join("other")).await;
    world.restart().await;
    world.grant(&json!({"id": "g", "partners": ["nobody"]}));
    assert_eq!(world.publish("a", 2, at(30)).await, [], "this log knows of nobody who holds it");
}
