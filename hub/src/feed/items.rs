//! The pull API: every change of a channel, in order, from a cursor on.
//!
//! `GET /v1/channels/{channel}/items?cursor=&limit=` answers `{items, next, more}`. Hand `next` in as `cursor` and
//! nothing is missed and nothing told twice: cursors mean the same on every node. After a node has rebuilt its view a
//! cursor older than the last change of the registry starts again from the beginning. Take items in by `uri` and
//! `version`, so that being told twice does no harm.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use lianbo_schemas::ninjs::{NewsItem, PubStatus};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::terms::Shown;
use super::{FeedState, unavailable};
use crate::problem::Problem;
use crate::registry::Snapshot;
use crate::view::{ChannelChange, Cursor};

#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    cursor: Option<String>,
    limit: Option<u32>,
}

/// One change, as pullers read it: with the article, or a tombstone in its place.
#[derive(Debug, Serialize)]
struct Item {
    /// published, corrected, attributed, embargo-lifted, expired, withheld, canceled or removed.
    change: String,
    uri: String,
    version: u32,
    at: jiff::Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    article: Option<Box<NewsItem>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attribution: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tombstone: Option<Tombstone>,
}

/// The article may not be shown, by this channel at least.
#[derive(Debug, Serialize)]
struct Tombstone {
    /// canceled, withheld, or removed: usable, but no longer in this channel.
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
}

/// `GET /v1/channels/{channel}/items`.
pub(super) async fn serve(
    State(state): State<Arc<FeedState>>,
    Path(channel): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Response, Problem> {
    let (channel, registry) = state.channel(&channel)?;
    let from = cursor(wish.cursor.as_deref())?;
    let limit = wish.limit.unwrap_or(state.settings.page).clamp(1, state.settings.most_on_page);
    let page = state.view.changes(&channel.id, from, limit).await.map_err(unavailable)?;
    let of = Arc::clone(&state);
    let cut = move || -> Vec<Item> { page.changes.into_iter().map(|change| item(&of, &registry, change)).collect() };
    let cut = tokio::task::spawn_blocking(cut).await;
    let items = cut.map_err(|_| Problem::unavailable("the page could not be written; ask again"))?;
    let body = json!({"channel": channel.id, "items": items, "next": page.next.to_string(), "more": page.more});
    let mut response = Json(body).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

fn cursor(text: Option<&str>) -> Result<Cursor, Problem> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(Cursor::start()) };
    text.parse().map_err(|error| {
        Problem::bad_request(format!("{error}; ask without `cursor` to start again from the first change"))
    })
}

fn item(state: &FeedState, registry: &Snapshot, change: ChannelChange) -> Item {
    let tombstone = change.article.is_none().then(|| Tombstone {
        status: match change.status {
            PubStatus::Usable => "removed",
            PubStatus::Withheld => "withheld",
            PubStatus::Canceled => "canceled",
        },
        note: change.note.clone(),
    });
    let shown = change.article.map(|(article, terms)| {
        let outlet = registry.outlets.get(&article.outlet);
        let outlet = outlet.map_or(article.outlet.as_str(), |outlet| outlet.name.as_str());
        Shown::new(&article, &terms, change.at, outlet, &state.article_url(article.uri.short()))
    });
    let (article, attribution) = shown.map(|shown| (Box::new(shown.news), shown.attribution)).unzip();
    Item {
        change: change.change,
        uri: change.uri.to_string(),
        version: change.version,
        at: change.at,
        article,
        attribution,
        tombstone,
    }
}
