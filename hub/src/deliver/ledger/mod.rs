//! The ledger: what differs at which partner, folded from `deliveries.*` and `receipts` into an SQLite file of this
//! node's own. A view: its positions stand in the same transaction as its rows, and a lost or broken file is rebuilt
//! from the log. It holds the open differences (`desired`) and what partners hold (`held`); memory holds neither.

mod columns;
mod dump;
mod fold;
mod row;
mod schema;
mod store;
mod takedown;

use std::path::{Path, PathBuf};

use tokio::sync::{mpsc, oneshot};

pub use dump::dump;
pub(super) use fold::{Assignment, Poison, fold_deliveries, fold_own_receipt, fold_receipts, fold_take_down};
pub(super) use row::{Arrived, Ask, Deferral, Due, Stock};
pub(super) use store::Store;
pub(super) use takedown::Watched;

/// Jobs that may wait for the ledger; whoever has more waits.
const QUEUE: usize = 1_024;
/// Jobs of one transaction at most: enough to share its cost, few enough to answer within milliseconds.
const BATCH: usize = 256;

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

/// Work inside the ledger's transaction; what it returns is run once that is committed.
type Job = Box<dyn FnOnce(&mut Store) -> rusqlite::Result<Reply> + Send>;
type Reply = Box<dyn FnOnce() + Send>;

/// A handle to the ledger. The file is closed when the last one is dropped.
#[derive(Clone)]
pub(super) struct Ledger {
    jobs: mpsc::Sender<Job>,
}

impl Ledger {
    /// Does `work` in a transaction that it may share with others, and returns once that is committed.
    pub(super) async fn call<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Store) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let (sender, receiver) = oneshot::channel();
        let job: Job = Box::new(move |store| {
            let value = work(store)?;
            // Whoever asked may be gone; the work is done all the same.
            Ok(Box::new(move || drop(sender.send(value))))
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
    let opened = tokio::task::spawn_blocking(move || Store::open_or_rebuild(&file)).await;
    let failed = |cause| LedgerError::Sqlite { path: path.to_owned(), cause };
    let store = opened.map_err(|_panicked| LedgerError::Closed)?.map_err(failed)?;
    let (sender, jobs) = mpsc::channel(QUEUE);
    Ok((Ledger { jobs: sender }, Keeper { path: path.to_owned(), store, jobs }))
}

impl Keeper {
    /// Works off jobs, as many in one transaction as wait. Ends with the first error: what the file then holds is a
    /// state that was committed, and nobody was told otherwise.
    pub(super) async fn run(self) -> Result<(), LedgerError> {
        let Self { path, mut store, mut jobs } = self;
        let mut batch: Vec<Job> = Vec::new();
        while jobs.recv_many(&mut batch, BATCH).await > 0 {
            let waiting = std::mem::take(&mut batch);
            let worked = tokio::task::spawn_blocking(move || {
                let outcome = store.transaction(waiting);
                (store, outcome)
            });
            let (back, outcome) = worked.await.map_err(|_panicked| LedgerError::Closed)?;
            store = back;
            let replies = outcome.map_err(|cause| LedgerError::Sqlite { path: path.clone(), cause })?;
            replies.into_iter().for_each(|reply| reply());
        }
        Ok(())
    }
}
