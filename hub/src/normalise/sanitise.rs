//! HTML made safe and plain enough for republication: an allow list of elements, no scripts, styles, frames, forms,
//! classes or event handlers. What is allowed here is what WordPress, Ghost and feed readers all show.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::{Builder, UrlRelative};

use super::tree;

/// Elements that may stand in a body, and those that only separate paragraphs and are taken apart afterwards.
const ALLOWED: [&str; 51] = [
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "strong",
    "b",
    "em",
    "i",
    "sub",
    "sup",
    "a",
    "br",
    "ul",
    "ol",
    "li",
    "blockquote",
    "figure",
    "figcaption",
    "img",
    "table",
    "caption",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "td",
    "th",
    "div",
    "section",
    "article",
    "main",
    "header",
    "footer",
    "aside",
    "nav",
    "center",
    "dl",
    "dt",
    "dd",
    "address",
    "details",
    "summary",
    "hr",
    "pre",
    "hgroup",
    "fieldset",
    "form",
    "legend",
];
/// Elements that go with all they contain.
const REMOVED: [&str; 14] = [
    "script", "style", "iframe", "object", "embed", "template", "select", "button", "textarea", "svg", "math", "head",
    "noframes", "canvas",
];
/// Where lazy loaders put the picture's address until it is needed.
pub(super) const PICTURE_SOURCES: [&str; 4] = ["data-original", "data-src", "data-lazy-src", "src"];

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let removed: HashSet<&str> = REMOVED.into_iter().collect();
    let tags = ALLOWED.into_iter().collect();
    let attributes: HashMap<&str, HashSet<&str>> = HashMap::from([
        ("a", HashSet::from(["href"])),
        ("img", PICTURE_SOURCES.into_iter().chain(["alt", "width", "height"]).collect()),
        ("td", HashSet::from(["colspan", "rowspan"])),
        ("th", HashSet::from(["colspan", "rowspan"])),
    ]);
    let mut cleaner = Builder::default();
    cleaner
        .tags(tags)
        .clean_content_tags(removed)
        .tag_attributes(attributes)
        .generic_attributes(HashSet::new())
        .url_schemes(HashSet::from(["http", "https", "mailto"]))
        // Relative links are made absolute while the blocks are read.
        .url_relative(UrlRelative::PassThrough)
        .link_rel(None)
        .strip_comments(true);
    cleaner
});

/// Whether an element may stand in a body.
pub(super) fn is_allowed(name: &str) -> bool {
    ALLOWED.contains(&name)
}

/// The fragment without anything that is not allowed; well formed.
pub(super) fn clean(html: &str) -> String {
    CLEANER.clean(html).to_string()
}

/// The fragment such that its tags are its tree: as it is, when it is so written that no parser could make another
/// tree of it and nothing of it must go; otherwise cleaned. What `blocks` makes of both is the same and safe, since it
/// writes only its own tags.
pub(super) fn plain_tree(html: &str) -> Cow<'_, str> {
    if tree::is_plain(html) { Cow::Borrowed(html) } else { Cow::Owned(clean(html)) }
}
