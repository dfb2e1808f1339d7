//! A post of Ghost: what the Admin API tells with `formats=html` and `include=tags,authors`, `{"posts": [post]}`; one of
//! its list, alone; or what a webhook sends, `{"event", "post": {"current", "previous"}}`.
//! <https://docs.ghost.org/admin-api/#posts>, <https://docs.ghost.org/webhooks>

use lianbo_schemas::ninjs::PubStatus;
use serde_json::Value;

use super::{address, html, list, text};
use crate::format::moment::Moment;
use crate::format::{Picture, Piece, markup};

pub(super) fn piece(document: &Value) -> Result<Piece, &'static str> {
    if text(document, "/event").as_deref() == Some("post.deleted") {
        let id = text(document, "/post/previous/id").or_else(|| text(document, "/post/current/id"));
        return Ok(Piece { own_id: Some(id.ok_or(NO_ID)?), status: PubStatus::Canceled, ..Piece::default() });
    }
    let post = ["/post/current", "/posts/0"].iter().find_map(|pointer| document.pointer(pointer)).unwrap_or(document);
    let moment = |pointer: &str| text(post, pointer).as_deref().and_then(Moment::parse);
    Ok(Piece {
        own_id: Some(text(post, "/id").ok_or(NO_ID)?),
        canonical_url: address(post, "/canonical_url"),
        title: text(post, "/title"),
        body: html(post, "/html"),
        summary: text(post, "/custom_excerpt"),
        byline: byline(post),
        published: moment("/published_at"),
        updated: moment("/updated_at"),
        subjects: subjects(post),
        pictures: feature_image(post).into_iter().collect(),
        status: status(post)?,
        url: address(post, "/url"),
        ..Piece::default()
    })
}

const NO_ID: &str = "it has no `id`";

/// A post for members only is not public, and neither is one that was only mailed (`sent`).
fn status(post: &Value) -> Result<PubStatus, &'static str> {
    let is_open = text(post, "/visibility").is_none_or(|visibility| visibility == "public");
    match text(post, "/status").as_deref() {
        None => Err("it has no `status`"),
        Some("published") if is_open => Ok(PubStatus::Usable),
        Some(_) => Ok(PubStatus::Withheld),
    }
}

fn byline(post: &Value) -> Option<String> {
    let names: Vec<String> = list(post, "/authors").iter().filter_map(|author| text(author, "/name")).collect();
    Some(names.join(" ")).filter(|names| !names.is_empty())
}

/// Tags that readers see.
fn subjects(post: &Value) -> Vec<String> {
    let shown = list(post, "/tags").iter().filter(|tag| text(tag, "/visibility").as_deref() != Some("internal"));
    shown.filter_map(|tag| text(tag, "/name")).filter(|name| !name.starts_with('#')).collect()
}

fn feature_image(post: &Value) -> Option<Picture> {
    let caption = text(post, "/feature_image_caption").map(|caption| markup::plain(&caption));
    Some(Picture {
        url: address(post, "/feature_image")?,
        alt: text(post, "/feature_image_alt"),
        caption: caption.filter(|caption| !caption.is_empty()),
    })
}
