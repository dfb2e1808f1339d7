//! Dead letters.

use lianbo_schemas::DeadLetter;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;

use super::json;
use crate::view::time::micros;

/// Which dead letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Letters {
    /// Those that wait for an operator.
    Open,
    /// The closed ones too.
    All,
}

/// A place in the list of dead letters: behind this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    at: i64,
    key: String,
}

impl Mark {
    fn behind(letter: &DeadLetter) -> Self {
        Self { at: micros(letter.at), key: letter.key() }
    }

    /// Out of what [`Mark`]'s `Display` wrote.
    pub fn parse(text: &str) -> Option<Self> {
        let (at, key) = text.split_once(' ')?;
        Some(Self { at: at.parse().ok()?, key: key.to_owned() })
    }
}

impl std::fmt::Display for Mark {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{} {}", self.at, self.key)
    }
}

/// Dead letters, newest first, and how many are open in all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DeadLetters {
    /// The newest.
    pub letters: Vec<DeadLetter>,
    /// How many wait for an operator.
    pub open: u64,
    /// Where the list goes on, if it does.
    #[serde(skip)]
    pub next: Option<Mark>,
}

/// The newest dead letters behind a mark, `limit` at most. One that is refused again meanwhile is newer, and not among
/// them.
pub(in crate::view) fn dead_letters(
    file: &Connection,
    which: Letters,
    behind: Option<&Mark>,
    limit: u32,
) -> rusqlite::Result<DeadLetters> {
    let sql = match which {
        Letters::Open => {
            "SELECT json FROM dead WHERE open = 1 AND (at, key) < (?1, ?2) ORDER BY at DESC, key DESC LIMIT ?3"
        }
        Letters::All => "SELECT json FROM dead WHERE (at, key) < (?1, ?2) ORDER BY at DESC, key DESC LIMIT ?3",
    };
    let (at, key) = behind.map_or((i64::MAX, ""), |mark| (mark.at, mark.key.as_str()));
    let mut find = file.prepare_cached(sql)?;
    let letters: Vec<DeadLetter> =
        find.query_map(params![at, key, limit], |row| json(row, 0))?.collect::<rusqlite::Result<_>>()?;
    let open: i64 = file.prepare_cached("SELECT count(*) FROM dead WHERE open = 1")?.query_row([], |row| row.get(0))?;
    let is_full = u32::try_from(letters.len()).is_ok_and(|found| found == limit);
    let next = letters.last().filter(|_| is_full).map(Mark::behind);
    Ok(DeadLetters { letters, open: open.unsigned_abs(), next })
}

/// The letter with a key.
pub(in crate::view) fn dead_letter(file: &Connection, key: &str) -> rusqlite::Result<Option<DeadLetter>> {
    let sql = "SELECT json FROM dead WHERE key = ?1";
    file.prepare_cached(sql)?.query_row([key], |row| json(row, 0)).optional()
}
