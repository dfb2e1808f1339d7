//! Formats: bytes in, pieces out. Each format reads what its standard says and no more; what the words mean for the
//! hub is decided in `hub/normalise`.

use jiff::Timestamp;
use lianbo_schemas::NewsItem;
use lianbo_schemas::ninjs::PubStatus;

/// One piece as a format states it, before the hub makes an item of it. Every field is what the document says;
/// nothing is guessed here.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Piece {
    /// guid, atom:id, ninjs `uri`, JSON Feed `id`.
    pub own_id: Option<String>,
    /// The version the outlet states.
    pub version: Option<u64>,
    /// Where the outlet shows it.
    pub url: Option<String>,
    /// rel=canonical or the feed's statement of the original.
    pub canonical_url: Option<String>,
    /// Plain text.
    pub title: Option<String>,
    /// The body as sent; sanitised later.
    pub body: Body,
    /// Plain-text summary, when the document states one apart from the body.
    pub summary: Option<String>,
    /// As stated.
    pub byline: Option<String>,
    /// 编辑 as stated.
    pub editor: Option<String>,
    /// 来源 as stated.
    pub source: Option<String>,
    /// First publication as stated.
    pub published: Option<Timestamp>,
    /// Last change as stated.
    pub updated: Option<Timestamp>,
    /// BCP 47 as stated.
    pub language: Option<String>,
    /// Category terms as stated.
    pub subjects: Vec<String>,
    /// Pictures, the featured one first.
    pub pictures: Vec<Picture>,
    /// Not before.
    pub embargoed_until: Option<Timestamp>,
    /// usable, withheld, canceled.
    pub status: PubStatus,
    /// Note to receivers.
    pub ed_note: Option<String>,
    /// Rights in words.
    pub copyright: Option<String>,
    /// The entry's place in its document, from 1.
    pub entry: u32,
    /// For ninjs input: the item upgraded to 3.1, all members kept.
    pub ninjs: Option<Box<NewsItem>>,
}

/// A body as sent.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Body {
    /// Nothing: a kill, or a feed entry without text.
    #[default]
    Empty,
    /// An HTML fragment: the article itself.
    Html(String),
    /// A whole HTML page: the article must still be found in it.
    Page(String),
    /// Plain text, one paragraph a line.
    Text(String),
}

/// A picture that belongs to a piece.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Picture {
    /// Absolute URL.
    pub url: String,
    /// alt text.
    pub alt: Option<String>,
    /// Caption.
    pub caption: Option<String>,
}

/// Why bytes are not what they were taken for. Named by what the sender has to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FormatError {
    /// The document is broken.
    #[error("cannot parse the document as {format}: {cause}")]
    Malformed {
        /// As which format it was read.
        format: &'static str,
        /// Where and why.
        cause: String,
    },
    /// It parses, but nothing publishable is in it.
    #[error("the {format} document holds no article: {cause}")]
    Empty {
        /// As which format it was read.
        format: &'static str,
        /// What is missing.
        cause: String,
    },
    /// No reader for it.
    #[error("`{media_type}` is not read here; send ninjs, RSS, Atom, JSON Feed, HTML or plain text")]
    Unsupported {
        /// The media type as sent.
        media_type: String,
    },
    /// A bound was hit: size, depth, entries.
    #[error("the document breaks a bound: {0}")]
    TooLarge(String),
}
