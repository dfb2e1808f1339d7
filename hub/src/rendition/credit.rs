//! The line that credits the outlet, in HTML: there once, whatever the outlet's own page says. Pure.

use lianbo_connectors::format::markup::{Token, Tokens, decode};

use super::tag::next_tag;

/// Text as it stands in HTML, inside an element or a double-quoted attribute.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            character => escaped.push(character),
        }
    }
    escaped
}

/// The body with its attribution line at the end, unless a paragraph of it says just that already.
pub(crate) fn credited(html: String, attribution: &str, link: Option<&str>) -> String {
    if attribution.is_empty() || has_paragraph(&html, attribution) {
        return html;
    }
    let words = escape(attribution);
    match link {
        Some(link) => format!("{html}<p class=\"attribution\"><a href=\"{}\">{words}</a></p>", escape(link)),
        None => format!("{html}<p class=\"attribution\">{words}</p>"),
    }
}

/// The same for plain text, where a line is a block.
pub(crate) fn credited_plain(plain: &str, attribution: &str) -> String {
    if attribution.is_empty() || plain.lines().any(|line| line.trim() == attribution) {
        return plain.to_owned();
    }
    format!("{}\n{attribution}", plain.trim_end())
}

/// Whether a block of the HTML reads exactly as `line`, spaces aside. A longer line that merely begins so names
/// another source (成都日报 and 成都日报社).
pub(crate) fn has_paragraph(html: &str, line: &str) -> bool {
    let sought = folded(&escape(line));
    let mut block = String::new();
    let mut rest = html;
    while let Some(tag) = next_tag(rest) {
        block.push_str(&rest[..tag.start]);
        if is_block(tag.name) {
            if folded(&block) == sought {
                return true;
            }
            block.clear();
        }
        rest = &rest[tag.end..];
    }
    block.push_str(rest);
    folded(&block) == sought
}

/// Whether readers see the line in the HTML: comments and attributes do not count.
pub(super) fn shows(html: &str, line: &str) -> bool {
    stands_in(&visible(html), line)
}

/// Whether the line stands in the text, spaces aside, and no longer word begins with it.
pub(super) fn stands_in(text: &str, line: &str) -> bool {
    let behind = |(start, _)| behind(&text[start..], line);
    text.char_indices().filter_map(behind).any(|rest| !rest.starts_with(char::is_alphanumeric))
}

/// What stands behind the line that the text begins with.
fn behind<'a>(text: &'a str, line: &str) -> Option<&'a str> {
    let mut rest = text.chars();
    for wanted in line.chars().filter(|character| !character.is_whitespace()) {
        let next = rest.find(|character| !character.is_whitespace());
        if next != Some(wanted) {
            return None;
        }
    }
    Some(rest.as_str())
}

/// The text of HTML, a space for every tag and comment.
fn visible(html: &str) -> String {
    let texts = Tokens::new(html).filter_map(|token| match token {
        Token::Text(text) => Some(decode(text)),
        Token::Open(_) | Token::Close(_) => None,
    });
    texts.collect::<Vec<_>>().join(" ")
}

/// Without white space, and with quotes as they stand in text, where HTML need not escape them.
fn folded(text: &str) -> String {
    let text: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    text.replace("&nbsp;", "").replace("&quot;", "\"").replace("&#39;", "'")
}

fn is_block(name: &str) -> bool {
    let inline = ["a", "b", "strong", "em", "i", "u", "span", "font", "small", "big", "sup", "sub", "mark", "abbr"];
    !inline.iter().any(|inline| name.eq_ignore_ascii_case(inline))
}
