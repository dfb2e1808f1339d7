//! HTML as an official account shows it: sections and paragraphs with styles of their own, no scripts, frames, forms or
//! classes, and no links to elsewhere, which WeChat takes out. Pictures stand apart, for they must be WeChat's own.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use ammonia::Builder;
use url::Url;

use crate::format::markup::{Tag, Token, Tokens, escaped};

/// Elements that stand as they are.
const KEPT: [&str; 26] = [
    "p",
    "br",
    "strong",
    "b",
    "em",
    "i",
    "u",
    "sub",
    "sup",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "ul",
    "ol",
    "li",
    "blockquote",
    "table",
    "thead",
    "tbody",
    "tfoot",
    "tr",
    "hr",
    "pre",
];
/// Elements of a table that may span others.
const CELLS: [&str; 2] = ["td", "th"];
/// Elements that become sections, which is how the account's own editor writes.
const SECTIONS: [&str; 12] =
    ["section", "div", "figure", "article", "main", "header", "footer", "aside", "details", "dl", "center", "address"];
/// Elements that become paragraphs.
const PARAGRAPHS: [&str; 6] = ["figcaption", "caption", "summary", "dt", "dd", "legend"];
/// Elements that go with all they hold.
const REMOVED: [&str; 13] = [
    "script", "style", "iframe", "object", "embed", "template", "select", "button", "textarea", "svg", "math", "head",
    "noscript",
];
/// Articles of official accounts, the only place that text may link to.
const ACCOUNTS: &str = "mp.weixin.qq.com";

/// The whole text's style; paragraphs take it over.
const TEXT_STYLE: &str = "font-size:16px;line-height:1.75;";

static CLEANER: LazyLock<Builder<'static>> = LazyLock::new(|| {
    let tags: HashSet<&str> =
        KEPT.into_iter().chain(CELLS).chain(SECTIONS).chain(PARAGRAPHS).chain(["a", "img"]).collect();
    let spans = || HashSet::from(["colspan", "rowspan"]);
    let attributes = HashMap::from([
        ("a", HashSet::from(["href"])),
        ("img", HashSet::from(["src", "alt"])),
        ("td", spans()),
        ("th", spans()),
    ]);
    let mut cleaner = Builder::default();
    cleaner
        .tags(tags)
        .clean_content_tags(HashSet::from(REMOVED))
        .tag_attributes(attributes)
        .generic_attributes(HashSet::new())
        .url_schemes(HashSet::from(["http", "https"]))
        .link_rel(None)
        .strip_comments(true);
    cleaner
});

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// As it will stand.
    Html(String),
    /// A picture where the outlet has it.
    Picture {
        /// Its address.
        address: String,
        /// Its words.
        alt: String,
    },
}

/// The parts of a text.
pub(super) fn parts(html: &str) -> Vec<Part> {
    let clean = CLEANER.clean(html).to_string();
    let mut parts = Parts::default();
    for token in Tokens::new(&clean) {
        match token {
            Token::Text(text) => parts.html.push_str(text),
            Token::Open(tag) => parts.open(tag),
            Token::Close(name) => parts.close(name),
        }
    }
    parts.end()
}

/// The text, with the mark on it, and with the pictures that WeChat has.
pub(super) fn content(parts: &[Part], hosted: &HashMap<String, String>, mark: &str) -> String {
    let mut content = format!("<section data-lianbo=\"{}\" style=\"{TEXT_STYLE}\">", escaped(mark));
    for part in parts {
        match part {
            Part::Html(html) => content.push_str(html),
            Part::Picture { address, alt } => {
                if let Some(url) = hosted.get(address) {
                    let (url, alt) = (escaped(url), escaped(alt));
                    content.push_str(&format!("<img src=\"{url}\" alt=\"{alt}\" style=\"max-width:100%;\">"));
                }
            }
        }
    }
    content + "</section>"
}

#[derive(Default)]
struct Parts {
    done: Vec<Part>,
    html: String,
    /// For each link that is open, whether it stands.
    links: Vec<bool>,
}

impl Parts {
    fn open(&mut self, tag: Tag<'_>) {
        let attribute = |name| tag.attribute(name).unwrap_or_default();
        match tag.name {
            "img" => {
                let address = attribute("src").into_owned();
                self.flush();
                self.done.push(Part::Picture { address, alt: attribute("alt").into_owned() });
            }
            "a" => {
                let href = attribute("href");
                let stands = Url::parse(&href).is_ok_and(|url| url.host_str() == Some(ACCOUNTS));
                self.links.push(stands);
                if stands {
                    self.html.push_str(&format!("<a href=\"{}\">", escaped(&href)));
                }
            }
            cell if CELLS.contains(&cell) => {
                let style = style_of(cell);
                self.html.push_str(&format!("<{cell}{}{style}>", tag.attributes));
            }
            name => {
                let name = name_of(name);
                self.html.push_str(&format!("<{name}{}>", style_of(name)));
            }
        }
    }

    fn close(&mut self, name: &str) {
        if name != "a" {
            self.html.push_str(&format!("</{}>", name_of(name)));
        } else if self.links.pop() == Some(true) {
            self.html.push_str("</a>");
        }
    }

    fn flush(&mut self) {
        if !self.html.is_empty() {
            self.done.push(Part::Html(std::mem::take(&mut self.html)));
        }
    }

    fn end(mut self) -> Vec<Part> {
        self.flush();
        self.done
    }
}

fn name_of(name: &str) -> &str {
    match name {
        section if SECTIONS.contains(&section) => "section",
        paragraph if PARAGRAPHS.contains(&paragraph) => "p",
        name => name,
    }
}

/// Styles are part of the text, whose length WeChat bounds: only what would otherwise look wrong has one.
fn style_of(name: &str) -> &'static str {
    match name {
        "p" => " style=\"margin:0 0 1em;\"",
        "blockquote" => " style=\"margin:0 0 1em;padding-left:1em;border-left:3px solid #ddd;\"",
        "table" => " style=\"border-collapse:collapse;width:100%;\"",
        "td" | "th" => " style=\"border:1px solid #ddd;padding:4px;\"",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::{Part, content, parts};

    fn shown(html: &str) -> String {
        let whole = content(&parts(html), &HashMap::new(), "m");
        let (_, inner) = whole.split_once('>').unwrap();
        inner.strip_suffix("</section>").unwrap().replace(" style=\"margin:0 0 1em;\"", "")
    }

    #[test]
    fn what_an_account_cannot_show_goes() {
        let html = "<p class=\"x\" onclick=\"a()\">一<script>alert(1)</script><!-- y --></p><iframe src=\"https://v.example\">\
                    </iframe><form><input name=\"q\"><p>二</p></form><style>p{}</style>";
        assert_eq!(shown(html), "<p>一</p><p>二</p>");
    }

    #[test]
    fn a_link_to_elsewhere_becomes_its_words() {
        let html = "<p><a href=\"https://cdrb.example/1\">来源：<b>成都日报</b></a>，<a href=\"https://mp.weixin.qq.com/s/a?b=1&amp;c=2\">旧闻</a></p>";
        assert_eq!(
            shown(html),
            "<p>来源：<b>成都日报</b>，<a href=\"https://mp.weixin.qq.com/s/a?b=1&amp;c=2\">旧闻</a></p>"
        );
        assert_eq!(shown("<a href=\"https://mp.weixin.qq.com.evil.example/\">x</a>"), "x");
    }

    #[test]
    fn what_the_editor_does_not_know_becomes_sections_and_paragraphs() {
        let html = "<div><figure><figcaption>图</figcaption></figure><dl><dt>甲</dt><dd>乙</dd></dl></div>";
        assert_eq!(shown(html), "<section><section><p>图</p></section><section><p>甲</p><p>乙</p></section></section>");
        let cell = shown("<table><tbody><tr><td colspan=\"2\">1</td></tr></tbody></table>");
        assert!(cell.contains("<td colspan=\"2\" style="), "{cell}");
    }

    #[test]
    fn a_picture_stands_where_wechat_has_it_and_nowhere_else() {
        let parts = parts("<p>一<img src=\"https://a.example/1.png\" alt=\"会&quot;场\">二</p>");
        let picture = Part::Picture { address: "https://a.example/1.png".to_owned(), alt: "会\"场".to_owned() };
        assert_eq!(parts[1], picture);
        let hosted = HashMap::from([("https://a.example/1.png".to_owned(), "http://mmbiz.qpic.cn/1".to_owned())]);
        let with = content(&parts, &hosted, "m");
        assert!(with.contains("<img src=\"http://mmbiz.qpic.cn/1\" alt=\"会&quot;场\""), "{with}");
        assert!(!content(&parts, &HashMap::new(), "m").contains("img"));
    }
}
