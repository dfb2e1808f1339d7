//! NITF 3.x: the markup news agencies have sent articles in since the nineties, alone or inside NewsML-G2 and ninjs.
//! <https://iptc.org/std/NITF/>

mod body;
mod docdata;

use std::collections::HashSet;

use lianbo_schemas::NewsItem;
use lianbo_schemas::ninjs::{Association, Headline, InfoSource, PubStatus, Text};

use crate::format::xml::{self, Element};
use crate::format::{FormatError, Piece, ninjs};
use docdata::Role;

pub(in crate::format) use body::{Story, story};

const FORMAT: &str = "NITF";

/// Reads a document: the piece itself, and where it withdraws another one, that too.
pub(super) fn read(text: &str) -> Result<Vec<Result<Piece, FormatError>>, FormatError> {
    let root = xml::parse(text, FORMAT)?;
    if root.child("body").is_none() && root.child("head").is_none() {
        return Err(FormatError::Empty { format: FORMAT, cause: "it has neither head nor body".to_owned() });
    }
    let mut news = NewsItem::new("");
    let management = root.child("head").map(|head| docdata::read(head, &mut news)).transpose()?.unwrap_or_default();
    news.language = root.attribute("baselang").or_else(|| root.attribute("xml:lang")).map(str::to_owned);
    put(&mut news, story(&root));
    news.pub_status = management.status;
    let mut pieces = Vec::new();
    if management.role == Role::Article {
        pieces.push(Ok(Piece {
            status: management.status,
            embargoed_until: management.embargo,
            published: management.published,
            updated: management.updated,
            entry: 1,
            ..ninjs::piece_of(news.clone())
        }));
    }
    if let Some((other, status)) = management.other.filter(|(_, status)| *status != PubStatus::Usable) {
        pieces.push(Ok(withdrawal(other, status, &news)));
    }
    Ok(pieces)
}

/// What becomes of another document by this one's word.
fn withdrawal(other: String, status: PubStatus, by: &NewsItem) -> Piece {
    let headline = by.headlines.first().map(|headline| headline.value.clone());
    let ed_note = lines([headline, by.ed_note.clone()]);
    let news = NewsItem { pub_status: status, ed_note, ..NewsItem::new(other) };
    Piece { status, entry: 2, ..ninjs::piece_of(news) }
}

/// Puts what a body says into an item, where the item does not say it already.
pub(in crate::format) fn put(news: &mut NewsItem, story: Story) {
    if !news.headlines.iter().any(|headline| headline.role.as_deref() == Some("main")) {
        news.headlines.extend(story.headlines);
    } else {
        news.headlines.extend(story.headlines.into_iter().filter(is_sub));
    }
    news.by = news.by.take().or(story.byline);
    if let Some(dateline) = story.dateline {
        news.other.entry("located").or_insert(dateline.into());
    }
    if let Some(summary) = story.summary.filter(|_| news.descriptions.is_empty()) {
        news.descriptions.push(Text::new("summary", "text/plain", summary));
    }
    if let Some(name) = story.distributor.filter(|_| news.info_sources.is_empty()) {
        news.info_sources.push(InfoSource { name: Some(name), role: None, uri: None, other: Default::default() });
    }
    news.usage_terms = lines([news.usage_terms.take(), story.rights]);
    news.ed_note = lines(std::iter::once(news.ed_note.take()).chain(story.notes.into_iter().map(Some)));
    if !story.html.is_empty() {
        news.bodies.push(Text::new("main", "text/html", story.html));
    }
    news.associations.extend(story.media);
}

fn is_sub(headline: &Headline) -> bool {
    headline.role.as_deref() == Some("sub")
}

/// What is stated, each on a line of its own.
pub(in crate::format) fn lines(texts: impl IntoIterator<Item = Option<String>>) -> Option<String> {
    let mut seen = HashSet::new();
    let stated = texts.into_iter().flatten().filter(|text| !text.trim().is_empty());
    let out: Vec<String> = stated.filter(|text| seen.insert(text.clone())).collect();
    (!out.is_empty()).then(|| out.join("\n"))
}

/// An NITF body carried by ninjs, a whole document or only its content, as HTML with its media; `None` when it is not
/// well formed.
pub(super) fn carried(text: &str) -> Option<(String, Vec<Association>)> {
    let root =
        xml::parse(text, FORMAT).or_else(|_| xml::parse(&format!("<body.content>{text}</body.content>"), FORMAT));
    let root = root.ok()?;
    let content = root.at(&["body", "body.content"]).or_else(|| root.child("body.content"));
    match content {
        Some(content) => Some(body::content_of(content)),
        None if root.name == "nitf" => None,
        None => Some(body::content_of(&wrapped(root))),
    }
}

/// A single element is content itself, unless it is the one that holds it.
fn wrapped(root: Element) -> Element {
    if root.name == "body.content" {
        return root;
    }
    Element { nodes: vec![xml::Node::Element(root)], ..Element::default() }
}
