//! What editors have decided.

use jiff::Timestamp;
use lianbo_schemas::{ArticleUri, Decision, DecisionId};
use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;

use super::{id, json};
use crate::view::time::instant;

/// A decision that has been carried out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CarriedOut {
    /// What was decided, by whom, when and why.
    #[serde(flatten)]
    pub decision: Decision,
    /// The article that came of it.
    pub result: ArticleUri,
    /// When it was carried out, by the log's clock.
    pub carried_out: Timestamp,
}

const COLUMNS: &str = "json, result, at";

fn read(row: &Row<'_>) -> rusqlite::Result<CarriedOut> {
    Ok(CarriedOut { decision: json(row, 0)?, result: id(row, 1)?, carried_out: instant(row.get(2)?) })
}

/// One decision, when it has been carried out.
pub(in crate::view) fn decision(file: &Connection, decision: &DecisionId) -> rusqlite::Result<Option<CarriedOut>> {
    let sql = format!("SELECT {COLUMNS} FROM decisions WHERE id = ?1");
    file.prepare_cached(&sql)?.query_row([decision.as_str()], read).optional()
}

/// All decisions that an article was changed by or came of, oldest first.
pub(in crate::view) fn decisions(file: &Connection, uri: &ArticleUri) -> rusqlite::Result<Vec<CarriedOut>> {
    let sql = format!("SELECT {COLUMNS} FROM decisions WHERE article = ?1 OR result = ?1 ORDER BY offset");
    file.prepare_cached(&sql)?.query_map([uri.as_str()], read)?.collect()
}

/// The article that this one was merged into, unless a later decision has brought it back.
pub(in crate::view) fn merged_into(file: &Connection, uri: &ArticleUri) -> rusqlite::Result<Option<ArticleUri>> {
    let sql = "SELECT result FROM decisions
        WHERE (article = ?1 AND ruling = 'merge') OR (result = ?1 AND ruling = 'split')
        ORDER BY offset DESC LIMIT 1";
    let result: Option<ArticleUri> =
        file.prepare_cached(sql)?.query_row([uri.as_str()], |row| id(row, 0)).optional()?;
    Ok(result.filter(|result| result != uri))
}
