//! Columns of the ledger and the types they are read into.

use lianbo_schemas::Remote;
use rusqlite::Row;
use rusqlite::types::Type;

use super::row::Turn;
use crate::deliver::difference::{Known, KnownState, Wanted};

/// As it stands in the column `state`.
pub(super) fn state_number(state: KnownState) -> i64 {
    match state {
        KnownState::Held => 0,
        KnownState::Withdrawn => 1,
        KnownState::Refused => 2,
    }
}

/// As it stands in the column `rank`.
pub(super) fn turn_number(turn: Turn) -> i64 {
    match turn {
        Turn::Withdrawal => 0,
        Turn::News => 1,
        Turn::Again => 2,
    }
}

/// Reads one from a column.
pub(super) fn read_turn(row: &Row<'_>, at: usize) -> rusqlite::Result<Turn> {
    Ok(match row.get::<_, i64>(at)? {
        0 => Turn::Withdrawal,
        1 => Turn::News,
        _ => Turn::Again,
    })
}

/// Reads one from the columns that start `at`.
pub(super) fn read_known(row: &Row<'_>, at: usize) -> rusqlite::Result<Option<Known>> {
    let Some(version) = row.get::<_, Option<u32>>(at)? else { return Ok(None) };
    let state = match row.get::<_, i64>(at + 1)? {
        0 => KnownState::Held,
        1 => KnownState::Withdrawn,
        _ => KnownState::Refused,
    };
    Ok(Some(Known {
        version,
        state,
        remote: row.get::<_, Option<String>>(at + 2)?.map(|text| json::<Remote>(at + 2, &text)).transpose()?,
        content_hash: row.get(at + 3)?,
        rendering: row.get(at + 4)?,
        redelivery: row.get(at + 5)?,
        answers: row.get(at + 6)?,
        at: row.get::<_, String>(at + 7)?.parse().map_err(|error| unreadable(at + 7, error))?,
        history: json(at + 8, &row.get::<_, String>(at + 8)?)?,
    }))
}

/// Reads one from the columns that start `at`.
pub(super) fn read_wanted(row: &Row<'_>, at: usize) -> rusqlite::Result<Wanted> {
    let document: String = row.get(at)?;
    Ok(Wanted { delivery: json(at, &document)?, offset: row.get(at + 1)?, traceparent: row.get(at + 2)? })
}

fn json<T: serde::de::DeserializeOwned>(at: usize, text: &str) -> rusqlite::Result<T> {
    serde_json::from_str(text).map_err(|error| unreadable(at, error))
}

fn unreadable(at: usize, error: impl std::error::Error + Send + Sync + 'static) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(at, Type::Text, Box::new(error))
}
