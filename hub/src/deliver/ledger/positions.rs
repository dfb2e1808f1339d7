//! Where reading goes on: kept in memory, since every poll moves many, and written with the transaction.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};

use crate::log::{Offset, Partition};

/// The positions that have moved since they were last written.
#[derive(Debug, Default)]
pub(super) struct Positions {
    moved: HashMap<Partition, Offset>,
}

impl Positions {
    /// Where reading a partition goes on, if it was ever read.
    pub(super) fn of(&self, connection: &Connection, partition: &Partition) -> rusqlite::Result<Option<Offset>> {
        if let Some(next) = self.moved.get(partition) {
            return Ok(Some(*next));
        }
        let find = "SELECT next FROM positions WHERE topic = ?1 AND partition = ?2";
        let mut statement = connection.prepare_cached(find)?;
        statement.query_row(params![partition.topic, partition.number], |row| row.get(0)).optional()
    }

    /// What stands at `offset` has been folded, and all before it.
    pub(super) fn folded(&mut self, partition: &Partition, offset: Offset) {
        match self.moved.get_mut(partition) {
            Some(next) => *next = offset + 1,
            None => drop(self.moved.insert(partition.clone(), offset + 1)),
        }
    }

    /// Forgets a topic: it has been made anew.
    pub(super) fn forget(&mut self, connection: &Connection, topic: &str) -> rusqlite::Result<()> {
        self.moved.retain(|partition, _| partition.topic != topic);
        connection.execute("DELETE FROM positions WHERE topic = ?1", [topic]).map(drop)
    }

    /// Writes down what has moved.
    pub(super) fn write(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let set = "INSERT OR REPLACE INTO positions (topic, partition, next) VALUES (?1, ?2, ?3)";
        let mut statement = connection.prepare_cached(set)?;
        for (Partition { topic, number }, next) in self.moved.drain() {
            statement.execute(params![topic, number, next])?;
        }
        Ok(())
    }
}
