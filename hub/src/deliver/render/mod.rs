//! An article as one partner may have it: cut to the grant's terms, credited, laid out by the partner's template. Pure.

mod pictures;

use lianbo_connectors::partner::Outgoing;
use lianbo_connectors::words::cut;
use lianbo_schemas::ninjs::{Kind, NewsItem, Text};
use lianbo_schemas::{Article, Content, Template, Terms};
use url::Url;

use crate::rendition::credit::{credited, credited_plain, escape};
use crate::rendition::media::drop_media;
use crate::rendition::{ai_label, lay_out_apart};
use pictures::without_pictures;

/// Characters of the first paragraph that stand in for a summary where the article has none: about three lines.
const EXCERPT: usize = 140;

/// What does not come from the article or its terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// The same for every try.
    pub delivery_id: String,
    /// W3C trace context to hand on.
    pub traceparent: Option<String>,
}

/// Cuts an article to `terms`: text, pictures, and the line that credits the outlet, linked to the original.
pub fn render(article: &Article, terms: &Terms, envelope: Envelope) -> Outgoing {
    let canonical_url = canonical_url(article);
    let link = canonical_url.as_deref();
    let mut news = article.news.clone();
    keep_what_terms_allow(&mut news, terms);
    let attribution = terms.attribution.trim().to_owned();
    let label = ai_label(&article.news).unwrap_or_default();
    let html = credited(credited(body(article, terms, link), label, None), &attribution, link);
    news.bodies = match terms.content {
        Content::Full => {
            let plain = news.body("text/plain");
            let plain = plain.map(|plain| credited_plain(&credited_plain(plain, label), &attribution));
            let plain = plain.map(|plain| Text::new("main", "text/plain", plain));
            std::iter::once(Text::new("main", "text/html", html.clone())).chain(plain).collect()
        }
        Content::Excerpt | Content::Link => vec![Text::new("main", "text/html", html.clone())],
    };
    Outgoing {
        uri: article.uri.clone(),
        version: article.version,
        news,
        html,
        attribution,
        content: terms.content,
        canonical_url,
        channels: terms.channels.iter().map(ToString::to_string).collect(),
        delivery_id: envelope.delivery_id,
        traceparent: envelope.traceparent,
        returned: None,
    }
}

/// The same, with its HTML as the partner's template makes it, where it has one.
///
/// # Errors
/// What is wrong with the template, in one sentence.
pub async fn render_for(
    article: &Article,
    terms: &Terms,
    template: Option<&Template>,
    envelope: Envelope,
) -> Result<Outgoing, String> {
    let outgoing = render(article, terms, envelope);
    match template {
        Some(template) => laid_out(template.clone(), outgoing).await,
        None => Ok(outgoing),
    }
}

async fn laid_out(template: Template, outgoing: Outgoing) -> Result<Outgoing, String> {
    let id = template.id.clone();
    let laid = lay_out_apart(template, outgoing).await;
    let (mut outgoing, html) = laid.map_err(|error| format!("the template `{id}` cannot be used: {error}"))?;
    for body in outgoing.news.bodies.iter_mut().filter(|body| body.content_type.as_deref() == Some("text/html")) {
        body.value.clone_from(&html);
    }
    outgoing.html = html;
    Ok(outgoing)
}

/// Where the original stands: as the article says, else where its original was seen. Only `http` and `https` become a
/// link.
fn canonical_url(article: &Article) -> Option<String> {
    let stated = article.news.hub.as_ref().and_then(|hub| hub.canonical_url.as_deref());
    let original = || article.sightings.iter().find(|sighting| sighting.item == article.original);
    let text = stated.or_else(|| original().and_then(|sighting| sighting.url.as_deref()))?;
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    Some(url.to_string())
}

/// Everything beside the body. What is not the full text keeps pictures at most: other news items that belong to it
/// may carry the text.
fn keep_what_terms_allow(news: &mut NewsItem, terms: &Terms) {
    let picture = |kind: Option<Kind>| matches!(kind, Some(Kind::Picture | Kind::Graphic));
    match terms.content {
        Content::Full if terms.images => {}
        Content::Full => drop_media(news),
        Content::Excerpt => {
            news.associations.retain(|association| terms.images && picture(association.kind));
            news.descriptions = vec![Text::new("summary", "text/plain", summary(news))];
            news.other.clear();
        }
        Content::Link => {
            news.associations.clear();
            news.descriptions.clear();
            news.other.clear();
        }
    }
}

fn body(article: &Article, terms: &Terms, link: Option<&str>) -> String {
    match terms.content {
        Content::Full => full_text(&article.news, terms.images),
        Content::Excerpt => {
            let more = link.map(|link| format!("<p><a href=\"{}\">阅读全文</a></p>", escape(link)));
            format!("<p>{}</p>{}", escape(&summary(&article.news)), more.unwrap_or_default())
        }
        Content::Link => {
            let headline = escape(article.news.headline());
            match link {
                Some(link) => format!("<p><a href=\"{}\">{headline}</a></p>", escape(link)),
                None => format!("<p>{headline}</p>"),
            }
        }
    }
}

fn full_text(news: &NewsItem, images: bool) -> String {
    match news.body("text/html") {
        Some(html) if images => html.to_owned(),
        Some(html) => without_pictures(html),
        None => paragraphs(news.body("text/plain").unwrap_or_default()),
    }
}

fn paragraphs(plain: &str) -> String {
    let lines = plain.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.map(|line| format!("<p>{}</p>", escape(line))).collect()
}

/// The summary; without one, the head of the plain text.
fn summary(news: &NewsItem) -> String {
    if let Some(summary) = news.summary().map(str::trim).filter(|summary| !summary.is_empty()) {
        return summary.to_owned();
    }
    let plain = news.body("text/plain").unwrap_or_default();
    let first = plain.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
    cut(first, EXCERPT)
}

#[cfg(test)]
mod tests;
