//! CMSes as sources, on one whose lists and posts the test sets: what is new, changed, taken back, deleted, a hub's own;
//! once each, whatever is forgotten. Real ones are in `sources`.

// What fails in a helper fails the test; not every test uses all of a fixture.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod ingest_hub;
mod pull_site;

use ingest_hub::{Hub, builder, header_of};
use jiff::Timestamp;
use lianbo_connectors::format::post::WORDPRESS;
use lianbo_connectors::source::cms::PostOrigin;
use lianbo_hub::log::{Log, Record};
use lianbo_hub::pull::Settings;
use lianbo_hub::received::Received;
use lianbo_hub::trace::Trace;
use lianbo_schemas::{OutletId, SubmissionId};
use pull_site::desk::{Desk, LONG_AGO, document, guid};
use pull_site::puller::{Puller, outlet, records};
use serde_json::{Value, json};

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
async fn a_scheduled_post_that_goes_live_below_the_first_page_is_found() {
    let (hub, desk) = (builder().start().await, Desk::default());
    joined(&hub).await;
    let puller = Puller::start_with(&hub, hub.folder.path(), Settings::default(), desk.factory());
    desk.polled(1).await;
    desk.schedule(1, "预发的", LONG_AGO, LONG_AGO + 60);
    desk.schedule(2, "下个世纪的", LONG_AGO, 5_000_000_000);
    desk.schedule(3, "先预发后删的", LONG_AGO, LONG_AGO + 60);
    desk.polled(2).await;
    desk.is_busy();
    desk.delete(3);
    desk.polled(2).await;
    let looked = desk.looked("3");
    desk.go_live(1);
    assert_eq!(said(&hub, 1).await, ["预发的"]);
    desk.polled(1).await;
    assert_eq!(desk.looked("2"), 0, "it is asked for before its time");
    assert_eq!(desk.looked("3"), looked, "what is deleted is asked for again");
    assert_eq!(hub.records("outlet.cdrb").await.len(), 1);
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn what_was_scheduled_before_the_outlet_was_joined_comes_when_it_goes_live_however_much_it_is() {
    let (hub, desk) = (builder().start().await, Desk::default());
    (1..=130).for_each(|id| desk.schedule(id, "预发的", LONG_AGO, LONG_AGO + 60));
    desk.is_busy();
    joined(&hub).await;
    let settings = Settings { posts_per_poll: 50, ..Settings::default() };
    let puller = Puller::start_with(&hub, hub.folder.path(), settings, desk.factory());
    desk.polled(2).await;
    (1..=130).for_each(|id| desk.go_live(id));
    assert_eq!(said(&hub, 130).await.len(), 130);
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
