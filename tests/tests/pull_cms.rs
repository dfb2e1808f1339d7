//! CMSes as sources, on one whose lists and posts the test sets: what is new, changed, taken back, deleted, a hub's own;
//! once each, whatever is forgotten. Real ones are in `sources`.

// What fails in a helper fails the test; not every test uses all of a fixture.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod ingest_hub;
mod pull_site;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use ingest_hub::{Hub, builder, header_of};
use jiff::Timestamp;
use lianbo_connectors::format::post::{System, WORDPRESS};
use lianbo_connectors::source::SourceError;
use lianbo_connectors::source::cms::{Cms, Order, PAGE, Post, PostOrigin, Row, Standing, Wanted};
use lianbo_hub::log::{Log, Record};
use lianbo_hub::pull::{CmsFactory, Settings};
use lianbo_hub::received::Received;
use lianbo_hub::trace::Trace;
use lianbo_schemas::{OutletId, SubmissionId};
use pull_site::puller::{Puller, outlet, records};
use serde_json::{Value, json};

/// One post of the desk.
#[derive(Clone)]
struct Piece {
    title: String,
    status: &'static str,
    changed: i64,
    origin: PostOrigin,
}

/// A CMS made of a table.
#[derive(Clone, Default)]
struct Desk {
    pieces: Arc<Mutex<BTreeMap<u64, Piece>>>,
    fetched: Arc<Mutex<Vec<String>>>,
    lists: Arc<Mutex<u32>>,
}

const LONG_AGO: i64 = 1_700_000_000;

impl Desk {
    fn write(&self, id: u64, title: &str, status: &'static str, changed: i64) {
        let piece = Piece { title: title.to_owned(), status, changed, origin: PostOrigin::Outlet };
        self.pieces.lock().unwrap().insert(id, piece);
    }

    fn delete(&self, id: u64) {
        self.pieces.lock().unwrap().remove(&id);
    }

    fn factory(&self) -> CmsFactory {
        let desk = self.clone();
        Arc::new(move |_| Ok(Arc::new(desk.clone()) as Arc<dyn Cms>))
    }

    fn fetched(&self, id: &str) -> usize {
        self.fetched.lock().unwrap().iter().filter(|fetched| *fetched == id).count()
    }

    /// Waits until so many more polls have ended: each begins with a list.
    async fn polled(&self, times: u32) {
        let wanted = *self.lists.lock().unwrap() + times + 1;
        let waiting = async {
            while *self.lists.lock().unwrap() < wanted {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(ingest_hub::PATIENCE, waiting).await.expect("nobody polls");
    }
}

fn row(id: u64, piece: &Piece) -> Row {
    let document = json!({"id": id, "guid": {"rendered": guid(id)}, "status": piece.status});
    Row {
        id: id.to_string(),
        stamp: format!("{} {}", piece.changed, piece.status),
        changed: Some(Timestamp::from_second(piece.changed).unwrap()),
        standing: if piece.status == "publish" { Standing::Public } else { Standing::Hidden },
        body: document.to_string().into(),
    }
}

fn guid(id: u64) -> String {
    format!("https://desk.example/?p={id}")
}

fn document(id: u64, title: &str, status: &str) -> Value {
    json!({"id": id, "guid": {"rendered": guid(id)}, "status": status, "title": {"rendered": title},
           "link": format!("https://desk.example/{id}"), "content": {"rendered": "<p>正文</p>"}})
}

#[async_trait]
impl Cms for Desk {
    fn system(&self) -> System {
        System::WordPress
    }

    async fn check(&self) -> Result<String, SourceError> {
        Ok("a desk".to_owned())
    }

    async fn list(&self, order: Order, page: u32) -> Result<Vec<Row>, SourceError> {
        if order == Order::Changed && page == 1 {
            *self.lists.lock().unwrap() += 1;
        }
        let mut rows: Vec<Row> = self.pieces.lock().unwrap().iter().map(|(id, piece)| row(*id, piece)).collect();
        rows.reverse();
        if order == Order::Changed {
            rows.sort_by_key(|row| std::cmp::Reverse(row.changed));
        }
        Ok(rows.into_iter().skip((page as usize - 1) * PAGE).take(PAGE).collect())
    }

    async fn look(&self, wanted: &[Wanted<'_>]) -> Result<Vec<Row>, SourceError> {
        let pieces = self.pieces.lock().unwrap();
        let look = |wanted: &Wanted<'_>| {
            let id: u64 = wanted.id.parse().unwrap();
            pieces.get(&id).map_or_else(|| gone(id), |piece| row(id, piece))
        };
        Ok(wanted.iter().map(look).collect())
    }

    async fn post(&self, id: &str) -> Result<Option<Post>, SourceError> {
        self.fetched.lock().unwrap().push(id.to_owned());
        let id: u64 = id.parse().unwrap();
        let piece = self.pieces.lock().unwrap().get(&id).cloned();
        let post = |piece: Piece| Post {
            body: document(id, &piece.title, piece.status).to_string().into(),
            origin: piece.origin,
        };
        Ok(piece.map(post))
    }
}

fn gone(id: u64) -> Row {
    let body = json!({"id": id, "guid": {"rendered": guid(id)}, "status": "deleted"}).to_string().into();
    Row { id: id.to_string(), stamp: "deleted".to_owned(), changed: None, standing: Standing::Gone, body }
}

/// Everything is looked after at every poll.
fn watchful() -> Settings {
    Settings { sweep_seconds: 0, ..Settings::default() }
}

async fn joined(hub: &Hub) {
    joined_at(hub, "https://desk.example").await;
}

async fn joined_at(hub: &Hub, url: &str) {
    outlet(hub, json!({"kind": "wordpress", "url": url, "user": "hub", "secret": "desk", "every_seconds": 1})).await;
}

/// What a record says: title or status, and the key.
fn says(record: &Record) -> (String, String) {
    let document: Value = serde_json::from_slice(record.value.as_ref().unwrap()).unwrap();
    let title = document["title"]["rendered"].as_str().or(document["status"].as_str()).unwrap().to_owned();
    (title, header_of(record, "ce_ownid").unwrap())
}

async fn said(hub: &Hub, count: usize) -> Vec<String> {
    records(hub, "outlet.cdrb", count).await.iter().map(|record| says(record).0).collect()
}

#[tokio::test]
async fn what_is_public_is_submitted_once_from_the_oldest_change_on() {
    let (hub, desk) = (builder().start().await, Desk::default());
    desk.write(2, "后来的", "publish", LONG_AGO + 60);
    desk.write(1, "先前的", "publish", LONG_AGO);
    desk.write(3, "草稿", "draft", LONG_AGO + 90);
    joined(&hub).await;
    let puller = Puller::start_with(&hub, hub.folder.path(), watchful(), desk.factory());
    assert_eq!(said(&hub, 2).await, ["先前的", "后来的"]);
    desk.polled(2).await;
    let records = hub.records("outlet.cdrb").await;
    assert_eq!(records.len(), 2);
    assert_eq!(says(&records[0]).1, guid(1));
    assert_eq!(header_of(&records[0], "content-type").as_deref(), Some(WORDPRESS));
    assert_eq!(header_of(&records[0], "ce_subject").as_deref(), Some("https://desk.example/1"));
    assert_eq!((desk.fetched("1"), desk.fetched("3")), (1, 0));
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn an_edit_follows_and_what_is_taken_back_or_deleted_is_withdrawn() {
    let (hub, desk) = (builder().start().await, Desk::default());
    desk.write(1, "初稿", "publish", LONG_AGO);
    desk.write(2, "另一篇", "publish", LONG_AGO);
    joined(&hub).await;
    let puller = Puller::start_with(&hub, hub.folder.path(), watchful(), desk.factory());
    said(&hub, 2).await;
    desk.write(1, "更正", "publish", LONG_AGO + 60);
    assert_eq!(said(&hub, 3).await[2], "更正");
    desk.write(1, "更正", "trash", LONG_AGO + 120);
    assert_eq!(said(&hub, 4).await[3], "trash");
    desk.delete(2);
    assert_eq!(said(&hub, 5).await[4], "deleted");
    desk.write(1, "更正", "publish", LONG_AGO + 180);
    assert_eq!(said(&hub, 6).await[5], "更正");
    desk.polled(2).await;
    assert_eq!(hub.records("outlet.cdrb").await.len(), 6);
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn a_second_edit_in_the_same_second_is_found() {
    let (hub, desk) = (builder().start().await, Desk::default());
    let now = Timestamp::now().as_second();
    desk.write(1, "一", "publish", now);
    joined(&hub).await;
    let puller = Puller::start_with(&hub, hub.folder.path(), watchful(), desk.factory());
    said(&hub, 1).await;
    desk.write(1, "二", "publish", now);
    assert_eq!(said(&hub, 2).await, ["一", "二"]);
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn a_post_made_with_an_old_date_is_found() {
    let (hub, desk) = (builder().start().await, Desk::default());
    for id in 1..=150 {
        desk.write(id, "旧闻", "draft", LONG_AGO + i64::try_from(id).unwrap());
    }
    joined(&hub).await;
    let puller = Puller::start_with(&hub, hub.folder.path(), watchful(), desk.factory());
    desk.polled(1).await;
    desk.write(151, "补发", "publish", LONG_AGO - 86_400);
    assert_eq!(said(&hub, 1).await, ["补发"]);
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn a_hubs_own_post_is_not_taken_in() {
    let (hub, desk) = (builder().start().await, Desk::default());
    desk.write(1, "联播的稿件", "publish", LONG_AGO);
    desk.pieces.lock().unwrap().get_mut(&1).unwrap().origin = PostOrigin::Hub;
    desk.write(2, "自己的稿件", "publish", LONG_AGO + 1);
    joined(&hub).await;
    let puller = Puller::start_with(&hub, hub.folder.path(), watchful(), desk.factory());
    assert_eq!(said(&hub, 1).await, ["自己的稿件"]);
    desk.delete(1);
    desk.polled(2).await;
    assert_eq!(hub.records("outlet.cdrb").await.len(), 1);
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn without_its_memory_the_puller_knows_from_the_log_what_was_public() {
    let (hub, desk) = (builder().start().await, Desk::default());
    desk.write(1, "留下的", "publish", LONG_AGO);
    desk.write(2, "要删的", "publish", LONG_AGO);
    joined(&hub).await;
    let puller = Puller::start_with(&hub, hub.folder.path(), watchful(), desk.factory());
    said(&hub, 2).await;
    puller.stop().await;
    desk.delete(2);
    let other_node = tempfile::TempDir::new().unwrap();
    let puller = Puller::start_with(&hub, other_node.path(), watchful(), desk.factory());
    assert_eq!(said(&hub, 3).await[2], "deleted");
    desk.polled(2).await;
    assert_eq!(hub.records("outlet.cdrb").await.len(), 3, "what is unchanged came again");
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn what_came_past_the_puller_is_not_submitted_again_and_its_end_is_noticed() {
    let (hub, desk) = (builder().start().await, Desk::default());
    joined(&hub).await;
    let received = Received {
        id: SubmissionId::fresh(),
        outlet: OutletId::new("cdrb").unwrap(),
        media_type: Some(WORDPRESS.to_owned()),
        time: Timestamp::now(),
        url: None,
        own_id: Some(guid(1)),
        site: Some("https://desk.example".to_owned()),
        idempotency_key: None,
        full_pages: false,
        trace: Trace::fresh(),
    };
    let body = document(1, "先到的", "publish").to_string();
    hub.log.append(vec![received.into_record(body.into())]).await.unwrap();
    desk.write(1, "先到的", "publish", LONG_AGO);
    let puller = Puller::start_with(&hub, hub.folder.path(), watchful(), desk.factory());
    desk.polled(2).await;
    assert_eq!(hub.records("outlet.cdrb").await.len(), 1);
    desk.delete(1);
    assert_eq!(said(&hub, 2).await[1], "deleted");
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn what_a_former_site_had_is_not_withdrawn_because_another_has_it_not() {
    let (hub, desk) = (builder().start().await, Desk::default());
    desk.write(1, "旧站的", "publish", LONG_AGO);
    joined(&hub).await;
    let puller = Puller::start_with(&hub, hub.folder.path(), watchful(), desk.factory());
    said(&hub, 1).await;
    puller.stop().await;
    desk.delete(1);
    desk.write(7, "新站的", "publish", LONG_AGO);
    joined_at(&hub, "https://new.desk.example").await;
    let puller = Puller::start_with(&hub, hub.folder.path(), watchful(), desk.factory());
    desk.polled(2).await;
    assert_eq!(said(&hub, 2).await, ["旧站的", "新站的"]);
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn of_a_site_newly_joined_only_the_last_changed_posts_come_and_the_others_when_they_are_edited() {
    let (hub, desk) = (builder().start().await, Desk::default());
    for id in 1..=4 {
        desk.write(id, &format!("第{id}篇"), "publish", LONG_AGO + i64::try_from(id).unwrap());
    }
    joined(&hub).await;
    let settings = Settings { posts_at_first: 2, ..watchful() };
    let puller = Puller::start_with(&hub, hub.folder.path(), settings, desk.factory());
    assert_eq!(said(&hub, 2).await, ["第3篇", "第4篇"]);
    desk.polled(2).await;
    desk.write(1, "旧文更正", "publish", LONG_AGO + 60);
    assert_eq!(said(&hub, 3).await[2], "旧文更正");
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn a_site_that_has_lost_its_posts_withdraws_nothing() {
    let (hub, desk) = (builder().start().await, Desk::default());
    for id in 1..=4 {
        desk.write(id, "稿件", "publish", LONG_AGO);
    }
    joined(&hub).await;
    let settings = Settings { most_gone: 2, ..watchful() };
    let puller = Puller::start_with(&hub, hub.folder.path(), settings, desk.factory());
    said(&hub, 4).await;
    (1..=3).for_each(|id| desk.delete(id));
    desk.polled(2).await;
    assert_eq!(hub.records("outlet.cdrb").await.len(), 4);
    // Two are within bounds.
    desk.write(3, "稿件", "publish", LONG_AGO);
    assert_eq!(said(&hub, 6).await[4..], ["deleted", "deleted"]);
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn more_posts_than_one_poll_fetches_come_with_the_next() {
    let (hub, desk) = (builder().start().await, Desk::default());
    let names: Vec<String> = (1..=7).map(|id| format!("第{id}篇")).collect();
    for (id, name) in (1..).zip(&names) {
        desk.write(id, name, "publish", LONG_AGO + i64::try_from(id).unwrap());
    }
    joined(&hub).await;
    let settings = Settings { posts_per_poll: 3, ..watchful() };
    let puller = Puller::start_with(&hub, hub.folder.path(), settings, desk.factory());
    assert_eq!(said(&hub, 7).await, names);
    puller.stop().await;
    hub.stop().await;
}
