//! IPTC ninjs 1.0 to 3.1, all upgraded to 3.1. What 3.1 cannot hold is left behind; what would change who may read the
//! item (embargo, status) and cannot be understood refuses the item. <https://iptc.org/std/ninjs/>

mod geometry;
mod legacy;
mod one;
mod shape;
mod three;
mod two;
mod upgrade;
mod validate;

pub use validate::{Checked, Fault, Version, validate};

use lianbo_schemas::ninjs::{Association, Kind, PubStatus};
use lianbo_schemas::{Hop, NewsItem};
use serde_json::{Map, Value};

use crate::format::detect::{self, Format};
use crate::format::moment::Moment;
use crate::format::{Body, FormatError, MOST_ENTRIES, Picture, Piece, charset, json_feed, nitf};

const FORMAT: &str = "ninjs";

/// The JSON of a document that is ninjs, for [`validate`]; `None` when it is something else, or no JSON.
pub fn document(bytes: &[u8], media_type: Option<&str>) -> Option<Value> {
    let (text, _) = charset::decode(bytes, media_type);
    if detect::detect(&text, media_type).ok()? != Format::Json {
        return None;
    }
    let document = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    (!json_feed::is_one(&document)).then_some(document)
}

/// Reads a document: one item, or an array of items.
pub(super) fn read(document: Value) -> Result<Vec<Result<Piece, FormatError>>, FormatError> {
    match document {
        Value::Object(members) => Ok(vec![piece(members, 1)]),
        Value::Array(items) if items.is_empty() => {
            Err(FormatError::Empty { format: FORMAT, cause: "the array has no items".to_owned() })
        }
        Value::Array(items) if items.len() > MOST_ENTRIES => {
            Err(FormatError::TooLarge(format!("{} items, at most {MOST_ENTRIES}", items.len())))
        }
        Value::Array(items) => Ok((1..).zip(items).map(|(entry, item)| of_array(item, entry)).collect()),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            Err(malformed("the document is no JSON object".to_owned()))
        }
    }
}

fn of_array(item: Value, entry: u32) -> Result<Piece, FormatError> {
    match item {
        Value::Object(members) => piece(members, entry),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(malformed(format!("item {entry} is no JSON object")))
        }
    }
}

fn malformed(cause: String) -> FormatError {
    FormatError::Malformed { format: FORMAT, cause }
}

/// Members of a name, whatever its case and version.
fn stated<'a>(members: &'a Map<String, Value>, names: &[&str]) -> Option<&'a Value> {
    let mut found = members.iter().filter(|(name, _)| names.iter().any(|known| known.eq_ignore_ascii_case(name)));
    found.next().map(|(_, value)| value)
}

fn piece(mut members: Map<String, Value>, entry: u32) -> Result<Piece, FormatError> {
    refuse_events(&members)?;
    let status = status(&members)?;
    let embargoed_until = embargo(&members)?;
    let published = moment(&members, &["firstCreated"]);
    let updated = moment(&members, &["versionCreated", "contentCreated"]);
    let hops = hops(members.remove("hub"));
    if !looks_like_ninjs(&members) {
        return Err(malformed("it has neither a uri nor a headline nor a body".to_owned()));
    }
    let mut upgraded = upgrade::item(members).map_err(|fault| malformed(fault.to_string()))?;
    upgraded.entry("uri").or_insert(Value::String(String::new()));
    let mut news: NewsItem =
        serde_json::from_value(Value::Object(upgraded)).map_err(|error| malformed(error.to_string()))?;
    news.pub_status = status;
    Ok(Piece { status, embargoed_until, published, updated, hops, entry, ..piece_of(news) })
}

fn looks_like_ninjs(members: &Map<String, Value>) -> bool {
    let telling = |name: &str| {
        ["body_", "headline", "bodies", "renditions", "associations"].iter().any(|start| name.starts_with(start))
    };
    members.contains_key("uri") || members.keys().any(|name| telling(name))
}

fn refuse_events(members: &Map<String, Value>) -> Result<(), FormatError> {
    let kind = stated(members, &["type"]).and_then(Value::as_str).unwrap_or("");
    let planned = ["eventDetails", "plannedCoverage"].iter().any(|name| members.contains_key(*name));
    let has_text = ["bodies", "body_text", "body_html", "body_xhtml"].iter().any(|name| members.contains_key(*name));
    if matches!(kind, "event" | "planning") || (kind.is_empty() && planned && !has_text) {
        let kind = if kind.is_empty() { "event" } else { kind };
        return Err(FormatError::Unsupported { media_type: format!("ninjs item of type {kind}") });
    }
    Ok(())
}

fn status(members: &Map<String, Value>) -> Result<PubStatus, FormatError> {
    match stated(members, &["pubStatus"]) {
        None | Some(Value::Null) => Ok(PubStatus::Usable),
        Some(Value::String(word)) => match word.trim().to_ascii_lowercase().as_str() {
            "usable" | "" => Ok(PubStatus::Usable),
            "withheld" => Ok(PubStatus::Withheld),
            // Spelt with one l in ninjs; a kill must not fail for its spelling.
            "canceled" | "cancelled" => Ok(PubStatus::Canceled),
            other => Err(malformed(format!("pubStatus `{other}` is none of usable, withheld, canceled"))),
        },
        Some(other) => Err(malformed(format!("pubStatus `{other}` is no text"))),
    }
}

fn embargo(members: &Map<String, Value>) -> Result<Option<Moment>, FormatError> {
    let Some(value) = stated(members, &["embargoedUntil", "embargoed"]) else { return Ok(None) };
    match value.as_str().map(str::trim) {
        Some("") => Ok(None),
        Some(text) => {
            Moment::parse(text).map(Some).ok_or_else(|| malformed(format!("the embargo `{text}` is no date and time")))
        }
        None if value.is_null() => Ok(None),
        None => Err(malformed(format!("the embargo `{value}` is no text"))),
    }
}

fn moment(members: &Map<String, Value>, names: &[&str]) -> Option<Moment> {
    names.iter().find_map(|name| stated(members, &[name])?.as_str().and_then(Moment::parse))
}

/// The way a piece came through another hub of this kind.
fn hops(hub: Option<Value>) -> Vec<Hop> {
    let hops = hub.and_then(|mut hub| hub.get_mut("hops").map(Value::take));
    let Some(Value::Array(hops)) = hops else { return Vec::new() };
    hops.into_iter().take(64).filter_map(|hop| serde_json::from_value(hop).ok()).collect()
}

/// An item as a piece: the fields a piece of any format has are taken out of it.
pub(super) fn piece_of(news: NewsItem) -> Piece {
    let headline = Some(news.headline().trim().to_owned()).filter(|title| !title.is_empty());
    let other_id = |role: &str| {
        let found = news.alt_ids.iter().find(|id| id.role.as_deref() == Some(role));
        found.map(|id| id.value.clone())
    };
    Piece {
        own_id: Some(news.uri.clone()).filter(|uri| !uri.is_empty()),
        version: news.version.as_deref().and_then(|version| version.trim().parse().ok()),
        url: other_id("url").filter(|url| url.starts_with("http")),
        canonical_url: other_id("canonical").filter(|url| url.starts_with("http")),
        title: headline.or_else(|| title(&news)),
        body: body(&news),
        summary: news.summary().map(str::to_owned),
        byline: news.by.clone(),
        source: source(&news),
        language: news.language.clone(),
        subjects: news.subjects.iter().filter_map(|subject| subject.name.clone()).collect(),
        pictures: pictures(&news),
        ed_note: news.ed_note.clone(),
        copyright: news.copyright_notice.clone().filter(|notice| !notice.trim().is_empty()),
        ninjs: Some(Box::new(news)),
        ..Piece::default()
    }
}

/// `title` is for editors, but better than nothing.
fn title(news: &NewsItem) -> Option<String> {
    let title = news.other.get("title").and_then(Value::as_str)?;
    Some(title.trim().to_owned()).filter(|title| !title.is_empty())
}

/// HTML before NITF before plain text.
fn body(news: &NewsItem) -> Body {
    let of = |sign: &str| {
        let found =
            news.bodies.iter().find(|body| body.content_type.as_deref().is_some_and(|kind| kind.contains(sign)));
        found.map(|body| body.value.clone()).filter(|value| !value.trim().is_empty())
    };
    if let Some(html) = of("html") {
        return Body::Html(html);
    }
    if let Some(markup) = of("nitf") {
        // What is not well formed is near enough to HTML for its paragraphs.
        return Body::Html(nitf::carried(&markup).map_or(markup, |(html, _)| html));
    }
    if let Some(text) = of("text/plain") {
        return Body::Text(text);
    }
    match news.bodies.iter().find(|body| !body.value.trim().is_empty()) {
        Some(body) if body.value.contains("</") => Body::Html(body.value.clone()),
        Some(body) => Body::Text(body.value.clone()),
        None => Body::Empty,
    }
}

/// Who the content is from: the originator if one is named as such, else the first.
fn source(news: &NewsItem) -> Option<String> {
    let origin = news.info_sources.iter().find(|source| {
        let role = source.role.as_deref().unwrap_or("");
        role.ends_with("origcont") || role.ends_with("originator")
    });
    origin.or(news.info_sources.first()).and_then(|source| source.name.clone())
}

fn pictures(news: &NewsItem) -> Vec<Picture> {
    let of = |association: &Association| {
        let url = association.href().filter(|href| href.starts_with("http"))?.to_owned();
        let alt = association.headlines.first().map(|headline| headline.value.clone());
        Some(Picture { url, alt, caption: association.caption().map(str::to_owned) })
    };
    news.associations
        .iter()
        .filter(|association| matches!(association.kind, Some(Kind::Picture | Kind::Graphic)))
        .filter_map(of)
        .collect()
}
