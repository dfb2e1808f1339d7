//! Clustering a file of documents with the hub's own rules: what the running hub would have made of them, in this order.

use std::io::{BufRead, Write};
use std::sync::Arc;

use bytes::Bytes;
use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use lianbo_schemas::{ItemUri, Normalised, Outlet, OutletId, Submission, SubmissionId};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::settings::Settings;
use super::state::Dedup;
use crate::normalise::fold::fold;
use crate::normalise::{self, Profile};
use crate::registry::Snapshot;

/// Stands for the alliance's domain in uris; never resolved (RFC 6761).
const AUTHORITY: &str = "cluster.invalid";

/// One document of the input, a JSON object a line, in the order of time.
#[derive(Debug, Clone, Deserialize)]
pub struct Document {
    /// Unique in the file.
    pub id: String,
    /// Who published it: any text.
    pub outlet: String,
    /// Where.
    #[serde(default)]
    pub url: Option<String>,
    /// When.
    pub published_at: Timestamp,
    /// The headline.
    #[serde(default)]
    pub title: String,
    /// The text, plain or HTML.
    #[serde(default)]
    pub body: String,
    /// Instead of `body`: the page's bytes in base64.
    #[serde(default)]
    pub raw_b64: Option<String>,
    /// The media type of `raw_b64`.
    #[serde(default)]
    pub content_type: Option<String>,
}

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
    /// The input or the output failed.
    #[error("cannot read or write: {0}")]
    Io(#[from] std::io::Error),
    /// A line could not be written as JSON.
    #[error("cannot write a line: {0}")]
    Json(#[from] serde_json::Error),
}

/// How long a line may be, in bytes. A page of 20 MB in base64 fits.
const LONGEST_LINE: u64 = 32 * 1024 * 1024;

/// Clusters documents line by line. `progress` is called after each line with the tally so far; `refused` with the
/// number of every line that is skipped, from 1, and why.
pub fn run(
    mut input: impl BufRead,
    mut output: impl Write,
    mut progress: impl FnMut(&Tally),
    mut refused: impl FnMut(u64, &str),
) -> Result<Tally, ClusterError> {
    let mut dedup = Dedup::new(AUTHORITY, &Settings::default());
    let registry = Snapshot::default();
    let mut tally = Tally::default();
    let mut number = 0;
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = std::io::Read::take(&mut input, LONGEST_LINE).read_until(b'\n', &mut line)?;
        if read == 0 {
            return Ok(tally);
        }
        number += 1;
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        match cluster(&mut dedup, &registry, &line) {
            Ok(clustered) => {
                tally.documents += 1;
                tally.clusters += u64::from(clustered.verdict != "reprint");
                serde_json::to_writer(&mut output, &clustered)?;
                output.write_all(b"\n")?;
            }
            Err(why) => {
                tally.skipped += 1;
                refused(number, &why);
            }
        }
        progress(&tally);
    }
}

fn cluster(dedup: &mut Dedup, registry: &Snapshot, line: &[u8]) -> Result<Line, String> {
    let document: Document = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let id = document.id.clone();
    let normalised = normalised(document)?;
    let language = normalised.item.news.language.clone();
    let now = normalised.item.received;
    let outcome = dedup.step(normalised, registry, now);
    let judged = outcome.judged.last().ok_or("it left no judgement")?;
    let cluster = judged.article.as_ref().map_or_else(|| id.clone(), |article| article.short().to_owned());
    let parent = judged.verdict.parent().and_then(|of| dedup.item(of)).and_then(|parent| own_id(&parent.item));
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

/// The document as the hub's own normalise sees it: a whole page as a page, all else as an entry of a JSON Feed.
fn normalised(document: Document) -> Result<Normalised, String> {
    let digest = Sha256::digest(document.outlet.as_bytes());
    let outlet = OutletId::new(HEXLOWER.encode(&digest[..10])).map_err(|error| error.to_string())?;
    let title = fold(&document.title);
    let (media_type, body) = bytes(&document)?;
    let submission = Submission {
        id: SubmissionId::new("cluster").map_err(|error| error.to_string())?,
        outlet: outlet.clone(),
        media_type,
        received: document.published_at,
        url: document.url,
        own_id: Some(document.id),
        full_pages: false,
        body,
    };
    let profile = Profile { authority: AUTHORITY.to_owned(), outlet: Arc::new(stranger(outlet, document.outlet)) };
    let mut items = normalise::normalise(&submission, &profile).into_iter();
    let item = items.next().ok_or("the document holds no item")?;
    let mut normalised = item.map_err(|refusal| refusal.reason.detail)?;
    if !title.is_empty() {
        normalised.match_title = title;
    }
    Ok(normalised)
}

/// The media type and the bytes to normalise.
fn bytes(document: &Document) -> Result<(Option<String>, Bytes), String> {
    if let Some(raw) = &document.raw_b64 {
        let raw = BASE64.decode(raw.as_bytes()).map_err(|error| format!("raw_b64: {error}"))?;
        return Ok((document.content_type.clone(), titled(raw, &document.title).into()));
    }
    let start = document.body.trim_start().get(..9).map(str::to_ascii_lowercase).unwrap_or_default();
    if start.starts_with("<html") || start == "<!doctype" {
        return Ok((Some("text/html; charset=utf-8".to_owned()), document.body.clone().into()));
    }
    let text = if start.starts_with('<') { "content_html" } else { "content_text" };
    let mut entry = json!({ "id": document.id, "title": document.title, "date_published": document.published_at });
    entry[text] = document.body.as_str().into();
    if let Some(url) = &document.url {
        entry["url"] = url.as_str().into();
    }
    let feed = json!({ "version": "https://jsonfeed.org/version/1.1", "title": document.outlet, "items": [entry] });
    Ok((Some("application/feed+json".to_owned()), feed.to_string().into()))
}

/// The page with the document's title, when it has none of its own; in character references, whatever its charset.
fn titled(page: Vec<u8>, title: &str) -> Vec<u8> {
    let has_title = page.windows(6).any(|window| window.eq_ignore_ascii_case(b"<title"));
    if has_title || title.is_empty() {
        return page;
    }
    let references: String = title.chars().map(|character| format!("&#{};", u32::from(character))).collect();
    let mut titled = format!("<title>{references}</title>").into_bytes();
    titled.extend(page);
    titled
}

/// An outlet of which nothing is known but its name.
fn stranger(id: OutletId, name: String) -> Outlet {
    Outlet {
        id,
        name,
        aliases: Vec::new(),
        domains: Vec::new(),
        area: None,
        key_hashes: Vec::new(),
        source: None,
        copyright_holder: None,
        usage_terms: None,
        time_zone: None,
    }
}
