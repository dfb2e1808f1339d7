//! Clustering a file of documents with the hub's own rules: what the running hub would have made of them, in this order.

mod document;

use std::io::BufRead;

use encoding_rs::UTF_8;
use lianbo_schemas::ItemUri;
use serde::Serialize;

use super::settings::Settings;
use super::state::Dedup;
use crate::registry::Snapshot;

pub use document::Document;

/// Stands for the alliance's domain in uris; never resolved (RFC 6761).
const AUTHORITY: &str = "cluster.invalid";

/// One line of the output.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Line {
    /// The document.
    pub id: String,
    /// Documents of one cluster are one article.
    pub cluster: String,
    /// `new`, `reprint`, `update`, `same-event`.
    pub verdict: &'static str,
    /// The document it was copied from, updates or is related to.
    pub parent: Option<String>,
    /// How much of the smaller text stands in the larger one, 0 to 1.
    pub score: f32,
    /// As found: `zh-Hans`, `zh-Hant` …
    pub language: Option<String>,
    /// Why, in plain sentences.
    pub reasons: Vec<String>,
}

/// What a run came to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Documents clustered.
    pub documents: u64,
    /// Clusters.
    pub clusters: u64,
    /// Lines that could not be read.
    pub skipped: u64,
}

/// Why a run stopped.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The input failed.
    #[error("cannot read: {0}")]
    Read(#[source] std::io::Error),
    /// Whoever takes the lines failed.
    #[error("cannot write: {0}")]
    Write(#[source] std::io::Error),
}

/// How long a line may be, in bytes. A page of 20 MB in base64 fits.
const LONGEST_LINE: u64 = 32 * 1024 * 1024;

/// Clusters documents line by line: `clustered` is given each one's outcome, `refused` the number of every line that is
/// skipped, from 1, and why.
pub fn run(
    mut input: impl BufRead,
    mut clustered: impl FnMut(Line) -> std::io::Result<()>,
    mut refused: impl FnMut(u64, &str),
) -> Result<Tally, ClusterError> {
    let mut dedup = Dedup::new(AUTHORITY, &Settings::default());
    let registry = Snapshot::default();
    let mut tally = Tally::default();
    let mut number = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        let mut bounded = std::io::Read::take(&mut input, LONGEST_LINE);
        if bounded.read_until(b'\n', &mut line).map_err(ClusterError::Read)? == 0 {
            return Ok(tally);
        }
        number += 1;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let read = match is_cut(&line) {
            false => cluster(&mut dedup, &registry, &line),
            true => {
                input.skip_until(b'\n').map_err(ClusterError::Read)?;
                Err(format!("longer than {LONGEST_LINE} bytes"))
            }
        };
        match read {
            Ok(line) => {
                tally.documents += 1;
                tally.clusters += u64::from(line.verdict != "reprint");
                clustered(line).map_err(ClusterError::Write)?;
            }
            Err(why) => {
                tally.skipped += 1;
                refused(number, &why);
            }
        }
    }
}

/// Whether the line is longer than may be.
fn is_cut(line: &[u8]) -> bool {
    line.len() as u64 == LONGEST_LINE && line.last() != Some(&b'\n')
}

fn cluster(dedup: &mut Dedup, registry: &Snapshot, line: &[u8]) -> Result<Line, String> {
    // Looked at once and whole, which this decoder does many bytes at a time, rather than string by string.
    let line = UTF_8.decode_without_bom_handling_and_without_replacement(line).ok_or("it is not UTF-8")?;
    let document: Document = serde_json::from_str(&line).map_err(|error| error.to_string())?;
    let id = document.id.clone();
    let normalised = document.normalised()?;
    let language = normalised.item.news.language.clone();
    let now = normalised.item.received;
    let outcome = dedup.step(normalised, registry, now);
    let judged = outcome.judged.last().ok_or("it left no judgement")?;
    let cluster = judged.article.as_ref().map_or_else(|| id.clone(), |article| article.short().to_owned());
    let parent = judged.verdict.parent().and_then(own_id);
    Ok(Line {
        id,
        cluster,
        verdict: judged.verdict.word(),
        parent,
        score: judged.evidence.score,
        language,
        reasons: judged.evidence.reasons.clone(),
    })
}

/// The document's id out of its item's uri.
fn own_id(item: &ItemUri) -> Option<String> {
    let escaped = item.as_str().rsplit(':').next()?;
    percent_encoding::percent_decode_str(escaped).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}
