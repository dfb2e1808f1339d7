//! A few connections that only read.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::error::ViewError;
use super::store;

/// Connections to one file, opened when first needed.
#[derive(Debug)]
pub(super) struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<(u64, Connection)>>,
    /// Counts how often the file was dropped: a connection of an older file is not used again.
    life: AtomicU64,
    permits: Arc<Semaphore>,
    patience: Duration,
}

impl Pool {
    pub(super) fn new(path: PathBuf, size: usize, patience: Duration) -> Self {
        let permits = Arc::new(Semaphore::new(size.max(1)));
        Self { path, idle: Mutex::new(Vec::new()), life: AtomicU64::new(0), permits, patience }
    }

    /// The file was made anew.
    pub(super) fn renew(&self) {
        self.life.fetch_add(1, Ordering::SeqCst);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// How often the file was made anew.
    pub(super) fn life(&self) -> u64 {
        self.life.load(Ordering::SeqCst)
    }

    /// Runs a question on a thread that may block.
    pub(super) async fn run<T: Send + 'static>(
        self: Arc<Self>,
        question: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, ViewError> {
        let permit = tokio::time::timeout(self.patience, self.permits.clone().acquire_owned()).await;
        let permit = permit.map_err(|_| ViewError::Busy)?.map_err(|_| ViewError::Closed)?;
        let work = move || {
            let answer = self.ask(question);
            drop(permit);
            answer
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| ViewError::Closed)?
    }

    fn ask<T>(&self, question: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, ViewError> {
        let life = self.life();
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = match idle {
            Some((of, connection)) if of == life => connection,
            Some(_) | None => store::open_reader(&self.path)?,
        };
        // One read transaction: everything an answer is made of is of the same moment.
        connection.execute_batch("BEGIN")?;
        let answer = question(&connection);
        connection.execute_batch("COMMIT")?;
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push((life, connection));
        Ok(answer?)
    }
}
