//! Whether a feed's entry holds the text or only announces it.

use crate::format::markup;
use crate::format::{Body, Piece};

/// Below this many characters, an unstructured body is an announcement: news briefs of agencies have 100 to 200
/// characters, and they come with a dateline and a full stop.
const ANNOUNCEMENT: usize = 80;
/// A body that only repeats the summary is an announcement, unless it is longer than a summary ever is.
const LONGEST_SUMMARY: usize = 300;
/// What stands at the end of a text that goes on elsewhere.
const MORE: [&str; 12] = [
    "...",
    "…",
    "[...]",
    "[…]",
    "[&hellip;]",
    "阅读全文",
    "查看全文",
    "阅读原文",
    "[详细]",
    "[全文]",
    "更多>>",
    "閱讀全文",
];

/// Whether an entry only summarises, so that its page must be fetched for the text. The puller and the hub both ask
/// this function, and so agree on which entries come as pages.
pub fn is_summary_only(piece: &Piece) -> bool {
    if piece.url.is_none() || piece.status != Default::default() {
        return false;
    }
    let (text, structured) = match &piece.body {
        Body::Empty => return true,
        Body::Page(_) => return false,
        Body::Html(html) => (markup::plain(html), structured(html)),
        Body::Text(text) => (text.trim().to_owned(), text.trim().contains('\n')),
    };
    let lower = text.trim_end().to_ascii_lowercase();
    if MORE.iter().any(|sign| lower.ends_with(sign)) || lower.ends_with("read more") {
        return true;
    }
    let length = text.chars().count();
    (piece.summary.as_deref() == Some(text.as_str()) && length < LONGEST_SUMMARY)
        || (!structured && length < ANNOUNCEMENT)
}

/// Several paragraphs.
fn structured(html: &str) -> bool {
    let paragraphs = html.matches("<p").count() + html.matches("<br").count();
    paragraphs > 1
}
