//! `contentSet`: the text an item carries, and the files it points to.

use lianbo_schemas::NewsItem;
use lianbo_schemas::ninjs::{Association, Kind, Rendition, Text};
use serde_json::{Map, Value};
use url::Url;

use super::catalog::code;
use crate::format::nitf;
use crate::format::xml::Element;

/// Puts the content of an item into ninjs. `base` is where the document was found: addresses may be relative to it.
pub(super) fn put(item: &Element, base: Option<&Url>, news: &mut NewsItem) {
    let Some(content) = item.child("contentSet") else { return };
    if let Some(inline) = content.child("inlineXML") {
        markup(inline, news);
    }
    for inline in content.children("inlineData").filter(|inline| inline.attribute("encoding").is_none()) {
        let kind = inline.attribute("contenttype").unwrap_or("text/plain");
        let words = inline.raw_text();
        if news.bodies.is_empty() && kind.starts_with("text/") && !words.trim().is_empty() {
            let kind = if kind.contains("html") { "text/html" } else { "text/plain" };
            news.bodies.push(Text::new("main", kind, words.trim()));
        }
    }
    files(content, base, news);
}

/// NITF and XHTML are articles; other vocabularies, such as scores and events, are data that ninjs has no place for.
fn markup(inline: &Element, news: &mut NewsItem) {
    let Some(root) = inline.elements().next() else { return };
    match root.name.as_str() {
        "nitf" => nitf::put(news, nitf::story(root)),
        "html" => {
            let html = root.child("body").map(Element::inner_html).unwrap_or_default();
            if !html.trim().is_empty() {
                news.bodies.push(Text::new("main", "text/html", html.trim()));
            }
        }
        "div" | "p" | "section" | "article" => {
            news.bodies.push(Text::new("main", "text/html", inline.inner_html().trim()))
        }
        _ => {}
    }
}

/// The files of a picture are renditions of the item itself, those beside a text are pictures that belong to it.
fn files(content: &Element, base: Option<&Url>, news: &mut NewsItem) {
    let mut renditions = Vec::new();
    for (number, file) in (1..).zip(content.children("remoteContent")) {
        let rendition = rendition(file, number, base);
        let is_picture = rendition.content_type.as_deref().is_some_and(|kind| kind.starts_with("image/"));
        if news.kind != Kind::Text {
            renditions.extend(serde_json::to_value(&rendition).ok());
        } else if let Some(href) = rendition.href.clone().filter(|_| is_picture) {
            let picture = Association::picture(&format!("picture-{number}"), &href);
            news.associations.push(Association { renditions: vec![rendition], ..picture });
        }
    }
    if !renditions.is_empty() {
        news.other.insert("renditions".to_owned(), Value::Array(renditions));
    }
}

fn rendition(file: &Element, number: usize, base: Option<&Url>) -> Rendition {
    let stated = file.attribute("href").or(file.attribute("residref"));
    let href = stated.and_then(|href| Url::options().base_url(base).parse(href).ok());
    let href = href.filter(|url| matches!(url.scheme(), "http" | "https" | "ftp"));
    let purpose = file.attribute("rendition").or(file.attribute("renditionuri")).map(code);
    let mut other = Map::new();
    for (theirs, ours) in [("width", "width"), ("height", "height"), ("size", "sizeInBytes")] {
        if let Some(number) = file.attribute(theirs).and_then(|size| size.parse::<u64>().ok()) {
            other.insert(ours.to_owned(), Value::from(number));
        }
    }
    if let Some(seconds) = file.attribute("duration").and_then(|text| text.parse::<u64>().ok()) {
        other.insert("duration".to_owned(), Value::from(seconds));
    }
    Rendition {
        name: Some(purpose.map_or_else(|| format!("file-{number}"), str::to_owned)),
        href: href.map(|url| url.to_string()),
        content_type: file.attribute("contenttype").map(str::to_owned),
        other,
    }
}
