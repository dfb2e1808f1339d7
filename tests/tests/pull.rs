//! What the hub pulls from an outlet's feeds, and how politely.

mod ingest_hub;
mod pull_site;

use std::sync::Arc;
use std::time::Duration;

use ingest_hub::{builder, header_of};
use pull_site::puller::{Puller, outlet, quick, records, text};
use pull_site::{Served, Site, full, rss};
use serde_json::json;

const RSS: &str = "application/rss+xml; charset=utf-8";

#[tokio::test]
async fn a_feed_is_submitted_as_sent_when_it_changes_and_only_then() {
    let (hub, site) = (builder().start().await, Site::start().await);
    let first = rss("1", &full("a", &site.url("/a"), "市委召开会议。"));
    site.serve_tagged("/feed", RSS, first.clone());
    outlet(&hub, json!({ "url": site.url("/feed"), "every_seconds": 1 })).await;
    let puller = Puller::start(&hub, hub.folder.path(), quick());
    let asked = site.asked_times("/feed", 3).await;
    assert_eq!(asked.iter().map(|asked| asked.status).collect::<Vec<_>>()[..3], [200, 304, 304]);
    let submitted = records(&hub, "outlet.cdrb", 1).await;
    assert_eq!(submitted.len(), 1, "an unchanged feed was submitted again");
    assert_eq!(text(&submitted[0]), first);
    assert_eq!(header_of(&submitted[0], "content-type").as_deref(), Some(RSS));
    assert_eq!(header_of(&submitted[0], "ce_subject"), Some(site.url("/feed")));
    assert_eq!(header_of(&submitted[0], "ce_fullpages").as_deref(), Some("true"));
    assert_eq!(header_of(&submitted[0], "ce_source").as_deref(), Some("/outlets/cdrb"));
    let second = rss("2", &full("a", &site.url("/a"), "市委召开了会议。"));
    site.serve_tagged("/feed", RSS, second.clone());
    assert_eq!(text(&records(&hub, "outlet.cdrb", 2).await[1]), second);
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn a_feed_with_nothing_new_but_its_build_date_is_not_submitted() {
    let (hub, site) = (builder().start().await, Site::start().await);
    let entry = full("a", &site.url("/a"), "市委召开会议。");
    site.serve_tagged("/feed", RSS, rss("1", &entry));
    outlet(&hub, json!({ "url": site.url("/feed"), "every_seconds": 1 })).await;
    let puller = Puller::start(&hub, hub.folder.path(), quick());
    records(&hub, "outlet.cdrb", 1).await;
    site.serve_tagged("/feed", RSS, rss("2", &entry));
    let asked = site.asked_times("/feed", 4).await;
    assert_eq!(asked.iter().filter(|asked| asked.status == 200).count(), 2, "the second document was not fetched");
    assert_eq!(hub.records("outlet.cdrb").await.len(), 1);
    let both = rss("3", &format!("{entry}{}", full("b", &site.url("/b"), "新的一条。")));
    site.serve_tagged("/feed", RSS, both.clone());
    assert_eq!(text(&records(&hub, "outlet.cdrb", 2).await[1]), both);
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn a_busy_server_is_left_alone_as_long_as_it_asks() {
    let (hub, site) = (builder().start().await, Site::start().await);
    let busy = Served { status: 429, headers: vec![("retry-after", "3".to_owned())], body: Vec::new() };
    site.serve("/feed", busy);
    outlet(&hub, json!({ "url": site.url("/feed"), "every_seconds": 1 })).await;
    let puller = Puller::start(&hub, hub.folder.path(), quick());
    site.asked_times("/feed", 1).await;
    site.serve_tagged("/feed", RSS, rss("1", &full("a", &site.url("/a"), "好了。")));
    let asked = site.asked_times("/feed", 2).await;
    assert!(asked[1].at - asked[0].at >= Duration::from_secs(3), "{:?}", asked[1].at - asked[0].at);
    records(&hub, "outlet.cdrb", 1).await;
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn a_feed_that_is_gone_is_polled_no_more_until_it_has_a_new_address() {
    let (hub, site) = (builder().start().await, Site::start().await);
    site.serve("/old", Served { status: 410, ..Served::default() });
    site.serve_tagged("/new", RSS, rss("1", &full("a", &site.url("/a"), "搬家。")));
    outlet(&hub, json!({ "url": site.url("/old"), "every_seconds": 1 })).await;
    // Another feed, polled as often, is the clock: what was due has been done when it was asked again.
    site.serve_tagged("/clock", RSS, rss("1", &full("c", &site.url("/c"), "钟。")));
    let clock = json!({ "name": "钟", "source": { "url": site.url("/clock"), "every_seconds": 1 } });
    assert_eq!(hub.admin("PUT", "/v1/outlets/clock", &clock).await.status, 201);
    let puller = Puller::start(&hub, hub.folder.path(), quick());
    site.asked_times("/old", 1).await;
    site.asked_times("/clock", 4).await;
    assert_eq!(site.asked("/old").len(), 1);
    puller.stop().await;
    // Not after a restart either.
    let puller = Puller::start(&hub, hub.folder.path(), quick());
    outlet(&hub, json!({ "url": site.url("/new"), "every_seconds": 1 })).await;
    records(&hub, "outlet.cdrb", 1).await;
    site.asked_times("/new", 3).await;
    assert_eq!(site.asked("/old").len(), 1);
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn a_feed_that_moved_is_followed() {
    let (hub, site) = (builder().start().await, Site::start().await);
    site.serve("/old", Served { status: 301, headers: vec![("location", "/new".to_owned())], body: Vec::new() });
    site.serve_tagged("/new", RSS, rss("1", &full("a", &site.url("/a"), "搬家。")));
    outlet(&hub, json!({ "url": site.url("/old"), "every_seconds": 1 })).await;
    let puller = Puller::start(&hub, hub.folder.path(), quick());
    let submitted = records(&hub, "outlet.cdrb", 1).await;
    assert_eq!(header_of(&submitted[0], "ce_subject"), Some(site.url("/old")));
    let asked = site.asked_times("/new", 2).await;
    assert_eq!(asked[1].status, 304);
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn after_a_restart_the_feed_is_asked_only_for_what_is_new() {
    let (hub, site) = (builder().start().await, Site::start().await);
    site.serve_tagged("/feed", RSS, rss("1", &full("a", &site.url("/a"), "市委召开会议。")));
    outlet(&hub, json!({ "url": site.url("/feed"), "every_seconds": 1 })).await;
    let puller = Puller::start(&hub, hub.folder.path(), quick());
    site.asked_times("/feed", 2).await;
    puller.stop().await;
    let before = site.asked("/feed").len();
    let puller = Puller::start(&hub, hub.folder.path(), quick());
    let asked = site.asked_times("/feed", before + 1).await;
    assert_eq!(asked[before].status, 304);
    assert!(asked[before].headers.contains_key("if-none-match"));
    assert_eq!(hub.records("outlet.cdrb").await.len(), 1);
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn one_node_pulls_and_another_takes_over_when_it_leaves() {
    let folder = Arc::new(tempfile::TempDir::new().unwrap());
    let build = || ingest_hub::Builder { folder: Arc::clone(&folder), ..builder() };
    let (one, two, site) = (build().start().await, build().start().await, Site::start().await);
    site.serve_tagged("/feed", RSS, rss("1", &full("a", &site.url("/a"), "市委召开会议。")));
    outlet(&one, json!({ "url": site.url("/feed"), "every_seconds": 1 })).await;
    let (of_one, of_two) = (tempfile::TempDir::new().unwrap(), tempfile::TempDir::new().unwrap());
    let first = Puller::start(&one, of_one.path(), quick());
    site.asked_times("/feed", 1).await;
    let second = Puller::start(&two, of_two.path(), quick());
    // The second keeps its own state: if it pulled, it would ask without a condition.
    let asked = site.asked_times("/feed", 5).await;
    assert_eq!(asked.iter().filter(|asked| !asked.headers.contains_key("if-none-match")).count(), 1);
    first.stop().await;
    let before = site.asked("/feed").len();
    let asked = site.asked_times("/feed", before + 2).await;
    assert!(!asked[before].headers.contains_key("if-none-match"), "the one that left still pulls");
    second.stop().await;
    one.stop().await;
    two.stop().await;
}

#[tokio::test]
async fn a_feed_that_leaves_the_registry_is_polled_no_more_and_the_others_go_on() {
    let (hub, site) = (builder().start().await, Site::start().await);
    for path in ["/feed", "/other"] {
        site.serve_tagged(path, RSS, rss("1", &full("a", &site.url("/a"), "市委召开会议。")));
    }
    outlet(&hub, json!({ "url": site.url("/feed"), "every_seconds": 1 })).await;
    let other = json!({ "name": "other", "source": { "url": site.url("/other"), "every_seconds": 1 } });
    assert_eq!(hub.admin("PUT", "/v1/outlets/other", &other).await.status, 201);
    let puller = Puller::start(&hub, hub.folder.path(), quick());
    site.asked_times("/feed", 1).await;
    assert_eq!(hub.admin("DELETE", "/v1/outlets/cdrb", &serde_json::Value::Null).await.status, 204);
    // What was on its way when the outlet left may still arrive; the next poll of the other is after that.
    site.asked_times("/other", site.asked("/other").len() + 1).await;
    let last = site.asked("/feed").len();
    site.asked_times("/other", site.asked("/other").len() + 3).await;
    assert_eq!(site.asked("/feed").len(), last);
    puller.stop().await;
    hub.stop().await;
}
