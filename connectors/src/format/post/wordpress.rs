//! A post of WordPress: what `wp/v2/posts` tells in the context `edit`, with author, terms and featured picture embedded.
//! <https://developer.wordpress.org/rest-api/reference/posts/#schema>

use lianbo_schemas::ninjs::PubStatus;
use serde_json::Value;

use super::{DELETED, address, html, list, text};
use crate::format::moment::Moment;
use crate::format::{Picture, Piece, markup};

/// More than this is no classification.
const MOST_SUBJECTS: usize = 100;

pub(super) fn piece(post: &Value) -> Result<Piece, &'static str> {
    let status = status(post)?;
    let url = address(post, "/link");
    // What feeds and exports of the site call the post, so that it stays the same piece whichever way it comes.
    let own_id = text(post, "/guid/rendered").map(|guid| markup::plain(&guid)).or_else(|| url.clone());
    let words = |pointer: &str| text(post, pointer).map(|html| markup::plain(&html)).filter(|words| !words.is_empty());
    Ok(Piece {
        own_id: Some(own_id.ok_or("it has neither `guid` nor `link`")?),
        canonical_url: address(post, "/yoast_head_json/canonical"),
        title: words("/title/rendered"),
        body: html(post, "/content/rendered"),
        summary: words("/excerpt/raw"),
        byline: byline(post),
        published: utc(post, "/date_gmt"),
        updated: utc(post, "/modified_gmt"),
        subjects: subjects(post),
        pictures: featured(post).into_iter().collect(),
        status,
        url,
        ..Piece::default()
    })
}

/// Scheduled posts are not public either; they are taken in when WordPress has published them.
fn status(post: &Value) -> Result<PubStatus, &'static str> {
    let is_protected = post.pointer("/content/protected").and_then(Value::as_bool) == Some(true);
    match text(post, "/status").as_deref() {
        None => Err("it has no `status`"),
        Some("publish") if !is_protected => Ok(PubStatus::Usable),
        Some(DELETED) => Ok(PubStatus::Canceled),
        Some(_) => Ok(PubStatus::Withheld),
    }
}

/// A time of WordPress in UTC; drafts have none.
fn utc(post: &Value, pointer: &str) -> Option<Moment> {
    Moment::parse(&format!("{}Z", text(post, pointer)?)).filter(|moment| matches!(moment, Moment::At(_)))
}

/// The name shown to readers, unless it is only the account's.
fn byline(post: &Value) -> Option<String> {
    let name = text(post, "/_embedded/author/0/name").map(|name| markup::plain(&name))?;
    let account = text(post, "/_embedded/author/0/slug");
    (account.as_deref().is_none_or(|account| !account.eq_ignore_ascii_case(&name))).then_some(name)
}

/// Categories and tags; what WordPress files everything under that has no category says nothing.
fn subjects(post: &Value) -> Vec<String> {
    let mut subjects = Vec::new();
    let taxonomies = list(post, "/_embedded/wp:term").iter().filter_map(Value::as_array);
    for term in taxonomies.flatten().take(MOST_SUBJECTS) {
        let is_subject = matches!(text(term, "/taxonomy").as_deref(), Some("category" | "post_tag"));
        let is_default = text(term, "/slug").as_deref() == Some("uncategorized");
        let name = text(term, "/name").map(|name| markup::plain(&name)).filter(|_| is_subject && !is_default);
        subjects.extend(name.filter(|name| !subjects.contains(name)));
    }
    subjects
}

fn featured(post: &Value) -> Option<Picture> {
    let media = post.pointer("/_embedded/wp:featuredmedia/0")?;
    let is_picture = text(media, "/media_type").is_none_or(|kind| kind == "image");
    let url = address(media, "/source_url").filter(|_| is_picture)?;
    let caption = text(media, "/caption/rendered").map(|caption| markup::plain(&caption));
    Some(Picture { url, alt: text(media, "/alt_text"), caption: caption.filter(|caption| !caption.is_empty()) })
}
