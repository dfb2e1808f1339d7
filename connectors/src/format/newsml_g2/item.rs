//! One `newsItem` as a piece.

use lianbo_schemas::ninjs::{AltId, Association, Headline, PubStatus, Text};
use lianbo_schemas::{Hop, NewsItem};
use serde_json::Value;
use url::Url;

use super::catalog::{Catalog, code, code_of};
use super::concept::{self, Concepts};
use super::{FORMAT, content, rights};
use crate::format::moment::Moment;
use crate::format::nitf::lines;
use crate::format::xml::Element;
use crate::format::{FormatError, Piece, ninjs};

/// Reads an item. Errors: a status or an embargo that cannot be understood.
pub(super) fn piece(
    item: &Element,
    catalog: &Catalog<'_>,
    base: Option<&Url>,
    entry: u32,
) -> Result<Piece, FormatError> {
    let (item_meta, meta) = (item.child("itemMeta"), item.child("contentMeta"));
    let (status, embargoed_until) = item_meta.map(release).transpose()?.unwrap_or_default();
    let moment = |parent: Option<&Element>, name: &str| Moment::parse(&parent?.text_of(name)?);
    let published = moment(item_meta, "firstCreated").or_else(|| moment(meta, "contentCreated"));
    let updated = moment(item_meta, "versionCreated").or_else(|| moment(meta, "contentModified"));

    let mut news = NewsItem::new(item.attribute("guid").unwrap_or_default());
    news.pub_status = status;
    news.version = item.attribute("version").map(str::to_owned);
    let language = meta.and_then(|meta| meta.child("language")).and_then(|language| language.attribute("tag"));
    news.language = language.or_else(|| item.attribute("xml:lang")).map(str::to_owned);
    let concepts = Concepts::of(item, catalog, news.language.as_deref());
    if let Some(meta) = item_meta {
        news.kind = concept::kind(meta.child("itemClass"));
        management(meta, &mut news);
    }
    rights::put(item, &concepts, &mut news);
    if let Some(meta) = meta {
        words(meta, &mut news);
        concepts.makers(meta, &mut news);
        concepts.subjects(meta, &mut news);
        alternative_ids(meta, &mut news);
        digital_source(meta, &concepts, &mut news);
    }
    alternative_ids(item, &mut news);
    concepts.sources(item_meta, meta, &mut news);
    content::put(item, base, &mut news);
    links(item, item_meta, catalog, &mut news);
    let hops = hops(item, &concepts, updated);
    Ok(Piece { status, embargoed_until, published, updated, hops, entry, ..ninjs::piece_of(news) })
}

fn malformed(cause: String) -> FormatError {
    FormatError::Malformed { format: FORMAT, cause }
}

/// Usable unless something else is stated.
fn status(meta: &Element) -> Result<PubStatus, FormatError> {
    match meta.child("pubStatus").and_then(code_of) {
        None | Some("usable") => Ok(PubStatus::Usable),
        Some("withheld") => Ok(PubStatus::Withheld),
        Some("canceled" | "cancelled") => Ok(PubStatus::Canceled),
        Some(other) => Err(malformed(format!("pubStatus `{other}` is none of usable, withheld, canceled"))),
    }
}

/// The status and the embargo. An embargo that is there and empty holds until further notice.
fn release(meta: &Element) -> Result<(PubStatus, Option<Moment>), FormatError> {
    let status = status(meta)?;
    match meta.child("embargoed").map(Element::text) {
        None => Ok((status, None)),
        Some(None) if status == PubStatus::Usable => Ok((PubStatus::Withheld, None)),
        Some(None) => Ok((status, None)),
        Some(Some(text)) => match Moment::parse(&text) {
            Some(moment) => Ok((status, Some(moment))),
            None => Err(malformed(format!("the embargo `{text}` is no date and time"))),
        },
    }
}

/// What `itemMeta` says about the item itself. ninjs has no signal, so that it stands in the note to editors.
fn management(meta: &Element, news: &mut NewsItem) {
    let signals = meta
        .children("signal")
        .filter_map(|signal| signal.text_of("name").or_else(|| code_of(signal).map(str::to_owned)));
    let signals: Vec<String> = signals.map(|signal| format!("signal: {signal}")).collect();
    let notes = meta.children("edNote").map(Element::text);
    news.ed_note = lines(notes.chain(signals.into_iter().map(Some)));
    if let Some(Moment::At(expires)) = meta.text_of("expires").as_deref().and_then(Moment::parse) {
        news.expires = Some(expires);
    }
    for (theirs, ours) in [("title", "title"), ("profile", "profile")] {
        if let Some(text) = meta.text_of(theirs) {
            news.other.insert(ours.to_owned(), Value::String(text));
        }
    }
}

fn words(meta: &Element, news: &mut NewsItem) {
    let headlines = meta.children("headline").filter_map(|element| Some((element, element.text()?)));
    for (element, words) in headlines {
        let stated = element.attribute("role").or(element.attribute("roleuri")).map(code);
        let first = news.headlines.iter().all(|headline| headline.role.as_deref() != Some("main"));
        let role = stated.unwrap_or(if first { "main" } else { "sub" });
        news.headlines.push(Headline { role: Some(role.to_owned()), ..Headline::main(words) });
    }
    let descriptions = meta.children("description").filter_map(|element| Some((element, element.text()?)));
    for (element, words) in descriptions {
        let role = element.attribute("role").or(element.attribute("roleuri")).map_or("summary", code);
        news.descriptions.push(Text::new(role, "text/plain", words));
    }
    let urgency = meta.text_of("urgency").and_then(|urgency| urgency.parse().ok());
    news.urgency = urgency.filter(|urgency| (1..=9).contains(urgency));
    if let Some(slugline) = meta.text_of("slugline") {
        news.other.insert("slugline".to_owned(), Value::String(slugline));
    }
    if let Some(Moment::At(created)) = meta.text_of("contentCreated").as_deref().and_then(Moment::parse) {
        news.other.insert("contentCreated".to_owned(), Value::String(created.to_string()));
    }
}

fn alternative_ids(parent: &Element, news: &mut NewsItem) {
    for id in parent.children("altId") {
        let Some(value) = id.text().or_else(|| id.attribute("id").map(str::to_owned)) else { continue };
        let role = ["role", "roleuri", "type", "typeuri"].iter().find_map(|name| id.attribute(name));
        news.alt_ids.push(AltId { role: Some(role.map_or("altId", code).to_owned()), value });
    }
}

fn digital_source(meta: &Element, concepts: &Concepts<'_>, news: &mut NewsItem) {
    let stated = meta.child("digitalSourceType").and_then(|source| concepts.named(source, ""));
    if let Some(named) = stated {
        news.digital_source_type = serde_json::to_value(&named).ok();
    }
}

/// Links to other items, and what this one was derived from.
fn links(item: &Element, item_meta: Option<&Element>, catalog: &Catalog<'_>, news: &mut NewsItem) {
    let derived = item.children("derivedFrom").chain(item.children("derivedFromValue"));
    let derived = derived.filter_map(|from| Some(("derivedFrom".to_owned(), catalog.uri_of(from)?)));
    let linked = item.children("link").chain(item_meta.into_iter().flat_map(|meta| meta.children("link")));
    let linked = linked.filter_map(|link| {
        let target = link.attribute("href").or(link.attribute("residref"))?;
        let rel = link.attribute("rel").or(link.attribute("reluri")).map_or("seeAlso", code);
        Some((rel.to_owned(), target.to_owned()))
    });
    for ((rel, uri), number) in linked.chain(derived).zip(1_u32..) {
        let (name, rel, uri) = (Some(format!("link-{number}")), Some(rel), Some(uri));
        news.associations.push(Association { name, rel, uri, ..Association::default() });
    }
}

/// The way the item has come. A hop without a time of its own has that of its action, else of this version.
fn hops(item: &Element, concepts: &Concepts<'_>, version_created: Option<Moment>) -> Vec<Hop> {
    let instant = |element: &Element| match element.attribute("timestamp").and_then(Moment::parse) {
        Some(Moment::At(timestamp)) => Some(timestamp),
        Some(Moment::Wall(_)) | None => None,
    };
    let fallback = match version_created {
        Some(Moment::At(timestamp)) => Some(timestamp),
        Some(Moment::Wall(_)) | None => None,
    };
    let all = item.child("hopHistory").into_iter().flat_map(|history| history.children("hop"));
    let read = |(hop, number): (&Element, u32)| {
        let party = hop.child("party").and_then(|party| {
            let named = concepts.named(party, "")?;
            named.uri.or(named.literal).or(named.name)
        });
        let action = hop.child("action").and_then(|action| {
            concepts.catalog.uri_of(action).or_else(|| action.attribute("qcode").map(str::to_owned))
        });
        Some(Hop {
            seq: hop.attribute("seq").and_then(|seq| seq.parse().ok()).unwrap_or(number),
            party: party?,
            action: action.unwrap_or_default(),
            timestamp: instant(hop).or_else(|| hop.children("action").find_map(instant)).or(fallback)?,
        })
    };
    all.take(64).zip(1..).filter_map(read).collect()
}
