//! The outline of a feed, found before any parser sees it: its root, its depth, its entries. It holds the bounds, and
//! it lets one broken entry be refused without its neighbours.

use std::ops::Range;

use crate::format::detect::floor;
use crate::format::markup::tag_end;
use crate::format::{DEEPEST_XML, FormatError, MOST_ENTRIES};

/// Where things stand in a feed's text, in bytes.
#[derive(Debug, Default)]
pub(in crate::format) struct Outline {
    /// The root's start tag.
    pub(in crate::format) root: Range<usize>,
    /// Whether the root is itself an entry.
    pub(super) is_entry: bool,
    /// Each `item` or `entry`, tags included.
    pub(in crate::format) entries: Vec<Range<usize>>,
}

/// Scans a feed. Errors: [`FormatError::TooLarge`] at the first bound broken.
pub(in crate::format) fn outline(text: &str) -> Result<Outline, FormatError> {
    let mut outline = Outline::default();
    let (mut depth, mut at) = (0_usize, 0);
    // The depth and start of the entry the scan is in.
    let mut open: Option<(usize, usize)> = None;
    while let Some(found) = text[at..].find('<') {
        let start = at + found;
        let rest = &text[start..];
        at = start + markup_length(rest);
        let bytes = rest.as_bytes();
        match bytes.get(1) {
            Some(b'!' | b'?') | None => {}
            Some(b'/') => {
                depth = depth.saturating_sub(1);
                if let Some((level, from)) = open.filter(|(level, _)| depth <= *level) {
                    outline.entries.push(from..at);
                    open = None;
                    depth = level;
                }
            }
            Some(_) => {
                if depth == 0 && outline.root.is_empty() {
                    outline.root = start..at;
                    outline.is_entry = local_name(rest) == "entry";
                }
                // One deeper inside another belongs to it: a conflicting version, the entry of a source.
                let own = open.is_none_or(|(level, _)| depth <= level + 1 && !outline.is_entry);
                if is_entry(rest) && own && (depth > 0 || outline.is_entry) {
                    // An entry that is never closed ends where the next one starts.
                    if let Some((level, from)) = open.filter(|(level, _)| depth > *level) {
                        outline.entries.push(from..start);
                        depth = level;
                    }
                    open = Some((depth, start));
                }
                if !text[..at].ends_with("/>") {
                    depth += 1;
                }
            }
        }
        bounds(depth, outline.entries.len())?;
    }
    if let Some((_, from)) = open {
        outline.entries.push(from..text.len());
    }
    Ok(outline)
}

fn bounds(depth: usize, entries: usize) -> Result<(), FormatError> {
    if depth > DEEPEST_XML {
        return Err(FormatError::TooLarge(format!("XML nested more than {DEEPEST_XML} deep")));
    }
    if entries > MOST_ENTRIES {
        return Err(FormatError::TooLarge(format!("more than {MOST_ENTRIES} entries")));
    }
    Ok(())
}

/// The length of the tag, comment, declaration or CDATA section that a text starts with.
pub(super) fn markup_length(rest: &str) -> usize {
    let closed_by = |sign: &str| rest.find(sign).map_or(rest.len(), |at| at + sign.len());
    if rest.starts_with("<![CDATA[") {
        closed_by("]]>")
    } else if rest.starts_with("<!--") {
        closed_by("-->")
    } else if rest.starts_with("<?") {
        closed_by("?>")
    } else {
        tag_end(&rest[1..]).map_or(1, |end| end + 2)
    }
}

/// `content:item` of RSS 1.0 is a part of an item.
fn is_entry(rest: &str) -> bool {
    matches!(local_name(rest), "item" | "entry") && !rest.starts_with("<content:")
}

/// The longest name of an element looked at: a hostile text has names without an end.
const LONGEST_NAME: usize = 256;

/// The name of a start tag without its prefix.
pub(super) fn local_name(rest: &str) -> &str {
    let name = floor(&rest[1..], LONGEST_NAME);
    let end = name.find(|character: char| character.is_whitespace() || "/>".contains(character));
    let name = &name[..end.unwrap_or(name.len())];
    name.rsplit(':').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::outline;
    use crate::format::FormatError;

    #[test]
    fn entries_are_found_whatever_is_inside_them() {
        let text =
            "<rss a='>'><channel><item><![CDATA[<item>]]></item><!-- <item> --><item><a/></item></channel></rss>";
        let outline = outline(text).unwrap();
        let entries: Vec<&str> = outline.entries.iter().map(|range| &text[range.clone()]).collect();
        assert_eq!(entries, ["<item><![CDATA[<item>]]></item>", "<item><a/></item>"]);
        assert_eq!(&text[outline.root], "<rss a='>'>");
    }

    #[test]
    fn deep_and_endless_feeds_break_a_bound() {
        let deep = format!("<rss>{}", "<a>".repeat(10_000));
        assert!(matches!(outline(&deep), Err(FormatError::TooLarge(_))));
        let many = format!("<rss>{}", "<item></item>".repeat(2_001));
        assert!(matches!(outline(&many), Err(FormatError::TooLarge(_))));
    }
}
