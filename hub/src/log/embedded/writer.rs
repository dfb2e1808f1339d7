//! The one writer of a process: a thread that takes all that waits into one transaction, so that many callers share one
//! fsync. Each piece of work stands under a savepoint: one that is refused is rolled back alone.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, ErrorCode};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::Receiver;

use super::housekeeping::Housekeeping;
use super::pulse::Effects;
use super::shared::Shared;
use super::store::broken;
use super::topics::Remembered;
use super::work::{Context, Settle, Work, copy};
use crate::log::{LogError, Result};
use crate::sqlite::Checkpoints;

/// The most pieces of work in one transaction: what 64 busy callers and then some can have waiting.
const MOST_WORK: usize = 256;

/// How long it waits before it looks again whether another process still writes.
const BUSY_PAUSE: Duration = Duration::from_micros(500);

/// The thread's state.
pub(super) struct Writer {
    connection: Connection,
    checkpoints: Checkpoints,
    work: Receiver<Work>,
    shared: Arc<Shared>,
    topics: Remembered,
    version: i64,
    looked: Instant,
    turn: usize,
}

impl Writer {
    pub(super) fn new(connection: Connection, work: Receiver<Work>, shared: Arc<Shared>) -> Result<Self> {
        let checkpoints = Checkpoints::beside(&connection, &shared.file).map_err(broken)?;
        let topics = Remembered::default();
        Ok(Self { connection, checkpoints, work, shared, topics, version: 0, looked: Instant::now(), turn: 0 })
    }

    /// Works until nobody can ask any more.
    pub(super) fn run(mut self) {
        let runtime = match Builder::new_current_thread().enable_time().build() {
            Ok(runtime) => runtime,
            Err(error) => return tracing::error!(%error, "the log's writer cannot start"),
        };
        let mut housekeeping = Housekeeping::new(&self.shared);
        while let Some(waiting) = self.next(&runtime) {
            if !waiting.is_empty() {
                self.transact(waiting);
            }
            self.notice_others();
            note(housekeeping.run(&mut self));
        }
        note(housekeeping.leave(&mut self));
    }

    /// Does something of the writer's own in a transaction of its own.
    pub(super) fn do_now<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Context<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (work, mut answer) = Work::new(0, None, work);
        self.transact(vec![work]);
        answer.try_recv().unwrap_or_else(|_| Err(LogError::Unavailable("the work was not done".to_owned())))
    }

    /// All work that waits, up to a transaction's bounds; nothing when none came in time; `None` at the end.
    fn next(&mut self, runtime: &Runtime) -> Option<Vec<Work>> {
        let wait = self.shared.settings.discovery();
        let received = runtime.block_on(async { tokio::time::timeout(wait, self.work.recv()).await });
        let first = match received {
            Ok(first) => first?,
            Err(_elapsed) => return Some(Vec::new()),
        };
        let mut bytes = first.bytes;
        let mut waiting = vec![first];
        while waiting.len() < MOST_WORK && bytes < self.shared.settings.transaction_bytes {
            let Ok(work) = self.work.try_recv() else { break };
            bytes += work.bytes;
            waiting.push(work);
        }
        Some(waiting)
    }

    /// Does all of it in one transaction, then tells everybody.
    fn transact(&mut self, waiting: Vec<Work>) {
        let mut effects = Effects::default();
        let mut settles = Vec::with_capacity(waiting.len());
        let outcome = self.attempt_all(waiting, &mut settles, &mut effects);
        match &outcome {
            Ok(()) => {
                self.shared.pulse.changed(&effects);
                self.checkpoints.committed(&self.connection);
            }
            Err(_) => self.roll_back(),
        }
        let failure = outcome.err();
        settles.into_iter().for_each(|settle| settle(failure.as_ref()));
    }

    fn attempt_all(&mut self, waiting: Vec<Work>, settles: &mut Vec<Settle>, effects: &mut Effects) -> Result<()> {
        let mut gone = self.begin().map_err(broken).err();
        for work in waiting {
            gone = match gone {
                None => self.attempt(work, settles, effects).err(),
                Some(failure) => {
                    // Nothing can be written any more: the work is answered, not tried.
                    settles.push(work.refuse(copy(&failure)));
                    Some(failure)
                }
            };
        }
        gone.map_or(Ok(()), Err)?;
        self.connection.execute_batch("COMMIT").map_err(broken)
    }

    /// Begins as soon as no other process writes. SQLite's own way of waiting looks again after ever longer pauses, up to
    /// a tenth of a second, and so comes late wherever others come and go.
    fn begin(&self) -> rusqlite::Result<()> {
        let patience = self.shared.settings.busy_timeout();
        let until = Instant::now() + patience;
        self.connection.busy_timeout(Duration::ZERO)?;
        let begun = loop {
            let begun = self.connection.execute_batch("BEGIN IMMEDIATE");
            let code = begun.as_ref().err().and_then(rusqlite::Error::sqlite_error_code);
            if code != Some(ErrorCode::DatabaseBusy) || Instant::now() >= until {
                break begun;
            }
            std::thread::sleep(BUSY_PAUSE);
        };
        self.connection.busy_timeout(patience)?;
        begun
    }

    /// Does one piece of work under a savepoint. An error means that the transaction is gone as a whole.
    fn attempt(&mut self, work: Work, settles: &mut Vec<Settle>, effects: &mut Effects) -> Result<()> {
        if let Err(error) = self.connection.execute_batch("SAVEPOINT work").map_err(broken) {
            settles.push(work.refuse(copy(&error)));
            return Err(error);
        }
        let mut context = Context {
            connection: &self.connection,
            topics: &mut self.topics,
            effects: Effects::default(),
            now: Timestamp::now().as_millisecond(),
            turn: self.turn,
        };
        let (settle, done) = work.run(&mut context);
        self.turn = context.turn;
        let made = context.effects;
        settles.push(settle);
        if self.connection.is_autocommit() {
            // SQLite rolls the whole transaction back by itself when, for example, the disk is full.
            return Err(LogError::Broken("the log's file cannot be written; is the disk full?".to_owned()));
        }
        if done {
            effects.add(made);
            self.connection.execute_batch("RELEASE work").map_err(broken)
        } else {
            self.topics.forget();
            self.connection.execute_batch("ROLLBACK TO work; RELEASE work").map_err(broken)
        }
    }

    fn roll_back(&mut self) {
        self.topics.forget();
        if self.connection.is_autocommit() {
            return;
        }
        if let Err(error) = self.connection.execute_batch("ROLLBACK") {
            tracing::error!(%error, "the log's writer cannot roll back");
        }
    }

    /// SQLite counts the changes that other connections made.
    fn notice_others(&mut self) {
        if self.looked.elapsed() < self.shared.settings.discovery() {
            return;
        }
        self.looked = Instant::now();
        let version = self.connection.pragma_query_value(None, "data_version", |row| row.get(0));
        let version = version.unwrap_or(self.version + 1);
        if version != self.version {
            self.version = version;
            self.shared.pulse.changed_elsewhere();
        }
    }
}

/// Housekeeping fails without harm: it comes again.
fn note(outcome: Result<()>) {
    if let Err(error) = outcome {
        tracing::warn!(%error, "the log's housekeeping did not succeed");
    }
}
