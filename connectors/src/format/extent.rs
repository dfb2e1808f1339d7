//! Whether a document can be read at a bounded cost. Trees of HTML are walked by recursion, and a document that nests
//! a hundred thousand deep would take the whole process down with its stack; other documents cost the square of their
//! length. What makes a tree deep is not to be seen from the tags: `</b>` may close nothing, `<div/>` opens, `<!-->` is a
//! whole comment. So a document that is large enough to be dangerous is measured by the very parser that reads it.

use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tree_builder::TreeBuilderOpts;
use html5ever::{ParseOpts, QualName, local_name, ns, parse_document, parse_fragment};

use super::FormatError;
use measure::Measure;

mod measure;

/// The deepest nesting of HTML elements: the deepest real page seen has 90, and tree builders slow down with depth.
pub const DEEPEST_HTML: usize = 1_000;
/// The most elements of a page; the largest live blog seen has 40,000.
pub const MOST_TAGS: usize = 100_000;
/// The most byte steps that writing a text out again may take, about a fifth of a second: html5ever looks through the
/// rest of a text once for each character of it that must be escaped, so that a text of ampersands costs the square of
/// its length. A 100 kB paragraph with 5,000 no-break spaces takes half of it.
pub const MOST_ESCAPING: usize = 1_000_000_000;
/// The most places in one tag where an attribute may begin: the parser compares each attribute with all before it. A
/// comment counts like a tag; one of 140 kB of markup stays below.
pub const MOST_ATTRIBUTES: usize = 20_000;
/// The most slashes in one tag. They part attributes too, but a picture inlined in base64 has one in 64 characters.
pub const MOST_SLASHES: usize = 20_000;

/// What is measured at a time, in bytes: a hostile document is given up after the first piece that breaks a bound.
const PIECE: usize = 8 * 1024;

/// As what a document will be parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parsed {
    /// As the inside of an element, as the sanitiser does.
    Fragment,
    /// As a page.
    Document,
}

/// Checks a document that will be parsed in these ways. Errors: [`FormatError::TooLarge`] at the first bound that it
/// breaks.
pub(super) fn check(html: &str, parsed: &[Parsed]) -> Result<(), FormatError> {
    let signs = Signs::of(html);
    let is_small = signs.tags <= DEEPEST_HTML
        && signs.attributes <= MOST_ATTRIBUTES
        && signs.slashes <= MOST_SLASHES
        && signs.escaped.saturating_mul(html.len()) <= MOST_ESCAPING;
    if is_small { Ok(()) } else { parsed.iter().try_for_each(|parsed| parse(html, *parsed)) }
}

fn parse(html: &str, parsed: Parsed) -> Result<(), FormatError> {
    match parsed {
        Parsed::Fragment => {
            let context = QualName::new(None, ns!(html), local_name!("div"));
            let parser = parse_fragment(Measure::default(), ParseOpts::default(), context, Vec::new(), false);
            measured(html, parser, |parser| &parser.tokenizer.sink.sink)
        }
        Parsed::Document => {
            let tree_builder = TreeBuilderOpts { scripting_enabled: false, ..TreeBuilderOpts::default() };
            let parser = parse_document(Measure::default(), ParseOpts { tree_builder, ..ParseOpts::default() });
            measured(html, parser, |parser| &parser.tokenizer.sink.sink)
        }
    }
}

/// Feeds a parser piece by piece and looks at what it has made of them.
fn measured<P: TendrilSink<html5ever::tendril::fmt::UTF8>>(
    html: &str,
    mut parser: P,
    measure: impl Fn(&P) -> &Measure,
) -> Result<(), FormatError> {
    let mut rest = html;
    let (mut made, mut elements) = (0, 0);
    // The signs since the parser made anything of its input: no tag can be longer than that.
    let mut pending = Signs::default();
    while !rest.is_empty() {
        let piece = super::detect::floor(rest, PIECE);
        rest = &rest[piece.len()..];
        parser.process(StrTendril::from(piece));
        let measure = measure(&parser);
        if measure.made() > made {
            made = measure.made();
            pending = Signs::default();
        }
        pending = pending.and(Signs::of(piece));
        within(measure.elements(), MOST_TAGS, "HTML elements")?;
        within(measure.escaping(), MOST_ESCAPING, "byte steps to escape its text")?;
        within(pending.attributes, MOST_ATTRIBUTES, "attributes in one tag")?;
        within(pending.slashes, MOST_SLASHES, "slashes in one tag")?;
        if measure.elements() > elements {
            elements = measure.elements();
            within(measure.depth(), DEEPEST_HTML, "levels of nested HTML")?;
        }
    }
    Ok(())
}

fn within(found: usize, most: usize, what: &str) -> Result<(), FormatError> {
    if found > most {
        return Err(FormatError::TooLarge(format!("{found} {what}, at most {most}")));
    }
    Ok(())
}

/// What can be seen of a document without parsing it: never less than what a parser finds.
#[derive(Debug, Clone, Copy, Default)]
struct Signs {
    /// A bracket before a letter.
    tags: usize,
    /// White space or a quotation mark before something else.
    attributes: usize,
    slashes: usize,
    /// What must be escaped when it is written out.
    escaped: usize,
}

impl Signs {
    fn of(html: &str) -> Self {
        let mut signs = Self::default();
        let bytes = html.as_bytes();
        for (at, byte) in bytes.iter().enumerate() {
            let next = bytes.get(at + 1).copied().unwrap_or(b' ');
            match byte {
                b'<' => {
                    signs.tags += usize::from(next.is_ascii_alphabetic());
                    signs.escaped += 1;
                }
                b'"' | b'\'' | b' ' | b'\n' | b'\r' | b'\t' | b'\x0c' => {
                    signs.attributes += usize::from(!next.is_ascii_whitespace() && next != b'>');
                    signs.escaped += usize::from(*byte == b'"');
                }
                b'/' => signs.slashes += 1,
                b'&' | b'>' | 0xc2 => signs.escaped += 1,
                _ => {}
            }
        }
        signs
    }

    fn and(self, other: Self) -> Self {
        Self {
            tags: self.tags + other.tags,
            attributes: self.attributes + other.attributes,
            slashes: self.slashes + other.slashes,
            escaped: self.escaped + other.escaped,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST_HTML, FormatError, Parsed, check};

    fn refused(html: &str) -> Option<String> {
        check(html, &[Parsed::Fragment, Parsed::Document]).err().map(|error| error.to_string())
    }

    #[test]
    fn depth_is_found_however_it_is_hidden() {
        let deep = "<div>".repeat(4 * DEEPEST_HTML);
        let nests = |unit: &str| unit.repeat(4 * DEEPEST_HTML);
        let cases = [
            deep.clone(),
            format!("<!-->{deep}"),
            format!("<!--a--!>{deep}"),
            format!("<a =\">{deep}\">"),
            format!("<svg><title>{deep}"),
            format!("<svg>{}", nests("<source>")),
            format!("<frameset>{deep}"),
            nests("<div></b>"),
            nests("<div/>"),
            nests("<rt>"),
            nests("<div><object></div></object>"),
            nests("<table><tr><td>"),
            (0..4 * DEEPEST_HTML).map(|number| format!("<p><b a={number}>x</p>")).collect(),
        ];
        for html in cases {
            let refusal = refused(&html).unwrap_or_default();
            let shown = &html[..40];
            assert!(
                refusal.contains("levels of nested HTML") || refusal.contains("HTML elements"),
                "{shown}: {refusal}"
            );
        }
    }

    #[test]
    fn a_long_page_is_no_deep_page() {
        let row = "<tr><td>甲<td>乙</tr>";
        let items = "<li><a href=\"/a b/\" title='x'>条</a>";
        let html = format!("<div><table>{}</table><ul>{}</ul></div>", row.repeat(2_000), items.repeat(2_000));
        assert_eq!(refused(&html), None);
        let comment = format!("<p>条</p><!-- {} -->", items.repeat(140_000 / items.len()));
        assert_eq!(refused(&comment), None);
        let picture = format!(
            "<p>图</p><img src=\"data:image/png;base64,{}\">",
            "iVBORw0KGgo/AAAANSUhEUgAAAIAAAACACAYAAADDPmHLAAAgAElEQVR4nO29abxk".repeat(14_000)
        );
        assert_eq!(refused(&picture), None);
    }

    #[test]
    fn floods_are_refused() {
        let attributes: String = (0..200_000).map(|number| format!(" a{number}")).collect();
        let slashed: String = (0..200_000).map(|number| format!("/a{number}")).collect();
        let quoted: String = (0..200_000).map(|number| format!("a{number}='>'")).collect();
        let cases = [
            (format!("<p{attributes}>"), "attributes in one tag"),
            (format!("<p{slashed}>"), "slashes in one tag"),
            (format!("<p {quoted}>"), "attributes in one tag"),
            ("<p></p>".repeat(200_000), "HTML elements"),
            ("&amp;".repeat(200_000), "byte steps"),
            (format!("<!-->{}", "&amp;".repeat(200_000)), "byte steps"),
            (format!("<p title='{}'>", "&amp;".repeat(200_000)), "byte steps"),
            // Each paragraph takes up all the elements that are still open.
            (
                format!(
                    "<div>{}</div>{}",
                    (0..800).map(|n| format!("<b a={n}>")).collect::<String>(),
                    "<div>x</div>".repeat(2_000)
                ),
                "HTML elements",
            ),
        ];
        for (html, what) in cases {
            let refusal = check(&html, &[Parsed::Fragment]).err();
            assert!(matches!(&refusal, Some(FormatError::TooLarge(why)) if why.contains(what)), "{what}: {refusal:?}");
        }
    }
}
