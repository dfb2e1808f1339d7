//! Checkpoints beside the writer: a thread of its own puts what stands in the write-ahead log in its place, so that
//! no commit waits until that is on the disk. <https://www.sqlite.org/wal.html#ckpt>

use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use rusqlite::Connection;

/// Pages after which it is time for one: SQLite's own measure.
const PAGES: u64 = 1_000;

/// Pages that a commit writes, most often, and rows that make one more: nearer than the number of either alone.
const PAGES_OF_A_COMMIT: u64 = 4;
const ROWS_OF_A_PAGE: u64 = 4;

/// Pages in the write-ahead log at which the writer itself puts the rest in its place. Only it can, and so begin the
/// file again, while it never pauses; most of them are in theirs by then.
const LONGEST: i64 = 8_192;

/// The writer's side.
pub(crate) struct Checkpoints {
    pages: u64,
    rows: u64,
    wanted: Option<SyncSender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpoints {
    /// Starts the thread beside the connection that writes this file.
    ///
    /// # Errors
    /// SQLite's, when the file cannot be opened once more.
    pub(crate) fn beside(writer: &Connection, file: &Path) -> rusqlite::Result<Self> {
        writer.pragma_update(None, "wal_autocheckpoint", LONGEST)?;
        let connection = Connection::open(file)?;
        let (wanted, asked) = sync_channel(1);
        let thread = thread::Builder::new().name("lianbo-pages".to_owned()).spawn(move || run(&connection, &asked));
        let thread = thread.inspect_err(|error| tracing::warn!(%error, "commits wait for their checkpoints")).ok();
        Ok(Self { pages: 0, rows: 0, wanted: Some(wanted), thread })
    }

    /// The writer has committed a transaction.
    pub(crate) fn committed(&mut self, writer: &Connection) {
        let rows = writer.total_changes();
        self.pages += PAGES_OF_A_COMMIT + rows.saturating_sub(self.rows) / ROWS_OF_A_PAGE;
        self.rows = rows;
        if self.pages >= PAGES {
            self.pages = 0;
            // One that is asked for already will do.
            let _full = self.wanted.as_ref().map(|wanted| wanted.try_send(()));
        }
    }
}

impl Drop for Checkpoints {
    fn drop(&mut self) {
        self.wanted = None;
        let ended = self.thread.take().map(JoinHandle::join);
        if matches!(ended, Some(Err(_))) {
            tracing::error!("the thread that checkpoints had panicked");
        }
    }
}

fn run(connection: &Connection, asked: &Receiver<()>) {
    while asked.recv().is_ok() {
        if let Err(error) = connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(())) {
            tracing::warn!(%error, "a checkpoint did not succeed, the next one will do its work");
        }
    }
}
