//! Entries under a grant's embargo, let out when their moment has come.
//!
//! The log's own clock lets them out: before a record is folded, everything due by its time is. So their place among
//! the events follows from the log alone. On a quiet log the node's clock does it (`release_by_clock`), and should a
//! record with an earlier time still come, their place is corrected: a puller then may see an entry twice, and never
//! misses one.

use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::channel::Key;
use super::{Fold, FoldError, Touched};
use crate::view::channel::{ChannelEntry, Selector, content_of};
use crate::view::query::id;
use crate::view::time::instant;

/// How many waiting entries are held in memory at once.
const STEP: i64 = 1_000;

/// The moment of the next entry that waits.
pub(in crate::view) fn next_release(file: &Connection) -> rusqlite::Result<Option<i64>> {
    file.prepare_cached("SELECT min(release) FROM channel_pending")?.query_row([], |row| row.get(0))
}

/// Lets out what is due at `due`, after the last record folded. The caller has made sure that there is no further one.
pub(in crate::view) fn release_by_clock(
    file: &mut Connection,
    selector: &Selector,
    due: i64,
) -> rusqlite::Result<Touched> {
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut fold = Fold { file: &transaction, selector, now: instant(due), touched: Touched::default() };
    let sql = "SELECT offset FROM times ORDER BY at DESC LIMIT 1";
    let last: Option<i64> = transaction.prepare_cached(sql)?.query_row([], |row| row.get(0)).optional()?;
    match fold.let_out(due, last.unwrap_or(-1)) {
        Ok(()) | Err(FoldError::Unreadable(_)) => {}
        Err(FoldError::File(error)) => return Err(error),
    }
    let touched = fold.touched;
    transaction.commit()?;
    Ok(touched)
}

struct Waiting {
    entry: ChannelEntry,
    article: i64,
    release: i64,
    source: i64,
    version: u32,
}

impl Fold<'_> {
    /// Before the record at `offset` with the log time `at` is folded: lets out what was due before, behind the record
    /// at `last`, and puts behind this record what the clock let out too early.
    pub(super) fn release(&mut self, at: i64, last: i64, offset: i64) -> Result<(), FoldError> {
        self.let_out(at, last)?;
        let sql = "UPDATE OR REPLACE channel_events SET offset = ?1 WHERE at > 0 AND at > ?2 AND offset = ?3";
        self.file.prepare_cached(sql)?.execute(params![offset, at, last])?;
        Ok(())
    }

    fn let_out(&mut self, due: i64, last: i64) -> Result<(), FoldError> {
        loop {
            let step = self.due(due)?;
            for waiting in &step {
                let channel = &waiting.entry.channel;
                let key = Key { offset: last, at: waiting.release, source: waiting.source };
                self.list(waiting.article, &waiting.entry, waiting.release)?;
                self.event_at(channel, waiting.article, waiting.version, "published", true, key)?;
                self.channel_changed(channel, waiting.release)?;
            }
            if step.is_empty() {
                return Ok(());
            }
        }
    }

    fn due(&self, due: i64) -> Result<Vec<Waiting>, FoldError> {
        let sql = "SELECT channel, article, release, source, version, content, images, attribution
            FROM channel_pending WHERE release <= ?1 ORDER BY release, source LIMIT ?2";
        let mut statement = self.file.prepare_cached(sql)?;
        let rows = statement.query_map([due, STEP], |row| {
            let entry = ChannelEntry {
                channel: id(row, 0)?,
                not_before: None,
                content: content_of(&row.get::<_, String>(5)?),
                images: row.get(6)?,
                attribution: row.get(7)?,
            };
            let (article, release) = (row.get(1)?, row.get(2)?);
            Ok(Waiting { entry, article, release, source: row.get(3)?, version: row.get(4)? })
        })?;
        Ok(rows.collect::<rusqlite::Result<_>>()?)
    }
}
