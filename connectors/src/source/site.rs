//! What stands at an address an operator types: a feed, a WordPress, a Ghost, or a page that names its feed.
//! <https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/>,
//! <https://www.rssboard.org/rss-autodiscovery>

use reqwest::StatusCode;
use reqwest::header::{CONTENT_TYPE, HeaderMap, LINK};
use serde_json::Value;
use url::Url;

use super::place::Place;
use super::{Fetch, FetchError, Fetched};
use crate::format::charset;
use crate::format::detect::{self, Format};
use crate::format::markup::{Tag, Token, Tokens};

/// Bytes that a page or a feed may have.
const LARGEST: usize = 5_000_000;
/// Where a Ghost tells what it is, without a key.
const GHOST: &str = "/ghost/api/admin/site/";
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
    /// Its API is somebody else's, for all that is known; a secret would go there.
    #[error(
        "`{typed}` has its API on another host: {api}; no secret was sent there. If that host is the outlet's own, give its \
         address in place of this one"
    )]
    Elsewhere {
        /// What was asked for.
        typed: String,
        /// Where it leads.
        api: String,
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
    let (Ok(typed), Ok(base)) = (Url::parse(&address), Url::parse(&page.final_url)) else {
        return Err(FindError::Nothing(address));
    };
    let looked = Looked { fetch, place: Place { typed, page: base } };
    if !page.status.is_success() {
        let ghost = looked.ghost().await.transpose()?;
        return ghost.ok_or(FindError::Status { url: address, status: page.status });
    }
    let media_type = page.header(CONTENT_TYPE.as_str()).map(str::to_owned);
    let (text, _) = charset::decode(&page.body, media_type.as_deref());
    if is_feed(&text, media_type.as_deref()) {
        return Ok(Site::Feed(page.moved_to.unwrap_or(address)));
    }
    let head = Head::of(&text);
    let named = api_in_headers(&page).or(head.api);
    if let Some(site) = looked.cms(&text, named).await {
        return site;
    }
    let feed = head.feed.and_then(|href| looked.place.page.join(&href).ok());
    feed.map(|url| Site::Feed(url.into())).ok_or(FindError::Nothing(address))
}

/// Where something is looked for.
struct Looked<'a> {
    fetch: &'a dyn Fetch,
    place: Place,
}

impl Looked<'_> {
    /// The CMS there. An API at the address itself comes before one that its page names.
    async fn cms(&self, text: &str, named: Option<String>) -> Option<Result<Site, FindError>> {
        if serde_json::from_str(text).is_ok_and(|told| is_api(&told)) {
            return Some(self.wordpress(self.place.page.clone()));
        }
        let named = named.and_then(|href| self.place.page.join(&href).ok()).map(|api| self.wordpress(api));
        if let Some(Ok(site)) = named {
            return Some(Ok(site));
        }
        if let Some(site) = self.ghost().await {
            return Some(site);
        }
        let api = Url::parse(&format!("{}/wp-json/", self.root())).ok()?;
        let told = json(self.fetch, api.as_str()).await.map(|(told, _)| told);
        if told.is_some_and(|told| is_api(&told)) { Some(self.wordpress(api)) } else { named }
    }

    fn wordpress(&self, api: Url) -> Result<Site, FindError> {
        let api = self.place.admit(api).map_err(|api| self.elsewhere(api.into()))?;
        Ok(Site::WordPress(site_of(&api)))
    }

    /// The address of a Ghost's Admin API may be another than the site's: whoever asks is led there.
    async fn ghost(&self) -> Option<Result<Site, FindError>> {
        let root = self.root();
        let root = root.split("/ghost/").next().unwrap_or_default();
        let root = root.strip_suffix("/ghost").unwrap_or(root);
        let (told, from) = json(self.fetch, &format!("{root}{GHOST}")).await?;
        told.pointer("/site/version")?;
        let site = Url::parse(from.strip_suffix(GHOST).unwrap_or(root)).ok()?;
        let plain = |site: Url| site.as_str().trim_end_matches('/').to_owned();
        let admitted = self.place.admit(site);
        Some(admitted.map(|site| Site::Ghost(plain(site))).map_err(|site| self.elsewhere(plain(site))))
    }

    fn elsewhere(&self, api: String) -> FindError {
        FindError::Elsewhere { typed: self.place.typed.to_string(), api }
    }

    /// The address of the page, to put something behind.
    fn root(&self) -> String {
        let page = self.place.page.as_str();
        page.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').to_owned()
    }
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

/// The site whose API this is: what is before `/wp-json/`; without rewritten addresses the API's address names the site.
fn site_of(api: &Url) -> String {
    let api = api.as_str();
    api.trim_end_matches('/').strip_suffix("/wp-json").unwrap_or(api).to_owned()
}

/// Whether an answer is the index of a WordPress' API.
fn is_api(told: &Value) -> bool {
    let namespaces = told.get("namespaces").and_then(Value::as_array);
    namespaces.is_some_and(|names| names.iter().any(|name| name == "wp/v2"))
}

async fn json(fetch: &dyn Fetch, url: &str) -> Option<(Value, String)> {
    let answer = fetch.get(url, HeaderMap::new(), LARGEST).await.ok().filter(|answer| answer.status.is_success())?;
    Some((serde_json::from_slice(&answer.body).ok()?, answer.final_url))
}

#[cfg(test)]
#[path = "site_tests.rs"]
mod tests;
