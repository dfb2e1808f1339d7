//! Follows the log for the view, until shutdown, whatever the log does meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use jiff::Timestamp;
use lianbo_schemas::topic;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::catch_up::{Answering, FOLLOWERS};
use super::{View, ViewError};
use crate::log::{self, Log, LogError, Offset, Partition, Reader, Start, Subscription};
use crate::stage::Clock;

/// The longest a read waits: so late, at most, an entry under a grant's embargo appears on a quiet log.
const WAIT: Duration = Duration::from_millis(250);
/// Pauses after a failure: doubling from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(10);

/// Why following stops for a while, named by what comes next.
#[derive(Debug, thiserror::Error)]
enum Interrupted {
    /// Read again from where the view is.
    #[error(transparent)]
    Log(#[from] LogError),
    /// Damaged: drop the file and fold everything; otherwise try again.
    #[error(transparent)]
    View(#[from] ViewError),
}

/// Folds what the log holds, and all that comes, into the view, until shutdown. `clock` lets out entries under a
/// grant's embargo while the log is quiet.
pub async fn run(view: Arc<View>, log: Arc<dyn Log>, clock: Clock, shutdown: CancellationToken) {
    let kept = [topic::FINGERPRINTS, topic::RECEIPTS, topic::TAKEDOWNS, topic::DEAD].map(str::to_owned).to_vec();
    let (view, log) = (view.as_ref(), log.as_ref());
    let follower = Follower { view, log, clock: &clock, shutdown: &shutdown, articles: watch::Sender::new(false) };
    let followed: [Subscription; FOLLOWERS] = [
        Subscription::Topics(vec![topic::ARTICLES.to_owned()]),
        Subscription::Topics(kept),
        Subscription::Prefix(topic::OUTLET_PREFIX.to_owned()),
        Subscription::Prefix(topic::DELIVERIES_PREFIX.to_owned()),
    ];
    let followers = followed.into_iter().enumerate();
    join_all(followers.map(|(number, topics)| follower.follow(number, topics))).await;
}

/// What all followers share.
struct Follower<'a> {
    view: &'a View,
    log: &'a dyn Log,
    clock: &'a Clock,
    shutdown: &'a CancellationToken,
    /// The view has the articles that there were when their follower began. The others begin then: what is told about
    /// articles is many times as much, and deliveries wait for the articles alone.
    articles: watch::Sender<bool>,
}

impl Follower<'_> {
    async fn follow(&self, number: usize, subscription: Subscription) {
        let mut pause = FIRST_PAUSE;
        while !self.shutdown.is_cancelled() {
            let outcome = tokio::select! {
                () = self.shutdown.cancelled() => return,
                outcome = self.read(number, &subscription, &mut pause) => outcome,
            };
            let Err(error) = outcome else { return };
            match &error {
                Interrupted::View(ViewError::Closed) => return,
                Interrupted::View(ViewError::Renewed) => {}
                Interrupted::View(ViewError::Damaged(_)) => {
                    tracing::warn!(%error, "the view is dropped and rebuilt from the log");
                    if let Err(error) = self.view.reset().await {
                        tracing::error!(%error, "the view cannot be made anew");
                    }
                }
                Interrupted::View(ViewError::Storage(_) | ViewError::Busy) => {
                    tracing::error!(%error, "the view cannot be written; it tries again");
                }
                Interrupted::Log(error) => tracing::warn!(%error, "the view reads the log again"),
            }
            tokio::select! {
                () = self.shutdown.cancelled() => return,
                () = tokio::time::sleep(pause) => pause = (pause * 2).min(LAST_PAUSE),
            }
        }
    }

    /// Reads and folds until something fails.
    async fn read(&self, number: usize, subscription: &Subscription, pause: &mut Duration) -> Result<(), Interrupted> {
        let Self { view, log, .. } = self;
        let end = if belongs(subscription, topic::ARTICLES) {
            Some(self.end_of_articles().await?)
        } else {
            // The sender lives as long as whoever waits.
            drop(self.articles.subscribe().wait_for(|there| *there).await);
            None
        };
        let known = positions(view, subscription);
        if !known.is_empty() && log::has_replaced(&log.all_bounds(subscription).await?, &known) {
            tracing::warn!("the view knows more than the log: it is of another log, and is rebuilt");
            view.reset().await?;
        }
        let life = view.life();
        let positions = positions(view, subscription);
        let mut reader = log.read(subscription.clone(), Start::Earliest, positions).await?;
        let mut answering = Answering::new(&view.shared.catch_up, number);
        loop {
            let before = (self.clock)();
            let records = reader.next(WAIT).await?;
            let quiet = records.is_empty();
            if !quiet {
                view.fold_in(life, records).await?;
                *pause = FIRST_PAUSE;
            }
            if life != view.life() {
                return Err(ViewError::Renewed.into());
            }
            answering.folded(*log, subscription, reader.as_ref()).await?;
            let Some(end) = end else { continue };
            if !*self.articles.borrow() && articles_read(reader.as_ref()) >= end {
                self.articles.send_replace(true);
            }
            if quiet {
                self.release(reader.as_ref(), before).await?;
            }
        }
    }

    async fn end_of_articles(&self) -> Result<Offset, LogError> {
        Ok(self.log.bounds(topic::ARTICLES).await?.get(&0).map_or(0, |bounds| bounds.end))
    }

    /// Lets out what is due at `before`, if every record of `articles` appended before that moment is folded.
    async fn release(&self, reader: &dyn Reader, before: Timestamp) -> Result<(), Interrupted> {
        if self.view.next_release().is_none_or(|due| due > before) {
            return Ok(());
        }
        if articles_read(reader) >= self.end_of_articles().await? {
            let settle = jiff::SignedDuration::from_millis(self.view.shared.settle_ms.into());
            let due = before.checked_sub(settle).unwrap_or(before);
            self.view.release(due).await?;
        }
        Ok(())
    }
}

/// How far `articles` is read.
fn articles_read(reader: &dyn Reader) -> Offset {
    let articles = Partition { topic: topic::ARTICLES.to_owned(), number: 0 };
    reader.positions().get(&articles).copied().unwrap_or(0)
}

fn positions(view: &View, subscription: &Subscription) -> BTreeMap<Partition, Offset> {
    view.progress().into_iter().filter(|(partition, _)| belongs(subscription, &partition.topic)).collect()
}

fn belongs(subscription: &Subscription, topic: &str) -> bool {
    match subscription {
        Subscription::Topics(topics) => topics.iter().any(|name| name == topic),
        Subscription::Prefix(prefix) => topic.starts_with(prefix.as_str()),
    }
}
