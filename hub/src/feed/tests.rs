//! What readers, pullers and people get over HTTP.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use lianbo_schemas::sighting::{Link, LinkRelation};
use lianbo_schemas::{ArticleChange, Channel, ChannelId, Content, Evidence, Outlet, OutletId};
use serde_json::Value;
use tower::ServiceExt;

use super::{Audience, Documents, FeedState, Settings, router};
use crate::registry::{Entry, Snapshot};
use crate::view::sample::{Fixture, Rule, after, article, corrected, killed, lifted, open_channel, published, reprint};

/// A registry with one channel `all` and two outlets.
pub(crate) fn registry() -> Arc<Snapshot> {
    let mut snapshot = Snapshot::default();
    snapshot.put(Entry::Channel(Channel {
        id: ChannelId::new("all").unwrap(),
        title: "成都发布".to_owned(),
        title_en: Some("Chengdu Release".to_owned()),
        description: Some("八市要闻".to_owned()),
        rule: "true".to_owned(),
    }));
    for (id, name) in [("cdrb", "成都日报"), ("cqrb", "重庆日报")] {
        let outlet = serde_json::json!({"id": OutletId::new(id).unwrap(), "name": name});
        snapshot.put(Entry::Outlet(serde_json::from_value::<Outlet>(outlet).unwrap()));
    }
    Arc::new(snapshot)
}

fn routes(fixture: &Fixture) -> Router {
    let snapshot = registry();
    router(FeedState {
        view: Arc::clone(&fixture.view),
        registry: Arc::new(move || Arc::clone(&snapshot)),
        settings: Settings::default(),
        public_url: "https://hub.example".into(),
        clock: fixture.time(),
        documents: Arc::new(Documents::default()),
    })
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

async fn ask(routes: &Router, request: Request<Body>) -> Answer {
    let response = routes.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    let body = axum::body::to_bytes(response.into_body(), 10_000_000).await.unwrap();
    Answer { status, headers, text: String::from_utf8(body.to_vec()).unwrap() }
}

async fn get(routes: &Router, path: &str) -> Answer {
    ask(routes, Request::get(path).body(Body::empty()).unwrap()).await
}

async fn get_with(routes: &Router, path: &str, name: &str, value: &str) -> Answer {
    ask(routes, Request::get(path).header(name, value).body(Body::empty()).unwrap()).await
}

async fn get_as_operator(routes: &Router, path: &str) -> Answer {
    ask(routes, Request::get(path).extension(Audience::Operator).body(Body::empty()).unwrap()).await
}

async fn two_articles(rule: Rule) -> Fixture {
    let fixture = Fixture::new(vec![rule]).await;
    let (one, two) = (article(1), article(2));
    fixture.fold(0, &[published(&one), published(&two), corrected(&one, 2, "第1号会议：更正")]).await;
    *fixture.clock.lock().unwrap() = after(100);
    fixture
}

#[tokio::test]
async fn feeds_look_as_their_standards_ask() {
    let fixture = two_articles(open_channel("all")).await;
    let routes = routes(&fixture);
    for format in ["rss", "atom", "json"] {
        let answer = get(&routes, &format!("/channels/all/feed.{format}")).await;
        assert_eq!(answer.status, StatusCode::OK);
        insta::assert_snapshot!(format!("feed_{format}"), answer.text);
    }
}

#[tokio::test]
async fn another_reader_understands_the_feeds_alike() {
    let fixture = two_articles(open_channel("all")).await;
    let routes = routes(&fixture);
    for format in ["rss", "atom", "json"] {
        let answer = get(&routes, &format!("/channels/all/feed.{format}")).await;
        let feed = feed_rs::parser::parse(answer.text.as_bytes()).unwrap();
        assert_eq!(feed.title.unwrap().content, "成都发布", "{format}");
        assert_eq!(feed.entries.len(), 2, "{format}");
        let entry = feed.entries.iter().find(|entry| entry.id == article(1).uri.as_str()).unwrap();
        assert_eq!(entry.title.as_ref().unwrap().content, "第1号会议：更正", "{format}");
        assert!(entry.links.iter().any(|link| link.href == "https://cdrb.example/a/1"), "{format}");
        let html = entry.content.as_ref().and_then(|content| content.body.as_deref()).unwrap();
        assert!(html.contains("成都召开防汛工作会议") && html.contains("来源：成都日报"), "{format}: {html}");
        assert_eq!(entry.published.unwrap().timestamp(), after(0).as_second(), "{format}");
    }
}

#[tokio::test]
async fn a_correction_moves_updated_and_keeps_the_id() {
    let fixture = Fixture::new(vec![open_channel("all")]).await;
    fixture.fold(0, &[published(&article(1))]).await;
    let routes = routes(&fixture);
    let parse = |text: &str| feed_rs::parser::parse(text.as_bytes()).unwrap().entries.remove(0);
    let before = parse(&get(&routes, "/channels/all/feed.atom").await.text);
    fixture.fold(50, &[corrected(&article(1), 2, "更正")]).await;
    let later = parse(&get(&routes, "/channels/all/feed.atom").await.text);
    assert_eq!(before.id, later.id);
    assert_eq!(before.published, later.published);
    assert!(before.updated < later.updated);
}

#[tokio::test]
async fn an_unchanged_feed_answers_304_and_a_changed_one_does_not() {
    let fixture = two_articles(open_channel("all")).await;
    let routes = routes(&fixture);
    let path = "/channels/all/feed.rss";
    let first = get(&routes, path).await;
    let (etag, date) = (first.header("etag").to_owned(), first.header("last-modified").to_owned());
    assert!(etag.starts_with('"') && date.ends_with("GMT"), "{etag} {date}");
    for (name, value, known) in [
        ("if-none-match", etag.as_str(), true),
        ("if-none-match", &format!("\"x\", W/{etag}"), true),
        ("if-none-match", "*", true),
        ("if-none-match", "\"x\"", false),
        ("if-modified-since", date.as_str(), true),
        ("if-modified-since", "Thu, 19 Nov 2026 08:00:00 GMT", false),
        ("if-modified-since", "yesterday", false),
    ] {
        let answer = get_with(&routes, path, name, value).await;
        assert_eq!(answer.status == StatusCode::NOT_MODIFIED, known, "{name}: {value}");
        assert_eq!(answer.header("etag"), etag);
        assert!(!known || answer.text.is_empty());
    }
    let both = Request::get(path).header("if-none-match", "\"x\"").header("if-modified-since", &date);
    assert_eq!(ask(&routes, both.body(Body::empty()).unwrap()).await.status, StatusCode::OK);
    fixture.fold(3, &[killed(&article(2), 2)]).await;
    assert_eq!(get_with(&routes, path, "if-none-match", &etag).await.status, StatusCode::OK);
    assert_eq!(get_with(&routes, path, "if-modified-since", &date).await.status, StatusCode::OK);
}

#[tokio::test]
async fn no_date_is_given_while_its_second_may_bring_another_change() {
    let fixture = two_articles(open_channel("all")).await;
    *fixture.clock.lock().unwrap() = after(3);
    assert_eq!(get(&routes(&fixture), "/channels/all/feed.rss").await.header("last-modified"), "");
}

#[tokio::test]
async fn head_answers_as_get_without_the_body() {
    let fixture = two_articles(open_channel("all")).await;
    let routes = routes(&fixture);
    let whole = get(&routes, "/channels/all/feed.json").await;
    let head = ask(&routes, Request::head("/channels/all/feed.json").body(Body::empty()).unwrap()).await;
    assert_eq!((head.status, head.text.as_str()), (StatusCode::OK, ""));
    assert_eq!(head.header("etag"), whole.header("etag"));
    assert_eq!(head.header("content-length"), whole.text.len().to_string());
}

#[tokio::test]
async fn a_grant_for_excerpts_gives_no_text_and_one_for_links_no_summary() {
    for (content, summary) in [(Content::Excerpt, true), (Content::Link, false)] {
        let rule = Rule { content, images: false, ..open_channel("all") };
        let fixture = two_articles(rule).await;
        let routes = routes(&fixture);
        let short = article(1).uri.short().to_owned();
        let paths = ["rss", "atom", "json", "ninjs"].map(|format| format!("/channels/all/feed.{format}"));
        let others =
            ["/v1/channels/all/items".to_owned(), format!("/v1/articles/{short}"), format!("/articles/{short}")];
        for path in paths.into_iter().chain(others) {
            let text = get(&routes, &path).await.text;
            assert!(!text.contains("成都召开防汛工作会议") && !text.contains("5.2亿"), "{path}: {text}");
            assert!(!text.contains("p.jpg"), "{path}");
            assert_eq!(text.contains("会议部署冬季水利建设"), summary, "{path}: {text}");
            assert!(text.contains("来源：成都日报") && text.contains("https://cdrb.example/a/1"), "{path}");
        }
    }
}

#[tokio::test]
async fn a_credit_line_that_came_along_through_another_hub_is_said_once() {
    let fixture = Fixture::new(vec![open_channel("all")]).await;
    let mut one = article(1);
    let line = "<p class=\"attribution\"><a href=\"https://cdrb.example/a/1\">来源：成都日报</a></p>";
    one.news.bodies[0].value.push_str(line);
    one.news.bodies[1].value.push_str("\n来源：成都日报");
    fixture.fold(0, &[published(&one)]).await;
    let feed = get(&routes(&fixture), "/channels/all/feed.ninjs").await.json();
    for body in feed[0]["bodies"].as_array().unwrap() {
        assert_eq!(body["value"].as_str().unwrap().matches("来源：成都日报").count(), 1, "{body}");
    }
    assert!(feed[0]["bodies"][0]["value"].as_str().unwrap().contains("阅读原文"));
}

#[tokio::test]
async fn ninjs_items_carry_version_and_the_hubs_member() {
    let fixture = two_articles(open_channel("all")).await;
    let routes = routes(&fixture);
    let items = get(&routes, "/channels/all/feed.ninjs?limit=1").await.json();
    assert_eq!(items.as_array().unwrap().len(), 1);
    assert_eq!(items[0]["uri"], article(2).uri.as_str());
    assert_eq!(items[0]["hub"]["canonicalUrl"], "https://cdrb.example/a/2");
    assert_eq!(items[0]["standard"]["version"], "3.1");
}

#[tokio::test]
async fn an_unknown_channel_is_a_problem() {
    let fixture = two_articles(open_channel("all")).await;
    let routes = routes(&fixture);
    for path in ["/channels/none/feed.rss", "/channels/all/feed.txt", "/channels/none", "/v1/channels/NONE/items"] {
        let answer = get(&routes, path).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.header("content-type"), "application/problem+json", "{path}");
    }
}

#[tokio::test]
async fn pullers_see_corrections_and_kills_in_order() {
    let fixture = two_articles(open_channel("all")).await;
    let routes = routes(&fixture);
    let first = get(&routes, "/v1/channels/all/items?limit=2").await.json();
    assert_eq!(first["more"], true);
    let next = first["next"].as_str().unwrap();
    let second = get(&routes, &format!("/v1/channels/all/items?cursor={next}")).await.json();
    assert_eq!(second["items"][0]["change"], "corrected");
    assert_eq!(second["items"][0]["article"]["version"], "2");
    assert_eq!(second["more"], false);
    fixture.fold(3, &[killed(&article(1), 3)]).await;
    let next = second["next"].as_str().unwrap();
    let third = get(&routes, &format!("/v1/channels/all/items?cursor={next}")).await.json();
    assert_eq!(third["items"][0]["tombstone"]["status"], "canceled");
    assert_eq!(third["items"][0]["tombstone"]["note"], "稿件有误");
    assert_eq!(third["items"][0].get("article"), None);
    let all = get(&routes, "/v1/channels/all/items").await.json();
    let words: Vec<_> = all["items"].as_array().unwrap().iter().map(|item| item["change"].as_str().unwrap()).collect();
    assert_eq!(words, ["published", "published", "corrected", "canceled"]);
    let wrong = get(&routes, "/v1/channels/all/items?cursor=nonsense").await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST);
    assert!(wrong.text.contains("without `cursor`"));
}

#[tokio::test]
async fn a_killed_article_is_gone_everywhere() {
    let fixture = two_articles(open_channel("all")).await;
    let routes = routes(&fixture);
    let short = article(1).uri.short().to_owned();
    assert_eq!(get(&routes, &format!("/articles/{short}")).await.status, StatusCode::OK);
    fixture.fold(3, &[killed(&article(1), 3)]).await;
    let json = get(&routes, &format!("/v1/articles/{short}")).await;
    assert_eq!(json.status, StatusCode::GONE);
    assert_eq!(json.json()["tombstone"]["status"], "canceled");
    let page = get(&routes, &format!("/articles/{short}")).await;
    assert_eq!(page.status, StatusCode::GONE);
    for path in ["/channels/all/feed.rss", "/channels/all/feed.ninjs", "/channels/all"] {
        assert!(!get(&routes, path).await.text.contains(&short), "{path}");
    }
    assert!(!json.text.contains("防汛") && !page.text.contains("防汛"));
    let operator = get_as_operator(&routes, &format!("/v1/articles/{short}")).await;
    assert_eq!(operator.json()["versions"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn an_embargoed_article_is_nowhere_but_with_the_operator() {
    let fixture = Fixture::new(vec![open_channel("all")]).await;
    let mut one = article(1);
    one.news.embargoed_until = Some(after(1000));
    fixture.fold(0, &[published(&one)]).await;
    let routes = routes(&fixture);
    let short = one.uri.short().to_owned();
    let (page, json) = (format!("/articles/{short}"), format!("/v1/articles/{short}"));
    for path in [page.as_str(), &json] {
        assert_eq!(get(&routes, path).await.status, StatusCode::NOT_FOUND, "{path}");
        assert_eq!(get_as_operator(&routes, path).await.status, StatusCode::OK, "{path}");
    }
    let feeds = ["rss", "atom", "json", "ninjs"].map(|format| format!("/channels/all/feed.{format}"));
    for path in feeds.iter().map(String::as_str).chain(["/v1/channels/all/items", "/channels/all"]) {
        assert!(!get(&routes, path).await.text.contains("1号防汛"), "{path}");
    }
    fixture.fold(1, &[lifted(&one)]).await;
    assert_eq!(get(&routes, &page).await.status, StatusCode::OK);
}

#[tokio::test]
async fn an_article_without_a_channel_is_not_public() {
    let fixture = Fixture::new(vec![]).await;
    fixture.fold(0, &[published(&article(1)), killed(&article(1), 2)]).await;
    let routes = routes(&fixture);
    let path = format!("/v1/articles/{}", article(1).uri.short());
    assert_eq!(get(&routes, &path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(get_as_operator(&routes, &path).await.status, StatusCode::GONE);
}

#[tokio::test]
async fn an_article_is_found_by_its_uri_too_with_its_lineage() {
    let fixture = Fixture::new(vec![open_channel("all")]).await;
    let (one, mut two) = (article(1), article(2));
    let mut link = Link { article: one.uri.clone(), relation: LinkRelation::Update, evidence: Evidence::default() };
    link.evidence.reasons = vec!["the investment differs".to_owned()];
    two.links = vec![link];
    let sighted = ArticleChange::Sighted { uri: one.uri.clone(), sighting: reprint(&one) };
    fixture.fold(0, &[published(&one), published(&two), sighted]).await;
    let routes = routes(&fixture);
    let answer = get(&routes, &format!("/v1/articles/{}", one.uri)).await.json();
    assert_eq!(answer["lineage"]["sightings"][1]["outlet"], "cqrb");
    assert_eq!(answer["lineage"]["linked_from"][0]["article"], two.uri.as_str());
    assert_eq!(answer.get("deliveries"), None);
    let operator = get_as_operator(&routes, &format!("/v1/articles/{}", one.uri)).await.json();
    assert_eq!(operator["deliveries"], serde_json::json!([]));
}

#[tokio::test]
async fn pages_speak_both_languages_and_escape_what_outlets_send() {
    let fixture = Fixture::new(vec![open_channel("all")]).await;
    let mut one = article(1);
    one.news.headlines[0].value = "</title><script>alert(1)</script>".to_owned();
    one.sightings[0].url = Some("javascript:alert(1)".to_owned());
    fixture.fold(0, &[published(&one)]).await;
    let routes = routes(&fixture);
    let path = format!("/articles/{}", one.uri.short());
    let chinese = get(&routes, &path).await;
    assert!(chinese.text.contains("<html lang=\"zh-Hans\">") && chinese.text.contains("来源与转载"));
    let english = get_with(&routes, &path, "accept-language", "en-GB").await;
    assert!(english.text.contains("<html lang=\"en\">") && english.text.contains("Source and reprints"));
    for page in [chinese, english, get(&routes, "/channels/all").await] {
        assert!(!page.text.contains("<script>alert") && !page.text.contains("javascript:"), "{}", page.text);
        assert!(page.header("content-security-policy").contains("default-src 'none'"));
    }
    let page = get(&routes, &path).await.text;
    assert!(page.contains("<link rel=\"canonical\" href=\"https://cdrb.example/a/1\">"));
    let start = page.find("application/ld+json\">").unwrap() + 21;
    let data: Value = serde_json::from_str(&page[start..start + page[start..].find("</script>").unwrap()]).unwrap();
    assert_eq!(data["@type"], "NewsArticle");
    let channel = get(&routes, "/channels/all?lang=en").await.text;
    assert!(channel.contains("Chengdu Release") && channel.contains("rel=\"alternate\" type=\"application/atom+xml\""));
}

#[test]
fn the_written_defaults_are_the_defaults() {
    let read = |text: &str| toml::from_str::<std::collections::BTreeMap<String, toml::Value>>(text).unwrap();
    let mut feed = read(include_str!("../../defaults/feed.toml"));
    assert_eq!(feed.remove("feed").unwrap().try_into::<Settings>().unwrap(), Settings::default());
    let mut view = read(include_str!("../../defaults/view.toml"));
    let settings = view.remove("view").unwrap().try_into::<crate::view::Settings>().unwrap();
    assert_eq!(settings, crate::view::Settings::default());
}
