//! A scanner of HTML and XML: tags and text in order, no tree, no judgement of validity. It never fails and looks at
//! every byte once.

use std::borrow::Cow;

pub use super::entity::{decode, decodes_alike, escaped, value_decodes_alike};

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
    /// Where the last token begins.
    from: usize,
    at: usize,
    raw: Option<&'a str>,
}

impl<'a> Tokens<'a> {
    /// Scans from the start.
    pub fn new(text: &'a str) -> Self {
        Self { text, from: 0, at: 0, raw: None }
    }

    /// Where the scanner stands, in bytes.
    pub fn position(&self) -> usize {
        self.at
    }

    /// Where the last token begins, in bytes; it ends where the scanner stands.
    pub fn start(&self) -> usize {
        self.from
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
        let end = if let Some(comment) = rest.strip_prefix("<!--") {
            comment.find("-->").map(|end| end + 7)
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
        self.from = self.at;
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
                    self.from = self.at;
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

/// Where a tag ends: the first `>` outside quotation marks. A `<` outside of them says that the tag is broken; then it
/// ends at the first bracket whatever the quotation marks, if that one closes. Either way no byte is looked at twice as
/// often as there are kinds of quotation marks, which keeps a hostile document linear.
pub(crate) fn tag_end(inner: &str) -> Option<usize> {
    let mut quote = None;
    let mut after_equals = false;
    for (at, byte) in inner.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at),
            (None, b'<') => break,
            (None, b'"' | b'\'') if after_equals => quote = Some(byte),
            (Some(open), byte) if byte == open => quote = None,
            _ => {}
        }
        after_equals = byte == b'=' || (after_equals && byte.is_ascii_whitespace());
    }
    inner.find(['<', '>']).filter(|at| inner.as_bytes()[*at] == b'>')
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
        self.pairs().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| decode(value))
    }

    /// The attributes as written: names, and values with their entities still encoded.
    pub fn pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let mut rest = self.attributes.trim_start();
        std::iter::from_fn(move || {
            if rest.is_empty() {
                return None;
            }
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
            rest = rest.trim_start_matches(['=', '/']).trim_start();
            Some((key, value))
        })
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
    use super::{Token, Tokens, decode, plain};

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
    fn plain_text_has_no_markup() {
        assert_eq!(plain("<p>8市<b>媒体</b>&amp;集团</p><style>p{}</style>\n<p>签约</p>"), "8市媒体&集团 签约");
    }
}
