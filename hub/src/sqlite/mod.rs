//! What all our SQLite files share.

mod checkpoints;
mod fold;
mod positions;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

pub(crate) use checkpoints::Checkpoints;
pub(crate) use fold::{Fold, discard_damaged};
pub(crate) use positions::Positions;

/// Keeps a prepared statement's plan whatever is bound to it. Without this, SQLite prepares a statement anew at every
/// call when a bound value might let it use a partial index; ours are written so that none needs to.
/// <https://www.sqlite.org/c3ref/c_dbconfig_defensive.html#sqlitedbconfigenableqpsg>
///
/// # Errors
/// SQLite's, when it refuses.
pub(crate) fn keep_plans(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}
