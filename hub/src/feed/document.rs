//! Feed documents: built once per change of their channel, kept ready, answered conditionally (RFC 9110, 13).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use lianbo_schemas::{Channel, ChannelId};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::terms::Shown;
use super::{FeedState, atom, json_feed, ninjs, rss, unavailable};
use crate::problem::Problem;
use crate::registry::Snapshot;
use crate::view::Newest;

/// The formats of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Format {
    Rss,
    Atom,
    Json,
    Ninjs,
}

/// All that a feed is written from.
pub(super) struct Source<'a> {
    pub(super) channel: &'a Channel,
    /// The channel's page.
    pub(super) home: String,
    /// The feed's own address.
    pub(super) address: String,
    /// What outlets' ids start with.
    pub(super) outlets: String,
    pub(super) changed: Option<Timestamp>,
    pub(super) items: Vec<Shown>,
}

/// A finished document.
#[derive(Debug)]
struct Document {
    body: Bytes,
    etag: HeaderValue,
    changed: Option<Timestamp>,
    media_type: &'static str,
}

type Key = (ChannelId, Format, u32);

/// A document, and the channel's stamp and the registry it was made from.
type Kept = (u64, Arc<Snapshot>, Arc<Document>);

/// Feed documents kept ready.
#[derive(Debug, Default)]
pub struct Documents {
    kept: Mutex<HashMap<Key, Kept>>,
}

/// What a reader may ask for.
#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    limit: Option<u32>,
}

impl Format {
    fn of(name: &str) -> Option<Self> {
        match name {
            "feed.rss" => Some(Self::Rss),
            "feed.atom" => Some(Self::Atom),
            "feed.json" => Some(Self::Json),
            "feed.ninjs" => Some(Self::Ninjs),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Rss => "feed.rss",
            Self::Atom => "feed.atom",
            Self::Json => "feed.json",
            Self::Ninjs => "feed.ninjs",
        }
    }

    fn media_type(self) -> &'static str {
        match self {
            Self::Rss => "application/rss+xml; charset=utf-8",
            Self::Atom => "application/atom+xml; charset=utf-8",
            Self::Json => "application/feed+json; charset=utf-8",
            Self::Ninjs => "application/json; charset=utf-8",
        }
    }

    fn write(self, source: &Source<'_>) -> String {
        match self {
            Self::Rss => rss::write(source),
            Self::Atom => atom::write(source),
            Self::Json => json_feed::write(source),
            Self::Ninjs => ninjs::write(source),
        }
    }
}

impl Source<'_> {
    /// The language of the newest article, which speaks for the channel.
    pub(super) fn language(&self) -> &str {
        self.items.first().and_then(|item| item.language.as_deref()).unwrap_or("zh-Hans")
    }
}

/// `GET /channels/{channel}/feed.rss`, `.atom`, `.json`, `.ninjs`.
pub(super) async fn serve(
    State(state): State<Arc<FeedState>>,
    Path((channel, feed)): Path<(String, String)>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (channel, registry) = state.channel(&channel)?;
    let formats = "a channel has feed.rss, feed.atom, feed.json and feed.ninjs";
    let format = Format::of(&feed).ok_or_else(|| Problem::not_found(formats))?;
    let limit = wish.limit.unwrap_or(state.settings.newest).clamp(1, state.settings.most);
    let document = document(&state, &channel, registry, format, limit).await?;
    Ok(document.answer(&headers, (state.clock)(), state.settings.max_age_seconds))
}

/// The document as kept, or built now: only when the channel or the registry has changed since.
async fn document(
    state: &Arc<FeedState>,
    channel: &Arc<Channel>,
    registry: Arc<Snapshot>,
    format: Format,
    limit: u32,
) -> Result<Arc<Document>, Problem> {
    let key = (channel.id.clone(), format, limit);
    let stamp = state.view.channel_stamp(&channel.id);
    if let Some(document) = state.documents.get(&key, stamp, &registry) {
        return Ok(document);
    }
    let newest = state.view.newest(&channel.id, limit).await.map_err(unavailable)?;
    let (of, for_channel, names) = (Arc::clone(state), Arc::clone(channel), Arc::clone(&registry));
    let build = move || Document::build(&of, &for_channel, &names, format, &newest);
    let built = tokio::task::spawn_blocking(build).await;
    let document = Arc::new(built.map_err(|_| Problem::unavailable("the feed could not be written; ask again"))?);
    state.documents.keep(key, stamp, registry, Arc::clone(&document), state.settings.cached_documents);
    Ok(document)
}

impl Documents {
    fn get(&self, key: &Key, stamp: u64, registry: &Arc<Snapshot>) -> Option<Arc<Document>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, made_from, document) = kept.get(key)?;
        (*of == stamp && Arc::ptr_eq(made_from, registry)).then(|| Arc::clone(document))
    }

    fn keep(&self, key: Key, stamp: u64, registry: Arc<Snapshot>, document: Arc<Document>, most: usize) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= most && !kept.contains_key(&key) {
            // Everything is soon built again; which one is asked for least is not worth counting.
            kept.clear();
        }
        kept.insert(key, (stamp, registry, document));
    }
}

impl Document {
    fn build(state: &FeedState, channel: &Channel, registry: &Snapshot, format: Format, newest: &Newest) -> Self {
        let items = newest.items.iter().map(|(article, terms, updated)| {
            let outlet = registry.outlets.get(&article.outlet);
            let outlet = outlet.map_or(article.outlet.as_str(), |outlet| outlet.name.as_str());
            Shown::new(article, terms, *updated, outlet, &state.article_url(article.uri.short()))
        });
        let home = state.channel_url(&channel.id);
        let source = Source {
            channel,
            address: format!("{home}/{}", format.name()),
            home,
            outlets: format!("{}/", state.public_url),
            changed: newest.changed,
            items: items.collect(),
        };
        let body = Bytes::from(format.write(&source));
        let digest = HEXLOWER.encode(&Sha256::digest(&body)[..16]);
        let etag = HeaderValue::from_str(&format!("\"{digest}\"")).expect("hexadecimal digits are ASCII");
        Self { body, etag, changed: newest.changed, media_type: format.media_type() }
    }

    fn answer(&self, asked: &HeaderMap, now: Timestamp, max_age: u32) -> Response {
        let mut response = if self.is_known(asked) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let mut response = self.body.clone().into_response();
            response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(self.media_type));
            response
        };
        let headers = response.headers_mut();
        headers.insert(header::ETAG, self.etag.clone());
        if let Some(changed) = self.changed.filter(|changed| is_settled(*changed, now)) {
            headers.insert(header::LAST_MODIFIED, http_date(changed));
        }
        let cache = HeaderValue::from_str(&format!("public, max-age={max_age}"));
        headers.insert(header::CACHE_CONTROL, cache.expect("the value is ASCII"));
        headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        response
    }

    /// `If-None-Match` decides when it is there, `If-Modified-Since` only when it is not.
    fn is_known(&self, asked: &HeaderMap) -> bool {
        let text = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        if asked.contains_key(header::IF_NONE_MATCH) {
            let ours = self.etag.to_str().unwrap_or_default();
            let values = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
            return values
                .flat_map(|value| value.split(','))
                .map(str::trim)
                .any(|theirs| theirs == "*" || theirs.strip_prefix("W/").unwrap_or(theirs) == ours);
        }
        let since = text(header::IF_MODIFIED_SINCE).and_then(|value| httpdate::parse_http_date(value).ok());
        let since = since.and_then(|since| Timestamp::try_from(since).ok());
        match (since, self.changed) {
            (Some(since), Some(changed)) => changed.as_second() <= since.as_second(),
            _ => false,
        }
    }
}

/// HTTP dates have whole seconds. As long as the second of the last change is not over, another change may carry the
/// same date, and who asks by date would miss it: no date is given then.
fn is_settled(changed: Timestamp, now: Timestamp) -> bool {
    now.duration_since(changed) >= SignedDuration::from_secs(2)
}

fn http_date(at: Timestamp) -> HeaderValue {
    let date = at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    HeaderValue::from_str(&date).expect("the date is ASCII")
}
