//! What stands at an address an operator types: a feed, a WordPress, a Ghost, or a page that names its feed.
//! <https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/>,
//! <https://www.rssboard.org/rss-autodiscovery>

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LINK};
use serde_json::Value;
use url::Url;

use super::{Fetch, FetchError, Fetched};
use crate::format::charset;
use crate::format::detect::{self, Format};
use crate::format::markup::{Tag, Token, Tokens};

/// Bytes that a page or a feed may have.
const LARGEST: usize = 5_000_000;
/// The relation by which WordPress names its API.
const API: &str = "https://api.w.org/";
const FEEDS: [&str; 3] = ["application/rss+xml", "application/atom+xml", "application/feed+json"];

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Site {
    /// A feed, at this address.
    Feed(String),
    /// A WordPress, at this address.
    WordPress(String),
    /// A Ghost, at this address.
    Ghost(String),
}

/// Why nothing was found.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// There is no answer.
    #[error(transparent)]
    Fetch(#[from] FetchError),
    /// The answer is no success.
    #[error("`{url}` answers {status}; give the address of the site, or of its feed")]
    Status {
        /// What was asked for.
        url: String,
        /// What came.
        status: StatusCode,
    },
    /// It is something else.
    #[error("`{0}` is no feed, no WordPress and no Ghost, and names no feed; give the address of a feed")]
    Nothing(String),
}

/// Looks at an address; `https://` is put before one without a scheme.
pub async fn find(fetch: &dyn Fetch, address: &str) -> Result<Site, FindError> {
    let address = address.trim();
    let address = if address.contains("://") { address.to_owned() } else { format!("https://{address}") };
    let page = fetch.get(&address, HeaderMap::new(), LARGEST).await?;
    if !page.status.is_success() {
        return Err(FindError::Status { url: address, status: page.status });
    }
    let media_type = page.header(CONTENT_TYPE.as_str()).map(str::to_owned);
    let (text, _) = charset::decode(&page.body, media_type.as_deref());
    if is_feed(&text, media_type.as_deref()) {
        return Ok(Site::Feed(page.moved_to.unwrap_or(address)));
    }
    let base = Url::parse(&page.final_url).ok();
    let head = Head::of(&text);
    let api = api_in_headers(&page).or(head.api).and_then(|href| absolute(base.as_ref(), &href));
    if let Some(api) = api {
        return Ok(Site::WordPress(site_of(&api)));
    }
    let root = page.final_url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').to_owned();
    if let Some(site) = ghost(fetch, &root).await {
        return Ok(Site::Ghost(site));
    }
    if is_wordpress(fetch, &root).await {
        return Ok(Site::WordPress(root));
    }
    let feed = head.feed.and_then(|href| absolute(base.as_ref(), &href));
    feed.map(|url| Site::Feed(url.into())).ok_or(FindError::Nothing(address))
}

fn is_feed(text: &str, media_type: Option<&str>) -> bool {
    match detect::detect(text, media_type) {
        Ok(Format::Feed) => true,
        Ok(Format::Json) => text.contains("jsonfeed.org/version"),
        _ => false,
    }
}

/// What a page's head names.
#[derive(Default)]
struct Head {
    api: Option<String>,
    feed: Option<String>,
}

impl Head {
    fn of(html: &str) -> Self {
        let mut head = Self::default();
        for token in Tokens::new(html) {
            let Token::Open(tag) = token else { continue };
            if tag.is("body") {
                break;
            }
            if tag.is("link") {
                head.note(&tag);
            }
        }
        head
    }

    fn note(&mut self, link: &Tag<'_>) {
        let value = |name: &str| link.attribute(name).map(|value| value.trim().to_owned()).unwrap_or_default();
        let (rel, href) = (value("rel"), value("href"));
        if href.is_empty() {
            return;
        }
        if rel == API {
            self.api.get_or_insert(href);
        } else if rel.eq_ignore_ascii_case("alternate") && FEEDS.contains(&value("type").to_ascii_lowercase().as_str())
        {
            self.feed.get_or_insert(href);
        }
    }
}

/// `Link: <https://a.example/wp-json/>; rel="https://api.w.org/"`
fn api_in_headers(page: &Fetched) -> Option<String> {
    let values = page.headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let mut links = values.flat_map(|value| value.split(", <"));
    let link = links.find(|link| link.contains(API) && link.contains("rel="))?;
    Some(link.trim_start_matches('<').split('>').next()?.to_owned())
}

fn absolute(base: Option<&Url>, href: &str) -> Option<Url> {
    base.map_or_else(|| Url::parse(href), |base| base.join(href)).ok()
}

/// The site whose API this is: what is before `/wp-json/`; without rewritten addresses the API's address names the site.
fn site_of(api: &Url) -> String {
    let api = api.as_str();
    api.trim_end_matches('/').strip_suffix("/wp-json").unwrap_or(api).to_owned()
}

async fn is_wordpress(fetch: &dyn Fetch, root: &str) -> bool {
    let told = json(fetch, &format!("{root}/wp-json/")).await.map(|(told, _)| told).unwrap_or_default();
    let namespaces = told.get("namespaces").and_then(Value::as_array);
    namespaces.is_some_and(|names| names.iter().any(|name| name == "wp/v2"))
}

/// The address of a Ghost's Admin API may be another than the site's: whoever asks is led there.
async fn ghost(fetch: &dyn Fetch, root: &str) -> Option<String> {
    const ROUTE: &str = "/ghost/api/admin/site/";
    let (told, from) = json(fetch, &format!("{root}{ROUTE}")).await?;
    told.pointer("/site/version")?;
    Some(from.strip_suffix(ROUTE).unwrap_or(root).to_owned())
}

async fn json(fetch: &dyn Fetch, url: &str) -> Option<(Value, String)> {
    let answer = fetch.get(url, HeaderMap::new(), LARGEST).await.ok().filter(|answer| answer.status.is_success())?;
    Some((serde_json::from_slice(&answer.body).ok()?, answer.final_url))
}

#[cfg(test)]
#[path = "site_tests.rs"]
mod tests;
