//! Whether a fragment of HTML is so written that its tags are its tree: every element closed in order, none where a
//! parser would move or close it, no comment, no raw text, no reference that is decoded in more than one way. Most
//! bodies that editors' systems send are; they need no parser. Whatever is in doubt is not.

use lianbo_connectors::format::markup::{Tag, Token, Tokens, decodes_alike, value_decodes_alike};

/// What may stand in an element, and where it may stand itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Has blocks or phrases in it.
    Flow,
    /// Has phrases in it, and stands where blocks do: a block inside would close it.
    Paragraph,
    /// Has only list items in it.
    List,
    /// Stands in a list and has blocks or phrases in it.
    ListItem,
    /// Has phrases in it.
    Phrase,
    /// Has phrases in it, but no other link.
    Link,
    /// Has nothing in it.
    Void,
}

impl Kind {
    /// `None` for elements that are not known to be simple.
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => Self::Paragraph,
            "strong" | "b" | "em" | "i" | "sub" | "sup" | "span" | "font" | "u" | "s" | "small" => Self::Phrase,
            "br" | "img" => Self::Void,
            "a" => Self::Link,
            "div" | "section" | "article" | "blockquote" | "figure" | "figcaption" => Self::Flow,
            "ul" | "ol" => Self::List,
            "li" => Self::ListItem,
            _ => return None,
        })
    }

    /// Whether it may stand directly in `parent`; `None` is the fragment itself.
    fn fits(self, parent: Option<Self>) -> bool {
        let flow = matches!(parent, None | Some(Self::Flow | Self::ListItem));
        match self {
            Self::Flow | Self::Paragraph | Self::List => flow,
            Self::ListItem => parent == Some(Self::List),
            Self::Phrase | Self::Link | Self::Void => parent != Some(Self::List),
        }
    }
}

/// Elements deeper than this are for a parser.
const DEEPEST: usize = 32;

/// Whether the fragment's tags are its tree.
pub(super) fn is_plain(html: &str) -> bool {
    if html.contains("<!") || html.contains("<?") || html.contains('\0') {
        return false;
    }
    let mut open: Vec<(&str, Kind)> = Vec::with_capacity(DEEPEST);
    for token in Tokens::new(html) {
        match token {
            Token::Text(text) => {
                let in_list = open.last().is_some_and(|(_, kind)| *kind == Kind::List);
                let stray = text.contains('<') || (in_list && !text.trim().is_empty());
                if stray || !decodes_alike(text) {
                    return false;
                }
            }
            Token::Open(tag) => {
                let Some(kind) = kind_here(&tag, &open) else { return false };
                if kind != Kind::Void {
                    open.push((tag.name, kind));
                }
            }
            Token::Close(name) => {
                if open.pop().is_none_or(|(opened, _)| opened != name) {
                    return false;
                }
            }
        }
    }
    open.is_empty()
}

/// The kind of an element that may stand here.
fn kind_here(tag: &Tag<'_>, open: &[(&str, Kind)]) -> Option<Kind> {
    let kind = Kind::of(tag.name)?;
    let fits = kind.fits(open.last().map(|(_, kind)| *kind)) && (kind == Kind::Void || !tag.closed);
    let nested = kind == Kind::Link && open.iter().any(|(_, kind)| *kind == Kind::Link);
    (fits && !nested && open.len() < DEEPEST && are_plain(tag.attributes)).then_some(kind)
}

/// Whether attributes are written as `name="value"`, with nothing that is read in more than one way.
fn are_plain(attributes: &str) -> bool {
    let mut rest = attributes;
    while !rest.trim_start().is_empty() {
        let inner = rest.trim_start();
        if inner.len() == rest.len() {
            return false;
        }
        let name = inner.bytes().take_while(|byte| byte.is_ascii_lowercase() || *byte == b'-').count();
        let Some(value) = inner[name..].strip_prefix('=').filter(|_| name > 0) else { return false };
        let Some(quote) = value.chars().next().filter(|mark| matches!(mark, '"' | '\'')) else { return false };
        let Some((value, after)) = value[1..].split_once(quote) else { return false };
        if value.contains(['<', '>']) || !value_decodes_alike(value) {
            return false;
        }
        rest = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Token, Tokens, is_plain};
    use crate::normalise::blocks::blocks;
    use crate::normalise::sanitise::{clean, plain_tree};

    /// What a hostile or broken fragment may be made of.
    const PIECES: [&str; 64] = [
        "<p>",
        "</p>",
        "<div>",
        "</div>",
        "<b>",
        "</b>",
        "<i>",
        "</i>",
        "<a href=\"https://a.example/x?a=1&b=2\">",
        "<a href=\"javascript:alert(1)\">",
        "<a href=\" jav&#x09;ascript:alert(1)\">",
        "<a href='data:text/html,x'>",
        "</a>",
        "<img src=\"https://a.example/a.jpg\" alt=\"甲\">",
        "<img src=x onerror=alert(1)>",
        "<img src=\"x\"alt=\"y\">",
        "<script>",
        "</script>",
        "<style>",
        "</style>",
        "<svg>",
        "</svg>",
        "<math>",
        "<mtext>",
        "<title>",
        "</title>",
        "<noscript>",
        "</noscript>",
        "<template>",
        "<iframe src=\"//x\">",
        "<textarea>",
        "</textarea>",
        "<xmp>",
        "<plaintext>",
        "<ul>",
        "</ul>",
        "<li>",
        "</li>",
        "<table>",
        "<tr>",
        "<td>",
        "</td>",
        "</table>",
        "<h1>",
        "</h1>",
        "<blockquote>",
        "</blockquote>",
        "<figure>",
        "</figure>",
        "<figcaption>",
        "</figcaption>",
        "<!--",
        "-->",
        "<![CDATA[",
        "]]>",
        "<br/>",
        "<span style=\"x:expression(1)\">",
        "</span>",
        "&lt;script&gt;",
        "&#60;img&#62;",
        "甲，乙",
        " ",
        "\"'>",
        "<",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn blocks_are_the_same_with_and_without_the_parser(pieces in prop::collection::vec(0..PIECES.len(), 0..14)) {
            let html: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
            prop_assert_eq!(blocks(&plain_tree(&html), None), blocks(&clean(&html), None), "{}", html);
        }

        #[test]
        fn what_comes_out_is_left_alone_by_the_sanitiser(pieces in prop::collection::vec(0..PIECES.len(), 0..14)) {
            let html: String = pieces.into_iter().map(|piece| PIECES[piece]).collect();
            let out: String = blocks(&plain_tree(&html), None).into_iter().map(|block| block.html).collect();
            // A parser may close a link or a list item that stands in another; it takes nothing away.
            let tags = |html: &str| -> Vec<String> {
                let starts = Tokens::new(html).filter_map(|token| match token {
                    Token::Open(tag) => Some(format!("{} {}", tag.name, tag.attributes.trim())),
                    Token::Close(_) | Token::Text(_) => None,
                });
                starts.collect()
            };
            prop_assert_eq!(tags(&clean(&out)), tags(&out.replace(" rel=\"noopener noreferrer\"", "")), "{}", html);
        }
    }

    #[test]
    fn what_editors_systems_send_needs_no_parser() {
        for html in [
            "<p>　　甲&nbsp;乙<br>丙</p>\n<p><strong>丁</strong></p>",
            "<div class=\"a\"><p style='x'>甲<a href=\"https://a.example/?a=1&b=2\" target=\"_blank\">乙</a></p></div>",
            "<ul>\n<li>甲</li><li><p>乙</p></li></ul><figure><img src=\"a.jpg\" /><figcaption>丙</figcaption></figure>",
        ] {
            assert!(is_plain(html), "{html}");
        }
    }

    #[test]
    fn what_is_in_doubt_is_parsed() {
        for html in [
            "<p>甲<p>乙",
            "<b><p>甲</p></b>",
            "<p>甲</b></p>",
            "<p>&copy 甲</p>",
            "<p>&#150;</p>",
            "<P>甲</P>",
            "<p/>甲",
            "a < b",
            "<p onclick=x()>甲</p>",
            "<p title=\"a\"b>甲</p>",
            "<!-- x -->甲",
            "<script>x</script>",
            "<table><tr><td>甲</td></tr></table>",
            "<a href=\"/\"><b><a href=\"/\">甲</a></b></a>",
            "<li>甲</li>",
            "<ul>甲</ul>",
            "<p>甲</p></div>",
        ] {
            assert!(!is_plain(html), "{html}");
        }
    }
}
