//! The SQLite file: how it is opened, what stands in it, what its errors mean.
//!
//! A record's place is one number, its partition's id in the high bits and its offset in the low ones: the table is
//! then in reading order by itself and needs no second index.

use std::path::Path;

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::settings::Settings;
use crate::log::{LogError, Offset, Result};
use crate::sqlite::keep_plans;

/// Offsets take 40 bits: a million million records a partition, eight million partitions.
const OFFSET_BITS: u32 = 40;
/// SQLite's page size in this file: two typical articles fit on one page.
const PAGE: i64 = 8_192;
/// The write-ahead log is cut back to this many bytes after it was moved into the file.
const JOURNAL: i64 = 64_000_000;
/// The version of the tables below.
const VERSION: i64 = 1;

const TABLES: &str = "
CREATE TABLE topics (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, partitions INTEGER NOT NULL,
  retention TEXT NOT NULL, retention_ms INTEGER NOT NULL
);
-- `next` is the next offset, `time` that of the newest record, `cleaned` how far compaction came.
CREATE TABLE partitions (
  id INTEGER PRIMARY KEY, topic INTEGER NOT NULL REFERENCES topics, number INTEGER NOT NULL,
  next INTEGER NOT NULL DEFAULT 0, time INTEGER NOT NULL DEFAULT 0, bytes INTEGER NOT NULL DEFAULT 0,
  cleaned INTEGER NOT NULL DEFAULT 0, UNIQUE (topic, number)
);
CREATE TABLE records (
  place INTEGER PRIMARY KEY, time INTEGER NOT NULL, key BLOB, headers BLOB, value BLOB
);
-- The newest offset of each key of a compacted topic, as far as compaction came; `tombstoned` when that is a tombstone.
CREATE TABLE newest (
  partition INTEGER NOT NULL, key BLOB NOT NULL, offset INTEGER NOT NULL, tombstoned INTEGER,
  PRIMARY KEY (partition, key)
) WITHOUT ROWID;
CREATE INDEX tombstones ON newest (tombstoned) WHERE tombstoned IS NOT NULL;
CREATE TABLE groups (name TEXT PRIMARY KEY, generation INTEGER NOT NULL) WITHOUT ROWID;
-- A member's id is never given twice. `seen` is its last sign of life, `polled` its last poll.
CREATE TABLE members (
  id INTEGER PRIMARY KEY AUTOINCREMENT, group_name TEXT NOT NULL, handle TEXT NOT NULL, subscription TEXT NOT NULL,
  seen INTEGER NOT NULL, polled INTEGER NOT NULL, session_ms INTEGER NOT NULL, poll_ms INTEGER NOT NULL
);
-- `owner` may commit; `wanted` is who shall own it once `owner` has let go.
CREATE TABLE owners (
  group_name TEXT NOT NULL, partition INTEGER NOT NULL, owner INTEGER, wanted INTEGER,
  PRIMARY KEY (group_name, partition)
) WITHOUT ROWID;
CREATE TABLE offsets (
  group_name TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (group_name, partition)
) WITHOUT ROWID;
";

/// Where a record stands in the table.
pub(super) fn place(partition: i64, offset: Offset) -> i64 {
    (partition << OFFSET_BITS) | offset.clamp(0, (1 << OFFSET_BITS) - 1)
}

/// The offset of a place.
pub(super) fn offset_of(place: i64) -> Offset {
    place & ((1 << OFFSET_BITS) - 1)
}

/// Opens the file for the writer and makes the tables if they are not there.
pub(super) fn open_writer(file: &Path, settings: &Settings) -> Result<Connection> {
    let connection = Connection::open(file).map_err(|error| cannot_open(file, error))?;
    prepare(&connection, settings).map_err(|error| cannot_open(file, error))?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(broken)?;
    if version == 0 {
        create(&connection).map_err(|error| cannot_open(file, error))?;
    } else if version != VERSION {
        return Err(LogError::Broken(format!(
            "`{}` is of version {version}, this program reads version {VERSION}",
            file.display()
        )));
    }
    if let Some(bytes) = settings.max_bytes {
        let pages = (i64::try_from(bytes).unwrap_or(i64::MAX) / PAGE).max(1);
        connection.pragma_update(None, "max_page_count", pages).map_err(broken)?;
    }
    Ok(connection)
}

/// Opens the file for reading only.
pub(super) fn open_reader(file: &Path, settings: &Settings) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(|error| cannot_open(file, error))?;
    connection.busy_timeout(settings.busy_timeout()).map_err(broken)?;
    keep_plans(&connection).map_err(broken)?;
    Ok(connection)
}

fn prepare(connection: &Connection, settings: &Settings) -> rusqlite::Result<()> {
    connection.busy_timeout(settings.busy_timeout())?;
    connection.pragma_update(None, "page_size", PAGE)?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    // FULL, not NORMAL: a commit is on the disk before it is acknowledged.
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "journal_size_limit", JOURNAL)?;
    connection.set_prepared_statement_cache_capacity(64);
    keep_plans(connection)?;
    Ok(())
}

/// Two processes may come here at once: the second finds the tables made.
fn create(connection: &Connection) -> rusqlite::Result<()> {
    connection.execute_batch("BEGIN IMMEDIATE")?;
    let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version == 0 {
        connection.execute_batch(TABLES)?;
        connection.pragma_update(None, "user_version", VERSION)?;
    }
    connection.execute_batch("COMMIT")
}

/// Another process that holds the file is waited for; all else is for an operator.
fn cannot_open(file: &Path, error: rusqlite::Error) -> LogError {
    match broken(error) {
        LogError::Broken(cause) => {
            LogError::Broken(format!("cannot open `{}`: {cause}; is its directory there and writable?", file.display()))
        }
        other => other,
    }
}

/// What an error of SQLite means to the caller.
pub(super) fn broken(error: rusqlite::Error) -> LogError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            LogError::Unavailable(format!("another process holds the log's file: {error}"))
        }
        Some(ErrorCode::DiskFull) => LogError::Broken(format!("the disk, or `max_bytes`, is full: {error}")),
        _ => LogError::Broken(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::{offset_of, place};

    #[test]
    fn places_stand_in_reading_order() {
        assert!(place(1, 0) < place(1, 1));
        assert!(place(1, 1 << 39) < place(2, 0));
        assert_eq!(offset_of(place(7, 123)), 123);
    }
}
