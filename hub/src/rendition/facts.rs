//! What a template can use of an article. Names stand in `README.md`; a name that is not here is an error when the
//! template is stored, not a hole in a script at six in the morning.

use jiff::Timestamp;
use lianbo_connectors::partner::Outgoing;
use lianbo_schemas::ninjs::{Association, NewsItem, Text};
use lianbo_schemas::{ArticleUri, Content};
use serde::Serialize;

use super::label::ai_label;
use super::words::{PACE, characters, seconds};
use crate::page::{self, safe_url};

/// Characters of a summary made of the first paragraph.
const SUMMARY: usize = 120;

/// The article as a template sees it.
#[derive(Debug, Serialize)]
pub(super) struct Facts {
    uri: String,
    version: u32,
    headline: String,
    subheadline: Option<String>,
    /// The outlet's summary, or the beginning of the text.
    summary: String,
    /// As stated: 记者 王某.
    byline: Option<String>,
    /// The outlet's name.
    source: String,
    /// The line that must stand with it.
    attribution: String,
    language: Option<String>,
    /// In Beijing's time: 2026年11月25日 14:05.
    published: Option<String>,
    /// RFC 3339.
    published_at: Option<Timestamp>,
    /// `full`, `excerpt` or `link`.
    content: Content,
    /// HTML, safe to show; the credit line stands in it.
    html: String,
    /// The plain text, without the credit line and the label.
    paragraphs: Vec<String>,
    /// The first paragraph.
    lead: String,
    pictures: Vec<Picture>,
    /// Where the original stands.
    link: Option<String>,
    /// From editors to editors: what a correction corrects.
    note: Option<String>,
    /// What must be said of content that a machine made.
    ai: Option<&'static str>,
    subjects: Vec<String>,
    /// Of the text, as a Chinese desk counts them.
    characters: usize,
    /// It takes to read headline and text aloud.
    seconds: usize,
    /// Characters a minute that `seconds` reckons with.
    pace: usize,
}

impl Facts {
    pub(super) fn html(&self) -> &str {
        &self.html
    }
}

#[derive(Debug, Serialize)]
struct Picture {
    url: String,
    caption: String,
    credit: Option<String>,
}

pub(super) fn facts(article: &Outgoing) -> Facts {
    let news = &article.news;
    let paragraphs = paragraphs(article);
    let text = paragraphs.join("\n");
    let lead = paragraphs.first().cloned().unwrap_or_default();
    let published = news.first_created.or(news.version_created);
    Facts {
        uri: article.uri.to_string(),
        version: article.version,
        headline: news.headline().to_owned(),
        subheadline: said(
            news.headlines.iter().find(|it| it.role.as_deref() == Some("sub")).map(|it| it.value.as_str()),
        ),
        summary: said(news.summary()).unwrap_or_else(|| super::words::cut(&lead, SUMMARY)),
        byline: said(news.by.as_deref()),
        source: article.source().to_owned(),
        attribution: article.attribution.clone(),
        language: news.language.clone(),
        published: published.map(in_words),
        published_at: published,
        content: article.content,
        html: article.html.clone(),
        lead,
        pictures: news.pictures().filter_map(picture).collect(),
        link: article.canonical_url.clone(),
        note: said(news.ed_note.as_deref()),
        ai: ai_label(news),
        subjects: news.subjects.iter().filter_map(|subject| said(subject.name.as_deref())).collect(),
        characters: characters(&text),
        seconds: seconds(news.headline()) + seconds(&text),
        pace: PACE,
        paragraphs,
    }
}

fn said(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// What the terms allow, as plain paragraphs.
fn paragraphs(article: &Outgoing) -> Vec<String> {
    let news = &article.news;
    let text = match article.content {
        Content::Full => news.body("text/plain").unwrap_or_default(),
        Content::Excerpt => news.summary().unwrap_or_default(),
        Content::Link => "",
    };
    // The credit and the label are names of their own.
    let owed = [Some(article.attribution.trim()), ai_label(news)];
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !owed.contains(&Some(line)));
    lines.map(str::to_owned).collect()
}

fn in_words(at: Timestamp) -> String {
    page::local(at).strftime("%Y年%-m月%-d日 %H:%M").to_string()
}

fn picture(picture: &Association) -> Option<Picture> {
    Some(Picture {
        url: safe_url(picture.href()?)?.to_owned(),
        caption: picture.caption().unwrap_or_default().trim().to_owned(),
        credit: said(picture.by.as_deref()),
    })
}

/// An article that has everything, and one that has next to nothing.
pub(super) fn samples() -> Vec<Outgoing> {
    let Ok(uri) = ArticleUri::new("tag:example,2026:a:sample") else { return Vec::new() };
    let mut news = NewsItem::new(uri.as_str());
    news.headlines.push(lianbo_schemas::ninjs::Headline::main("成都地铁新线今日开通"));
    let bare = Outgoing {
        uri,
        version: 1,
        html: String::new(),
        attribution: "来源：成都日报".to_owned(),
        content: Content::Link,
        canonical_url: None,
        channels: Vec::new(),
        delivery_id: String::new(),
        traceparent: None,
        returned: None,
        news: news.clone(),
    };
    news.by = Some("记者 王某".to_owned());
    news.ed_note = Some("更正：第二段日期有误。".to_owned());
    news.language = Some("zh-Hans".to_owned());
    news.first_created = Some(Timestamp::UNIX_EPOCH);
    news.descriptions.push(Text::new("summary", "text/plain", "新线全长 27.5 公里。"));
    news.bodies.push(Text::new("main", "text/plain", "新线全长 27.5 公里。\n首日客流增长 3.5%。"));
    news.associations.push(Association::picture("featured", "https://example.com/a.jpg"));
    news.digital_source_type = Some(serde_json::json!({"literal": "algorithmicMedia"}));
    let full = Outgoing {
        news,
        html: "<p>新线全长 27.5 公里。</p>".to_owned(),
        content: Content::Full,
        canonical_url: Some("https://example.com/1".to_owned()),
        ..bare.clone()
    };
    vec![full, bare]
}
