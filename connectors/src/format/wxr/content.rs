//! The text of a post as WordPress keeps it: in older posts a blank line is what divides paragraphs, and shortcodes in
//! brackets stand for what PHP would put there.

use crate::format::detect::floor;

/// Shortcodes of WordPress itself that a reader sees nothing of outside of WordPress.
const DROPPED: [&str; 6] = ["gallery", "audio", "video", "playlist", "embed", "wp_caption"];
const CAPTION_END: &str = "[/caption]";
/// In bytes; those of WordPress have some 100.
const LONGEST_SHORTCODE: usize = 2_000;
/// What begins a block of its own.
const BLOCKS: [&str; 18] = [
    "<p",
    "<div",
    "<h1",
    "<h2",
    "<h3",
    "<h4",
    "<h5",
    "<h6",
    "<ul",
    "<ol",
    "<dl",
    "<table",
    "<blockquote",
    "<figure",
    "<pre",
    "<hr",
    "<section",
    "<address",
];

/// The text as HTML.
pub(super) fn html(text: &str) -> String {
    let text = without_shortcodes(&text.replace("\r\n", "\n"));
    // The block editor writes paragraphs out.
    if text.contains("<!-- wp:") { text } else { paragraphs(&text) }
}

/// The ids in the first gallery of a text, none if it shows what is attached to the post; `None` without a gallery.
pub(super) fn gallery(text: &str) -> Option<Vec<&str>> {
    let rest = &text[text.find("[gallery")? + "[gallery".len()..];
    let inside = &rest[..rest.find(']')?];
    let Some((_, ids)) = inside.split_once("ids=") else { return Some(Vec::new()) };
    let ids = ids.trim_start_matches(['"', '\'']);
    let ids = &ids[..ids.find(['"', '\'']).unwrap_or(ids.len())];
    Some(ids.split(',').map(str::trim).filter(|id| !id.is_empty()).collect())
}

/// Blank lines divide paragraphs, single line breaks are kept.
fn paragraphs(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut paragraph = String::new();
    for line in text.split('\n').chain(std::iter::once("")) {
        let line = line.trim_end();
        if !line.trim().is_empty() {
            if !paragraph.is_empty() {
                paragraph.push('\n');
            }
            paragraph.push_str(line);
            continue;
        }
        let done = std::mem::take(&mut paragraph);
        if BLOCKS.iter().any(|block| starts_with(done.trim_start(), block)) || done.trim_start().starts_with("</") {
            out.push_str(&done);
            out.push('\n');
        } else if !done.is_empty() {
            out.push_str(&format!("<p>{}</p>\n", done.replace('\n', "<br>\n")));
        }
    }
    out
}

fn starts_with(text: &str, sign: &str) -> bool {
    text.as_bytes().get(..sign.len()).is_some_and(|start| start.eq_ignore_ascii_case(sign.as_bytes()))
}

/// `[caption …]<img> Words[/caption]` is a figure; other shortcodes of WordPress go, words in brackets stay.
fn without_shortcodes(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    // Where captions still end, counted from the back; a hostile text opens many that never do.
    let last_end = text.rfind(CAPTION_END).map_or(0, |at| text.len() - at);
    while let Some(at) = rest.find('[') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = floor(rest, LONGEST_SHORTCODE).find(']').map_or(0, |end| end + 1);
        let tag = rest.get(1..length.saturating_sub(1)).unwrap_or("");
        let name =
            tag.trim_start_matches('/').split(|end: char| end.is_whitespace() || end == '/').next().unwrap_or("");
        if name == "caption" && !tag.starts_with('/') && rest.len() > last_end && last_end > 0 {
            rest = figure(&rest[length..], &mut out);
        } else if DROPPED.contains(&name) || name == "caption" {
            rest = &rest[length..];
        } else {
            out.push('[');
            rest = &rest[1..];
        }
    }
    out.push_str(rest);
    out
}

/// Writes what stands up to `[/caption]` as a figure and gives back what follows; without an end there is none.
fn figure<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let Some(end) = rest.find(CAPTION_END) else { return rest };
    let inside = &rest[..end];
    // The picture, with a link around it or not, then the words.
    let link = inside.find("</a>").map(|at| at + "</a>".len());
    let picture = || Some(inside.find("<img")? + inside[inside.find("<img")?..].find('>')? + 1);
    let split = link.or_else(picture).unwrap_or(0);
    let (picture, words) = inside.split_at(split);
    out.push_str(&format!("\n\n<figure>{}<figcaption>{}</figcaption></figure>\n\n", picture.trim(), words.trim()));
    &rest[end + CAPTION_END.len()..]
}

#[cfg(test)]
mod tests {
    use super::{gallery, html};

    #[test]
    fn blank_lines_make_paragraphs_as_in_wordpress() {
        assert_eq!(html("甲\r\n乙\r\n\r\n丙"), "<p>甲<br>\n乙</p>\n<p>丙</p>\n");
        assert_eq!(html("<p>甲</p>\n\n<ul>\n<li>乙</li>\n</ul>"), "<p>甲</p>\n<ul>\n<li>乙</li>\n</ul>\n");
        let blocks = "<!-- wp:paragraph -->\n<p>甲</p>\n<!-- /wp:paragraph -->";
        assert_eq!(html(blocks), blocks);
    }

    #[test]
    fn shortcodes_go_and_words_in_brackets_stay() {
        assert_eq!(html("[图片新闻]签约[1] [gallery ids=\"1,2\"]"), "<p>[图片新闻]签约[1]</p>\n");
        assert_eq!(
            html(
                "[caption id=\"attachment_7\" width=\"300\"]<img src=\"https://a.example/a.jpg\" /> 签约现场[/caption]正文"
            ),
            "<figure><img src=\"https://a.example/a.jpg\" /><figcaption>签约现场</figcaption></figure>\n<p>正文</p>\n"
        );
        assert_eq!(html("[caption]没有结尾"), "<p>没有结尾</p>\n");
    }

    #[test]
    fn a_gallery_names_its_pictures_or_takes_those_attached() {
        assert_eq!(gallery("x [gallery columns=2 ids='7, 9'] y"), Some(vec!["7", "9"]));
        assert_eq!(gallery("[gallery]"), Some(Vec::new()));
        assert_eq!(gallery("[画廊]"), None);
    }
}
