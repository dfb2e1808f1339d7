//! The ledger's file: its statements, and nothing that decides.

use std::path::Path;

use jiff::Timestamp;
use lianbo_schemas::{ArticleUri, PartnerId, topic};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::Job;
use super::columns::{read_known, read_turn, read_wanted, state_number, turn_number};
use super::own::OwnReceipts;
use super::partners::{PartnerRow, Partners};
use super::row::{Ask, Deferral, Due, Place, Stock, Turn};
use super::schema::LEDGER;
use crate::deliver::difference::{Known, Wanted};
use crate::log::{Offset, Partition};
use crate::sqlite::{Checkpoints, Positions};

/// An open ledger.
pub(in crate::deliver) struct Store {
    pub(super) connection: Connection,
    checkpoints: Checkpoints,
    pub(super) partners: Partners,
    pub(super) positions: Positions,
    pub(super) own: OwnReceipts,
}

/// What stands in `desired` beside the delivery itself.
pub(super) struct DesiredMarks {
    pub(super) offset: Offset,
    pub(super) born: i64,
}

/// What the newest receipt of an article is to the counts and to an older one.
pub(super) struct HeldMarks {
    pub(super) offset: Offset,
    /// The partner shows the article.
    shown: bool,
    answers: Option<Offset>,
    at: String,
}

impl HeldMarks {
    /// Whether another receipt answers an earlier decision, and was made earlier: its node was held up between the answer
    /// and the log, and the partner has been told something since.
    pub(super) fn overtook(&self, known: &Known) -> bool {
        let is_earlier = self.answers.zip(known.answers).is_some_and(|(newest, other)| other < newest);
        is_earlier && self.at.parse::<Timestamp>().is_ok_and(|at| known.at < at)
    }
}

/// The columns a [`Known`] is read from.
const KNOWN: &str = "h.version, h.state, h.remote, h.content_hash, h.rendering, h.redelivery, h.answers, \
                     h.at, h.history";

impl Store {
    /// Opens the file; when it is damaged or of another version, makes it anew: the log fills it again.
    pub(super) fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = LEDGER.open(path)?;
        let checkpoints = Checkpoints::beside(&connection, path)?;
        Ok(Self {
            connection,
            checkpoints,
            partners: Partners::default(),
            positions: Positions::default(),
            own: OwnReceipts::default(),
        })
    }

    /// Does jobs in the transaction that is open, or in a new one.
    pub(super) fn work(&mut self, jobs: Vec<Job>) -> rusqlite::Result<()> {
        if self.connection.is_autocommit() {
            self.connection.execute_batch("BEGIN IMMEDIATE")?;
        }
        // After an error the session ends, and dropping the connection rolls back.
        jobs.into_iter().try_for_each(|job| job(self))
    }

    /// Ends the transaction, if one is open.
    pub(super) fn commit(&mut self) -> rusqlite::Result<()> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.partners.write(&self.connection)?;
        self.positions.write(&self.connection)?;
        self.connection.execute_batch("COMMIT")?;
        self.checkpoints.committed(&self.connection);
        Ok(())
    }

    /// The partner's number, given when it is first seen.
    pub(super) fn partner(&mut self, name: &PartnerId) -> rusqlite::Result<i64> {
        Ok(self.partners.of(&self.connection, name)?.id)
    }

    /// Where reading a partition goes on.
    pub(in crate::deliver) fn position(&mut self, partition: &Partition) -> rusqlite::Result<Option<Offset>> {
        self.positions.of(&self.connection, partition)
    }

    /// Forgets what the topic of a partner said: it has been made anew.
    pub(in crate::deliver) fn forget_desired(&mut self, partner: &PartnerId, topic: &str) -> rusqlite::Result<()> {
        let row = self.partners.of(&self.connection, partner)?;
        row.add_backlog(-row.backlog);
        row.newest = -1;
        self.connection.execute("DELETE FROM desired WHERE partner = ?1", [row.id])?;
        self.positions.forget(&self.connection, topic)
    }

    /// Forgets all receipts and what followed from them: a topic of theirs has been made anew.
    pub(in crate::deliver) fn forget_held(&mut self) -> rusqlite::Result<()> {
        self.partners.forget_held(&self.connection)?;
        self.own = OwnReceipts::default();
        self.connection.execute("DELETE FROM held", [])?;
        self.connection.execute("DELETE FROM takedowns", [])?;
        [topic::RECEIPTS, topic::TAKEDOWNS]
            .into_iter()
            .try_for_each(|topic| self.positions.forget(&self.connection, topic))
    }

    pub(super) fn marks(
        &mut self,
        partner: &PartnerId,
        article: &ArticleUri,
    ) -> rusqlite::Result<Option<DesiredMarks>> {
        let id = self.partner(partner)?;
        let find = "SELECT offset, born FROM desired WHERE partner = ?1 AND article = ?2";
        let mut statement = self.connection.prepare_cached(find)?;
        let read = |row: &Row<'_>| Ok(DesiredMarks { offset: row.get(0)?, born: row.get(1)? });
        statement.query_row(params![id, article.as_str()], read).optional()
    }

    pub(super) fn wanted(&mut self, partner: &PartnerId, article: &ArticleUri) -> rusqlite::Result<Option<Wanted>> {
        let id = self.partner(partner)?;
        let find = "SELECT delivery, offset, traceparent FROM desired WHERE partner = ?1 AND article = ?2";
        let mut statement = self.connection.prepare_cached(find)?;
        statement.query_row(params![id, article.as_str()], |row| read_wanted(row, 0)).optional()
    }

    /// A later decision than the one `before` starts afresh, but for whether the partner may have been touched. News that
    /// are asked for once more are news still.
    pub(super) fn put_desired(
        &mut self,
        partner: &PartnerId,
        wanted: &Wanted,
        document: &str,
        before: Option<&DesiredMarks>,
        born: i64,
    ) -> rusqlite::Result<()> {
        let row = self.partners.of(&self.connection, partner)?;
        row.add_backlog(i64::from(before.is_none()));
        row.newest = row.newest.max(wanted.offset);
        let id = row.id;
        let delivery = &wanted.delivery;
        let rank = turn_number(Turn::of(delivery));
        let wake = delivery.not_before.map_or(0, |at| at.as_millisecond().max(0));
        let put = "INSERT INTO desired (partner, article, offset, rank, wake, delivery, traceparent, born)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (article, partner) DO UPDATE SET offset = excluded.offset,
             rank = CASE WHEN rank = 1 AND excluded.rank = 2 THEN 1 ELSE excluded.rank END, wake = excluded.wake, delivery = excluded.delivery, traceparent = excluded.traceparent,
             born = excluded.born, tries = 0, last_error = NULL";
        let values =
            params![id, delivery.article.as_str(), wanted.offset, rank, wake, document, wanted.traceparent, born];
        self.connection.prepare_cached(put)?.execute(values).map(drop)
    }

    /// Strikes out a difference, if it is the one said at `offset`; whatever it is, without one. Tells whether it has.
    pub(super) fn remove_desired(
        &mut self,
        partner: &PartnerId,
        article: &str,
        offset: Option<Offset>,
    ) -> rusqlite::Result<bool> {
        let row = self.partners.of(&self.connection, partner)?;
        let remove = "DELETE FROM desired WHERE partner = ?1 AND article = ?2 AND offset = ifnull(?3, offset)";
        let removed = self.connection.prepare_cached(remove)?.execute(params![row.id, article, offset])? > 0;
        row.add_backlog(-i64::from(removed));
        Ok(removed)
    }

    /// What is known.
    pub(super) fn known(&mut self, partner: &PartnerId, article: &ArticleUri) -> rusqlite::Result<Option<Known>> {
        let id = self.partner(partner)?;
        let find = format!("SELECT {KNOWN} FROM held AS h WHERE partner = ?1 AND article = ?2");
        let mut statement = self.connection.prepare_cached(&find)?;
        Ok(statement.query_row(params![id, article.as_str()], |row| read_known(row, 0)).optional()?.flatten())
    }

    /// The receipt that says what is known.
    pub(super) fn newest_receipt(
        &mut self,
        partner: &PartnerId,
        article: &ArticleUri,
    ) -> rusqlite::Result<Option<HeldMarks>> {
        let id = self.partner(partner)?;
        let find = "SELECT offset, remote IS NOT NULL, answers, at FROM held WHERE partner = ?1 AND article = ?2";
        let read = |row: &Row<'_>| {
            Ok(HeldMarks { offset: row.get(0)?, shown: row.get(1)?, answers: row.get(2)?, at: row.get(3)? })
        };
        self.connection.prepare_cached(find)?.query_row(params![id, article.as_str()], read).optional()
    }

    /// What is known from now on, instead of what the receipt `before` said.
    pub(super) fn put_held(
        &mut self,
        partner: &PartnerId,
        article: &ArticleUri,
        known: &Known,
        before: Option<&HeldMarks>,
        offset: Offset,
    ) -> rusqlite::Result<()> {
        let row = self.partners.of(&self.connection, partner)?;
        row.add_held(i64::from(known.remote.is_some()) - i64::from(before.is_some_and(|before| before.shown)));
        let id = row.id;
        let remote = known.remote.as_ref().map(|remote| serde_json::json!(remote).to_string());
        let put =
            "INSERT INTO held (partner, article, offset, answers, version, state, remote, content_hash, rendering,
             redelivery, at, history) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)
             ON CONFLICT (article, partner) DO UPDATE SET offset = excluded.offset, answers = excluded.answers,
             version = excluded.version, state = excluded.state, remote = excluded.remote,
             content_hash = excluded.content_hash, rendering = excluded.rendering, redelivery = excluded.redelivery,
             at = excluded.at, history = excluded.history, look = NULL";
        let values = params![
            id,
            article.as_str(),
            offset,
            known.answers,
            known.version,
            state_number(known.state),
            remote,
            known.content_hash,
            known.rendering,
            known.redelivery,
            known.at.to_string(),
            serde_json::json!(known.history).to_string(),
        ];
        self.connection.prepare_cached(put)?.execute(values).map(drop)
    }

    pub(super) fn remove_held(&mut self, partner: &PartnerId, article: &ArticleUri) -> rusqlite::Result<()> {
        let before = self.newest_receipt(partner, article)?;
        let row = self.partners.of(&self.connection, partner)?;
        row.add_held(-i64::from(before.is_some_and(|before| before.shown)));
        let remove = "DELETE FROM held WHERE partner = ?1 AND article = ?2";
        self.connection.prepare_cached(remove)?.execute(params![row.id, article.as_str()]).map(drop)
    }

    /// At most `limit` articles that may go at `now`; those of the lane `generation` first seen by it are untouched.
    pub(in crate::deliver) fn due(
        &mut self,
        partner: &PartnerId,
        generation: i64,
        now: Timestamp,
        asked: Ask,
        limit: usize,
    ) -> rusqlite::Result<Stock> {
        let id = self.partner(partner)?;
        let next = match asked {
            Ask::First => self.wake(id, now)?,
            Ask::After(_) => None,
        };
        let due = self.ready(id, generation, asked, limit)?;
        let PartnerRow { backlog, held, newest, .. } = *self.partners.of(&self.connection, partner)?;
        Ok(Stock {
            asked,
            more: due.len() == limit,
            due,
            newest,
            next_wake: next.and_then(|at| Timestamp::from_millisecond(at).ok()),
            backlog: u64::try_from(backlog).unwrap_or(0),
            held: u64::try_from(held).unwrap_or(0),
        })
    }

    /// Wakes what has waited until `now`; when the next is to be woken, in milliseconds.
    fn wake(&mut self, partner: i64, now: Timestamp) -> rusqlite::Result<Option<i64>> {
        let wake = "UPDATE desired SET wake = 0 WHERE partner = ?1 AND wake > 0 AND wake <= ?2";
        self.connection.prepare_cached(wake)?.execute(params![partner, now.as_millisecond()])?;
        let next = "SELECT min(wake) FROM desired INDEXED BY later WHERE partner = ?1 AND wake > 0";
        self.connection.prepare_cached(next)?.query_row([partner], |row| row.get(0))
    }

    fn ready(&mut self, partner: i64, generation: i64, asked: Ask, limit: usize) -> rusqlite::Result<Vec<Due>> {
        let find = format!(
            "SELECT {KNOWN}, d.delivery, d.offset, d.traceparent, d.tries, d.attempted, d.born, d.rank
             FROM desired AS d INDEXED BY ready
             LEFT JOIN held AS h ON h.partner = d.partner AND h.article = d.article
             WHERE d.partner = ?1 AND d.wake = 0 AND (d.rank, d.offset) > (?2, ?3)
             ORDER BY d.rank, d.offset LIMIT ?4"
        );
        let mut statement = self.connection.prepare_cached(&find)?;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let after = match asked {
            Ask::First => Place::START,
            Ask::After(place) => place,
        };
        let rows = statement.query_map(params![partner, turn_number(after.turn), after.offset, limit], |row| {
            let known = read_known(row, 0)?;
            let (attempted, born): (bool, i64) = (row.get(13)?, row.get(14)?);
            let untouched = !attempted && born == generation;
            let turn = read_turn(row, 15)?;
            Ok(Due { known, wanted: read_wanted(row, 9)?, tries: row.get(12)?, untouched, turn })
        })?;
        rows.collect()
    }

    /// Lets an article wait. What was called is noted whatever has been decided since.
    pub(in crate::deliver) fn defer(&mut self, deferral: &Deferral) -> rusqlite::Result<()> {
        let id = self.partner(&deferral.partner)?;
        if deferral.called {
            let note = "UPDATE desired SET attempted = 1 WHERE partner = ?1 AND article = ?2 AND attempted = 0";
            self.connection.prepare_cached(note)?.execute(params![id, deferral.article.as_str()])?;
        }
        let wait = "UPDATE desired SET wake = ?4, tries = ?5, last_error = ?6
             WHERE partner = ?1 AND article = ?2 AND offset = ?3";
        // Rounded up, so that what wakes on time is not a millisecond early.
        let wake = deferral.until.map_or(0, |until| until.as_millisecond().saturating_add(1).max(1));
        let values = params![id, deferral.article.as_str(), deferral.offset, wake, deferral.tries, deferral.reason];
        self.connection.prepare_cached(wait)?.execute(values).map(drop)
    }
}
