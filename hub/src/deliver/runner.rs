//! One session after another, each with its ledger, its appender and its follower of receipts.

use std::sync::Arc;
use std::time::Duration;

use lianbo_schemas::topic;
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Deliverer;
use super::appender::appender;
use super::follow::{Followed, follow};
use super::lane::Shared;
use super::lease::Lease;
use super::ledger::{self, LedgerError};
use super::session::Session;
use super::takedown;
use crate::log::{LogError, Subscription};

/// The consumer group.
pub(super) const GROUP: &str = "deliver";
/// Waits after a session broke: doubling from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(10);
/// A session that lived so long was sound: the next wait is a short one again.
const SOUND: Duration = Duration::from_secs(30);
/// How long receipts that lanes have handed over may take to become durable when a session ends.
const LAST_RECEIPTS: Duration = Duration::from_secs(5);

/// Why a session ended, named by what comes next: all of them join again.
#[derive(Debug, thiserror::Error)]
pub(super) enum SessionError {
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error("a task of it broke: {0}")]
    Task(#[from] JoinError),
}

/// Delivers until shutdown, whatever log, ledger and partners do meanwhile. Returns when all its tasks have ended;
/// calls in flight get the grace of the settings.
pub async fn run(deliverer: Deliverer, shutdown: CancellationToken) {
    let mut pause = FIRST_PAUSE;
    while !shutdown.is_cancelled() {
        let started = Instant::now();
        let Err(error) = serve(&deliverer, &shutdown).await else { return };
        if started.elapsed() > SOUND {
            pause = FIRST_PAUSE;
        }
        match &error {
            SessionError::Log(LogError::Lost(cause)) => {
                tracing::info!(stage = GROUP, %cause, "assignment lost, joining again");
            }
            SessionError::Log(LogError::Broken(_)) | SessionError::Ledger(LedgerError::Sqlite { .. }) => {
                tracing::error!(stage = GROUP, %error, "delivering cannot go on; see `lianbo check`");
            }
            SessionError::Log(LogError::Unavailable(_) | LogError::TooLarge { .. } | LogError::NoTopic(_))
            | SessionError::Ledger(LedgerError::Closed)
            | SessionError::Task(_) => tracing::warn!(stage = GROUP, %error, "delivering starts again"),
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(LAST_PAUSE),
        }
    }
}

/// One membership, from joining to shutdown or an error.
async fn serve(deliverer: &Deliverer, shutdown: &CancellationToken) -> Result<(), SessionError> {
    let member = deliverer.log.join(GROUP, Subscription::Prefix(topic::DELIVERIES_PREFIX.to_owned())).await?;
    let (ledger, keeper) = ledger::open(&deliverer.ledger).await?;
    let settings = &deliverer.settings;
    let log = Arc::clone(&deliverer.log);
    let (appender, appending) = appender(log, ledger.clone(), settings.receipts_queue, settings.receipts_batch);
    let (followed_sender, followed) = watch::channel(Followed::default());
    let ended = CancellationToken::new();
    let mut parts: JoinSet<Result<(), LedgerError>> = JoinSet::new();
    parts.spawn(keeper.run());
    parts.spawn(appending.run());
    parts.spawn(follow(Arc::clone(&deliverer.log), ledger.clone(), followed_sender, ended.clone()));
    let shared = Arc::new(Shared {
        ledger,
        appender,
        articles: Arc::clone(&deliverer.articles),
        connectors: Arc::clone(&deliverer.connectors),
        registry: Arc::clone(&deliverer.registry),
        changes: deliverer.changes.clone(),
        followed,
        status: deliverer.status.clone(),
        clock: Arc::clone(&deliverer.clock),
        settings: settings.clone(),
        lease: Arc::new(Lease::new(Duration::from_millis(settings.lease_ms.max(1)))),
    });
    parts.spawn(takedown::watch(Arc::clone(&shared), Arc::clone(&deliverer.pages), ended.clone()));
    let session = Session::new(Arc::clone(&deliverer.log), shared, shutdown);
    let outcome = session.run(member, &mut parts).await;
    ended.cancel();
    finish(&mut parts).await;
    outcome
}

/// Waits for receipts already handed over, and for the ledger to close; within a bound, since the log may be down.
async fn finish(parts: &mut JoinSet<Result<(), LedgerError>>) {
    let all = async { while parts.join_next().await.is_some() {} };
    if tokio::time::timeout(LAST_RECEIPTS, all).await.is_err() {
        tracing::warn!("receipts could not be written in time, their deliveries will be looked at again");
        parts.shutdown().await;
    }
}
