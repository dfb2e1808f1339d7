//! A scanner of HTML and XML: tags and text in order, no tree, no judgement of validity. It never fails and looks at
//! every byte once.

use std::borrow::Cow;

/// A piece of markup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// Text with its entities still encoded.
    Text(&'a str),
    /// A start tag.
    Open(Tag<'a>),
    /// An end tag, by name.
    Close(&'a str),
}

/// A start tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tag<'a> {
    /// As written.
    pub name: &'a str,
    /// Everything between the name and the closing bracket.
    pub attributes: &'a str,
    /// Whether it closes itself: `<x/>`.
    pub closed: bool,
}

/// Elements whose content is text up to their end tag, whatever it looks like.
const RAW: [&str; 6] = ["script", "style", "title", "textarea", "xmp", "iframe"];

/// The tokens of a document.
pub struct Tokens<'a> {
    text: &'a str,
    at: usize,
    raw: Option<&'a str>,
}

impl<'a> Tokens<'a> {
    /// Scans from the start.
    pub fn new(text: &'a str) -> Self {
        Self { text, at: 0, raw: None }
    }

    /// Where the scanner stands, in bytes.
    pub fn position(&self) -> usize {
        self.at
    }

    fn raw_text(&mut self, name: &str) -> Option<Token<'a>> {
        let rest = &self.text[self.at..];
        let end = end_tag(rest, name).unwrap_or(rest.len());
        self.at += end;
        (end > 0).then_some(Token::Text(&rest[..end]))
    }

    /// A tag at the cursor; a `<` that starts none is text.
    fn tag(&mut self) -> Option<Token<'a>> {
        let rest = &self.text[self.at..];
        let inner = &rest[1..];
        let (closing, inner) = inner.strip_prefix('/').map_or((false, inner), |inner| (true, inner));
        if !inner.starts_with(|character: char| character.is_ascii_alphabetic()) {
            return None;
        }
        let length = tag_end(inner)?;
        self.at += rest.len() - inner.len() + length + 1;
        let whole = &inner[..length];
        let name_end = whole.find(|character: char| character.is_ascii_whitespace() || character == '/');
        let name = &whole[..name_end.unwrap_or(whole.len())];
        if closing {
            return Some(Token::Close(name));
        }
        let closed = whole.ends_with('/');
        let attributes = whole[name.len()..].trim_end_matches('/');
        if !closed && RAW.iter().any(|raw| raw.eq_ignore_ascii_case(name)) {
            self.raw = Some(name);
        }
        Some(Token::Open(Tag { name, attributes, closed }))
    }

    /// Past a comment, a declaration or a processing instruction at the cursor; `false` when there is none.
    fn skip(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let end = if rest.starts_with("<!--") {
            rest[4..].find("-->").map(|end| end + 7)
        } else if rest.starts_with("<!") || rest.starts_with("<?") {
            rest.find('>').map(|end| end + 1)
        } else {
            return false;
        };
        self.at += end.unwrap_or(rest.len());
        true
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        if let Some(name) = self.raw.take()
            && let Some(token) = self.raw_text(name)
        {
            return Some(token);
        }
        loop {
            let rest = &self.text[self.at..];
            let first = rest.chars().next()?;
            if first == '<' {
                if self.skip() {
                    continue;
                }
                if let Some(token) = self.tag() {
                    return Some(token);
                }
            }
            let from = first.len_utf8();
            let end = rest[from..].find('<').map_or(rest.len(), |end| from + end);
            self.at += end;
            return Some(Token::Text(&rest[..end]));
        }
    }
}

/// Where a tag ends: the first `>` outside quotation marks.
pub(crate) fn tag_end(inner: &str) -> Option<usize> {
    let mut quote = None;
    let mut after_equals = false;
    for (at, byte) in inner.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') if after_equals => quote = Some(byte),
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
        after_equals = byte == b'=' || (after_equals && byte.is_ascii_whitespace());
    }
    // A quotation mark that is never closed: the tag ends at the first bracket.
    inner.find('>')
}

fn end_tag(rest: &str, name: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = rest[from..].find("</") {
        let at = from + at;
        if rest.as_bytes()[at + 2..].get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
        {
            return Some(at);
        }
        from = at + 2;
    }
    None
}

impl<'a> Tag<'a> {
    /// Whether it has this name, whatever its case.
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The value of an attribute, its entities decoded.
    pub fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        let mut rest = self.attributes.trim_start();
        while !rest.is_empty() {
            let end = rest.find(|character: char| character == '=' || character.is_ascii_whitespace());
            let key = &rest[..end.unwrap_or(rest.len())];
            rest = rest[key.len()..].trim_start();
            let value = match rest.strip_prefix('=') {
                Some(after) => {
                    let (value, after) = attribute_value(after.trim_start());
                    rest = after;
                    value
                }
                None => "",
            };
            if key.eq_ignore_ascii_case(name) {
                return Some(decode(value));
            }
            rest = rest.trim_start_matches(['=', '/']).trim_start();
        }
        None
    }
}

fn attribute_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(inner) = text.strip_prefix(quote) {
            return inner.split_once(quote).unwrap_or((inner, ""));
        }
    }
    let end = text.find(|character: char| character.is_ascii_whitespace()).unwrap_or(text.len());
    text.split_at(end)
}

/// Text with its entities decoded: the numeric ones and the named ones that occur in news.
pub fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        match entity(rest) {
            Some((character, length)) => {
                out.push(character);
                rest = &rest[length..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The longest name of an entity that is known here, with its ampersand.
const LONGEST_ENTITY: usize = 12;

fn entity(rest: &str) -> Option<(char, usize)> {
    let end = rest.bytes().take(LONGEST_ENTITY).position(|byte| byte == b';')?;
    let name = &rest[1..end];
    let character = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|character| *character != '\0')?
        }
        None => named(name)?,
    };
    Some((character, end + 1))
}

fn named(name: &str) -> Option<char> {
    let found = NAMED.iter().find(|(known, _)| *known == name).map(|(_, character)| *character);
    found.or_else(|| {
        let place = LATIN.split(' ').position(|known| known == name)?;
        char::from_u32(0xc0 + u32::try_from(place).ok()?)
    })
}

/// The letters of Latin-1, from U+00C0 on.
const LATIN: &str = "Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml \
    ETH Ntilde Ograve Oacute Ocirc Otilde Ouml - Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig \
    agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml \
    eth ntilde ograve oacute ocirc otilde ouml - oslash ugrave uacute ucirc uuml yacute thorn yuml";

const NAMED: [(&str, char); 37] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("ensp", '\u{2002}'),
    ("emsp", '\u{2003}'),
    ("thinsp", '\u{2009}'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("mdash", '—'),
    ("ndash", '–'),
    ("hellip", '…'),
    ("middot", '·'),
    ("bull", '•'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("times", '×'),
    ("deg", '°'),
    ("plusmn", '±'),
    ("permil", '‰'),
    ("yen", '¥'),
    ("euro", '€'),
    ("pound", '£'),
    ("sect", '§'),
    ("para", '¶'),
    ("larr", '←'),
    ("rarr", '→'),
    ("uarr", '↑'),
    ("darr", '↓'),
    ("zwj", '\u{200d}'),
];

/// Elements that have no content, and those whose end tag may be missing: neither makes a document deep.
const FLAT: [&str; 31] = [
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr", "p",
    "li", "dt", "dd", "tr", "td", "th", "thead", "tbody", "tfoot", "option", "optgroup", "colgroup", "rp", "rt",
    "html", "body",
];

/// How deep the elements of a page are nested, as far as that can be told without building its tree.
pub fn depth(html: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for token in Tokens::new(html) {
        match token {
            Token::Open(tag) if !tag.closed && !flat(tag.name) => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            Token::Close(name) if !flat(name) => depth = depth.saturating_sub(1),
            Token::Open(_) | Token::Close(_) | Token::Text(_) => {}
        }
    }
    deepest
}

fn flat(name: &str) -> bool {
    FLAT.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// The text of an HTML fragment in one line, its entities decoded.
pub fn plain(html: &str) -> String {
    let mut out = String::new();
    let mut hidden = false;
    for token in Tokens::new(html) {
        match token {
            Token::Text(text) if !hidden => out.push_str(&decode(text)),
            Token::Open(tag) => hidden = tag.is("script") || tag.is("style"),
            Token::Close(_) => hidden = false,
            Token::Text(_) => {}
        }
    }
    out.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Token, Tokens, decode, depth, plain};

    #[test]
    fn tags_attributes_and_text_come_in_order() {
        let html =
            r#"<!-- <b> --><A href='/x?a=1&amp;b=2' title="a>b" download>2 < 3</A><br/><script>if(a<b){}</script>"#;
        let tokens: Vec<Token<'_>> = Tokens::new(html).collect();
        let Token::Open(tag) = tokens[0] else { panic!("{tokens:?}") };
        assert!(tag.is("a"));
        assert_eq!(tag.attribute("HREF").as_deref(), Some("/x?a=1&b=2"));
        assert_eq!(tag.attribute("title").as_deref(), Some("a>b"));
        assert_eq!(tag.attribute("download").as_deref(), Some(""));
        assert_eq!(tag.attribute("rel"), None);
        assert_eq!(tokens[1], Token::Text("2 "));
        assert_eq!(tokens[2], Token::Text("< 3"));
        assert!(tokens.contains(&Token::Text("if(a<b){}")));
    }

    #[test]
    fn entities_are_decoded() {
        assert_eq!(
            decode("&ldquo;一&#24178;&#x591A;支&rdquo;&nbsp;&unknown; & &amp;lt;"),
            "“一干多支”\u{a0}&unknown; & &lt;"
        );
    }

    #[test]
    fn depth_counts_what_must_be_closed() {
        assert_eq!(depth("<p>a<p>b<p>c<img><br>"), 0);
        assert_eq!(depth(&"<div>".repeat(70)), 70);
        assert_eq!(depth("<div><b>x</b></div><div></div>"), 2);
    }

    #[test]
    fn plain_text_has_no_markup() {
        assert_eq!(plain("<p>8市<b>媒体</b>&amp;集团</p><style>p{}</style>\n<p>签约</p>"), "8市媒体&集团 签约");
    }
}
