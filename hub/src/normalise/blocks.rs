//! A sanitised fragment taken apart into blocks: paragraphs, headings, lists, tables, figures. Wrappers (`div`,
//! `section` …) only separate them; `<br>` ends a paragraph, as many Chinese pages use it.

use std::borrow::Cow;

use lianbo_connectors::format::Picture;
use lianbo_connectors::format::markup::{Tag, Token, Tokens, decode};
use url::Url;

use super::captions;
use super::line::{Line, is_blank};
use super::sanitise::{self, PICTURE_SOURCES};

/// One block of a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Block {
    /// Its HTML, complete.
    pub(super) html: String,
    /// Its lines of text.
    pub(super) lines: Vec<Line>,
    /// The pictures in it.
    pub(super) pictures: Vec<Picture>,
}

/// Takes a sanitised fragment apart. Links are made absolute against `base`; those that cannot be are left out.
pub(super) fn blocks(clean: &str, base: Option<&Url>) -> Vec<Block> {
    let mut builder = Builder { base, ..Builder::default() };
    for token in Tokens::new(clean) {
        match token {
            Token::Text(text) => builder.text(text),
            Token::Open(tag) => builder.open(&tag),
            Token::Close(name) => builder.close(name),
        }
    }
    builder.flush();
    captions::join(builder.blocks)
}

impl Block {
    /// A paragraph of plain text, its lines kept elsewhere.
    pub(super) fn paragraph(text: &str) -> Self {
        Self { html: element("p", &escaped(text)), ..Self::default() }
    }
}

/// An element without attributes.
fn element(name: &str, inner: &str) -> String {
    let mut html = String::with_capacity(inner.len() + 2 * name.len() + "<></>".len());
    for part in ["<", name, ">", inner, "</", name, ">"] {
        html.push_str(part);
    }
    html
}

/// Text as HTML, in an attribute too.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    // The whole text is looked at without a way out, which processors do many bytes at a time.
    let special = text.bytes().fold(false, |found, byte| found | matches!(byte, b'&' | b'<' | b'>' | b'"'));
    if special { Cow::Owned(escape(text, "&quot;")) } else { Cow::Borrowed(text) }
}

/// Text as it may stand between tags.
fn between_tags(text: &str) -> Cow<'_, str> {
    let special = text.bytes().fold(false, |found, byte| found | matches!(byte, b'&' | b'<' | b'>'));
    if special { Cow::Owned(escape(text, "\"")) } else { Cow::Borrowed(text) }
}

fn escape(text: &str, quotation_mark: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str(quotation_mark),
            other => out.push(other),
        }
    }
    out
}

const INLINE: [&str; 7] = ["strong", "b", "em", "i", "sub", "sup", "a"];
/// Inline elements within one another; each line repeats them, so that many would multiply a hostile text.
const DEEPEST_INLINE: usize = 4;
/// Blocks that stay whole, with all that is in them.
const WHOLE: [&str; 6] = ["ul", "ol", "blockquote", "figure", "table", "pre"];
/// What may stand inside of those.
const PARTS: [&str; 11] = ["li", "p", "figcaption", "caption", "thead", "tbody", "tfoot", "tr", "td", "th", "br"];

#[derive(Default)]
struct Builder<'a> {
    base: Option<&'a Url>,
    blocks: Vec<Block>,
    block: Block,
    /// The heading level of the block that is open.
    heading: u8,
    /// Open inline elements: name and start tag.
    inline: Vec<(&'static str, String)>,
    /// How many of them stand in the block's HTML already.
    written: usize,
    /// How deep in whole blocks.
    whole: usize,
    text: String,
    linked: usize,
}

impl Builder<'_> {
    fn text(&mut self, raw: &str) {
        let text = decode(raw);
        if self.text.is_empty() && text.chars().all(is_blank) {
            return;
        }
        self.write_inline();
        // Line breaks of the source are no line breaks of the text.
        for (number, part) in text.split(['\n', '\r', '\t']).enumerate() {
            if self.text.is_empty() {
                self.push(part.trim_start());
                continue;
            }
            if number > 0 && !part.is_empty() && !self.text.ends_with(char::is_whitespace) {
                self.push(" ");
            }
            self.push(part);
        }
    }

    fn push(&mut self, text: &str) {
        if self.inline.iter().any(|(name, _)| *name == "a") {
            self.linked += text.chars().count();
        }
        self.text.push_str(text);
        self.block.html.push_str(&between_tags(text));
    }

    fn write_inline(&mut self) {
        for (_, tag) in &self.inline[self.written..] {
            self.block.html.push_str(tag);
        }
        self.written = self.inline.len();
    }

    fn open(&mut self, tag: &Tag<'_>) {
        let name = tag.name;
        if let Some(inline) = INLINE.iter().find(|known| **known == name) {
            let deep = self.inline.len() >= DEEPEST_INLINE;
            self.inline.push((inline, if deep { String::new() } else { self.inline_tag(inline, tag) }));
        } else if name == "img" {
            self.picture(tag);
        } else if WHOLE.contains(&name) {
            if self.whole == 0 {
                self.flush();
            }
            self.end_line();
            self.whole += 1;
            self.block.html.push_str(&format!("<{name}>"));
        } else if self.whole > 0 && sanitise::is_allowed(name) {
            self.end_line();
            if PARTS.contains(&name) {
                self.block.html.push_str(&part_tag(name, tag));
            }
        } else if sanitise::is_allowed(name) {
            self.flush();
            self.heading = heading(name);
        }
    }

    fn inline_tag(&self, name: &str, tag: &Tag<'_>) -> String {
        match name {
            "a" => match tag.attribute("href").and_then(|href| self.absolute(&href)) {
                Some(href) => format!("<a href=\"{}\" rel=\"noopener noreferrer\">", escaped(&href)),
                None => String::new(),
            },
            "b" | "strong" => "<strong>".to_owned(),
            "i" | "em" => "<em>".to_owned(),
            other => format!("<{other}>"),
        }
    }

    fn absolute(&self, href: &str) -> Option<String> {
        let href = href.trim();
        let url = match self.base {
            Some(base) => base.join(href).ok()?,
            None => Url::parse(href).ok()?,
        };
        matches!(url.scheme(), "http" | "https" | "mailto").then(|| url.to_string())
    }

    fn picture(&mut self, tag: &Tag<'_>) {
        let tiny =
            |name: &str| tag.attribute(name).is_some_and(|size| matches!(size.trim_end_matches("px"), "0" | "1" | "2"));
        if tiny("width") || tiny("height") {
            return;
        }
        let sources = PICTURE_SOURCES.iter().filter_map(|name| tag.attribute(name));
        let mut urls = sources.filter_map(|source| self.absolute(&source)).filter(|url| url.starts_with("http"));
        let Some(url) = urls.next() else { return };
        let alt = tag.attribute("alt").map(|alt| alt.trim().to_owned()).filter(|alt| !alt.is_empty());
        self.write_inline();
        self.block.html.push_str(&format!(
            "<img src=\"{}\" alt=\"{}\">",
            escaped(&url),
            escaped(alt.as_deref().unwrap_or(""))
        ));
        self.block.pictures.push(Picture { url, alt, caption: None });
    }

    fn close(&mut self, name: &str) {
        if let Some(inline) = INLINE.iter().find(|known| **known == name) {
            self.close_inline(inline);
        } else if WHOLE.contains(&name) {
            self.end_line();
            self.block.html.push_str(&format!("</{name}>"));
            self.whole = self.whole.saturating_sub(1);
            if self.whole == 0 {
                self.flush();
            }
        } else if !sanitise::is_allowed(name) {
            // An inline element that is taken out: its text goes on.
        } else if self.whole > 0 {
            if name == "figcaption"
                && let Some(picture) = self.block.pictures.last_mut()
            {
                picture.caption = Some(self.text.trim().to_owned()).filter(|caption| !caption.is_empty());
            }
            self.end_line();
            if PARTS.contains(&name) {
                self.block.html.push_str(&format!("</{name}>"));
            }
        } else {
            self.flush();
        }
    }

    fn close_inline(&mut self, name: &str) {
        if self.inline.last().is_none_or(|(open, _)| *open != name) {
            return;
        }
        if let Some((name, tag)) = self.inline.pop()
            && self.written > self.inline.len()
        {
            self.written = self.inline.len();
            self.block.html.push_str(&end_tag(name, &tag));
        }
    }

    /// Ends a line of text inside a block.
    fn end_line(&mut self) {
        for (name, tag) in self.inline[..self.written].iter().rev() {
            let end = end_tag(name, tag);
            self.block.html.push_str(&end);
        }
        self.written = 0;
        let text = std::mem::take(&mut self.text);
        let linked = std::mem::take(&mut self.linked);
        let text = text.trim();
        if !text.is_empty() {
            self.block.lines.push(Line::new(text, linked, self.heading));
        }
    }

    /// Ends the block.
    fn flush(&mut self) {
        if self.whole > 0 {
            return;
        }
        let of_text = !starts_whole(&self.block.html);
        self.end_line();
        let mut block = std::mem::take(&mut self.block);
        let heading = std::mem::take(&mut self.heading);
        if block.lines.is_empty() && block.pictures.is_empty() {
            return;
        }
        if of_text {
            let tag = match heading {
                0 => "p",
                1 | 2 => "h2",
                3 => "h3",
                _ => "h4",
            };
            block.html = element(tag, block.html.trim_end());
        }
        self.blocks.push(block);
    }
}

/// Whether a block starts with the tag of one that stays whole.
fn starts_whole(html: &str) -> bool {
    let name = html.strip_prefix('<').and_then(|tag| tag.split_once('>'));
    name.is_some_and(|(name, _)| WHOLE.contains(&name))
}

fn end_tag(name: &str, tag: &str) -> String {
    match name {
        _ if tag.is_empty() => String::new(),
        "b" => "</strong>".to_owned(),
        "i" => "</em>".to_owned(),
        other => format!("</{other}>"),
    }
}

fn part_tag(name: &str, tag: &Tag<'_>) -> String {
    let span = |attribute: &str| {
        let value = tag.attribute(attribute)?;
        let digits = !value.is_empty() && value.len() <= 3 && value.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| format!(" {attribute}=\"{value}\""))
    };
    let spans: String = ["colspan", "rowspan"].iter().filter_map(|name| span(name)).collect();
    format!("<{name}{spans}>")
}

fn heading(name: &str) -> u8 {
    match name.as_bytes() {
        [b'h', level @ b'1'..=b'6'] => level - b'0',
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::blocks;
    use crate::normalise::sanitise::clean;

    fn html(fragment: &str) -> String {
        let base = Url::parse("https://a.example/n/7.html").unwrap();
        blocks(&clean(fragment), Some(&base)).into_iter().map(|block| block.html).collect()
    }

    #[test]
    fn a_fragment_becomes_plain_safe_html() {
        let cases = [
            ("<div>甲</div><div>乙</div>", "<p>甲</p><p>乙</p>"),
            ("<p>　　甲<br>　　乙<br><br/>丙</p>", "<p>甲</p><p>乙</p><p>丙</p>"),
            ("<p onclick=x()>甲<script>alert(1)</script><iframe src=//x></iframe></p>", "<p>甲</p>"),
            ("<h1>甲</h1><h5>乙</h5>", "<h2>甲</h2><h4>乙</h4>"),
            ("<b>甲<br>乙</b>", "<p><strong>甲</strong></p><p><strong>乙</strong></p>"),
            (
                "<a href='/x?a=1&b=2'>甲</a>",
                "<p><a href=\"https://a.example/x?a=1&amp;b=2\" rel=\"noopener noreferrer\">甲</a></p>",
            ),
            ("<a href='javascript:x()'>甲</a>", "<p>甲</p>"),
            (
                "<img src='a.jpg' alt='图\"'><img src=t.gif width=1 height=1>",
                "<p><img src=\"https://a.example/n/a.jpg\" alt=\"图&quot;\"></p>",
            ),
            ("<img src='loading.gif' data-original='/b.jpg'>", "<p><img src=\"https://a.example/b.jpg\" alt=\"\"></p>"),
            ("<ul><li>甲</li><li><b>乙</b></li></ul>丙", "<ul><li>甲</li><li><strong>乙</strong></li></ul><p>丙</p>"),
            (
                "<table style=x><tr><td colspan=2>1</td></tr></table>",
                "<table><tbody><tr><td colspan=\"2\">1</td></tr></tbody></table>",
            ),
            ("甲 &lt;b&gt; &amp; 乙", "<p>甲 &lt;b&gt; &amp; 乙</p>"),
        ];
        for (fragment, expected) in cases {
            assert_eq!(html(fragment), expected, "{fragment}");
        }
    }

    #[test]
    fn a_caption_belongs_to_its_picture() {
        let found = blocks(
            &clean("<figure><img src='https://a.example/a.jpg'><figcaption>签约现场</figcaption></figure>"),
            None,
        );
        assert_eq!(found[0].pictures[0].caption.as_deref(), Some("签约现场"));
    }
}
