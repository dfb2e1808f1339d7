//! Where callers hand in work for the writer.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::settings::Settings;
use super::shared::Shared;
use super::work::{Context, Work};
use super::writer::Writer;
use crate::log::{LogError, Result};

/// The queue's room is counted in pieces of this many bytes.
const ROOM: usize = 1_024;

/// The way to the writer, which works as long as anybody holds one.
#[derive(Clone)]
pub(super) struct Desk {
    line: Arc<Line>,
    room: Arc<Semaphore>,
    most: usize,
}

impl Desk {
    /// Starts the writer's thread.
    pub(super) fn open(connection: Connection, shared: &Arc<Shared>) -> Result<Self> {
        let Settings { queue, queue_bytes, .. } = shared.settings;
        let (queue, work) = mpsc::channel(queue.max(1));
        let writer = Writer::new(connection, work, Arc::clone(shared))?;
        let thread = thread::Builder::new().name("lianbo-log".to_owned()).spawn(move || writer.run());
        let thread = thread.map_err(|error| LogError::Broken(format!("no thread for the log: {error}")))?;
        let line = Line { queue: Some(queue), thread: Some(thread) };
        let most = (queue_bytes / ROOM).clamp(1, u32::MAX as usize);
        Ok(Self { line: Arc::new(line), room: Arc::new(Semaphore::new(most)), most })
    }

    /// Has the writer do this within a transaction; answers once it is durable.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        bytes: usize,
        work: impl FnOnce(&mut Context<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let room = self.room_for(bytes).await?;
        let (work, answer) = Work::new(bytes, Some(room), work);
        let queue = self.line.queue.as_ref().ok_or_else(stopped)?;
        queue.send(work).await.map_err(|_gone| stopped())?;
        answer.await.map_err(|_gone| stopped())?
    }

    /// Has the writer look up, if it is asleep.
    pub(super) fn wake(&self) {
        let (nothing, _answer) = Work::new(0, None, |_| Ok(()));
        // A full queue means that it is awake, a closed one that it is gone.
        drop(self.line.queue.as_ref().map(|queue| queue.try_send(nothing)));
    }

    async fn room_for(&self, bytes: usize) -> Result<OwnedSemaphorePermit> {
        let pieces = (bytes / ROOM).clamp(1, self.most);
        let pieces = u32::try_from(pieces).unwrap_or(u32::MAX);
        Arc::clone(&self.room).acquire_many_owned(pieces).await.map_err(|_closed| stopped())
    }
}

fn stopped() -> LogError {
    LogError::Unavailable("the log's writer has stopped".to_owned())
}

/// The queue and the thread behind it. When the last desk goes, the writer ends what it has, and is waited for.
struct Line {
    queue: Option<mpsc::Sender<Work>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Line {
    fn drop(&mut self) {
        self.queue = None;
        // Work that nobody waits for is dropped by the writer itself, and may hold the last desk.
        let thread = self.thread.take().filter(|thread| thread.thread().id() != thread::current().id());
        if thread.is_some_and(|thread| thread.join().is_err()) {
            tracing::error!("the log's writer had panicked");
        }
    }
}
