//! The node's own picture of the log: every article as it stands, who shows it, what became of each submission, what
//! partners hold, what was refused. Everything that answers questions asks here.
//!
//! It is a fold of the log in one SQLite file, disposable: a file of another version or a damaged one is dropped, and
//! folded again from the beginning. The positions are stored in the transaction that folds the records, so that a start
//! with an up-to-date file reads nothing.
//!
//! # Layout
//! [`run()`] follows the log and hands records to the [`View`]; `writer` is its one thread that writes, `fold` what it
//! does with each topic; `query` are the questions, run on a `pool` of connections that only read. [`channel`] is how
//! the view is told which channels show an article.

mod cache;
mod catch_up;
pub mod channel;
mod error;
mod fold;
mod pool;
mod query;
mod questions;
mod run;
mod settings;
mod store;
mod time;
mod writer;

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use lianbo_schemas::ChannelId;
use tokio::sync::{mpsc, oneshot, watch};

pub use channel::{ChannelEntry, Generation, Selector};
pub use error::ViewError;
pub use query::{
    CarriedOut, Changes, ChannelChange, Counts, Cursor, CursorError, DeadLetters, Found, Judgement, Latest, Letters,
    Lineage, Linked, Mark, Newest, Received, ShownIn, Standing, SubmissionStatus, Version,
};
pub use run::run;
pub use settings::Settings;

use crate::log::{Offset, Partition, Record};
use crate::stage::Clock;
use cache::Cache;
use catch_up::CatchUp;
use pool::Pool;
use writer::Command;

/// The node's own picture of the log. Cheap to share; all questions are bounded in number and size.
#[derive(Debug)]
pub struct View {
    shared: Arc<Shared>,
    commands: Mutex<Option<mpsc::Sender<Command>>>,
    thread: Mutex<Option<std::thread::JoinHandle<()>>>,
}

/// What the writer tells everybody.
#[derive(Debug)]
struct Shared {
    positions: watch::Sender<BTreeMap<Partition, Offset>>,
    generation: watch::Sender<Option<Generation>>,
    catch_up: CatchUp,
    cache: Cache,
    pool: Arc<Pool>,
    stamps: Mutex<HashMap<ChannelId, u64>>,
    stamp: AtomicU64,
    /// Microseconds since 1970; `i64::MAX` when nothing waits.
    next_release: AtomicI64,
    settle_ms: u32,
}

impl View {
    /// Opens the file, or makes it anew, and starts the thread that writes.
    pub async fn open(
        path: PathBuf,
        selector: Selector,
        clock: Clock,
        settings: &Settings,
    ) -> Result<Arc<Self>, ViewError> {
        let patience = Duration::from_millis(settings.patience_ms);
        let shared = Arc::new(Shared {
            positions: watch::Sender::new(BTreeMap::new()),
            generation: watch::Sender::new(None),
            catch_up: CatchUp::default(),
            cache: Cache::new(settings.cached_articles),
            pool: Arc::new(Pool::new(path.clone(), settings.readers, patience)),
            stamps: Mutex::default(),
            stamp: AtomicU64::new(0),
            next_release: AtomicI64::new(i64::MAX),
            settle_ms: settings.release_settle_ms,
        });
        let (sender, receiver) = mpsc::channel(settings.queue.max(1));
        let told = Arc::clone(&shared);
        let start = move || writer::start(path, receiver, told, selector, clock);
        let thread = tokio::task::spawn_blocking(start).await.map_err(|_| ViewError::Closed)??;
        Ok(Arc::new(Self { shared, commands: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)) }))
    }

    /// Stops the thread that writes, after what it is doing, and waits for it.
    pub async fn close(&self) {
        self.commands.lock().unwrap_or_else(PoisonError::into_inner).take();
        let thread = self.thread.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = thread {
            let joined = tokio::task::spawn_blocking(move || thread.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the thread that writes the view has failed");
            }
        }
    }

    async fn command<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, ViewError> {
        let sender = self.commands.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (done, answer) = oneshot::channel();
        sender.ok_or(ViewError::Closed)?.send(command(done)).await.map_err(|_| ViewError::Closed)?;
        answer.await.map_err(|_| ViewError::Closed)
    }

    /// Folds records, all in one transaction. Records already folded are left out.
    pub async fn fold(&self, records: Vec<Record>) -> Result<(), ViewError> {
        self.fold_in(self.life(), records).await
    }

    /// How often the file was made anew since the start.
    fn life(&self) -> u64 {
        self.shared.pool.life()
    }

    /// Folds records, provided that the file was not made anew since `life` was asked for: else they would leave a gap.
    async fn fold_in(&self, life: u64, records: Vec<Record>) -> Result<(), ViewError> {
        self.command(|done| Command::Fold { life, records, done }).await?
    }

    /// Lets out what a grant's embargo held back until `due`. The caller makes sure that every record appended before
    /// `due` has been folded.
    pub async fn release(&self, due: Timestamp) -> Result<(), ViewError> {
        self.command(|done| Command::Release { due, done }).await?
    }

    /// Decides anew, in the background, which channels show which articles; nothing happens when this state of the
    /// registry is already in force. To be called at start, after every change of the registry, and whenever a grant
    /// begins or ends; the selector must already answer by that state. Returns when the work is accepted;
    /// [`View::wait_for_generation`] waits until it is done.
    pub async fn reselect(&self, to: Generation) -> Result<(), ViewError> {
        self.command(|done| Command::Reselect { to, done }).await?
    }

    /// Drops the file and starts with an empty one: everything is then to be folded from the beginning.
    pub async fn reset(&self) -> Result<(), ViewError> {
        self.command(|done| Command::Reset { done }).await?
    }

    /// Where the next record of each partition is expected: everything before is folded.
    pub fn progress(&self) -> BTreeMap<Partition, Offset> {
        self.shared.positions.borrow().clone()
    }

    /// Told after every transaction how far the view is.
    pub fn watch(&self) -> watch::Receiver<BTreeMap<Partition, Offset>> {
        self.shared.positions.subscribe()
    }

    /// Waits until the record at `offset` is folded.
    pub async fn wait_for(&self, partition: &Partition, offset: Offset) -> Result<(), ViewError> {
        let mut positions = self.shared.positions.subscribe();
        let reached = |positions: &BTreeMap<Partition, Offset>| positions.get(partition).is_some_and(|at| *at > offset);
        positions.wait_for(reached).await.map(drop).map_err(|_| ViewError::Closed)
    }

    /// Waits until all is folded that the log holds now. It waits for ever while the log does not answer.
    pub async fn catch_up(&self) {
        self.shared.catch_up.wait().await;
    }

    /// Waits until the channels follow this state of the registry, or a newer one.
    pub async fn wait_for_generation(&self, to: Generation) -> Result<(), ViewError> {
        let mut generation = self.shared.generation.subscribe();
        generation.wait_for(|at| at.is_some_and(|at| at >= to)).await.map(drop).map_err(|_| ViewError::Closed)
    }

    /// A number that changes whenever what a channel shows may have changed. It costs nothing to ask.
    pub fn channel_stamp(&self, channel: &ChannelId) -> u64 {
        self.shared.stamps.lock().unwrap_or_else(PoisonError::into_inner).get(channel).copied().unwrap_or(0)
    }

    /// The moment the next entry under a grant's embargo is due, its settling time included.
    fn next_release(&self) -> Option<Timestamp> {
        let micros = self.shared.next_release.load(Ordering::SeqCst);
        let due = (micros != i64::MAX).then(|| time::instant(micros));
        due.and_then(|due| due.checked_add(jiff::SignedDuration::from_millis(self.shared.settle_ms.into())).ok())
    }
}
