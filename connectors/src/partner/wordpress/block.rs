//! A post's text as WordPress keeps it.

use crate::partner::Outgoing;
use crate::partner::html::{content, without_comments};

/// The post's text and `mark`.
///
/// It stands in one classic block, because WordPress makes `<br>` of line ends in text outside of blocks; an editor
/// sees it as ordinary text. What would run as a shortcode or a block is disarmed.
pub(super) fn classic(article: &Outgoing, mark: &str) -> String {
    let content = content(article, &disarmed(&article.html));
    format!("<!-- wp:freeform -->\n{content}{mark}\n<!-- /wp:freeform -->")
}

/// `[gallery]` in an article is text, not a shortcode, and a comment in it is no block.
fn disarmed(html: &str) -> String {
    let html = without_comments(html);
    let mut safe = String::with_capacity(html.len());
    let mut characters = html.chars().peekable();
    while let Some(character) = characters.next() {
        let opens = characters.peek().is_some_and(|next| next.is_ascii_alphabetic() || matches!(next, '/' | '['));
        if character == '[' && opens { safe.push_str("&#91;") } else { safe.push(character) }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::disarmed;

    #[test]
    fn what_would_run_at_the_partner_is_text() {
        assert_eq!(disarmed("<p>[gallery ids=1] [/x] 【图】[1]</p>"), "<p>&#91;gallery ids=1] &#91;/x] 【图】[1]</p>");
        assert_eq!(disarmed("<!-- wp:latest-posts /-->"), "&lt;!-- wp:latest-posts /-->");
    }
}
