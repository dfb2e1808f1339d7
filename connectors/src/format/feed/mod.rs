//! RSS 0.9x and 2.0, RDF and Atom, through feed-rs. It is handed UTF-8 without declaration and document type: its XML
//! parser panics on UTF-16, and nothing of a document type is wanted here, least of all its entities.
//! <https://www.rssboard.org/rss-specification>, <https://www.rfc-editor.org/rfc/rfc4287>

mod entry;
pub(super) mod outline;
mod summary;
mod title;

use std::ops::Range;
use std::time::{Duration, SystemTime};

use feed_rs::model::Feed;
use feed_rs::parser::{Builder, ParseFeedError};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::format::contain::contained;
use crate::format::markup::{Token, Tokens, tag_end};
use crate::format::moment::Moment;
use crate::format::{FormatError, MOST_ENTRIES, Piece};
use outline::Outline;

pub use summary::is_summary_only;

const FORMAT: &str = "feed";

/// Reads a feed that is already text.
pub(super) fn read(text: &str, url: Option<&str>) -> Result<Vec<Result<Piece, FormatError>>, FormatError> {
    let text = prepared(text);
    let outline = outline::outline(&text)?;
    match parse(&text, url) {
        // feed-rs leaves out what its reading of a version does not allow, e.g. RSS 1.0 items without a link.
        Ok(feed) if feed.entries.len() < outline.entries.len() => Ok(singly(&text, &outline, url)),
        Ok(feed) => pieces(feed, &text, &outline),
        // The whole cannot be parsed: read each entry by itself.
        Err(_) if outline.entries.len() > 1 || (outline.entries.len() == 1 && !outline.is_entry) => {
            Ok(singly(&text, &outline, url))
        }
        Err(cause) => Err(FormatError::Malformed { format: FORMAT, cause }),
    }
}

fn pieces(feed: Feed, text: &str, outline: &Outline) -> Result<Vec<Result<Piece, FormatError>>, FormatError> {
    if feed.entries.len() > MOST_ENTRIES {
        return Err(FormatError::TooLarge(format!("{} entries, at most {MOST_ENTRIES}", feed.entries.len())));
    }
    let aligned = feed.entries.len() == outline.entries.len();
    let sources = outline.entries.iter().map(|range| if aligned { &text[range.clone()] } else { "" });
    let mut sources = sources.chain(std::iter::repeat(""));
    let language = feed.language;
    let read = (1..).zip(feed.entries).map(|(number, entry)| {
        let raw = sources.next().unwrap_or("");
        let piece = entry::piece(entry, raw);
        Ok(Piece { entry: number, language: piece.language.clone().or_else(|| language.clone()), ..piece })
    });
    Ok(read.collect())
}

/// Each entry in a feed of its own, so that a broken one is the only one refused.
fn singly(text: &str, outline: &Outline, url: Option<&str>) -> Vec<Result<Piece, FormatError>> {
    let root = &text[outline.root.clone()];
    let name_end = root.find(|character: char| character.is_whitespace() || character == '>').unwrap_or(root.len());
    let (name, attributes) = (&root[1..name_end], root[name_end..].replacen(ATOM, "", 1));
    let atom_root = name.rsplit(':').next() == Some("feed");
    let one = |(number, range): (u32, &Range<usize>)| {
        let raw = &text[range.clone()];
        let is_atom = outline::local_name(raw) == "entry";
        let wrapped = |raw: &str| match (is_atom, atom_root) {
            (true, true) => format!("{root}{raw}</{name}>"),
            (true, false) => format!("<feed xmlns=\"{ATOM}\">{raw}</feed>"),
            // Items of RDF and RSS are near enough to one another, and to those that stand in a feed of Atom.
            (false, _) => {
                format!("<rss version=\"2.0\" {}<channel>{raw}</channel></rss>", without_version(&attributes))
            }
        };
        let broken = |cause| FormatError::Malformed { format: FORMAT, cause: format!("entry {number}: {cause}") };
        let feed = parse(&wrapped(raw), url).or_else(|cause| parse(&wrapped(&plainer(raw)), url).map_err(|_| cause));
        match feed.map_err(broken)?.entries.pop() {
            Some(entry) => Ok(Piece { entry: number, ..entry::piece(entry, raw) }),
            None => Err(broken("nothing in it can be read".to_owned())),
        }
    };
    (1..).zip(&outline.entries).map(one).collect()
}

/// An entry with the types of its texts reduced to those of RFC 4287 and Media RSS: senders write media types there,
/// and feed-rs refuses the feed for it.
fn plainer(raw: &str) -> String {
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('<') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let texts = ["<content", "<summary", "<title", "<rights", "<media:title", "<media:description", "<media:text"];
        let open = texts
            .iter()
            .find(|open| rest.strip_prefix(**open).is_some_and(|after| after.starts_with([' ', '>', '\n', '\t'])));
        let length = tag_end(&rest[1..]).map_or(rest.len(), |end| end + 2);
        match open {
            Some(open) => {
                let kind = if rest[..length].contains("xhtml") { "xhtml" } else { "html" };
                let close = if rest[..length].ends_with("/>") { "/>" } else { ">" };
                out.push_str(&format!("{open} type=\"{kind}\"{close}"));
            }
            None => out.push_str(&rest[..length]),
        }
        rest = &rest[length..];
    }
    out.push_str(rest);
    out
}

fn parse(text: &str, url: Option<&str>) -> Result<Feed, String> {
    let parser = Builder::new()
        .base_uri(url)
        .sanitize_content(false)
        // An id that the feed does not state must not be made up here.
        .id_generator(|_, _, _| String::new())
        .timestamp_parser(|text| instant(text).map(Into::into))
        .build();
    // Its panics are refusals like its errors, so that the entries can still be tried one by one.
    match contained(|| parser.parse(text.as_bytes())) {
        Ok(parsed) => parsed.map_err(|error: ParseFeedError| error.to_string()),
        Err(panicked) => Err(panicked.to_string()),
    }
}

/// feed-rs hands on an instant and nothing else. A wall clock, which still wants the outlet's time zone, is marked by
/// one nanosecond; no outlet states that.
const WALL_MARK: Duration = Duration::from_nanos(1);

fn instant(text: &str) -> Option<SystemTime> {
    match Moment::parse(text)? {
        Moment::At(timestamp) => Some(SystemTime::from(timestamp)),
        Moment::Wall(wall) => {
            let as_utc = TimeZone::UTC.to_ambiguous_timestamp(wall).compatible().ok()?;
            SystemTime::from(as_utc).checked_add(WALL_MARK)
        }
    }
}

/// The moment behind an instant that went through feed-rs.
pub(super) fn moment(seconds: i64, nanoseconds: u32) -> Option<Moment> {
    let timestamp = Timestamp::new(seconds, 0).ok()?;
    if Duration::from_nanos(u64::from(nanoseconds)) == WALL_MARK {
        return Some(Moment::Wall(TimeZone::UTC.to_datetime(timestamp)));
    }
    Some(Moment::At(timestamp))
}

/// The namespace of Atom 1.0.
const ATOM: &str = "http://www.w3.org/2005/Atom";
/// Namespaces of older and private kinds, and the one feed-rs knows that means the same.
const NAMESPACES: [(&str, &str); 5] = [
    ("http://purl.org/atom/ns#", ATOM),
    ("http://backend.userland.com/rss2", "http://purl.org/rss/1.0/"),
    ("http://blogs.law.harvard.edu/tech/rss", "http://purl.org/rss/1.0/"),
    ("http://my.netscape.com/rdf/simple/0.9/", "http://purl.org/rss/1.0/"),
    ("http://channel.netscape.com/rdf/simple/0.9/", "http://purl.org/rss/1.0/"),
];

/// The feed from its root element on, as feed-rs knows it: other versions of RSS are near enough to 2.0, Atom 0.3 to 1.0.
fn prepared(text: &str) -> String {
    let text = &text[root_start(text)..];
    let control = |character: &char| matches!(character, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}');
    let clean: String = text.chars().filter(|character| !control(character)).collect();
    let mut clean = if clean.contains("<?xml") { without_declarations(&clean) } else { clean };
    let end = tag_end(clean.get(1..).unwrap_or("")).map_or(clean.len(), |end| end + 2);
    let mut root = clean[..end].to_owned();
    let atom_3 = root.contains(NAMESPACES[0].0);
    for (other, known) in NAMESPACES {
        root = root.replace(other, known);
    }
    if root.starts_with("<feed") {
        root = in_atom(root);
    }
    if root.get(..4).is_some_and(|name| name.eq_ignore_ascii_case("<rss")) {
        root = format!("<rss version=\"2.0\" {}", without_version(&root[4..]));
    }
    clean.replace_range(..end, &root);
    if atom_3 {
        for (old, new) in [("issued>", "published>"), ("modified>", "updated>")] {
            clean =
                clean.replace(&format!("<{old}"), &format!("<{new}")).replace(&format!("</{old}"), &format!("</{new}"));
        }
    }
    clean
}

/// The text without XML declarations, which stand nowhere but in front: feeds are glued together of feeds. The parser
/// would change the charset there, and panics when it cannot.
fn without_declarations(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while let Some(found) = text[at..].find('<') {
        let start = at + found;
        out.push_str(&text[at..start]);
        let markup = &text[start..start + outline::markup_length(&text[start..])];
        if !markup.starts_with("<?xml") {
            out.push_str(markup);
        }
        at = start + markup.len();
    }
    out.push_str(&text[at..]);
    out
}

/// The root with Atom's namespace, whatever namespace it names: misspelt ones are many, and `feed` says enough.
fn in_atom(root: String) -> String {
    let namespace = match Tokens::new(&root).next() {
        Some(Token::Open(tag)) => tag.attribute("xmlns").map(|namespace| namespace.into_owned()),
        Some(Token::Close(_) | Token::Text(_)) | None => None,
    };
    match namespace {
        Some(other) if other != ATOM && !other.is_empty() => root.replacen(&other, ATOM, 1),
        Some(_) | None => root,
    }
}

/// A start tag's attributes without `version`.
fn without_version(attributes: &str) -> String {
    let Some(at) = attributes.find("version") else { return attributes.to_owned() };
    let after = attributes[at + "version".len()..].trim_start().trim_start_matches('=').trim_start();
    let quote = after.chars().next().filter(|character| matches!(character, '"' | '\''));
    let rest = match quote {
        Some(quote) => after[1..].split_once(quote).map_or(">", |(_, rest)| rest),
        None => after.find([' ', '>']).map_or(">", |end| &after[end..]),
    };
    format!("{}{rest}", &attributes[..at])
}

/// Past the XML declaration, comments and the document type.
fn root_start(text: &str) -> usize {
    let mut at = 0;
    while let Some(found) = text[at..].find('<') {
        at += found;
        let rest = &text[at..];
        let length = if rest.starts_with("<!--") {
            rest.find("-->").map(|end| end + 3)
        } else if rest.starts_with("<?") {
            rest.find("?>").map(|end| end + 2)
        } else if rest.starts_with("<!") {
            doctype_length(rest)
        } else {
            return at;
        };
        match length {
            Some(length) => at += length,
            None => return at,
        }
    }
    text.len()
}

fn doctype_length(rest: &str) -> Option<usize> {
    let close = rest.find('>')?;
    match rest.find('[').filter(|open| *open < close) {
        Some(open) => {
            let subset = open + rest[open..].find("]>").or_else(|| rest[open..].find(']'))?;
            rest[subset..].find('>').map(|end| subset + end + 1)
        }
        None => Some(close + 1),
    }
}

#[cfg(test)]
mod tests;
