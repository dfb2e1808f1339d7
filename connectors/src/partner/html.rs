//! HTML as partners keep it: our text must come out as it went in, for every reader and whatever the site adds.

use super::Outgoing;
use crate::format::markup::escaped;

/// The longest entity looked for, in bytes: `&thetasym;` and longer names do not stand in an attribution line.
const ENTITY: usize = 12;

/// The article's `html`, the attribution line if it is missing, and a link to the original.
pub(super) fn content(article: &Outgoing, html: &str) -> String {
    attributed(article, html) + &original(article)
}

/// The article's `html`, with the attribution line if it is missing.
pub(super) fn attributed(article: &Outgoing, html: &str) -> String {
    if says(html, &article.attribution) {
        return html.to_owned();
    }
    format!("{html}<p class=\"lianbo-attribution\">{}</p>", escaped(&article.attribution))
}

/// A line with a link to the original, unless the text has one.
fn original(article: &Outgoing) -> String {
    let Some(url) = article.original().map(escaped) else { return String::new() };
    if article.html.contains(&format!("href=\"{url}\"")) {
        return String::new();
    }
    let language = article.news.language.as_deref().unwrap_or_default().to_ascii_lowercase();
    let words = match language.as_str() {
        "zh-hant" | "zh-tw" | "zh-hk" | "zh-mo" => "閱讀原文",
        "" => "阅读原文",
        chinese if chinese.starts_with("zh") => "阅读原文",
        _ => "Read the original",
    };
    format!("<p class=\"lianbo-original\"><a rel=\"canonical\" href=\"{url}\">{words}</a></p>")
}

/// Without comments: some systems read orders in them.
pub(super) fn without_comments(html: &str) -> String {
    html.replace("<!--", "&lt;!--")
}

/// Whether `html` says `words`, by letters and digits alone: sites rewrite entities, quotes and spaces.
pub(super) fn says(html: &str, words: &str) -> bool {
    says_letters(html, &letters(&escaped(words)))
}

/// The same of words that are [`letters`] already.
pub(super) fn says_letters(html: &str, words: &str) -> bool {
    letters(html).contains(words)
}

/// Letters and digits of the text, without tags and entities, in one pass.
pub(super) fn letters(html: &str) -> String {
    let mut letters = String::new();
    let mut is_tag = false;
    let mut after_entity = 0;
    for (index, character) in html.char_indices().filter(|(_, character)| !character.is_whitespace()) {
        match character {
            _ if index < after_entity => {}
            '<' => is_tag = true,
            '>' => is_tag = false,
            '&' if !is_tag => after_entity = index + entity_length(&html.as_bytes()[index..]),
            _ if !is_tag && character.is_alphanumeric() => letters.push(character),
            _ => {}
        }
    }
    letters
}

/// Bytes of the entity that `text` begins with, 0 if its `&` begins none.
fn entity_length(text: &[u8]) -> usize {
    let end = text.iter().take(ENTITY).position(|byte| *byte == b';');
    let is_name =
        |end: &usize| *end > 1 && text[1..*end].iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'#');
    end.filter(is_name).map_or(0, |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::says;

    #[test]
    fn an_attribution_is_found_however_the_site_writes_it() {
        let line = "来源：A & B “日报”";
        for html in
            ["<p>来源：A &amp; B “日报”</p>", "<p>来源：<b>A</b> &#038; B &quot;日报&quot;</p>", "x来源:A B日报y"]
        {
            assert!(says(html, line), "{html}");
        }
        for html in ["", "<p>来源：A</p>", "<p title=\"来源：A & B “日报”\">x</p>"] {
            assert!(!says(html, line), "{html}");
        }
    }

    #[test]
    fn a_very_long_text_is_read_in_one_pass() {
        let long = "<p>正文 & 更多; a<b</p>".repeat(100_000);
        assert!(says(&format!("{long}<p>来源：成都日报</p>"), "来源：成都日报"));
        assert!(!says(&long, "来源：成都日报"));
    }
}
