//! WordPress exports (WXR 1.0 to 1.2): RSS 2.0 with WordPress's own elements, by which a newsroom hands over its archive.
//! Posts are articles. Pages, and posts that were never published, are refused one by one; attachments serve the posts
//! that show them; menus, styles and templates belong to the site and are passed over.
//! <https://developer.wordpress.org/advanced-administration/wordpress/import/>

mod content;
mod post;

use std::collections::HashMap;

use crate::format::feed::outline;
use crate::format::moment::Moment;
use crate::format::xml::{self, Element};
use crate::format::{FormatError, MOST_ENTRIES, Picture, Piece};
use post::Kind;

const FORMAT: &str = "WordPress export";

/// What posts refer to.
#[derive(Debug, Default)]
struct Site {
    /// Login names, and the names shown to readers.
    authors: HashMap<String, String>,
    /// Pictures by the id of their attachment.
    pictures: HashMap<String, Picture>,
    /// The pictures attached to each post, by its id.
    attached: HashMap<String, Vec<Picture>>,
    language: Option<String>,
    address: Option<String>,
}

/// Reads an export.
pub(super) fn read(text: &str) -> Result<Vec<Result<Piece, FormatError>>, FormatError> {
    let (channel, items) = items(text)?;
    let site = Site::of(&channel, &items);
    let articles = items.iter().filter(|item| item.as_ref().is_ok_and(|item| post::kind(item) == Kind::Post)).count();
    if articles > MOST_ENTRIES {
        return Err(FormatError::TooLarge(format!("{articles} posts, at most {MOST_ENTRIES}; export them in parts")));
    }
    let mut pieces = Vec::new();
    for item in items {
        let piece = match item {
            Ok(item) => match post::kind(&item) {
                Kind::Post => post::piece(&item, &site),
                Kind::Page => Err(empty(format!("{} is a page, no article", post::shown(&item)))),
                Kind::Other(kind) => Err(empty(format!("{} is a `{kind}`, not a post", post::shown(&item)))),
                Kind::Attachment | Kind::PartOfSite => continue,
            },
            Err(error) => Err(error),
        };
        let entry = u32::try_from(pieces.len() + 1).unwrap_or(u32::MAX);
        pieces.push(piece.map(|piece| Piece { entry, ..piece }));
    }
    if pieces.is_empty() {
        return Err(empty("it has no posts".to_owned()));
    }
    Ok(pieces)
}

fn empty(cause: String) -> FormatError {
    FormatError::Empty { format: FORMAT, cause }
}

type Items = Vec<Result<Element, FormatError>>;

/// The channel without its items, and those. A document that is not well formed is read item by item, so that a broken
/// one is the only one refused.
fn items(text: &str) -> Result<(Element, Items), FormatError> {
    let error = match xml::parse(text, FORMAT) {
        Ok(mut root) => {
            let mut channel = root.take_child("channel").unwrap_or_default();
            let items = channel.take_children("item");
            return Ok((channel, items.into_iter().map(Ok).collect()));
        }
        Err(error @ FormatError::TooLarge(_)) => return Err(error),
        Err(error) => error,
    };
    let outline = outline::outline(text)?;
    let root = &text[outline.root.clone()];
    if outline.entries.is_empty() || !root.starts_with("<rss") || root.ends_with("/>") || text.contains("<!ENTITY") {
        return Err(error);
    }
    let one = |range: &std::ops::Range<usize>| {
        let parsed = xml::parse(&format!("{root}{}</rss>", &text[range.clone()]), FORMAT)?;
        parsed.child("item").cloned().ok_or_else(|| empty("nothing in the item can be read".to_owned()))
    };
    Ok((Element::default(), outline.entries.iter().map(one).collect()))
}

impl Site {
    fn of(channel: &Element, items: &Items) -> Self {
        let mut site = Self {
            language: channel.text_of("language"),
            address: post::wordpress(channel, "base_blog_url").or_else(|| channel.text_of("link")),
            ..Self::default()
        };
        let authors = channel.children("author").filter(|author| post::is_wordpress(author));
        let named = |author: &Element| {
            let (login, name) = (author.text_of("author_login")?, author.text_of("author_display_name")?);
            // An account's name is no byline.
            (login != name).then_some((login, name))
        };
        site.authors.extend(authors.filter_map(named));
        for item in items.iter().flatten().filter(|item| post::kind(item) == Kind::Attachment) {
            let Some(picture) = post::picture(item) else { continue };
            if let Some(parent) = post::wordpress(item, "post_parent") {
                site.attached.entry(parent).or_default().push(picture.clone());
            }
            if let Some(id) = post::wordpress(item, "post_id") {
                site.pictures.insert(id, picture);
            }
        }
        site
    }
}

/// A time of WordPress in UTC; drafts have `0000-00-00 00:00:00`.
fn utc(text: &str) -> Option<Moment> {
    Moment::parse(&format!("{text}Z")).filter(|moment| matches!(moment, Moment::At(_)))
}
