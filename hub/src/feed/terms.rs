//! An article cut to what a grant allows.

use jiff::Timestamp;
use lianbo_schemas::ninjs::{NewsItem, Text};
use lianbo_schemas::{Article, ArticleUri, Content};
use maud::html;
use url::Url;

use crate::page::safe_url;
use crate::rendition::ai_label;
use crate::rendition::credit::{credited_plain, has_paragraph};
use crate::rendition::media::drop_media;
use crate::view::ShownIn;

/// Characters of an excerpt when the outlet gives no summary: what a search engine shows, too.
const EXCERPT: usize = 120;

/// An article as one channel may show it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Shown {
    pub(super) uri: ArticleUri,
    pub(super) version: u32,
    /// Its id.
    pub(super) outlet_id: String,
    /// Its name.
    pub(super) outlet: String,
    pub(super) headline: String,
    /// The text, the excerpt or only the link, and the attribution line.
    pub(super) html: String,
    /// Plain; empty when the grant gives a link only.
    pub(super) summary: String,
    /// Where the original stands; the hub's own page when that is unknown.
    pub(super) link: String,
    pub(super) author: String,
    pub(super) attribution: String,
    pub(super) published: Timestamp,
    pub(super) updated: Timestamp,
    pub(super) language: Option<String>,
    pub(super) categories: Vec<String>,
    pub(super) picture: Option<String>,
    pub(super) content: Content,
    /// The news item under the same terms.
    pub(super) news: NewsItem,
}

/// Where the original stands, if that is known and an address a browser may open; in ASCII, as feeds and pages ask.
pub(super) fn original_url(article: &Article) -> Option<String> {
    let stated = article.news.hub.as_ref().and_then(|hub| hub.canonical_url.as_deref());
    let original = article.sightings.iter().find(|sighting| sighting.item == article.original);
    let seen = original.and_then(|sighting| sighting.url.as_deref());
    stated.and_then(ascii_url).or_else(|| seen.and_then(ascii_url))
}

/// An address of the web, its Chinese characters percent-encoded.
fn ascii_url(text: &str) -> Option<String> {
    let url = Url::parse(safe_url(text)?.trim()).ok()?;
    Some(url.into())
}

impl Shown {
    /// Cuts an article to its terms. `outlet` is the name of whom it is credited to, `page` its page at the hub.
    pub(super) fn new(article: &Article, terms: &ShownIn, updated: Timestamp, outlet: &str, page: &str) -> Self {
        let news = &article.news;
        let link = original_url(article).unwrap_or_else(|| page.to_owned());
        let summary = match terms.content {
            Content::Full | Content::Excerpt => summary(news),
            Content::Link => String::new(),
        };
        let html = body(news, terms, &summary, &link);
        let picture = terms.images.then(|| news.pictures().find_map(|picture| picture.href())).flatten();
        Self {
            uri: article.uri.clone(),
            version: article.version,
            outlet_id: article.outlet.to_string(),
            outlet: outlet.to_owned(),
            headline: headline(news, &summary),
            author: author(news).unwrap_or(outlet).to_owned(),
            attribution: terms.attribution.clone(),
            published: news.first_created.unwrap_or(article.first_seen),
            updated,
            language: news.language.clone(),
            categories: categories(news),
            picture: picture.and_then(ascii_url),
            content: terms.content,
            news: cut(article, terms, &summary, &html),
            html,
            summary,
            link,
        }
    }
}

/// Feeds may not hold an empty title: a piece without a headline goes by its first words.
fn headline(news: &NewsItem, summary: &str) -> String {
    let stated = Some(news.headline().trim()).filter(|headline| !headline.is_empty());
    let words = stated.map(str::to_owned).or_else(|| (!summary.is_empty()).then(|| summary.to_owned()));
    words.unwrap_or_else(|| "（无标题）".to_owned())
}

fn categories(news: &NewsItem) -> Vec<String> {
    let names = news.subjects.iter().filter_map(|subject| subject.name.as_deref());
    names.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn author(news: &NewsItem) -> Option<&str> {
    let stated = news.by.as_deref().filter(|by| !by.trim().is_empty());
    let author = || news.people.iter().find(|person| person.rel.as_deref() == Some("author"));
    stated.or_else(|| author().and_then(|person| person.name.as_deref()))
}

/// The outlet's summary, or the first words.
fn summary(news: &NewsItem) -> String {
    let stated = news.summary().map(str::trim).filter(|summary| !summary.is_empty());
    if let Some(stated) = stated {
        return stated.to_owned();
    }
    let text = news.body("text/plain").unwrap_or_default();
    // More than is shown, so that it is seen whether something is cut off, and not all of a long text.
    let first: String = text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(2 * EXCERPT).collect();
    lianbo_connectors::words::cut(&first, EXCERPT)
}

/// The words, and behind them whose they are and where the original stands. What came through another hub says whose it
/// is already.
fn body(news: &NewsItem, terms: &ShownIn, summary: &str, link: &str) -> String {
    let words = match terms.content {
        Content::Full => full(news, terms.images),
        Content::Excerpt => html! { p { (summary) } }.into_string(),
        Content::Link => String::new(),
    };
    let owed = |line: &&str| !has_paragraph(&words, line);
    let line = html! {
        @if let Some(label) = ai_label(news).filter(owed) { p { (label) } }
        p { @if owed(&terms.attribution.as_str()) { (terms.attribution) " " } a href=(link) rel="canonical" { "阅读原文" } }
    };
    words + &line.into_string()
}

fn full(news: &NewsItem, images: bool) -> String {
    match news.body("text/html") {
        Some(html) if images => html.to_owned(),
        Some(html) => without_media(html),
        None => {
            let text = news.body("text/plain").unwrap_or_default();
            html! { @for line in text.lines().filter(|line| !line.trim().is_empty()) { p { (line) } } }.into_string()
        }
    }
}

/// The news item under the terms: bodies as shown, no pictures where the grant gives none, and nothing that may hold
/// the text in another place.
fn cut(article: &Article, terms: &ShownIn, summary: &str, html: &str) -> NewsItem {
    let mut news = article.news.clone();
    news.version = Some(article.version.to_string());
    let label = ai_label(&news).unwrap_or_default();
    let plain = news.body("text/plain");
    let plain = plain.map(|text| credited_plain(&credited_plain(text, label), &terms.attribution));
    news.bodies = vec![Text::new("main", "text/html", html)];
    match terms.content {
        Content::Full => news.bodies.extend(plain.map(|text| Text::new("main", "text/plain", text))),
        Content::Excerpt => {
            news.descriptions = vec![Text::new("summary", "text/plain", summary)];
            news.other.clear();
        }
        Content::Link => {
            news.descriptions.clear();
            news.other.clear();
        }
    }
    if !terms.images {
        drop_media(&mut news);
    }
    news
}

/// Elements that are media or hold nothing else.
const MEDIA: [&str; 9] = ["figure", "picture", "video", "audio", "svg", "object", "iframe", "img", "embed"];

/// Takes pictures, sound and film out of sanitised HTML, with their captions. Sanitised HTML is well formed: every
/// element that is not void is closed.
fn without_media(html: &str) -> String {
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    // The media element we are in, and how many of its name are open.
    let mut inside: Option<(&str, u32)> = None;
    while let Some(start) = rest.find('<') {
        if inside.is_none() {
            kept.push_str(&rest[..start]);
        }
        let tag = &rest[start..start + tag_length(&rest[start..])];
        rest = &rest[start + tag.len()..];
        let name = tag_name(tag);
        let is_end = tag.starts_with("</");
        inside = match inside {
            Some((media, open)) if name == media => match (is_end, open) {
                (true, 1) => None,
                (true, open) => Some((media, open - 1)),
                (false, open) => Some((media, open + 1)),
            },
            Some(inside) => Some(inside),
            None => match MEDIA.into_iter().find(|media| name == *media) {
                Some("img" | "embed") => None,
                Some(media) if !is_end => Some((media, 1)),
                Some(_) => None,
                None => {
                    kept.push_str(tag);
                    None
                }
            },
        };
    }
    if inside.is_none() {
        kept.push_str(rest);
    }
    kept
}

/// The bytes of the tag `text` starts with; a `>` inside quotes does not end it.
fn tag_length(text: &str) -> usize {
    let mut quote = None;
    for (at, character) in text.char_indices() {
        match (quote, character) {
            (None, '>') => return at + 1,
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), character) if open == character => quote = None,
            _ => {}
        }
    }
    text.len()
}

fn tag_name(tag: &str) -> String {
    let name = tag.trim_start_matches('<').trim_start_matches('/');
    name.chars().take_while(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::without_media;

    #[test]
    fn pictures_go_with_their_captions_and_words_stay() {
        for (html, left) in [
            ("<p>a<img alt=\">\" src=x>b</p>", "<p>ab</p>"),
            ("<figure><p>in<figure>x</figure></p><figcaption>图</figcaption></figure><p>b</p>", "<p>b</p>"),
            ("<p>a</p><video><source src=x></video>c", "<p>a</p>c"),
            ("a < b", "a < b"),
            ("<p>no media</p>", "<p>no media</p>"),
        ] {
            assert_eq!(without_media(html), left, "{html}");
        }
    }
}
