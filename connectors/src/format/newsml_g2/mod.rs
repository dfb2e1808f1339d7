//! NewsML-G2 2.x: a `newsItem` is a piece, a `newsMessage` brings several. What ninjs 3.1 can hold of an item comes over
//! under its names there; its other items (packages, concepts, plans, catalogs) are no articles and are refused as what
//! they are. <https://iptc.org/std/NewsML-G2/specification/>

mod catalog;
mod concept;
mod content;
mod item;
mod rights;

use url::Url;

use crate::format::xml::{self, Element};
use crate::format::{FormatError, MOST_ENTRIES, Piece};
use catalog::Catalog;

const FORMAT: &str = "NewsML-G2";

/// Reads an item or a message.
pub(super) fn read(text: &str, url: Option<&str>) -> Result<Vec<Result<Piece, FormatError>>, FormatError> {
    let root = xml::parse(text, FORMAT)?;
    let base = url.and_then(|url| Url::parse(url).ok());
    if root.name != "newsMessage" {
        return Ok(vec![Ok(entry(&root, None, base.as_ref(), 1)?)]);
    }
    let around = root.child("header").map(|header| Catalog::of(header, None)).unwrap_or_default();
    let items: Vec<&Element> = root.children("itemSet").flat_map(Element::elements).collect();
    if items.is_empty() {
        return Err(FormatError::Empty { format: FORMAT, cause: "the message has no items".to_owned() });
    }
    if items.len() > MOST_ENTRIES {
        return Err(FormatError::TooLarge(format!("{} items, at most {MOST_ENTRIES}", items.len())));
    }
    Ok((1..).zip(items).map(|(number, item)| entry(item, Some(&around), base.as_ref(), number)).collect())
}

fn entry(item: &Element, around: Option<&Catalog<'_>>, base: Option<&Url>, number: u32) -> Result<Piece, FormatError> {
    match item.name.as_str() {
        "newsItem" => item::piece(item, &Catalog::of(item, around), base, number),
        other => Err(FormatError::Unsupported {
            media_type: format!("{FORMAT} {}", other.chars().take(60).collect::<String>()),
        }),
    }
}
