//! `fingerprints`: what became of each submission.

use jiff::Timestamp;
use lianbo_schemas::decision::SETTLED;
use lianbo_schemas::{ArticleUri, Event, Evidence, ItemUri, OutletId, SubmissionId, Verdict};
use rusqlite::params;
use serde::Deserialize;

use super::{Fold, FoldError, data};
use crate::log::Record;
use crate::view::time::micros;

/// What the view reads of dedup's records: the judgement, not the fingerprint.
#[derive(Debug, Deserialize)]
struct Judged {
    item: ItemUri,
    outlet: OutletId,
    submission: SubmissionId,
    verdict: Verdict,
    #[serde(default)]
    article: Option<ArticleUri>,
    #[serde(default)]
    evidence: Evidence,
    judged_at: Timestamp,
}

/// The verdict's one word.
fn word(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::New => "new",
        Verdict::Correction => "correction",
        Verdict::Unchanged => "unchanged",
        Verdict::Stale => "stale",
        Verdict::Reprint { .. } => "reprint",
        Verdict::Update { .. } => "update",
        Verdict::SameEvent { .. } => "same-event",
    }
}

fn is_settled(record: &Record) -> bool {
    let event = record.value.as_ref().and_then(|value| Event::read(&record.headers, value).ok());
    event.is_some_and(|(event, _)| event.is(SETTLED))
}

impl Fold<'_> {
    pub(super) fn verdict(&mut self, record: &Record) -> Result<(), FoldError> {
        // Dedup keeps articles there as well, those that editors have decided about.
        if is_settled(record) {
            return Ok(());
        }
        let Some(judged) = data::<Judged>(record)? else { return Ok(()) };
        let text = |error: serde_json::Error| FoldError::Unreadable(error.to_string());
        let sql = "INSERT OR REPLACE INTO judgements VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let row = params![
            judged.item.as_str(),
            judged.submission.as_str(),
            judged.outlet.as_str(),
            judged.article.as_ref().map(ArticleUri::as_str),
            serde_json::to_string(&judged.verdict).map_err(text)?,
            word(&judged.verdict),
            serde_json::to_string(&judged.evidence).map_err(text)?,
            micros(judged.judged_at),
        ];
        self.file.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }
}
