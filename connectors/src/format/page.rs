//! A whole HTML page, and what its head states: `rel=canonical`, Open Graph, JSON-LD, and the metadata that Chinese
//! government and news sites are told to give (`ArticleTitle`, `PubDate`, `ContentSource`, GB/T 36112 family).
//! Where in the page the article stands is found in `hub/normalise`.

use serde_json::Value;
use url::Url;

use crate::format::markup::{self, Tag, Token, Tokens};
use crate::format::moment::Moment;
use crate::format::{Body, Picture, Piece};

/// Reads a page.
pub(super) fn read(html: String, url: Option<&str>) -> Piece {
    let mut head = Head { base: url.and_then(|url| Url::parse(url).ok()), ..Head::default() };
    let mut script = Script::None;
    for token in Tokens::new(&html) {
        match token {
            Token::Open(tag) => {
                head.tag(&tag);
                script = Script::of(&tag);
            }
            Token::Text(text) if script == Script::LinkedData => head.linked_data(text),
            Token::Text(text) if script == Script::Code => head.code(text),
            Token::Text(text) if head.in_title => {
                head.in_title = false;
                head.piece.window_title = some(&markup::decode(text));
            }
            Token::Text(_) | Token::Close(_) => {}
        }
    }
    let mut piece = head.piece;
    piece.body = Body::Page(html);
    piece.entry = 1;
    piece
}

/// What stands in an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Script {
    None,
    LinkedData,
    Code,
}

impl Script {
    fn of(tag: &Tag<'_>) -> Self {
        if !tag.is("script") {
            return Self::None;
        }
        let linked = tag.attribute("type").is_some_and(|kind| kind.contains("ld+json"));
        if linked { Self::LinkedData } else { Self::Code }
    }
}

/// Reads an HTML fragment: the article itself.
pub(super) fn fragment(html: String) -> Piece {
    Piece { body: Body::Html(html), entry: 1, ..Piece::default() }
}

#[derive(Default)]
struct Head {
    base: Option<Url>,
    in_title: bool,
    in_body: bool,
    piece: Piece,
}

fn some(text: &str) -> Option<String> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

impl Head {
    fn tag(&mut self, tag: &Tag<'_>) {
        if tag.is("body") {
            self.in_body = true;
        } else if tag.is("title") {
            // An SVG picture may have a title too.
            self.in_title = !self.in_body && self.piece.window_title.is_none();
        } else if tag.is("html") {
            self.piece.language = tag.attribute("lang").as_deref().and_then(some);
        } else if tag.is("link") {
            self.link(tag);
        } else if tag.is("meta") {
            self.meta(tag);
        }
    }

    fn absolute(&self, href: &str) -> Option<String> {
        let href = href.trim();
        let url = match &self.base {
            Some(base) => base.join(href).ok()?,
            None => Url::parse(href).ok()?,
        };
        matches!(url.scheme(), "http" | "https").then(|| url.to_string())
    }

    fn link(&mut self, tag: &Tag<'_>) {
        if tag.attribute("rel").is_some_and(|rel| rel.eq_ignore_ascii_case("canonical"))
            && let Some(href) = tag.attribute("href")
        {
            self.piece.canonical_url = self.absolute(&href);
        }
    }

    fn meta(&mut self, tag: &Tag<'_>) {
        let name = ["name", "property", "itemprop"].iter().find_map(|key| tag.attribute(key));
        let (Some(name), Some(content)) = (name, tag.attribute("content").as_deref().and_then(some)) else { return };
        let piece = &mut self.piece;
        match name.to_ascii_lowercase().as_str() {
            "articletitle" => piece.title = Some(content),
            "og:title" => drop(piece.title.get_or_insert(content)),
            "og:site_name" | "sitename" => piece.site_name = Some(content),
            "pubdate"
            | "publishdate"
            | "publish_time"
            | "article:published_time"
            | "datepublished"
            | "og:release_date" => {
                piece.published = piece.published.or_else(|| Moment::parse(&content));
            }
            "article:modified_time" | "og:updated_time" | "datemodified" => piece.updated = Moment::parse(&content),
            "contentsource" | "source" => piece.source = Some(content),
            "author" | "article:author" if !content.starts_with("http") => piece.byline = Some(content),
            "og:description" => piece.summary = Some(content),
            "description" => drop(piece.summary.get_or_insert(content)),
            "columnname" => piece.subjects.push(content),
            "og:image" => self.picture(&content),
            "og:url" if piece.url.is_none() => self.piece.url = self.absolute(&content),
            _ => {}
        }
    }

    fn picture(&mut self, href: &str) {
        if let Some(url) = self.absolute(href)
            && !self.piece.pictures.iter().any(|picture| picture.url == url)
        {
            self.piece.pictures.push(Picture { url, ..Picture::default() });
        }
    }

    /// Pages whose script writes the time of publication keep it in a variable: `createTime = '2026-11-20 18:20'`.
    fn code(&mut self, text: &str) {
        let published = || TIMES.iter().find_map(|name| Moment::parse(variable(text, name)?));
        self.piece.published = self.piece.published.or_else(published);
    }

    /// schema.org statements; only those that are about an article.
    fn linked_data(&mut self, text: &str) {
        let Ok(document) = serde_json::from_str::<Value>(text.trim()) else { return };
        let graph = match &document {
            Value::Array(values) => values.as_slice(),
            Value::Object(members) => match members.get("@graph") {
                Some(Value::Array(values)) => values.as_slice(),
                _ => std::slice::from_ref(&document),
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => return,
        };
        if let Some(article) = graph.iter().find(|thing| is_article(thing)) {
            self.article(article);
        }
    }

    fn article(&mut self, article: &Value) {
        let text = |name: &str| article.get(name).and_then(Value::as_str).and_then(some);
        let piece = &mut self.piece;
        piece.title = piece.title.take().or_else(|| text("headline"));
        piece.published = piece.published.or_else(|| text("datePublished").as_deref().and_then(Moment::parse));
        piece.updated = piece.updated.or_else(|| text("dateModified").as_deref().and_then(Moment::parse));
        piece.byline = piece.byline.take().or_else(|| article.get("author").and_then(names));
        piece.summary = piece.summary.take().or_else(|| text("description"));
        let image = article.get("image").and_then(first_url);
        if let Some(href) = image {
            self.picture(&href);
        }
    }
}

/// Variables that hold the time of publication.
const TIMES: [&str; 3] = ["createTime", "publish_time", "publishTime"];

/// The text that a variable of this name is set to.
fn variable<'a>(code: &'a str, name: &str) -> Option<&'a str> {
    code.match_indices(name).find_map(|(at, _)| {
        let after = code[at + name.len()..].trim_start_matches(['"', '\'']).trim_start();
        let value = after.strip_prefix(['=', ':'])?.trim_start();
        let quote = value.chars().next().filter(|mark| matches!(mark, '"' | '\''))?;
        value[1..].split_once(quote).map(|(value, _)| value)
    })
}

fn is_article(thing: &Value) -> bool {
    let kinds = match thing.get("@type") {
        Some(Value::String(kind)) => vec![kind.as_str()],
        Some(Value::Array(kinds)) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    kinds.iter().any(|kind| kind.ends_with("Article") || *kind == "BlogPosting")
}

fn names(value: &Value) -> Option<String> {
    let one = |value: &Value| value.as_str().or_else(|| value.get("name")?.as_str()).and_then(some);
    match value {
        Value::Array(values) => some(&values.iter().filter_map(one).collect::<Vec<_>>().join(" ")),
        single => one(single),
    }
}

fn first_url(value: &Value) -> Option<String> {
    match value {
        Value::String(url) => Some(url.clone()),
        Value::Array(values) => values.first().and_then(first_url),
        Value::Object(members) => members.get("url").and_then(Value::as_str).map(str::to_owned),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::format::Body;

    #[test]
    fn a_time_that_only_the_script_knows_is_read() {
        let published = |script: &str| {
            let page = format!("<html><head><script>{script}</script></head><body><p>正文</p></body></html>");
            read(page, None).published.map(|published| format!("{published:?}"))
        };
        let stated =
            "byId(\"publish_time\").show(); var createTime = '2026-11-20 09:53'; var publish_time = \"2026-11-19\"";
        assert!(published(stated).is_some_and(|time| time.contains("2026-11-20T09:53")));
        assert!(
            published("x = {\"publishTime\": \"2026-11-19 10:00:00\"}").is_some_and(|time| time.contains("11-19T10"))
        );
        assert_eq!(published("var createTime = new Date(); publish_time = 'soon'"), None);
    }

    #[test]
    fn the_head_of_a_page_states_its_source_time_and_place() {
        let html = r#"<!DOCTYPE html><html lang="zh-CN"><head><meta charset="utf-8">
            <title>防汛会议召开_甲市日报</title><link rel="canonical" href="/n/7.html">
            <meta name="ArticleTitle" content="甲市召开防汛会议"><meta property="og:title" content="别的">
            <meta name="PubDate" content="2026-11-21 08:00"><meta name="ContentSource" content="甲市日报">
            <meta property="og:image" content="/a.jpg"><meta property="og:site_name" content="甲市网">
            <script type="application/ld+json">{"@type":"NewsArticle","headline":"x","author":[{"name":"王某"},{"name":"李某"}]}</script>
            </head><body><svg><title>图标</title></svg><p>正文</p></body></html>"#;
        let piece = read(html.to_owned(), Some("https://a.example/n/x.html"));
        assert_eq!(piece.title.as_deref(), Some("甲市召开防汛会议"));
        assert_eq!(piece.window_title.as_deref(), Some("防汛会议召开_甲市日报"));
        assert_eq!(piece.canonical_url.as_deref(), Some("https://a.example/n/7.html"));
        assert_eq!(piece.source.as_deref(), Some("甲市日报"));
        assert_eq!(piece.byline.as_deref(), Some("王某 李某"));
        assert_eq!(piece.site_name.as_deref(), Some("甲市网"));
        assert_eq!(piece.pictures[0].url, "https://a.example/a.jpg");
        assert!(piece.published.is_some());
        assert!(matches!(piece.body, Body::Page(_)));
    }
}
