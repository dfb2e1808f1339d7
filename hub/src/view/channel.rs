//! What decides which channels show an article. The function is handed in, so that the view knows no rules.

use std::sync::Arc;

use jiff::Timestamp;
use lianbo_schemas::{Article, ChannelId, Content};

/// A channel that may show an article, and on which terms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelEntry {
    /// The channel.
    pub channel: ChannelId,
    /// Not before this moment (a grant's embargo); `None`: with the article's own release.
    pub not_before: Option<Timestamp>,
    /// How much.
    pub content: Content,
    /// Whether pictures may go along.
    pub images: bool,
    /// The line that must stand with it: 来源：成都日报.
    pub attribution: String,
}

/// The channels that may show an article at a moment, its own embargo left aside. Pure. An article without a grant to a
/// channel is not in it.
pub type Selector = Arc<dyn Fn(&Article, Timestamp) -> Vec<ChannelEntry> + Send + Sync>;

/// Which state of the registry the selection follows: the same numbers on every node for the same state, and rising.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Generation {
    /// The offset in `registry` up to which (exclusive) it was folded.
    pub registry: i64,
    /// The newest moment passed at which a grant began or ended, in microseconds since 1970; 0 when there was none.
    pub as_of: i64,
}

/// The word for a [`Content`] in the file and in answers.
pub(super) fn content_word(content: Content) -> &'static str {
    match content {
        Content::Full => "full",
        Content::Excerpt => "excerpt",
        Content::Link => "link",
    }
}

/// The content a word stands for. An unknown word gives least.
pub(super) fn content_of(word: &str) -> Content {
    match word {
        "full" => Content::Full,
        "excerpt" => Content::Excerpt,
        _ => Content::Link,
    }
}
