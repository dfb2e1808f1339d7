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
pub mod channel;
mod error;
mod fold;
mod pool;
mod query;
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
use lianbo_schemas::{Article, ArticleUri, ChannelId, Delivery, OutletId, PartnerId, Receipt, SubmissionId};
use tokio::sync::{mpsc, oneshot, watch};

pub use channel::{ChannelEntry, Generation, Selector};
pub use error::ViewError;
pub use query::{
    Changes, ChannelChange, Counts, Cursor, CursorError, DeadLetters, Found, Judgement, Latest, Letters, Lineage,
    Linked, Newest, Received, ShownIn, Standing, SubmissionStatus, Version,
};
pub use run::run;
pub use settings::Settings;

use crate::log::{Offset, Partition, Record};
use crate::stage::Clock;
use cache::Cache;
use pool::Pool;
use writer::Command;

/// Answers come at most this many at once, whatever is asked for.
const MOST: u32 = 1_000;

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

    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&rusqlite::Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, ViewError> {
        Arc::clone(&self.shared.pool).run(question).await
    }

    /// The article as it stands, embargoed and withdrawn ones too.
    pub async fn article(&self, uri: &ArticleUri) -> Result<Option<Arc<Article>>, ViewError> {
        let epoch = match self.shared.cache.get(uri) {
            Ok(article) => return Ok(Some(article)),
            Err(epoch) => epoch,
        };
        let wanted = uri.clone();
        let read = self.ask(move |file| query::article(file, &wanted)).await?.map(Arc::new);
        if let Some(article) = &read {
            self.shared.cache.keep(article, epoch);
        }
        Ok(read)
    }

    /// The uri whose short last part this is.
    pub async fn by_short(&self, short: &str) -> Result<Option<ArticleUri>, ViewError> {
        let short = short.to_owned();
        self.ask(move |file| query::by_short(file, &short)).await
    }

    /// The article whose uri's short last part this is.
    pub async fn article_by_short(&self, short: &str) -> Result<Option<Arc<Article>>, ViewError> {
        match self.by_short(short).await? {
            Some(uri) => self.article(&uri).await,
            None => Ok(None),
        }
    }

    /// How an article stands, without its text.
    pub async fn standing(&self, uri: &ArticleUri) -> Result<Option<Standing>, ViewError> {
        let uri = uri.clone();
        self.ask(move |file| query::standing(file, &uri)).await
    }

    /// The newest articles, newest first; those before the first offset `before`, when given.
    pub async fn latest(&self, limit: u32, before: Option<Offset>) -> Result<Vec<Latest>, ViewError> {
        self.ask(move |file| query::latest(file, limit.min(MOST), before)).await
    }

    /// All versions of an article, oldest first.
    pub async fn versions(&self, uri: &ArticleUri) -> Result<Vec<Version>, ViewError> {
        let uri = uri.clone();
        self.ask(move |file| query::versions(file, &uri)).await
    }

    /// Where an article comes from and what it is linked to, both ways.
    pub async fn lineage(&self, uri: &ArticleUri) -> Result<Option<Lineage>, ViewError> {
        let uri = uri.clone();
        self.ask(move |file| query::lineage(file, &uri)).await
    }

    /// The channels that show an article now, and on which terms.
    pub async fn shown(&self, uri: &ArticleUri) -> Result<Vec<ShownIn>, ViewError> {
        let uri = uri.clone();
        self.ask(move |file| query::shown(file, &uri)).await
    }

    /// Whether any channel has ever shown an article.
    pub async fn was_shown(&self, uri: &ArticleUri) -> Result<bool, ViewError> {
        let uri = uri.clone();
        self.ask(move |file| query::was_shown(file, &uri)).await
    }

    /// What a channel shows now, newest first.
    pub async fn newest(&self, channel: &ChannelId, limit: u32) -> Result<Newest, ViewError> {
        let channel = channel.clone();
        self.ask(move |file| query::newest(file, &channel, limit.min(MOST))).await
    }

    /// What has changed in a channel since a cursor.
    pub async fn changes(&self, channel: &ChannelId, from: Cursor, limit: u32) -> Result<Changes, ViewError> {
        let channel = channel.clone();
        self.ask(move |file| query::changes(file, &channel, from, limit.clamp(1, MOST))).await
    }

    /// What became of a submission; `None` when nothing is known of it.
    pub async fn submission(&self, id: &SubmissionId) -> Result<Option<SubmissionStatus>, ViewError> {
        let id = id.clone();
        self.ask(move |file| query::submission(file, &id)).await
    }

    /// The submission an outlet has already sent under an idempotency key, and the SHA-256 of its bytes.
    pub async fn idempotent(&self, outlet: &OutletId, key: &str) -> Result<Option<(String, String)>, ViewError> {
        let (outlet, key) = (outlet.clone(), key.to_owned());
        self.ask(move |file| query::idempotent(file, &outlet, &key)).await
    }

    /// The newest dead letters.
    pub async fn dead_letters(&self, which: Letters, limit: u32) -> Result<DeadLetters, ViewError> {
        self.ask(move |file| query::dead_letters(file, which, limit.min(MOST))).await
    }

    /// What all partners hold of an article.
    pub async fn receipts_of_article(&self, uri: &ArticleUri) -> Result<Vec<Receipt>, ViewError> {
        let uri = uri.clone();
        self.ask(move |file| query::receipts_of_article(file, &uri)).await
    }

    /// What a partner holds, by article uri, after `after` (empty: from the first).
    pub async fn receipts_of_partner(
        &self,
        partner: &PartnerId,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Receipt>, ViewError> {
        let (partner, after) = (partner.clone(), after.to_owned());
        self.ask(move |file| query::receipts_of_partner(file, &partner, &after, limit.min(MOST))).await
    }

    /// What a partner should hold, by article uri, after `after` (empty: from the first).
    pub async fn desired_of(&self, partner: &PartnerId, after: &str, limit: u32) -> Result<Vec<Delivery>, ViewError> {
        let (partner, after) = (partner.clone(), after.to_owned());
        self.ask(move |file| query::desired_of(file, &partner, &after, limit.min(MOST))).await
    }

    /// What a partner should hold of one article.
    pub async fn desired(&self, partner: &PartnerId, uri: &ArticleUri) -> Result<Option<Delivery>, ViewError> {
        let (partner, uri) = (partner.clone(), uri.clone());
        self.ask(move |file| query::desired(file, &partner, &uri)).await
    }

    /// Numbers for operators, since a moment where time matters.
    pub async fn counts(&self, since: Timestamp) -> Result<Counts, ViewError> {
        self.ask(move |file| query::counts(file, since)).await
    }

    /// Articles that hold every word of `text`, newest first; two-character Chinese words are found. Articles that no
    /// channel shows are among them: see [`Found::listed`].
    pub async fn search(&self, text: &str, limit: u32) -> Result<Vec<Found>, ViewError> {
        let text = text.to_owned();
        self.ask(move |file| query::search(file, &text, limit.min(MOST))).await
    }
}
