//! The ledger: what differs at which partner, folded from `deliveries.*` and `receipts` into an SQLite file of this
//! node's own. A view: its positions stand in the same transaction as its rows, and a lost or broken file is rebuilt
//! from the log. It holds the open differences (`desired`) and what partners hold (`held`); memory holds neither.
//!
//! So it need not be durable at any moment: one transaction takes whatever comes within [`COMMIT_EVERY`], in which most
//! differences come and go, and what a crash takes from it the log says again.

mod columns;
mod dump;
mod fold;
mod own;
mod partners;
mod row;
mod schema;
mod store;
mod takedown;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use crate::sqlite::discard_damaged;

pub use dump::dump;
pub(super) use fold::{Assignment, Poison, fold_deliveries, fold_own_receipt, fold_receipts, fold_take_down};
pub(super) use row::{Arrived, Ask, Deferral, Due, Place, Stock, Turn};
pub(super) use store::Store;
pub(super) use takedown::Watched;

/// Jobs that may wait for the ledger; whoever has more waits.
const QUEUE: usize = 1_024;
/// Jobs done in one go at most: few enough that a commit is not late.
const BATCH: usize = 256;
/// How long a transaction stays open: what the next start folds once more at most.
const COMMIT_EVERY: Duration = Duration::from_millis(20);

/// Why the ledger did not do it. The session ends, the file is opened again, or made anew when it is broken.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// SQLite refuses.
    #[error("the ledger `{path}` cannot be used: {cause}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: rusqlite::Error,
    },
    /// It was closed while a job waited.
    #[error("the ledger is closed")]
    Closed,
}

/// Work inside the ledger's transaction, which tells itself whoever asked for it.
type Job = Box<dyn FnOnce(&mut Store) -> rusqlite::Result<()> + Send>;

/// A handle to the ledger. The file is closed when the last one is dropped.
#[derive(Clone)]
pub(super) struct Ledger {
    jobs: mpsc::Sender<Job>,
}

impl Ledger {
    /// Does `work` after all that was asked for before, in a transaction that it shares with others. What it returns is
    /// as good as the log that it was folded from: it need not be committed yet.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |store| {
            // Whoever asked may be gone; the work is done all the same.
            work(store).map(|value| drop(sender.send(value)))
        });
        self.jobs.send(job).await.map_err(|_closed| LedgerError::Closed)?;
        receiver.await.map_err(|_closed| LedgerError::Closed)
    }
}

/// The ledger's working half: runs until all handles are dropped.
pub(super) struct Keeper {
    path: PathBuf,
    store: Store,
    jobs: mpsc::Receiver<Job>,
}

/// Opens the ledger, making the file, or making it anew when it is not a ledger of this version or is damaged.
pub(super) async fn open(path: &Path) -> Result<(Ledger, Keeper), LedgerError> {
    let file = path.to_owned();
    let opened = tokio::task::spawn_blocking(move || Store::open(&file)).await;
    let failed = |cause| LedgerError::Sqlite { path: path.to_owned(), cause };
    let store = opened.map_err(|_panicked| LedgerError::Closed)?.map_err(failed)?;
    let (sender, jobs) = mpsc::channel(QUEUE);
    Ok((Ledger { jobs: sender }, Keeper { path: path.to_owned(), store, jobs }))
}

impl Keeper {
    /// Works off jobs, as many in one transaction as come in its time. Ends with the first error: what the file then
    /// holds is a state that was committed, and the log says what came after it.
    pub(super) async fn run(self) -> Result<(), LedgerError> {
        let Self { path, mut store, mut jobs } = self;
        let mut batch: Vec<Job> = Vec::new();
        let mut commit_at: Option<Instant> = None;
        let failed = |cause| LedgerError::Sqlite { path: path.clone(), cause };
        loop {
            let came = tokio::select! {
                biased;
                () = tokio::time::sleep_until(commit_at.unwrap_or_else(Instant::now)), if commit_at.is_some() => None,
                came = jobs.recv_many(&mut batch, BATCH) => Some(came),
            };
            let work = std::mem::take(&mut batch);
            let commits = work.is_empty();
            let worked = tokio::task::spawn_blocking(move || {
                let outcome = if commits { store.commit() } else { store.work(work) };
                (store, outcome)
            });
            let (back, outcome) = worked.await.map_err(|_panicked| LedgerError::Closed)?;
            store = back;
            outcome.inspect_err(|cause| discard_damaged(&path, cause)).map_err(failed)?;
            commit_at = if commits { None } else { commit_at.or_else(|| Some(Instant::now() + COMMIT_EVERY)) };
            if came == Some(0) {
                return Ok(());
            }
        }
    }
}
