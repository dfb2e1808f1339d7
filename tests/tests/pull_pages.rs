//! The pages of entries that only summarise.

mod ingest_hub;
mod pull_site;

use ingest_hub::{builder, header_of};
use lianbo_hub::log::{Log, Retention, TopicSpec};
use lianbo_hub::pull::Settings;
use lianbo_schemas::DeadLetter;
use pull_site::puller::{Puller, outlet, quick, records, text};
use pull_site::{Site, full, rss, summary};
use serde_json::json;

const RSS: &str = "application/rss+xml; charset=utf-8";

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
