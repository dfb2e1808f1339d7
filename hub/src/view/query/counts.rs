//! Numbers for operators.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rusqlite::Connection;
use serde::Serialize;

use crate::view::time::micros;

/// Numbers for operators, since `since` where a time matters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Articles in all.
    pub articles: u64,
    /// Articles first seen since then.
    pub new_articles: u64,
    /// Submissions received since then.
    pub submissions: u64,
    /// Verdicts since then, by their word.
    pub verdicts: BTreeMap<String, u64>,
    /// Receipts by their state.
    pub receipts: BTreeMap<String, u64>,
    /// Articles each channel shows.
    pub channels: BTreeMap<String, u64>,
    /// Records the view could not read.
    pub unreadable: u64,
    /// Articles not yet in the full-text index.
    pub not_indexed: u64,
}

/// Counts.
pub(in crate::view) fn counts(file: &Connection, since: Timestamp) -> rusqlite::Result<Counts> {
    let since = micros(since);
    let one = |sql: &str| -> rusqlite::Result<u64> {
        let mut statement = file.prepare_cached(sql)?;
        let parameters: &[&dyn rusqlite::ToSql] = if statement.parameter_count() == 1 { &[&since] } else { &[] };
        statement.query_row(parameters, |row| row.get::<_, i64>(0)).map(i64::unsigned_abs)
    };
    let grouped = |sql: &str| -> rusqlite::Result<BTreeMap<String, u64>> {
        let mut statement = file.prepare_cached(sql)?;
        let parameters: &[&dyn rusqlite::ToSql] = if statement.parameter_count() == 1 { &[&since] } else { &[] };
        let rows = statement.query_map(parameters, |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.unsigned_abs())))?;
        rows.collect()
    };
    Ok(Counts {
        articles: one("SELECT count(*) FROM articles")?,
        new_articles: one("SELECT count(*) FROM articles WHERE first_seen >= ?1")?,
        submissions: one("SELECT count(*) FROM submissions WHERE received >= ?1")?,
        verdicts: grouped(
            "SELECT kind, count(*) FROM judgements WHERE kind IS NOT NULL AND judged >= ?1 GROUP BY kind",
        )?,
        receipts: grouped("SELECT state, count(*) FROM receipts GROUP BY state")?,
        channels: grouped("SELECT channel, count(*) FROM channel_items GROUP BY channel")?,
        unreadable: one("SELECT coalesce(sum(value), 0) FROM facts WHERE name = 'unreadable'")?,
        not_indexed: one("SELECT count(*) FROM articles WHERE indexed = 0")?,
    })
}
