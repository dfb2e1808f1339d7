//! The view's file: opened, checked, and dropped when it is not what this program writes.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use super::error::ViewError;
use crate::sqlite::keep_plans;

/// Rises with every change of `schema.sql`, and of what the folds write. Another number: the file is rebuilt.
const SCHEMA_VERSION: i64 = 6;
/// How long a connection waits for another one's lock. There is one writer only, so that this is for checkpoints.
const BUSY: Duration = Duration::from_secs(5);

/// Opens the file for the one writer; makes it anew when it is missing, of another version or damaged.
pub(super) fn open_writer(path: &Path) -> Result<Connection, ViewError> {
    match try_open(path) {
        Ok(Some(connection)) => return Ok(connection),
        Ok(None) => {}
        Err(ViewError::Storage(cause)) => return Err(ViewError::Storage(cause)),
        Err(error @ (ViewError::Damaged(_) | ViewError::Renewed | ViewError::Busy | ViewError::Closed)) => {
            tracing::warn!(%error, path = %path.display(), "the view is dropped and rebuilt from the log");
        }
    }
    remove(path)?;
    create(path)
}

/// Drops whatever is there.
pub(super) fn remove(path: &Path) -> Result<(), ViewError> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(PathBuf::from(name)) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(ViewError::Storage(error.to_string())),
        }
    }
    Ok(())
}

/// A connection that can only read.
pub(super) fn open_reader(path: &Path) -> Result<Connection, ViewError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(64);
    keep_plans(&connection)?;
    Ok(connection)
}

/// The file as it is; `None` when it is of another version or not there.
fn try_open(path: &Path) -> Result<Option<Connection>, ViewError> {
    if !path.exists() {
        return Ok(None);
    }
    let connection = connect(path)?;
    let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if version != SCHEMA_VERSION {
        return Ok(None);
    }
    connection.query_row("SELECT count(*) FROM positions", [], |row| row.get::<_, i64>(0))?;
    Ok(Some(connection))
}

fn create(path: &Path) -> Result<Connection, ViewError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| ViewError::Storage(error.to_string()))?;
    }
    let mut connection = connect(path)?;
    let transaction = connection.transaction()?;
    transaction.execute_batch(include_str!("schema.sql"))?;
    transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
    transaction.commit()?;
    Ok(connection)
}

/// Write-ahead logging lets readers read while the writer writes. The file is disposable: a crash may lose the newest
/// transactions, which are then folded again, but it never mixes old and new.
fn connect(path: &Path) -> Result<Connection, ViewError> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    connection.pragma_update(None, "cache_size", -32_768)?;
    connection.set_prepared_statement_cache_capacity(128);
    keep_plans(&connection)?;
    Ok(connection)
}
