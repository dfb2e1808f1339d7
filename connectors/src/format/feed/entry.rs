//! One entry of a feed as a piece.

use feed_rs::model::{Category, Content, Entry, MediaObject, Person, Text};

use crate::format::markup::{self, Token, Tokens};
use crate::format::{Body, Picture, Piece};
use crate::http::is_web;

use super::title::title;

/// What an entry says; `raw` is its own text, for the few elements feed-rs does not hand on.
pub(super) fn piece(entry: Entry, raw: &str) -> Piece {
    let url = link(&entry);
    let summary = entry.summary.map(|text| (is_markup(&text), text.content));
    let content = entry.content.as_ref().map_or(Body::Empty, body);
    let (body, summary) = match (content, summary) {
        (Body::Empty, Some((_, words))) if words.trim().is_empty() => (Body::Empty, None),
        // A description alone is the body: in RSS 2.0 it may well be the whole text.
        (Body::Empty, Some((markup, words))) => (if markup { Body::Html(words) } else { Body::Text(words) }, None),
        (body, summary) => (body, summary.map(|(_, words)| markup::plain(&words)).filter(|words| !words.is_empty())),
    };
    let id = entry.id.trim().to_owned();
    Piece {
        own_id: Some(id).filter(|id| !id.is_empty()).or_else(|| about(raw)).or_else(|| url.clone()),
        url,
        title: title(raw)
            .or_else(|| entry.title.as_ref().and_then(words))
            .or_else(|| entry.media.iter().find_map(|object| words(object.title.as_ref()?))),
        body,
        summary,
        byline: byline(&entry.authors),
        source: source(raw),
        published: entry.published.and_then(|time| super::moment(time.timestamp(), time.timestamp_subsec_nanos())),
        updated: entry.updated.and_then(|time| super::moment(time.timestamp(), time.timestamp_subsec_nanos())),
        language: entry.language.filter(|language| !language.is_empty()),
        subjects: subjects(&entry.categories),
        pictures: pictures(&entry.media),
        copyright: entry.rights.as_ref().and_then(words),
        ..Piece::default()
    }
}

fn is_markup(text: &Text) -> bool {
    let kind = text.content_type.as_str();
    kind.contains("html") || text.content.contains("</") || text.content.contains("<br")
}

/// Text without markup; titles come escaped once, twice or not at all.
fn words(text: &Text) -> Option<String> {
    let content = text.content.trim();
    let plain = if content.contains(['<', '&']) { markup::plain(content) } else { content.to_owned() };
    let plain = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    (!plain.is_empty()).then_some(plain)
}

fn body(content: &Content) -> Body {
    let words = content.body.clone().unwrap_or_default();
    let kind = content.content_type.as_str();
    if words.trim().is_empty() || !(kind.starts_with("text/") || kind.contains("html") || kind.contains("xml")) {
        return Body::Empty;
    }
    if kind == "text/plain" && !words.contains("</") { Body::Text(words) } else { Body::Html(words) }
}

/// The page for readers: `alternate`, or a link without a relation.
fn link(entry: &Entry) -> Option<String> {
    let shown = |rel: Option<&str>| matches!(rel, None | Some("alternate"));
    let mut links = entry.links.iter().filter(|link| shown(link.rel.as_deref()) && link.target.is_none());
    let found = links.find(|link| link.href.trim().starts_with("http"));
    let permalink = || Some(entry.id.trim()).filter(|id| is_web(id));
    found.map(|link| link.href.trim()).or_else(permalink).map(str::to_owned)
}

fn byline(authors: &[Person]) -> Option<String> {
    let mut names: Vec<&str> = Vec::new();
    for name in authors.iter().filter_map(|author| author.name.as_deref()).map(str::trim) {
        if !name.is_empty() && !names.contains(&name) {
            names.push(name);
        }
    }
    (!names.is_empty()).then(|| names.join(" "))
}

fn subjects(categories: &[Category]) -> Vec<String> {
    let of = |category: &Category| category.label.clone().unwrap_or_else(|| category.term.clone());
    let mut subjects: Vec<String> = Vec::new();
    for subject in categories.iter().map(of).map(|subject| subject.trim().to_owned()) {
        if !subject.is_empty() && !subjects.contains(&subject) {
            subjects.push(subject);
        }
    }
    subjects
}

fn pictures(media: &[MediaObject]) -> Vec<Picture> {
    let mut pictures: Vec<Picture> = Vec::new();
    for object in media {
        let caption = object.description.as_ref().and_then(words);
        let contents = object.content.iter().filter_map(|content| {
            let url = content.url.as_ref()?;
            let kind = content.content_type.as_ref().map(|kind| kind.as_str().to_owned());
            let image = kind.map_or_else(|| names_picture(url.path()), |kind| kind.starts_with("image/"));
            image.then(|| url.to_string())
        });
        let thumbnails = object.thumbnails.iter().map(|thumbnail| thumbnail.image.uri.clone());
        let mut urls: Vec<String> = contents.collect();
        if urls.is_empty() {
            urls.extend(thumbnails.take(1));
        }
        for url in urls.into_iter().filter(|url| url.starts_with("http")) {
            if !pictures.iter().any(|picture| picture.url == url) {
                pictures.push(Picture { url, alt: None, caption: caption.clone() });
            }
        }
    }
    pictures
}

fn names_picture(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    [".jpg", ".jpeg", ".png", ".gif", ".webp"].iter().any(|end| path.ends_with(end))
}

/// `rdf:about` of an RSS 1.0 item.
fn about(raw: &str) -> Option<String> {
    let Some(Token::Open(tag)) = Tokens::new(raw).next() else { return None };
    tag.attribute("rdf:about").map(|about| about.trim().to_owned()).filter(|about| !about.is_empty())
}

/// RSS `source` and `dc:source`: the outlet an item was taken from.
fn source(raw: &str) -> Option<String> {
    let mut inside = false;
    for token in Tokens::new(raw) {
        match token {
            Token::Open(tag) => inside = tag.is("source") || tag.is("dc:source"),
            Token::Text(text) if inside => {
                let name = markup::decode(text).trim().to_owned();
                return Some(name).filter(|name| !name.is_empty() && !name.starts_with("http"));
            }
            Token::Text(_) | Token::Close(_) => {}
        }
    }
    None
}
