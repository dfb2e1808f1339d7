//! A file that is a fold of the log, with the positions it has come to: whatever it loses, the log says again.

use std::path::Path;

use rusqlite::{Connection, ErrorCode};

use super::{Positions, keep_plans};

/// What such a file is to be.
pub(crate) struct Fold {
    /// As operators know it, e.g. `ledger`.
    pub(crate) name: &'static str,
    /// Its tables, but for the positions.
    pub(crate) tables: &'static str,
    /// Kept in `user_version`: a file of another version is made anew.
    pub(crate) version: i64,
}

impl Fold {
    /// Opens the file for its one writer; makes it anew when it is missing, damaged or of another version.
    pub(crate) fn open(&self, path: &Path) -> rusqlite::Result<Connection> {
        let opened = self.connect(path).and_then(|connection| {
            let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
            Ok((version == self.version).then_some(connection))
        });
        match opened {
            Ok(Some(connection)) => return Ok(connection),
            Ok(None) => {}
            Err(error) if is_damage(&error) => {
                let Self { name, .. } = self;
                tracing::warn!(path = %path.display(), %error, "the {name} is damaged and is rebuilt from the log");
            }
            Err(error) => return Err(error),
        }
        remove(path);
        self.connect(path)
    }

    fn connect(&self, path: &Path) -> rusqlite::Result<Connection> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // After a power cut the last transactions may be missing, and are folded again from the log.
        connection.pragma_update(None, "synchronous", "NORMAL")?;
        // 32 MiB: the hot end of the tables and their indexes.
        connection.pragma_update(None, "cache_size", -32_768)?;
        connection.set_prepared_statement_cache_capacity(32);
        keep_plans(&connection)?;
        let fresh = connection.query_row("SELECT count(*) = 0 FROM sqlite_schema", [], |row| row.get(0))?;
        if fresh {
            connection.execute_batch(&format!("BEGIN; {} {}", self.tables, Positions::TABLE))?;
            connection.pragma_update(None, "user_version", self.version)?;
            connection.execute_batch("COMMIT")?;
        }
        Ok(connection)
    }
}

/// Removes a file that is no good any more.
fn remove(path: &Path) {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        // A file that is not there is as good as removed; any other trouble shows when it is opened.
        drop(std::fs::remove_file(name));
    }
}

/// Removes a file whose error says that it is damaged: it is made anew when it is opened next.
pub(crate) fn discard_damaged(path: &Path, error: &rusqlite::Error) {
    if is_damage(error) {
        remove(path);
    }
}

fn is_damage(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase))
}
