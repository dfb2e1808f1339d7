//! Which format a document is in, by its head first and by its media type second: feeds come as `text/plain`, pages as
//! `application/xml`, and what a document starts with does not lie.

use crate::format::FormatError;
use crate::format::post::System;

/// A format that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A JSON document: ninjs or JSON Feed, told apart by their members.
    Json,
    /// RSS, RDF or Atom.
    Feed,
    /// An item or a message of NewsML-G2.
    NewsMlG2,
    /// NITF, standing alone.
    Nitf,
    /// A WordPress export: RSS with more in it.
    Wxr,
    /// One post as a CMS's API tells it; its media type says so.
    Post(System),
    /// A whole HTML page.
    Page,
    /// An HTML fragment: the article itself.
    Fragment,
    /// Plain text.
    Text,
}

/// How much of a document is looked at for its root element; some pages start with long comments.
const HEAD: usize = 16 * 1024;

/// Tells the format. Errors: [`FormatError::Unsupported`] for XML that is no feed, and for anything binary.
pub fn detect(text: &str, media_type: Option<&str>) -> Result<Format, FormatError> {
    let declared = essence(media_type);
    let start = text.trim_start_matches(|character: char| character.is_whitespace() || character == '\u{feff}');
    if let Some(system) = System::of(&declared) {
        return Ok(Format::Post(system));
    }
    if let Some((_, sniffed)) = SIGNATURES.iter().find(|(signature, _)| start.starts_with(signature)) {
        return Err(unsupported(Some(sniffed)));
    }
    if start.starts_with(['{', '[']) && (declared.contains("json") || looks_like_json(start)) {
        return Ok(Format::Json);
    }
    if binary(start) || ["image/", "video/", "audio/", "application/pdf"].iter().any(|kind| declared.starts_with(kind))
    {
        return Err(unsupported(media_type));
    }
    if start.starts_with('<') {
        let head = floor(start, HEAD);
        match root(head).as_deref() {
            Some("rss") if is_export(head) => return Ok(Format::Wxr),
            Some("rss" | "feed" | "rdf" | "entry") => return Ok(Format::Feed),
            Some("nitf") => return Ok(Format::Nitf),
            Some(name) if G2_ROOTS.contains(&name) => return Ok(Format::NewsMlG2),
            Some("html" | "head" | "body") => return Ok(Format::Page),
            Some("newsml" | "alert" | "opml" | "channel") => return Err(unsupported(media_type)),
            _ if declared.contains("html") => {
                return Ok(if head_says_page(head) { Format::Page } else { Format::Fragment });
            }
            Some(_) if declared.contains("xml") || head.starts_with("<?xml") => return Err(unsupported(media_type)),
            Some(name) if FRAGMENT_ROOTS.contains(&name) && declared.is_empty() => return Ok(Format::Fragment),
            _ => {}
        }
    }
    let page = declared.contains("html") && text.contains('<');
    Ok(if page { Format::Fragment } else { Format::Text })
}

/// What begins like text and is a document of another kind. <https://mimesniff.spec.whatwg.org/#rules-for-identifying-an-unknown-mime-type>,
/// and RTF.
const SIGNATURES: [(&str, &str); 3] =
    [("%PDF-", "application/pdf"), ("%!PS-Adobe-", "application/postscript"), ("{\\rtf", "application/rtf")];

const G2_ROOTS: [&str; 7] =
    ["newsitem", "newsmessage", "packageitem", "conceptitem", "knowledgeitem", "planningitem", "catalogitem"];

/// WordPress declares a namespace of its own on the root of an export, and only there. Its test data say https.
fn is_export(head: &str) -> bool {
    head.contains("://wordpress.org/export/1.")
}

const FRAGMENT_ROOTS: [&str; 9] = ["div", "p", "article", "section", "h1", "h2", "span", "table", "figure"];

/// The media type without its parameters, in lower case.
fn essence(media_type: Option<&str>) -> String {
    media_type.unwrap_or("").split(';').next().unwrap_or("").trim().to_ascii_lowercase()
}

fn unsupported(media_type: Option<&str>) -> FormatError {
    let shown = media_type.unwrap_or("application/octet-stream");
    FormatError::Unsupported { media_type: shown.chars().take(120).collect() }
}

fn looks_like_json(start: &str) -> bool {
    let inner = start[1..].trim_start();
    inner.starts_with(['"', '{', '}']) || (start.starts_with('[') && inner.starts_with([']', '{']))
}

/// NUL and other control characters do not occur in text.
fn binary(start: &str) -> bool {
    let strange = |character: &char| matches!(character, '\0'..='\u{8}' | '\u{e}'..='\u{1a}');
    let sample = start.chars().take(512);
    sample.filter(strange).count() > 4
}

fn head_says_page(head: &str) -> bool {
    let lower = head.to_ascii_lowercase();
    ["<html", "<body", "<head>", "<!doctype html"].iter().any(|sign| lower.contains(sign))
}

/// At most `most` bytes of a text, cut between characters.
pub(crate) fn floor(text: &str, most: usize) -> &str {
    let mut end = most.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The local name of the root element, in lower case, after the prolog, comments and the document type.
pub(crate) fn root(head: &str) -> Option<String> {
    let mut rest = head;
    loop {
        rest = &rest[rest.find('<')?..];
        let end = if rest.starts_with("<!--") {
            rest.find("-->")? + 3
        } else if rest.starts_with("<?") {
            rest.find("?>")? + 2
        } else if rest.starts_with("<!") {
            doctype_end(rest)?
        } else {
            break;
        };
        rest = &rest[end..];
    }
    let name: String = rest[1..]
        .chars()
        .take_while(|character| !character.is_whitespace() && !"/>".contains(*character))
        .take(64)
        .collect();
    let local = name.rsplit(':').next().unwrap_or(&name);
    Some(local.to_ascii_lowercase())
}

/// Where a document type ends, its internal subset included.
fn doctype_end(rest: &str) -> Option<usize> {
    let close = rest.find('>')?;
    match rest.find('[').filter(|open| *open < close) {
        Some(open) => {
            let subset = open + rest[open..].find(']')?;
            rest[subset..].find('>').map(|end| subset + end + 1)
        }
        None => Some(close + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::{Format, detect};

    #[test]
    fn the_head_of_a_document_tells_its_format() {
        let cases = [
            ("{\"uri\":\"x\"}", None, Some(Format::Json)),
            ("[{\"uri\":\"x\"}]", Some("text/plain"), Some(Format::Json)),
            ("[图片]今天的新闻", Some("text/plain"), Some(Format::Text)),
            ("<?xml version='1.0'?><!-- c --><rss version='2.0'>", Some("text/plain"), Some(Format::Feed)),
            ("<rdf:RDF xmlns:rdf='x'>", None, Some(Format::Feed)),
            ("<?xml version='1.0'?><!DOCTYPE html PUBLIC 'x'><html>", Some("application/xml"), Some(Format::Page)),
            ("<!doctype HTML><title>x</title>", Some("text/html"), Some(Format::Page)),
            ("<div><p>x</p></div>", Some("text/html; charset=gbk"), Some(Format::Fragment)),
            ("四川8市媒体", None, Some(Format::Text)),
            ("<?xml version='1.0'?><newsItem>", Some("application/xml"), Some(Format::NewsMlG2)),
            ("<!DOCTYPE nitf SYSTEM 'nitf.dtd'><nitf>", None, Some(Format::Nitf)),
            ("<rss xmlns:wp='http://wordpress.org/export/1.2/'>", Some("text/xml"), Some(Format::Wxr)),
            ("<rss xmlns:wp='https://wordpress.org/export/1.2/'>", None, Some(Format::Wxr)),
            ("<?xml version='1.0'?><NewsML>", Some("application/xml"), None),
            ("\0\0\0\0\0\0PNG", None, None),
            ("", Some("image/png"), None),
            ("%PDF-1.7\n1 0 obj", None, None),
            ("{\\rtf1\\ansi", Some("text/plain"), None),
            ("{1}号楼今天封顶", None, Some(Format::Text)),
        ];
        for (text, media_type, expected) in cases {
            assert_eq!(detect(text, media_type).ok(), expected, "{text}");
        }
    }
}
