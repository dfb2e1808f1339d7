//! Normalise: submissions in, items out. Pure: no clock, no I/O.
//!
//! # Layout
//! The format (`lianbo_connectors::format`) gives pieces. [`article`] finds the article in a page, [`reading`] tells
//! headline, statements, text and page furniture apart, [`item`] puts the item together, [`fold`] makes the match
//! text. [`stage`] runs it all between two topics.

mod article;
mod bits;
mod blocks;
mod byline;
mod captions;
mod dateline;
mod digest;
pub mod fold;
mod furniture;
mod item;
mod labels;
mod language;
mod line;
mod phrases;
mod places;
mod reading;
mod sanitise;
pub mod stage;
mod statements;
mod topics;
mod tree;

use std::sync::Arc;

use lianbo_connectors::format::contain::contained;
use lianbo_connectors::format::{self, Body, FormatError, Piece};
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Normalised, Outlet, Reason, Submission};

use article::Article;
use item::Text;
pub(crate) use line::letters;
pub use places::is_place;
use reading::{Known, Reading};

/// What normalising needs to know beside the submission.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The alliance's own domain name, part of every item's uri.
    pub authority: String,
    /// Who sent it.
    pub outlet: Arc<Outlet>,
}

/// A piece that is no item, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Its place in a document of several, from 1; `None` when the whole document is refused.
    pub entry: Option<u32>,
    /// `malformed`, `empty`, `unsupported`, `too-large`, `no-id` or `unreadable`, and one sentence.
    pub reason: Reason,
}

/// The reason code of a document at which a reader panicked. Its bytes stay in the log, so that it can be sent through
/// again once the reader is mended.
pub const UNREADABLE: &str = "unreadable";

/// What makes items of a submission.
type Reader = fn(&Submission, &Profile) -> Vec<Result<Normalised, Refusal>>;

/// Makes items of a submission, in the document's order: one for a page or text, one for each entry of a feed or array.
/// With `full_pages` set, entries of a feed that only summarise are left out: their pages come by themselves. A reader
/// that panics costs this submission and nothing else.
pub fn normalise(submission: &Submission, profile: &Profile) -> Vec<Result<Normalised, Refusal>> {
    within(read, submission, profile)
}

/// Holds a reader that panics: the submission is refused as [`UNREADABLE`].
fn within(read: Reader, submission: &Submission, profile: &Profile) -> Vec<Result<Normalised, Refusal>> {
    contained(|| read(submission, profile)).unwrap_or_else(|panicked| {
        let reason = refusal(UNREADABLE, &format!("{panicked}; please report it with the document"));
        vec![Err(Refusal { entry: None, reason })]
    })
}

fn read(submission: &Submission, profile: &Profile) -> Vec<Result<Normalised, Refusal>> {
    match format::read(&submission.body, submission.media_type.as_deref(), submission.url.as_deref()) {
        Ok(pieces) => items(pieces, submission, profile),
        Err(error) => vec![Err(Refusal { entry: None, reason: reason(&error) })],
    }
}

/// Makes items of a submission whose pieces are read already.
pub(crate) fn items(
    pieces: Vec<Result<Piece, FormatError>>,
    submission: &Submission,
    profile: &Profile,
) -> Vec<Result<Normalised, Refusal>> {
    let alone = pieces.len() == 1;
    let mut out = Vec::with_capacity(pieces.len());
    for (entry, piece) in (1..).zip(pieces) {
        let refused = |reason| Refusal { entry: (!alone).then_some(entry), reason };
        match piece {
            Ok(piece) if submission.full_pages && format::feed::is_summary_only(&piece) => {}
            Ok(piece) => out.push(one(piece, submission, profile, alone).map_err(refused)),
            Err(error) => out.push(Err(refused(reason(&error)))),
        }
    }
    out
}

fn reason(error: &FormatError) -> Reason {
    let code = match error {
        FormatError::Malformed { .. } => "malformed",
        FormatError::Empty { .. } => "empty",
        FormatError::Unsupported { .. } => "unsupported",
        FormatError::TooLarge(_) => "too-large",
    };
    Reason { code: code.to_owned(), detail: error.to_string() }
}

fn refusal(code: &str, detail: &str) -> Reason {
    Reason { code: code.to_owned(), detail: detail.to_owned() }
}

fn one(piece: Piece, submission: &Submission, profile: &Profile, alone: bool) -> Result<Normalised, Reason> {
    let url = submission.url.as_deref().or(piece.url.as_deref());
    let mut found = article::find(&piece.body, url);
    let reading = reading::read(&found.lines, &known(&piece, &profile.outlet));
    let title = title(&piece, &reading, &found);
    let match_text = match_lines(&found, &reading);
    let text = text(&mut found, &reading, &piece);
    if piece.status == PubStatus::Usable {
        if text.is_empty() && !shows_itself(&piece) {
            return Err(refusal("empty", "the piece has no text; only a kill may come without"));
        }
        if title.is_none() {
            return Err(refusal("empty", "no headline is stated and none can be found"));
        }
    }
    let parts = item::Parts {
        submission,
        profile,
        piece,
        statements: reading.statements,
        title: title.unwrap_or_default(),
        text,
        match_text,
        alone,
    };
    item::build(parts).map_err(|item::NoId| refusal("no-id", "a kill names no piece: it has neither id nor url"))
}

fn known<'a>(piece: &'a Piece, outlet: &'a Outlet) -> Known<'a> {
    let mut sites = vec![outlet.name.as_str()];
    sites.extend(outlet.aliases.iter().map(String::as_str));
    sites.extend(piece.site_name.as_deref());
    let (byline, summary) = (piece.byline.as_deref(), piece.summary.as_deref());
    Known { title: piece.title.as_deref(), window_title: piece.window_title.as_deref(), byline, summary, sites }
}

/// A picture, a video or a graphic without text is a piece too, and so is one that points at others.
fn shows_itself(piece: &Piece) -> bool {
    piece.ninjs.as_ref().is_some_and(|news| news.other.contains_key("renditions") || !news.associations.is_empty())
}

/// The blocks that are the article's text. A ninjs body is kept as it was sent: there the outlet says what the text is.
fn text(found: &mut Article, reading: &Reading, piece: &Piece) -> Text {
    let blocks = std::mem::take(&mut found.blocks);
    let lines = || found.lines.iter().filter_map(|line| line.block.map(|block| (line, block)));
    let mut kept = vec![true; blocks.len()];
    if piece.ninjs.is_none() {
        // A block goes when it has lines and none of them is kept.
        for (_, block) in lines() {
            kept[block] = false;
        }
        for (line, _) in found.lines.iter().zip(&reading.keep).filter(|(_, keep)| **keep) {
            if let Some(kept) = line.block.and_then(|block| kept.get_mut(block)) {
                *kept = true;
            }
        }
    }
    let mut text = Text::default();
    text.lines.reserve(lines().map(|(line, _)| line.text.len() + 1).sum());
    text.html.reserve(blocks.iter().map(|block| block.html.len()).sum());
    for (line, _) in lines().filter(|(_, block)| kept[*block]) {
        text.lines.push_str(if text.lines.is_empty() { "" } else { "\n" });
        text.lines.push_str(&line.text);
    }
    for (block, _) in blocks.into_iter().zip(kept).filter(|(_, kept)| *kept) {
        text.html.push_str(&block.html);
        text.pictures.extend(block.pictures);
    }
    text
}

/// The lines that count for matching: those of the text, without page furniture even where the body keeps it.
fn match_lines(found: &Article, reading: &Reading) -> String {
    let lines = || found.lines.iter().zip(&reading.keep).filter(|(line, keep)| **keep && line.block.is_some());
    let mut folded = String::with_capacity(lines().map(|(line, _)| line.text.len() + 1).sum());
    for (line, _) in lines() {
        let start = folded.len();
        if start > 0 {
            folded.push('\n');
        }
        let text = folded.len();
        fold::fold_into(&line.text, &mut folded);
        if folded.len() == text {
            folded.truncate(start);
        }
    }
    folded
}

/// A headline cut out of a text has at most this many characters.
const LONGEST_CUT_TITLE: usize = 60;

/// The headline: stated, or found among the lines. A text, a fragment or a feed entry has no place to state one, and
/// takes its first sentence; a whole page or a ninjs item must have one.
fn title(piece: &Piece, reading: &Reading, found: &Article) -> Option<String> {
    let stated = reading.title.clone().map(|title| title.trim().to_owned()).filter(|title| !title.is_empty());
    stated.or_else(|| {
        let may_cut = piece.ninjs.is_none() && matches!(piece.body, Body::Text(_) | Body::Html(_));
        let line = found.lines.iter().zip(&reading.keep).find(|(_, keep)| **keep).filter(|_| may_cut);
        line.map(|(line, _)| first_sentence(&line.text))
    })
}

fn first_sentence(line: &str) -> String {
    let end = line.find(['。', '！', '？', '；']).unwrap_or(line.len());
    line[..end].chars().take(LONGEST_CUT_TITLE).collect()
}

#[cfg(test)]
mod tests;
