//! The one thread that writes the file. Between what it is told to do it indexes text and decides channels anew.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread::JoinHandle;

use jiff::Timestamp;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::channel::{Generation, Selector};
use super::error::ViewError;
use super::fold::{self, Positions, Touched};
use super::time::micros;
use super::{Shared, query, store};
use crate::log::Record;
use crate::stage::Clock;

/// Articles decided anew in one transaction: some 10 ms, so that new records do not wait for it.
const RESELECT_STEP: i64 = 200;
/// Articles indexed in one transaction: at most 100 ms, and only while many wait. Each transaction leaves a segment of
/// the index that must be merged with others later: articles indexed one by one take three times the work.
const INDEX_STEP: u32 = 400;
/// After so many commands without a pause the index gets its turn nevertheless.
const INDEX_AT_LEAST_EVERY: u32 = 32;

/// What the writer can be told.
#[derive(Debug)]
pub(super) enum Command {
    Fold { life: u64, records: Vec<Record>, done: oneshot::Sender<Result<(), ViewError>> },
    Release { due: Timestamp, done: oneshot::Sender<Result<(), ViewError>> },
    Reselect { to: Generation, done: oneshot::Sender<Result<(), ViewError>> },
    Reset { done: oneshot::Sender<Result<(), ViewError>> },
}

struct Writer {
    path: PathBuf,
    file: Connection,
    positions: Positions,
    generation: Option<Generation>,
    /// Where deciding anew has come: the generation and the last article's row.
    reselecting: Option<(Generation, i64)>,
    index_waits: bool,
    shared: Arc<Shared>,
    selector: Selector,
    clock: Clock,
}

/// Opens the file and starts the thread.
pub(super) fn start(
    path: PathBuf,
    commands: mpsc::Receiver<Command>,
    shared: Arc<Shared>,
    selector: Selector,
    clock: Clock,
) -> Result<JoinHandle<()>, ViewError> {
    let (file, positions) = open(&path)?;
    let mut writer = Writer {
        path,
        file,
        positions,
        generation: None,
        reselecting: None,
        index_waits: true,
        shared,
        selector,
        clock,
    };
    writer.announce_all()?;
    let thread = std::thread::Builder::new().name("view".to_owned());
    thread.spawn(move || writer.run(commands)).map_err(|error| ViewError::Storage(error.to_string()))
}

/// A file whose positions cannot be read is made anew.
fn open(path: &Path) -> Result<(Connection, Positions), ViewError> {
    let file = store::open_writer(path)?;
    match fold::positions(&file) {
        Ok(positions) => Ok((file, positions)),
        Err(error) => {
            tracing::warn!(%error, "the view is dropped and rebuilt from the log");
            drop(file);
            store::remove(path)?;
            Ok((store::open_writer(path)?, Positions::new()))
        }
    }
}

impl Writer {
    fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        let mut without_pause = 0;
        loop {
            let busy = self.reselecting.is_some() || self.index_waits;
            let command = if busy {
                match commands.try_recv() {
                    Ok(command) => Some(command),
                    Err(mpsc::error::TryRecvError::Empty) => None,
                    Err(mpsc::error::TryRecvError::Disconnected) => return,
                }
            } else {
                match commands.blocking_recv() {
                    Some(command) => Some(command),
                    None => return,
                }
            };
            let idle = command.is_none();
            without_pause = if idle { 0 } else { without_pause + 1 };
            if let Some(command) = command {
                self.obey(command);
            }
            if let Err(error) = self.background(idle || without_pause % INDEX_AT_LEAST_EVERY == 0) {
                tracing::error!(%error, "the view cannot do its work in the background; it goes on with the next record");
                self.reselecting = None;
                self.index_waits = false;
            }
        }
    }

    fn obey(&mut self, command: Command) {
        // Whoever asked may have gone away meanwhile; the work is done all the same.
        let (done, outcome) = match command {
            Command::Fold { life, records, done } => (done, self.fold(life, &records)),
            Command::Release { due, done } => (done, self.release(due)),
            Command::Reselect { to, done } => (done, self.reselect(to)),
            Command::Reset { done } => (done, self.reset()),
        };
        drop(done.send(outcome));
    }

    fn fold(&mut self, life: u64, records: &[Record]) -> Result<(), ViewError> {
        if life != self.shared.pool.life() {
            return Err(ViewError::Renewed);
        }
        let now = (self.clock)();
        let touched = fold::fold_batch(&mut self.file, &mut self.positions, records, &self.selector, now)?;
        self.index_waits |= !touched.articles.is_empty();
        self.announce(touched)
    }

    fn release(&mut self, due: Timestamp) -> Result<(), ViewError> {
        let touched = fold::release_by_clock(&mut self.file, &self.selector, micros(due))?;
        self.announce(touched)
    }

    /// The state of an empty file needs no work: there is nothing to decide.
    fn reselect(&mut self, to: Generation) -> Result<(), ViewError> {
        let known = self.reselecting.map(|(to, _)| to).max(self.generation);
        if known.is_none_or(|known| known < to) {
            self.reselecting = Some((to, 0));
        }
        Ok(())
    }

    fn reset(&mut self) -> Result<(), ViewError> {
        // The file must be closed before it is dropped; a nameless one takes its place meanwhile.
        self.file = Connection::open_in_memory()?;
        store::remove(&self.path)?;
        (self.file, self.positions) = open(&self.path)?;
        self.reselecting = self.generation.take().or(self.reselecting.map(|(to, _)| to)).map(|to| (to, 0));
        self.shared.pool.renew();
        self.shared.cache.clear();
        self.announce_all()
    }

    fn background(&mut self, may_index: bool) -> Result<(), ViewError> {
        if let Some((to, after)) = self.reselecting {
            let now = (self.clock)();
            let (last, touched) = fold::reselect_batch(&mut self.file, &self.selector, now, to, after, RESELECT_STEP)?;
            match last {
                Some(last) => self.reselecting = Some((to, last)),
                None => {
                    fold::settle_generation(&mut self.file, to)?;
                    self.reselecting = None;
                    self.generation = Some(to);
                    self.shared.generation.send_replace(Some(to));
                }
            }
            self.announce(touched)?;
        } else if may_index && self.index_waits {
            self.index_waits = query::index_batch(&mut self.file, INDEX_STEP)? > 0;
        }
        Ok(())
    }

    /// Tells everybody what a transaction has changed, positions last.
    fn announce(&mut self, touched: Touched) -> Result<(), ViewError> {
        self.shared.cache.forget(touched.articles);
        if !touched.channels.is_empty() {
            let stamp = self.shared.stamp.fetch_add(1, Ordering::SeqCst) + 1;
            let mut stamps = self.shared.stamps.lock().unwrap_or_else(PoisonError::into_inner);
            stamps.extend(touched.channels.into_iter().map(|channel| (channel, stamp)));
        }
        let next = fold::next_release(&self.file)?.unwrap_or(i64::MAX);
        self.shared.next_release.store(next, Ordering::SeqCst);
        self.shared.positions.send_if_modified(|positions| {
            let moved = *positions != self.positions;
            positions.clone_from(&self.positions);
            moved
        });
        Ok(())
    }

    /// Tells everybody that all may have changed.
    fn announce_all(&mut self) -> Result<(), ViewError> {
        self.generation = fold::generation(&self.file)?.map(|(current, _)| current);
        self.shared.generation.send_replace(self.generation);
        let stamp = self.shared.stamp.fetch_add(1, Ordering::SeqCst) + 1;
        let mut stamps = self.shared.stamps.lock().unwrap_or_else(PoisonError::into_inner);
        stamps.values_mut().for_each(|value| *value = stamp);
        drop(stamps);
        self.index_waits = true;
        self.announce(Touched::default())
    }
}
