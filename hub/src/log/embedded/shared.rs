//! What the log, its members, its readers and its writer have in common.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::Semaphore;

use super::presence::Presence;
use super::pulse::Pulse;
use super::settings::Settings;
use super::store::open_reader;
use crate::log::{LogError, Result};

/// State behind every handle.
pub(super) struct Shared {
    /// The SQLite file.
    pub file: PathBuf,
    /// Where processes show that they live.
    pub presences: PathBuf,
    /// How this process does.
    pub presence: Presence,
    /// In force.
    pub settings: Settings,
    /// Wakes those who wait.
    pub pulse: Pulse,
    members: Mutex<HashMap<i64, Arc<AtomicI64>>>,
    someone_left: AtomicBool,
    idle: Mutex<Vec<Connection>>,
    readers: Arc<Semaphore>,
}

impl Shared {
    pub(super) fn new(file: PathBuf, presences: PathBuf, presence: Presence, settings: Settings) -> Self {
        let readers = Arc::new(Semaphore::new(settings.readers.max(1)));
        Self {
            file,
            presences,
            presence,
            settings,
            pulse: Pulse::new(),
            members: Mutex::default(),
            someone_left: AtomicBool::new(false),
            idle: Mutex::default(),
            readers,
        }
    }

    /// Reads from the file on a thread that may block.
    pub(super) async fn read<T: Send + 'static>(
        self: &Arc<Self>,
        look: impl FnOnce(&Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let turn = Arc::clone(&self.readers).acquire_owned().await;
        let turn = turn.map_err(|_closed| LogError::Unavailable("the log is closing".to_owned()))?;
        let shared = Arc::clone(self);
        let looking = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            let pooled = lock(&shared.idle).pop();
            let connection = pooled.map_or_else(|| open_reader(&shared.file, &shared.settings), Ok)?;
            let found = look(&connection);
            lock(&shared.idle).push(connection);
            found
        });
        looking.await.map_err(|error| LogError::Unavailable(format!("the read was given up: {error}")))?
    }

    /// Counts a member's polls from now on.
    pub(super) fn entered(&self, member: i64) -> Arc<AtomicI64> {
        let polled = Arc::new(AtomicI64::new(now()));
        lock(&self.members).insert(member, Arc::clone(&polled));
        polled
    }

    /// Says that a member is gone; the writer takes it out of its group.
    pub(super) fn left(&self, member: i64) {
        lock(&self.members).remove(&member);
        self.someone_left.store(true, Ordering::Release);
    }

    /// This process's members and when each last polled.
    pub(super) fn members(&self) -> Vec<(i64, i64)> {
        lock(&self.members).iter().map(|(member, polled)| (*member, polled.load(Ordering::Relaxed))).collect()
    }

    /// Whether a member left since this was asked last.
    pub(super) fn someone_left(&self) -> bool {
        self.someone_left.swap(false, Ordering::AcqRel)
    }
}

/// Milliseconds since 1970.
pub(super) fn now() -> i64 {
    Timestamp::now().as_millisecond()
}

/// What these locks guard is whole at any moment, so a poisoned one is as good.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
