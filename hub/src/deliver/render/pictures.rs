//! Takes pictures out of sanitised HTML. Pure.

use crate::rendition::tag::{Tag, next_tag};

/// What shows a picture by itself.
const ALONE: [&str; 3] = ["img", "source", "image"];
/// What goes with all that is in it: captions speak of the picture.
const WITH_CONTENT: [&str; 3] = ["figure", "picture", "svg"];
/// What a figure may hold that is no picture (editors wrap tables and quotations so): such a figure stays.
const WORDS: [&str; 4] = ["<table", "<blockquote", "<pre", "<ul"];

/// The HTML without pictures and their captions.
pub(super) fn without_pictures(html: &str) -> String {
    let mut kept = String::with_capacity(html.len());
    let mut rest = html;
    let mut inside: usize = 0;
    while let Some(tag) = next_tag(rest) {
        let is = |names: &[&str]| names.iter().any(|name| tag.name.eq_ignore_ascii_case(name));
        if inside == 0 {
            kept.push_str(&rest[..tag.start]);
        }
        let stays = inside == 0 && (holds_words(tag, rest) || tag.closes);
        if is(&WITH_CONTENT) && !stays {
            inside = if tag.closes { inside.saturating_sub(1) } else { inside + 1 };
        } else if inside == 0 && !is(&ALONE) {
            kept.push_str(&rest[tag.start..tag.end]);
        }
        rest = &rest[tag.end..];
    }
    if inside == 0 {
        kept.push_str(rest);
    }
    kept
}

fn holds_words(figure: Tag<'_>, html: &str) -> bool {
    let content = &html[figure.end..];
    let content = content.find("</figure").map_or(content, |end| &content[..end]);
    figure.name.eq_ignore_ascii_case("figure") && WORDS.iter().any(|word| content.contains(word))
}

#[cfg(test)]
mod tests {
    use super::without_pictures;

    #[test]
    fn pictures_go_and_words_stay() {
        let html = "<p>一<img src=\"a.jpg\" alt=\"x > y\">二</p><figure><img src='b'><figcaption>图</figcaption></figure>\
                    <p>3 < 4 &amp; 三</p>";
        assert_eq!(without_pictures(html), "<p>一二</p><p>3 < 4 &amp; 三</p>");
    }

    #[test]
    fn a_table_in_a_figure_stays() {
        let html = "<figure class=\"table\"><table><tr><td>1<img src=\"a\"></td></tr></table></figure><p>一</p>";
        let kept = "<figure class=\"table\"><table><tr><td>1</td></tr></table></figure><p>一</p>";
        assert_eq!(without_pictures(html), kept);
    }

    #[test]
    fn nothing_of_an_unclosed_picture_is_shown() {
        assert_eq!(without_pictures("<p>一</p><img src=\"a"), "<p>一</p>");
        assert_eq!(without_pictures("<p>一</p><figure><img src=\"a\">二"), "<p>一</p>");
    }
}
