//! Where reading goes on: kept in memory, since every poll moves many, and written with the transaction.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::log::{Offset, Partition};

/// The positions that have moved since they were last written.
#[derive(Debug, Default)]
pub(crate) struct Positions {
    moved: HashMap<Partition, Offset>,
}

impl Positions {
    /// The table they are kept in.
    pub(crate) const TABLE: &str = "
CREATE TABLE positions (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    next INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
";

    /// Where reading a partition goes on, if it was ever read.
    pub(crate) fn of(&self, connection: &Connection, partition: &Partition) -> rusqlite::Result<Option<Offset>> {
        if let Some(next) = self.moved.get(partition) {
            return Ok(Some(*next));
        }
        let find = "SELECT next FROM positions WHERE topic = ?1 AND partition = ?2";
        let mut statement = connection.prepare_cached(find)?;
        statement.query_row(params![partition.topic, partition.number], |row| row.get(0)).optional()
    }

    /// Where reading every partition goes on that was ever read, as last written.
    pub(crate) fn written(connection: &Connection) -> rusqlite::Result<BTreeMap<Partition, Offset>> {
        let mut statement = connection.prepare("SELECT topic, partition, next FROM positions")?;
        let read = |row: &Row<'_>| Ok((Partition { topic: row.get(0)?, number: row.get(1)? }, row.get(2)?));
        statement.query_map([], read)?.collect()
    }

    /// What stands at `offset` has been folded, and all before it.
    pub(crate) fn folded(&mut self, partition: &Partition, offset: Offset) {
        match self.moved.get_mut(partition) {
            Some(next) => *next = offset + 1,
            None => drop(self.moved.insert(partition.clone(), offset + 1)),
        }
    }

    /// Forgets a topic: it has been made anew.
    pub(crate) fn forget(&mut self, connection: &Connection, topic: &str) -> rusqlite::Result<()> {
        self.moved.retain(|partition, _| partition.topic != topic);
        connection.execute("DELETE FROM positions WHERE topic = ?1", [topic]).map(drop)
    }

    /// Writes down what has moved.
    pub(crate) fn write(&mut self, connection: &Connection) -> rusqlite::Result<()> {
        let set = "INSERT OR REPLACE INTO positions (topic, partition, next) VALUES (?1, ?2, ?3)";
        let mut statement = connection.prepare_cached(set)?;
        for (Partition { topic, number }, next) in self.moved.drain() {
            statement.execute(params![topic, number, next])?;
        }
        Ok(())
    }
}
