//! Formats: bytes in, pieces out. Each format reads what its standard says and no more; what the words mean for the
//! hub is decided in `hub/normalise`.
//!
//! # Layout
//! [`charset`] makes text of bytes, [`detect`] tells the format, then [`ninjs`], [`newsml_g2`], [`nitf`], [`feed`],
//! [`wxr`], [`post`], [`page`] or [`text`] reads it. [`moment`] reads dates, [`markup`] scans HTML and XML without
//! building a tree, [`xml`] builds one where the standard is XML, [`extent`] measures what HTML would cost, [`contain`]
//! holds a reader that panics.

pub mod charset;
pub mod contain;
pub mod detect;
mod entity;
pub mod extent;
pub mod feed;
mod frequent;
mod json_feed;
pub mod markup;
pub mod moment;
mod newsml_g2;
pub mod ninjs;
mod nitf;
mod page;
pub mod post;
mod text;
mod wxr;
mod xml;

use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Hop, NewsItem};
use serde_json::Value;

use detect::Format;
use extent::Parsed;
use moment::Moment;

/// The largest document read, in bytes: the largest real page with its pictures inlined is 8 MB, and a body is held in
/// memory about four times while it is read.
pub const LARGEST_DOCUMENT: usize = 20 * 1024 * 1024;
/// The most entries of a feed or items of an array; a feed with more than this is an archive and comes in pages.
pub const MOST_ENTRIES: usize = 2_000;
/// The deepest nesting of a feed's XML; real feeds have less than 30 levels.
pub const DEEPEST_XML: usize = 256;
/// The most elements of an XML document whose tree is built: each takes some 200 bytes of memory. At the density of
/// WordPress's own test data an export of [`LARGEST_DOCUMENT`] bytes has 230,000 to 430,000.
pub const MOST_XML_ELEMENTS: usize = 500_000;

/// Reads a document. The outer error is the document's; each inner one is one entry's, and takes down no other entry.
///
/// `media_type` is the `Content-Type` as sent, `url` is where the document was found: it resolves relative links.
pub fn read(
    bytes: &[u8],
    media_type: Option<&str>,
    url: Option<&str>,
) -> Result<Vec<Result<Piece, FormatError>>, FormatError> {
    if bytes.len() > LARGEST_DOCUMENT {
        return Err(FormatError::TooLarge(format!("{} bytes, at most {LARGEST_DOCUMENT}", bytes.len())));
    }
    let (text, _) = charset::decode(bytes, media_type);
    let pieces = match detect::detect(&text, media_type)? {
        Format::Json => json(&text, url)?,
        Format::Feed => feed::read(&text, url)?,
        Format::NewsMlG2 => newsml_g2::read(&text, url)?,
        Format::Nitf => nitf::read(&text)?,
        Format::Wxr => wxr::read(&text)?,
        Format::Post(system) => vec![Ok(post::read(&text, system)?)],
        Format::Page => vec![Ok(page::read(text, url))],
        Format::Fragment => vec![Ok(page::fragment(text))],
        Format::Text => vec![Ok(text::read(text)?)],
    };
    Ok(pieces.into_iter().map(|piece| piece.and_then(Piece::bounded)).collect())
}

fn json(text: &str, url: Option<&str>) -> Result<Vec<Result<Piece, FormatError>>, FormatError> {
    // The parser itself stops at 128 levels.
    let document: Value = serde_json::from_str(text.trim_start_matches('\u{feff}'))
        .map_err(|error| FormatError::Malformed { format: "JSON", cause: error.to_string() })?;
    if json_feed::is_one(&document) { json_feed::read(document, url) } else { ninjs::read(document) }
}

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
    /// The `title` element of a page: headline and site name together, not yet taken apart.
    pub window_title: Option<String>,
    /// The site's name as the page states it.
    pub site_name: Option<String>,
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
    pub published: Option<Moment>,
    /// Last change as stated.
    pub updated: Option<Moment>,
    /// BCP 47 as stated.
    pub language: Option<String>,
    /// Category terms as stated.
    pub subjects: Vec<String>,
    /// Pictures, the featured one first.
    pub pictures: Vec<Picture>,
    /// Not before.
    pub embargoed_until: Option<Moment>,
    /// usable, withheld, canceled.
    pub status: PubStatus,
    /// Note to receivers.
    pub ed_note: Option<String>,
    /// Rights in words.
    pub copyright: Option<String>,
    /// The way it came through other hubs of this kind.
    pub hops: Vec<Hop>,
    /// The entry's place in its document, from 1.
    pub entry: u32,
    /// For ninjs input: the item upgraded to 3.1, all members kept.
    pub ninjs: Option<Box<NewsItem>>,
}

impl Piece {
    /// Refuses HTML that would cost more to read than any article does.
    pub fn bounded(self) -> Result<Self, FormatError> {
        match &self.body {
            Body::Html(html) => extent::check(html, &[Parsed::Fragment])?,
            // What is found in a page is sanitised as a fragment.
            Body::Page(html) => extent::check(html, &[Parsed::Document, Parsed::Fragment])?,
            Body::Empty | Body::Text(_) => {}
        }
        if let Some(news) = &self.ninjs {
            for text in news.bodies.iter().chain(&news.descriptions) {
                extent::check(&text.value, &[Parsed::Fragment])?;
            }
        }
        Ok(self)
    }
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
    #[error(
        "`{media_type}` is not read here; send ninjs, NewsML-G2, NITF, RSS, Atom, JSON Feed, WXR, HTML or plain text"
    )]
    Unsupported {
        /// The media type as sent.
        media_type: String,
    },
    /// A bound was hit: size, depth, entries.
    #[error("the document breaks a bound: {0}")]
    TooLarge(String),
}
