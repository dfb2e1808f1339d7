//! What the hub pulls from an outlet's site, how politely, and what then stands in the log.

mod ingest_hub;
mod pull_site;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ingest_hub::{Hub, PATIENCE, builder, header_of};
use lianbo_connectors::http::HttpClient;
use lianbo_hub::log::{Log, Record, Retention, TopicSpec};
use lianbo_hub::pull::{self, Parts, Settings};
use lianbo_hub::stage::machine_clock;
use lianbo_schemas::DeadLetter;
use pull_site::{Served, Site, full, rss, summary};
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const RSS: &str = "application/rss+xml; charset=utf-8";

/// A running puller.
struct Puller {
    task: JoinHandle<()>,
    shutdown: CancellationToken,
}

impl Puller {
    fn start(hub: &Hub, folder: &Path, settings: Settings) -> Self {
        let shutdown = CancellationToken::new();
        let parts = Parts {
            log: hub.log.clone(),
            registry: hub.registry.clone(),
            fetch: Arc::new(HttpClient::new(&lianbo_connectors::http::Settings::with_loopback()).unwrap()),
            clock: machine_clock(),
            data_dir: folder.to_owned(),
        };
        let task = tokio::spawn(pull::run(parts, settings, shutdown.clone()));
        Self { task, shutdown }
    }

    async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(PATIENCE, self.task).await.expect("the puller does not stop").unwrap();
    }
}

fn quick() -> Settings {
    Settings { page_delay_ms: 1, ..Settings::default() }
}

async fn outlet(hub: &Hub, source: serde_json::Value) {
    let put = hub.admin("PUT", "/v1/outlets/cdrb", &json!({ "name": "成都日报", "source": source })).await;
    assert!(matches!(put.status, 200 | 201), "{}", put.body);
}

/// Waits until a topic has so many records.
async fn records(hub: &Hub, topic: &str, wanted: usize) -> Vec<Record> {
    let reading = async {
        loop {
            let found = hub.records(topic).await;
            if found.len() >= wanted {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.unwrap_or_else(|_| panic!("no {wanted} records in {topic}"))
}

fn text(record: &Record) -> String {
    String::from_utf8(record.value.clone().unwrap().to_vec()).unwrap()
}

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
async fn the_page_of_an_entry_that_only_summarises_is_fetched_once() {
    let (hub, site) = (builder().start().await, Site::start().await);
    // The page is in GBK and says so nowhere but in its header.
    let (page, _, _) = encoding_rs::GBK.encode("<html><body><p>市委召开会议，全文如下。</p></body></html>");
    site.serve_tagged("/a", "text/html; charset=GBK", page.to_vec());
    let short = summary("guid-a", &site.url("/a"), "市委召开会议……");
    let long = full("guid-b", &site.url("/b"), "全文在此。");
    site.serve_tagged("/feed", RSS, rss("1", &format!("{short}{long}")));
    outlet(&hub, json!({ "url": site.url("/feed"), "every_seconds": 1 })).await;
    let puller = Puller::start(&hub, hub.folder.path(), quick());
    let submitted = records(&hub, "outlet.cdrb", 2).await;
    let of_page = &submitted[1];
    assert_eq!(of_page.value.as_deref(), Some(page.as_ref()));
    assert_eq!(of_page.key.as_deref(), Some("guid-a".as_bytes()));
    assert_eq!(header_of(of_page, "ce_ownid").as_deref(), Some("guid-a"));
    assert_eq!(header_of(of_page, "ce_subject"), Some(site.url("/a")));
    assert_eq!(header_of(of_page, "content-type").as_deref(), Some("text/html; charset=GBK"));
    assert_eq!(header_of(of_page, "ce_fullpages"), None);
    // The feed changes, the entry does not: its page is not fetched again. When the entry changes, it is.
    let third = full("guid-c", &site.url("/c"), "又一条。");
    site.serve_tagged("/feed", RSS, rss("2", &format!("{short}{long}{third}")));
    records(&hub, "outlet.cdrb", 3).await;
    site.asked_times("/feed", site.asked("/feed").len() + 1).await;
    assert_eq!((site.asked("/a").len(), site.asked("/b").len()), (1, 0));
    let changed = summary("guid-a", &site.url("/a"), "市委召开了会议……");
    site.serve_tagged("/feed", RSS, rss("3", &format!("{changed}{long}{third}")));
    records(&hub, "outlet.cdrb", 5).await;
    assert_eq!(site.asked("/a").len(), 2);
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn a_page_that_cannot_be_had_is_tried_again_and_then_becomes_a_dead_letter() {
    let (hub, site) = (builder().start().await, Site::start().await);
    let dead = TopicSpec { name: "dead".to_owned(), partitions: 1, retention: Retention::Forever };
    hub.log.ensure(&[dead]).await.unwrap();
    let gone = summary("gone", &site.url("/gone"), "摘要。");
    let late = summary("late", &site.url("/late"), "摘要。");
    site.serve_tagged("/feed", RSS, rss("1", &format!("{gone}{late}")));
    outlet(&hub, json!({ "url": site.url("/feed"), "every_seconds": 1 })).await;
    let puller = Puller::start(&hub, hub.folder.path(), Settings { page_tries: 3, ..quick() });
    site.asked_times("/late", 1).await;
    site.serve_tagged("/late", "text/html", "<p>全文</p>");
    let letters = records(&hub, "dead", 1).await;
    let letter: DeadLetter = serde_json::from_slice(letters[0].value.as_deref().unwrap()).unwrap();
    assert_eq!(letter.reason.code, "page-unreachable");
    assert!(letter.reason.detail.contains("/gone") && letter.reason.detail.contains("404"), "{}", letter.reason.detail);
    let submitted = records(&hub, "outlet.cdrb", 2).await;
    let feed = header_of(&submitted[0], "ce_id").unwrap();
    assert_eq!(letter.key(), format!("submission:{feed}:1"));
    assert_eq!((site.asked("/gone").len(), text(&submitted[1])), (3, "<p>全文</p>".to_owned()));
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn a_page_of_somebody_else_is_not_taken_for_the_outlets_own() {
    let (hub, site, other) = (builder().start().await, Site::start().await, Site::start().await);
    let dead = TopicSpec { name: "dead".to_owned(), partitions: 1, retention: Retention::Forever };
    hub.log.ensure(&[dead]).await.unwrap();
    let elsewhere = other.url("/a").replace("127.0.0.1", "localhost");
    site.serve_tagged("/feed", RSS, rss("1", &summary("a", &elsewhere, "摘要。")));
    let source = json!({ "url": site.url("/feed"), "every_seconds": 1 });
    let document = json!({ "name": "成都日报", "domains": ["cdrb.example"], "source": source });
    assert_eq!(hub.admin("PUT", "/v1/outlets/cdrb", &document).await.status, 201);
    let puller = Puller::start(&hub, hub.folder.path(), quick());
    let letters = records(&hub, "dead", 1).await;
    let letter: DeadLetter = serde_json::from_slice(letters[0].value.as_deref().unwrap()).unwrap();
    assert_eq!(letter.reason.code, "no-page");
    site.asked_times("/feed", 2).await;
    assert!(other.asked("/a").is_empty());
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn with_the_text_on_the_pages_the_feed_is_only_an_index() {
    let (hub, site) = (builder().start().await, Site::start().await);
    for path in ["/a", "/b"] {
        site.serve_tagged(path, "text/html", format!("<p>{path}</p>"));
    }
    let entries = format!("{}{}", full("a", &site.url("/a"), "导语。"), summary("b", &site.url("/b"), "导语。"));
    site.serve_tagged("/feed", RSS, rss("1", &entries));
    outlet(&hub, json!({ "url": site.url("/feed"), "every_seconds": 1, "text": "page" })).await;
    let puller = Puller::start(&hub, hub.folder.path(), Settings { pages_per_poll: 1, ..quick() });
    let submitted = records(&hub, "outlet.cdrb", 2).await;
    let mut bodies: Vec<String> = submitted.iter().map(text).collect();
    bodies.sort();
    assert_eq!(bodies, ["<p>/a</p>", "<p>/b</p>"]);
    puller.stop().await;
    hub.stop().await;
}

#[tokio::test]
async fn with_the_text_in_the_feed_no_page_is_fetched() {
    let (hub, site) = (builder().start().await, Site::start().await);
    site.serve_tagged("/feed", RSS, rss("1", &summary("a", &site.url("/a"), "快讯。")));
    outlet(&hub, json!({ "url": site.url("/feed"), "every_seconds": 1, "text": "feed" })).await;
    let puller = Puller::start(&hub, hub.folder.path(), quick());
    site.asked_times("/feed", 2).await;
    let submitted = records(&hub, "outlet.cdrb", 1).await;
    assert_eq!(header_of(&submitted[0], "ce_fullpages"), None);
    assert!(site.asked("/a").is_empty());
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
    let puller = Puller::start(&hub, hub.folder.path(), quick());
    site.asked_times("/old", 1).await;
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
