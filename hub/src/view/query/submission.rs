//! What became of a submission.

use jiff::Timestamp;
use lianbo_schemas::{ArticleUri, DeadLetter, Evidence, ItemUri, OutletId, SubmissionId, Verdict};
use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;

use super::{id, json, maybe_json};
use crate::view::time::instant;

/// A submission as it came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Received {
    /// Its id.
    pub id: String,
    /// Whose.
    pub outlet: OutletId,
    /// When.
    pub received: Timestamp,
    /// The topic its bytes are in.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
    /// As sent.
    pub media_type: Option<String>,
    /// Where the outlet shows it, if the sender said so.
    pub url: Option<String>,
    /// Bytes.
    pub size: u64,
    /// SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
    /// `Idempotency-Key` of the request.
    pub idempotency_key: Option<String>,
}

/// What dedup made of one item of a submission.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judgement {
    /// The item.
    pub item: ItemUri,
    /// The verdict; absent when only its outcome is known any more.
    pub verdict: Option<Verdict>,
    /// The article it became or belongs to.
    pub article: Option<ArticleUri>,
    /// Why.
    pub evidence: Option<Evidence>,
    /// When.
    pub judged: Option<Timestamp>,
}

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SubmissionStatus {
    /// As it came in; absent when the view has not reached it, or its topic keeps it no longer.
    pub received: Option<Received>,
    /// What its items became.
    pub items: Vec<Judgement>,
    /// What was refused.
    pub refusals: Vec<DeadLetter>,
    /// Nothing is known yet of what became of it.
    pub pending: bool,
}

/// What became of a submission; `None` when nothing at all is known of it.
pub(in crate::view) fn submission(file: &Connection, id: &SubmissionId) -> rusqlite::Result<Option<SubmissionStatus>> {
    let received = received(file, id.as_str())?;
    let items = judgements(file, id.as_str())?;
    let sql = "SELECT json FROM dead WHERE submission = ?1 ORDER BY at";
    let refusals: Vec<DeadLetter> =
        file.prepare_cached(sql)?.query_map([id.as_str()], |row| json(row, 0))?.collect::<rusqlite::Result<_>>()?;
    let unknown = items.is_empty() && refusals.is_empty();
    if received.is_none() && unknown {
        return Ok(None);
    }
    Ok(Some(SubmissionStatus { received, items, refusals, pending: unknown }))
}

fn received(file: &Connection, submission: &str) -> rusqlite::Result<Option<Received>> {
    let sql = "SELECT id, outlet, received, topic, partition, offset, media_type, url, size, sha256, idempotency_key
        FROM submissions WHERE id = ?1 ORDER BY received LIMIT 1";
    let read = |row: &Row<'_>| {
        Ok(Received {
            id: row.get(0)?,
            outlet: id(row, 1)?,
            received: instant(row.get(2)?),
            topic: row.get(3)?,
            partition: row.get(4)?,
            offset: row.get(5)?,
            media_type: row.get(6)?,
            url: row.get(7)?,
            size: row.get::<_, i64>(8)?.unsigned_abs(),
            sha256: row.get(9)?,
            idempotency_key: row.get(10)?,
        })
    };
    file.prepare_cached(sql)?.query_row([submission], read).optional()
}

fn judgements(file: &Connection, submission: &str) -> rusqlite::Result<Vec<Judgement>> {
    let sql = "SELECT item, verdict, article, evidence, judged FROM judgements WHERE submission = ?1 ORDER BY item";
    let read = |row: &Row<'_>| {
        let article: Option<String> = row.get(2)?;
        Ok(Judgement {
            item: id(row, 0)?,
            verdict: maybe_json(row, 1)?,
            article: article.and_then(|uri| ArticleUri::new(uri).ok()),
            evidence: maybe_json(row, 3)?,
            judged: row.get::<_, Option<i64>>(4)?.map(instant),
        })
    };
    file.prepare_cached(sql)?.query_map([submission], read)?.collect()
}

/// The submission an outlet has already sent under an idempotency key, and the SHA-256 of its bytes.
pub(in crate::view) fn idempotent(
    file: &Connection,
    outlet: &OutletId,
    key: &str,
) -> rusqlite::Result<Option<(String, String)>> {
    let sql = "SELECT id, sha256 FROM submissions WHERE outlet = ?1 AND idempotency_key = ?2 ORDER BY received LIMIT 1";
    file.prepare_cached(sql)?.query_row([outlet.as_str(), key], |row| Ok((row.get(0)?, row.get(1)?))).optional()
}
