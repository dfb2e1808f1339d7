//! Dead letters.

use lianbo_schemas::DeadLetter;
use rusqlite::{Connection, OptionalExtension};
use serde::Serialize;

use super::json;

/// Which dead letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    /// Those that wait for an operator.
    Open,
    /// The redriven ones too.
    All,
}

/// Dead letters, newest first, and how many are open in all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadLetters {
    /// The newest.
    pub letters: Vec<DeadLetter>,
    /// How many wait for an operator.
    pub open: u64,
}

/// The newest dead letters, `limit` at most.
pub(in crate::view) fn dead_letters(file: &Connection, which: Letters, limit: u32) -> rusqlite::Result<DeadLetters> {
    let sql = match which {
        Letters::Open => "SELECT json FROM dead WHERE open = 1 ORDER BY at DESC LIMIT ?1",
        Letters::All => "SELECT json FROM dead ORDER BY at DESC LIMIT ?1",
    };
    let letters = file.prepare_cached(sql)?.query_map([limit], |row| json(row, 0))?.collect::<rusqlite::Result<_>>()?;
    let open: i64 = file.prepare_cached("SELECT count(*) FROM dead WHERE open = 1")?.query_row([], |row| row.get(0))?;
    Ok(DeadLetters { letters, open: open.unsigned_abs() })
}

/// The letter with a key.
pub(in crate::view) fn dead_letter(file: &Connection, key: &str) -> rusqlite::Result<Option<DeadLetter>> {
    let sql = "SELECT json FROM dead WHERE key = ?1";
    file.prepare_cached(sql)?.query_row([key], |row| json(row, 0)).optional()
}
