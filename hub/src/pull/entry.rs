//! The entries of a feed, as far as the puller needs them: which are new, and which have their text on a page.

use lianbo_connectors::format::feed::is_summary_only;
use lianbo_connectors::format::{self, FormatError, Piece};
use lianbo_schemas::FeedText;
use sha2::{Digest, Sha256};

/// Digest of all that an entry says; another one means that it changed.
pub(super) type Stamp = Vec<u8>;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// guid, atom:id; else its address; else its digest.
    pub(super) own_id: String,
    pub(super) stamp: Stamp,
    /// From 1.
    pub(super) number: u32,
    /// Its text is on a page: at this address, if the entry has one.
    pub(super) page: Option<PageOf>,
}

/// The page that an entry's text is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PageOf {
    At(String),
    /// The entry only summarises and says not where the rest is.
    Nowhere,
}

/// What a document holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) entries: Vec<Entry>,
    /// Some entries cannot be read; whoever reads the document next will say why.
    pub(super) is_damaged: bool,
}

/// Reads a feed's document.
pub(super) fn read(body: &[u8], media_type: Option<&str>, url: &str, text: FeedText) -> Result<Document, FormatError> {
    let pieces = format::read(body, media_type, Some(url))?;
    let is_damaged = pieces.iter().any(Result::is_err);
    let entries = pieces.into_iter().flatten().map(|piece| entry_of(piece, text)).collect();
    Ok(Document { entries, is_damaged })
}

fn entry_of(mut piece: Piece, text: FeedText) -> Entry {
    let number = std::mem::take(&mut piece.entry);
    // The place in the document is not part of what it says. The textual form is stable within a release; after an
    // upgrade entries may look changed once, and dedup finds that nothing did.
    let stamp = Sha256::digest(format!("{piece:?}").as_bytes()).to_vec();
    let wants_page = match text {
        FeedText::Auto => is_summary_only(&piece),
        FeedText::Feed => false,
        FeedText::Page => true,
    };
    let url = piece.url.filter(|url| !url.is_empty());
    let own_id = piece.own_id.filter(|id| !id.is_empty()).or_else(|| url.clone());
    let own_id = own_id.unwrap_or_else(|| data_encoding::HEXLOWER.encode(&stamp));
    let page = wants_page.then(|| url.map_or(PageOf::Nowhere, PageOf::At));
    Entry { own_id, stamp, number, page }
}
