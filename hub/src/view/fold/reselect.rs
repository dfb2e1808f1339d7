//! The registry has changed: every article's channels are decided anew, in small transactions.
//!
//! What joins a channel this way stands at the place among the events where it would have stood all along, and a move
//! is noted under the new generation, for pullers who are past that place. What leaves is noted likewise. A new
//! generation is announced only when all articles are decided.

use lianbo_schemas::{Article, ChannelId};
use rusqlite::{Connection, OptionalExtension, TransactionBehavior, params};

use super::channel::{Key, Standing};
use super::{Fold, FoldError, Touched};
use crate::view::channel::{ChannelEntry, Generation, Selector};
use crate::view::query::article_by_id;
use crate::view::time::micros;

/// The generation in force, and the oldest one whose moves are still known.
pub(in crate::view) fn generation(file: &Connection) -> rusqlite::Result<Option<(Generation, Generation)>> {
    let fact = |name: &str| -> rusqlite::Result<Option<i64>> {
        file.prepare_cached("SELECT value FROM facts WHERE name = ?1")?.query_row([name], |row| row.get(0)).optional()
    };
    let Some(registry) = fact("generation.registry")? else { return Ok(None) };
    let current = Generation { registry, as_of: fact("generation.as_of")?.unwrap_or(0) };
    let since =
        Generation { registry: fact("moves.registry")?.unwrap_or(registry), as_of: fact("moves.as_of")?.unwrap_or(0) };
    Ok(Some((current, since)))
}

/// Announces a generation. The first one of a file also says since when moves are known.
pub(in crate::view) fn settle_generation(file: &mut Connection, to: Generation) -> rusqlite::Result<()> {
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for (name, value) in [("generation.registry", to.registry), ("generation.as_of", to.as_of)] {
        transaction.execute("INSERT OR REPLACE INTO facts VALUES (?1, ?2)", params![name, value])?;
    }
    for (name, value) in [("moves.registry", to.registry), ("moves.as_of", to.as_of)] {
        transaction.execute("INSERT OR IGNORE INTO facts VALUES (?1, ?2)", params![name, value])?;
    }
    transaction.commit()
}

/// Decides the next articles after the row `after`; the last row decided, `None` when there are no more.
pub(in crate::view) fn reselect_batch(
    file: &mut Connection,
    selector: &Selector,
    now: jiff::Timestamp,
    to: Generation,
    after: i64,
    size: i64,
) -> rusqlite::Result<(Option<i64>, Touched)> {
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut fold = Fold { file: &transaction, selector, now, touched: Touched::default() };
    let ids: Vec<i64> = {
        let sql = "SELECT id FROM articles WHERE id > ?1 ORDER BY id LIMIT ?2";
        let mut statement = transaction.prepare_cached(sql)?;
        statement.query_map([after, size], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?
    };
    for id in &ids {
        match fold.reselect(*id, to) {
            Ok(()) | Err(FoldError::Unreadable(_)) => {}
            Err(FoldError::File(error)) => return Err(error),
        }
    }
    let touched = fold.touched;
    transaction.commit()?;
    Ok((ids.last().copied(), touched))
}

/// What a move needs to know of an article.
struct Facts {
    /// The newest change that receivers see.
    offset: i64,
    at: i64,
    version: u32,
    first_offset: i64,
    released: Option<i64>,
}

impl Fold<'_> {
    fn reselect(&mut self, id: i64, to: Generation) -> Result<(), FoldError> {
        let Some(article) = article_by_id(self.file, id)? else { return Ok(()) };
        let wanted = self.wanted(id, &article)?;
        let standing = self.standing(id)?;
        if wanted.is_empty() && standing.is_empty() {
            return Ok(());
        }
        let facts = self.facts(id)?;
        for channel in standing.keys().filter(|channel| !wanted.iter().any(|entry| entry.channel == **channel)) {
            self.move_out(id, channel, &facts, to)?;
        }
        for entry in &wanted {
            self.reselect_in(id, &article, entry, standing.get(&entry.channel).copied(), &facts, to)?;
        }
        Ok(())
    }

    fn reselect_in(
        &mut self,
        id: i64,
        article: &Article,
        entry: &ChannelEntry,
        standing: Option<Standing>,
        facts: &Facts,
        to: Generation,
    ) -> Result<(), FoldError> {
        let last = "SELECT max(at) FROM times";
        let last: i64 = self.file.prepare_cached(last)?.query_row([], |row| row.get::<_, Option<i64>>(0))?.unwrap_or(0);
        let release = entry.not_before.map(micros).filter(|moment| *moment > facts.at);
        match (release.filter(|moment| *moment > last), standing) {
            (Some(later), standing) => {
                if standing == Some(Standing::Listed) {
                    self.move_out(id, &entry.channel, facts, to)?;
                }
                let place = super::article::Place { offset: facts.offset, at: facts.at };
                self.wait(id, entry, article.version, later, place)
            }
            (None, Some(Standing::Listed)) => self.set_terms(id, entry),
            (None, Some(Standing::Pending) | None) => self.move_in(id, entry, release, facts, to),
        }
    }

    fn move_in(
        &mut self,
        id: i64,
        entry: &ChannelEntry,
        release: Option<i64>,
        facts: &Facts,
        to: Generation,
    ) -> Result<(), FoldError> {
        let key = match release {
            Some(at) => Key { offset: self.offset_before(at)?, at, source: facts.offset },
            None => Key { offset: facts.offset, at: 0, source: facts.offset },
        };
        let since = release.unwrap_or_else(|| facts.released.unwrap_or(facts.at));
        self.list(id, entry, since)?;
        self.event_at(&entry.channel, id, facts.version, "published", true, key)?;
        self.store_move(id, &entry.channel, facts, to, Some(key))?;
        self.channel_changed(&entry.channel, micros(self.now))
    }

    fn move_out(&mut self, id: i64, channel: &ChannelId, facts: &Facts, to: Generation) -> Result<(), FoldError> {
        if !self.unlist(id, channel)? {
            return Ok(());
        }
        let sql = "DELETE FROM channel_events WHERE channel = ?1 AND article = ?2";
        self.file.prepare_cached(sql)?.execute(params![channel.as_str(), id])?;
        self.store_move(id, channel, facts, to, None)?;
        self.channel_changed(channel, micros(self.now))
    }

    fn store_move(
        &self,
        id: i64,
        channel: &ChannelId,
        facts: &Facts,
        to: Generation,
        joined: Option<Key>,
    ) -> Result<(), FoldError> {
        let key = joined.unwrap_or(Key { offset: facts.offset, at: 0, source: facts.offset });
        let sql = "INSERT OR REPLACE INTO channel_moves VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
        let row = params![
            channel.as_str(),
            id,
            to.registry,
            to.as_of,
            facts.first_offset,
            joined.is_some(),
            key.offset,
            key.at,
            key.source,
            facts.version
        ];
        self.file.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    /// The last record whose log time is before `at`.
    fn offset_before(&self, at: i64) -> Result<i64, FoldError> {
        let sql = "SELECT offset FROM times WHERE at < ?1 ORDER BY at DESC LIMIT 1";
        let found: Option<i64> = self.file.prepare_cached(sql)?.query_row([at], |row| row.get(0)).optional()?;
        Ok(found.unwrap_or(-1))
    }

    fn facts(&self, id: i64) -> Result<Facts, FoldError> {
        let sql = "SELECT v.offset, v.at, a.version, a.first_offset, a.released FROM articles a
            JOIN versions v ON v.article = a.id WHERE a.id = ?1 ORDER BY v.offset DESC LIMIT 1";
        let read = |row: &rusqlite::Row<'_>| {
            Ok(Facts {
                offset: row.get(0)?,
                at: row.get(1)?,
                version: row.get(2)?,
                first_offset: row.get(3)?,
                released: row.get(4)?,
            })
        };
        Ok(self.file.prepare_cached(sql)?.query_row([id], read)?)
    }
}
