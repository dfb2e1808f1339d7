//! The partners' numbers, and how much stands for each: kept in memory, since every row that comes or goes changes it,
//! and written with the transaction.

use std::collections::HashMap;

use lianbo_schemas::PartnerId;
use rusqlite::{Connection, params};

use crate::log::Offset;

/// One partner.
#[derive(Debug, Clone, Copy)]
pub(super) struct PartnerRow {
    /// Stands for its name in the other tables.
    pub(super) id: i64,
    /// Open differences, those for later included.
    pub(super) backlog: i64,
    /// Articles it shows.
    pub(super) held: i64,
    /// The newest decision since the file was opened; before all others while there was none.
    pub(super) newest: Offset,
    changed: bool,
}

impl PartnerRow {
    /// So many more open differences.
    pub(super) fn add_backlog(&mut self, more: i64) {
        self.backlog += more;
        self.changed |= more != 0;
    }

    /// So many more articles shown.
    pub(super) fn add_held(&mut self, more: i64) {
        self.held += more;
        self.changed |= more != 0;
    }
}

/// The partners seen so far.
#[derive(Debug, Default)]
pub(super) struct Partners {
    rows: HashMap<PartnerId, PartnerRow>,
}

impl Partners {
    /// The partner, which gets its number when it is first seen.
    pub(super) fn of(&mut self, connection: &Connection, name: &PartnerId) -> rusqlite::Result<&mut PartnerRow> {
        if !self.rows.contains_key(name) {
            connection.execute("INSERT OR IGNORE INTO partners (name) VALUES (?1)", [name.as_str()])?;
            let find = "SELECT id, backlog, held FROM partners WHERE name = ?1";
            let row = connection.query_row(find, [name.as_str()], |row| {
                Ok(PartnerRow { id: row.get(0)?, backlog: row.get(1)?, held: row.get(2)?, newest: -1, changed: false })
            })?;
            self.rows.insert(name.clone(), row);
        }
        self.rows.get_mut(name).ok_or(rusqlite::Error::QueryReturnedNoRows)
    }

    /// Writes down what has changed.
    pub(super) fn write(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let mut statement = connection.prepare_cached("UPDATE partners SET backlog = ?2, held = ?3 WHERE id = ?1")?;
        for row in self.rows.values_mut().filter(|row| row.changed) {
            statement.execute(params![row.id, row.backlog, row.held])?;
            row.changed = false;
        }
        Ok(())
    }

    /// No partner shows anything any more.
    pub(super) fn forget_held(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        self.rows.values_mut().for_each(|row| row.held = 0);
        connection.execute("UPDATE partners SET held = 0", []).map(drop)
    }
}
