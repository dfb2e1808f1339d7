//! What is found at an address, on sites made of a few documents.

use std::collections::HashMap;

use async_trait::async_trait;
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue, LINK};

use super::{FindError, Site, find};
use crate::source::{Fetch, FetchError, Fetched};

const PAGE: &str = "<!doctype html><html><head><title>云溪</title></head><body></body></html>";

/// Documents by address: `Link` header and body.
#[derive(Default)]
struct Web(HashMap<&'static str, (Option<&'static str>, &'static str)>);

#[async_trait]
impl Fetch for Web {
    async fn get(&self, url: &str, _headers: HeaderMap, _bound: usize) -> Result<Fetched, FetchError> {
        let found = self.0.get(url);
        let (link, body) = found.copied().unwrap_or((None, "not here"));
        let mut headers = HeaderMap::new();
        if let Some(link) = link {
            headers.insert(LINK, HeaderValue::from_static(link));
        }
        let media_type = if body.starts_with('{') { "application/json" } else { "text/html" };
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
        let status = if found.is_some() { StatusCode::OK } else { StatusCode::NOT_FOUND };
        Ok(Fetched {
            status,
            headers,
            body: Bytes::from_static(body.as_bytes()),
            final_url: url.to_owned(),
            moved_to: None,
        })
    }
}

async fn found(
    documents: &[(&'static str, Option<&'static str>, &'static str)],
    address: &str,
) -> Result<Site, FindError> {
    let web = Web(documents.iter().map(|(url, link, body)| (*url, (*link, *body))).collect());
    find(&web, address).await
}

#[tokio::test]
async fn a_wordpress_says_where_its_api_is() {
    let site = Ok(Site::WordPress("https://a.example/news".to_owned()));
    let link =
        Some("<https://a.example/news/wp-json/>; rel=\"https://api.w.org/\", <https://a.example/x>; rel=shortlink");
    assert_eq!(found(&[("https://a.example/news", link, PAGE)], "a.example/news").await, site);
    let head = "<html><head><link rel='https://api.w.org/' href='/news/wp-json/'></head>";
    assert_eq!(found(&[("https://a.example/news/", None, head)], "https://a.example/news/").await, site);
    let api = "{\"namespaces\": [\"oembed/1.0\", \"wp/v2\"]}";
    let hidden = [("https://a.example/news/", None, PAGE), ("https://a.example/news/wp-json/", None, api)];
    assert_eq!(found(&hidden, "https://a.example/news/").await, site);
    let plain = Some("<https://a.example/index.php?rest_route=/>; rel=\"https://api.w.org/\"");
    let plain = found(&[("https://a.example", plain, PAGE)], "https://a.example").await;
    assert_eq!(plain, Ok(Site::WordPress("https://a.example/index.php?rest_route=/".to_owned())));
}

#[tokio::test]
async fn an_api_is_asked_over_https_where_the_page_was_and_nowhere_else() {
    let plain = Some("<http://a.example/wp-json/>; rel=\"https://api.w.org/\"");
    let site = Ok(Site::WordPress("https://a.example".to_owned()));
    assert_eq!(found(&[("https://a.example", plain, PAGE)], "a.example").await, site);
    let other = Some("<https://cms.example/wp-json/>; rel=\"https://api.w.org/\"");
    let named = found(&[("https://a.example", other, PAGE)], "a.example").await.unwrap_err().to_string();
    assert!(named.contains("another host: https://cms.example/wp-json/; no secret was sent"), "{named}");
    let api = "{\"namespaces\": [\"wp/v2\"]}";
    let both = [("https://a.example", other, PAGE), ("https://a.example/wp-json/", None, api)];
    assert_eq!(found(&both, "a.example").await, site);
}

#[tokio::test]
async fn the_address_of_an_api_does_as_well() {
    let api = "{\"namespaces\": [\"wp/v2\"]}";
    let front = Some("<https://front.example/wp-json/>; rel=\"https://api.w.org/\"");
    let site = Ok(Site::WordPress("https://cms.example".to_owned()));
    assert_eq!(found(&[("https://cms.example/wp-json/", front, api)], "https://cms.example/wp-json/").await, site);
    let told = "{\"site\": {\"title\": \"云溪\", \"version\": \"6.65\"}}";
    let ghost = [("https://b.example/ghost/api/admin/site/", None, told)];
    for typed in ["https://b.example/ghost/api/admin/", "https://b.example/ghost/#/settings", "b.example/ghost"] {
        assert_eq!(found(&ghost, typed).await, Ok(Site::Ghost("https://b.example".to_owned())), "{typed}");
    }
}

#[tokio::test]
async fn a_ghost_answers_as_one() {
    let told = "{\"site\": {\"title\": \"云溪\", \"version\": \"6.65\"}}";
    let documents = [("https://b.example/", None, PAGE), ("https://b.example/ghost/api/admin/site/", None, told)];
    assert_eq!(found(&documents, "https://b.example/").await, Ok(Site::Ghost("https://b.example".to_owned())));
}

#[tokio::test]
async fn a_feed_is_one_and_a_page_names_one() {
    let rss = "<?xml version='1.0'?><rss version='2.0'><channel></channel></rss>";
    let feed = |url: &str| Ok(Site::Feed(url.to_owned()));
    let at_feed = found(&[("https://c.example/feed", None, rss)], "https://c.example/feed").await;
    assert_eq!(at_feed, feed("https://c.example/feed"));
    let json = "{\"version\": \"https://jsonfeed.org/version/1.1\", \"items\": []}";
    assert_eq!(found(&[("https://c.example/f", None, json)], "https://c.example/f").await, feed("https://c.example/f"));
    let page = "<html><head><link rel=alternate type='application/rss+xml' href='rss.xml'></head>";
    assert_eq!(
        found(&[("https://c.example/", None, page)], "https://c.example/").await,
        feed("https://c.example/rss.xml")
    );
}

#[tokio::test]
async fn what_is_none_of_them_is_said() {
    let nothing = found(&[("https://d.example/", None, PAGE)], "https://d.example/").await;
    assert_eq!(nothing, Err(FindError::Nothing("https://d.example/".to_owned())));
    assert!(matches!(found(&[], "https://d.example/").await, Err(FindError::Status { .. })));
}
