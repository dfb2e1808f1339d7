//! Clustering a file of documents with the hub's own rules: what the running hub would have made of them, in this order.

use std::io::{BufRead, Write};

use jiff::{SignedDuration, Timestamp};
use lianbo_schemas::ninjs::Headline;
use lianbo_schemas::{Item, ItemUri, NewsItem, Normalised, OutletId, Revision, SubmissionId};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::settings::Settings;
use super::state::Dedup;
use crate::normalise::fold::fold;
use crate::registry::Snapshot;

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
    let mut dedup = Dedup::new("cluster.invalid", &Settings::default());
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
    Ok(Line { id, cluster, verdict: judged.verdict.word(), parent, score: judged.evidence.score, language })
}

/// The document's id out of its item's uri.
fn own_id(item: &ItemUri) -> Option<String> {
    let escaped = item.as_str().rsplit(':').next()?;
    percent_encoding::percent_decode_str(escaped).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

// LOCAL ADAPTOR until `normalise::normalise` is there: folds the title and the tag-stripped body.
fn normalised(document: Document) -> Result<Normalised, String> {
    let digest = Sha256::digest(document.outlet.as_bytes());
    let slug: String = digest[..10].iter().map(|byte| format!("{byte:02x}")).collect();
    let outlet = OutletId::new(slug).map_err(|error| error.to_string())?;
    let uri = ItemUri::of("cluster.invalid", &outlet, &document.id);
    let mut news = NewsItem::new(uri.as_str());
    news.headlines = vec![Headline::main(&document.title)];
    let received = document.published_at + SignedDuration::from_secs(1);
    let text = strip_tags(&document.body);
    let match_text: Vec<String> = text.lines().map(fold).filter(|line| !line.is_empty()).collect();
    let item = Item {
        uri,
        outlet,
        own_id: document.id.clone(),
        submission: SubmissionId::new("cluster").map_err(|error| error.to_string())?,
        received,
        revision: Revision { version: 0, stated: document.published_at, received },
        url: document.url,
        canonical_url: None,
        stated_source: None,
        stated_time: Some(document.published_at),
        hops: Vec::new(),
        digest: document.id,
        news,
    };
    Ok(Normalised { item, match_title: fold(&document.title), match_text: match_text.join("\n") })
}

fn strip_tags(body: &str) -> String {
    if !body.contains("</") {
        return body.to_owned();
    }
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(open) = rest.find('<') {
        text.push_str(&rest[..open]);
        rest = &rest[open..];
        for hidden in ["script", "style", "head"] {
            if rest[1..].starts_with(hidden) {
                rest = rest.find(&format!("</{hidden}")).map_or("", |end| &rest[end..]);
            }
        }
        let block = ["<p", "</p", "<br", "<div", "</div", "<li", "<h"].iter().any(|tag| rest.starts_with(tag));
        if block {
            text.push('\n');
        }
        rest = rest.find('>').map_or("", |close| &rest[close + 1..]);
    }
    text.push_str(rest);
    text.replace("&gt;", ">").replace("&nbsp;", " ").replace("&amp;", "&").replace("&lt;", "<")
}
