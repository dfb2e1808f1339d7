//! A lane: one partner's deliveries, in a task of its own, so that no partner feels another.
//!
//! It takes what differs from the ledger a handful at a time, keeps a window of calls in flight, and looks at work,
//! registry, clock and shutdown between them. No call outlives its lane.

mod denied;
mod dispatch;
mod gate;
mod registry;
mod settle;
mod signal;
mod state;

use std::collections::{BTreeMap, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use jiff::Timestamp;
use lianbo_connectors::partner::{Failure, PartnerConnector};
use lianbo_schemas::{ArticleUri, Partner, PartnerId};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::appender::Appender;
use super::breaker::Breaker;
use super::follow::{Followed, reached};
use super::lease::Lease;
use super::ledger::{Arrived, Due, Ledger, LedgerError, Place, Stock, Turn};
use super::outcome::Finished;
use super::pace::Pace;
use super::{ArticleStore, ConnectorFactory, DeliverStatus, RegistrySource, Settings};
use crate::log::{Bounds, Offset};
use crate::stage::Clock;
use denied::Denied;
use gate::Gate;
pub(super) use signal::Signal;
use state::Shown;

/// How long a lane that waits for a date sleeps before it looks at the clock again, which a test or an administrator
/// may have turned.
const CLOCK_LOOK: Duration = Duration::from_millis(500);
/// Articles a lane has in hand at most, beyond those in flight, or four windows of them if that is more: a probe chooses
/// among them the one tried least.
const IN_HAND: usize = 64;
/// When there are this few of them, or two windows, and the ledger has more, the next handful is asked for, so that calls
/// go on while it is fetched.
const LOW_IN_HAND: usize = 32;
/// For so many places of the window, one answered delivery may wait for its receipt to be durable without holding a place
/// of its own: a fast partner does not wait for the disk, and a killed process sends little more than a window
/// once more.
const PLACES_PER_UNDURABLE: usize = 4;
/// Articles busy for each place of the window; what waits for the ledger alone holds none.
const BUSY_PER_PLACE: usize = 8;
/// How long a lane that has nothing to do may show counts that it kept itself before it asks the ledger for them.
const COUNTS_LOOK: Duration = Duration::from_secs(1);
/// How often a lane in its quiet hours looks whether they are over.
const QUIET_LOOK: Duration = Duration::from_secs(10);
/// How soon a lane without a lease looks again whether it has one.
const LEASE_LOOK: Duration = Duration::from_millis(50);

/// What all lanes of a session share.
pub(super) struct Shared {
    pub(super) ledger: Ledger,
    pub(super) appender: Appender,
    pub(super) articles: Arc<dyn ArticleStore>,
    pub(super) connectors: ConnectorFactory,
    pub(super) registry: RegistrySource,
    pub(super) changes: watch::Receiver<u64>,
    pub(super) followed: watch::Receiver<Followed>,
    pub(super) status: DeliverStatus,
    pub(super) clock: Clock,
    pub(super) settings: Settings,
    pub(super) lease: Arc<Lease>,
}

/// What a lane is told when it starts.
pub(super) struct Start {
    pub(super) partner: PartnerId,
    pub(super) generation: i64,
    /// The ends of `receipts` when the lane was assigned.
    pub(super) receipts: BTreeMap<i32, Bounds>,
    pub(super) signal: Arc<Signal>,
    /// Stop at once.
    pub(super) stop: CancellationToken,
    /// Stop when what is in flight has ended, or the grace is over.
    pub(super) shutdown: CancellationToken,
}

struct Lane {
    shared: Arc<Shared>,
    start: Start,
    partner: Option<Arc<Partner>>,
    connector: Option<Arc<dyn PartnerConnector>>,
    gate: Gate,
    breaker: Breaker,
    pace: Pace,
    denied: Denied,
    /// What may go next, in order.
    hand: VecDeque<Due>,
    /// Articles in flight or waiting for their receipt, with the decision that is carried out: none of them starts
    /// again before that has ended.
    busy: HashMap<ArticleUri, Offset>,
    /// Articles that are answered and whose receipt is not durable: but for a few, they hold their places.
    undurable: Arc<AtomicUsize>,
    /// Busy articles with a newer decision behind them, which goes right after.
    overtaken: HashSet<ArticleUri>,
    /// Attempts, each in a task of its own: all cores share their work, and between the last look at the lease and the
    /// request stands no work for another.
    calls: JoinSet<Finished>,
    closing: FuturesUnordered<BoxFuture<'static, Result<Closed, LedgerError>>>,
    check: Option<BoxFuture<'static, Result<String, Failure>>>,
    restock: Option<BoxFuture<'static, Result<Stock, LedgerError>>>,
    /// Articles closed while a restock was under way, with the decision that was carried out: what it says of them is
    /// old.
    closed_meanwhile: HashMap<ArticleUri, Offset>,
    /// The first moment such an article waits for.
    wakes_meanwhile: Option<Timestamp>,
    /// What is in hand may not be what should go first.
    stale: bool,
    /// The ledger has more than what is in hand.
    more: bool,
    /// All that may go and stands up to here is in hand or busy; `None`: the ledger was not asked yet.
    frontier: Option<Place>,
    /// The newest decision of each turn of which this is so, or that the ledger had when it was asked for what stands there.
    newest: BTreeMap<Turn, Offset>,
    /// The first turn of what has come, and was left with the ledger, while that was being asked.
    missed: Option<Turn>,
    /// Articles have been done since the ledger was asked last: what is shown of it is old.
    changed: bool,
    /// When it was asked last.
    asked: Instant,
    next_wake: Option<Timestamp>,
    shown: Shown,
}

/// Something about an article is written.
enum Closed {
    /// A letter beside a delivery that goes on.
    Letter,
    /// A receipt, after which the partner shows so many articles more.
    Receipt { article: ArticleUri, shows: i64 },
    /// A deferral, until then, or only until the lane takes it up again.
    Deferral { article: ArticleUri, wakes: Option<Timestamp> },
}

/// What a lane heard.
enum Heard {
    Stop,
    Drain,
    Called(Box<Finished>),
    Closed(Result<Closed, LedgerError>),
    Stock(Result<Stock, LedgerError>),
    Checked(Result<String, Failure>),
    Bell,
    Registry,
    Time,
}

/// Runs a lane until it is stopped or the session ends.
pub(super) async fn run(shared: Arc<Shared>, start: Start) -> Result<(), LedgerError> {
    let mut lane = Lane::new(shared, start);
    lane.publish();
    let ready = async {
        reached(lane.shared.followed.clone(), &lane.start.receipts).await;
        lane.start.signal.wait_until_caught_up().await;
    };
    tokio::select! {
        () = lane.start.stop.cancelled() => return Ok(()),
        () = lane.start.shutdown.cancelled() => return Ok(()),
        () = ready => {}
    }
    lane.shown.started = true;
    lane.read_registry();
    let outcome = lane.work().await;
    // Whoever has the partner next must not meet a call of this lane's.
    lane.calls.shutdown().await;
    outcome
}

impl Lane {
    fn new(shared: Arc<Shared>, start: Start) -> Self {
        Self {
            shared,
            start,
            partner: None,
            connector: None,
            gate: Gate::NotRegistered,
            breaker: Breaker::new(),
            pace: Pace::new(0),
            denied: Denied::default(),
            hand: VecDeque::new(),
            busy: HashMap::new(),
            undurable: Arc::default(),
            overtaken: HashSet::new(),
            calls: JoinSet::new(),
            closing: FuturesUnordered::new(),
            check: None,
            restock: None,
            closed_meanwhile: HashMap::new(),
            wakes_meanwhile: None,
            stale: true,
            more: false,
            frontier: None,
            newest: BTreeMap::new(),
            missed: None,
            changed: false,
            asked: Instant::now(),
            next_wake: None,
            shown: Shown::default(),
        }
    }

    async fn work(&mut self) -> Result<(), LedgerError> {
        let mut changes = self.shared.changes.clone();
        let mut draining: Option<Instant> = None;
        loop {
            if draining.is_none() {
                self.start_restock();
                self.start_check();
                self.dispatch();
            }
            self.publish();
            if draining.is_some_and(|until| self.is_quiet() || until <= Instant::now()) {
                return Ok(());
            }
            match self.hear(&mut changes, draining).await {
                Heard::Stop => return Ok(()),
                Heard::Drain => draining = Some(Instant::now() + Duration::from_millis(self.shared.settings.grace_ms)),
                Heard::Called(finished) => self.settle(*finished),
                Heard::Closed(closed) => self.close(closed?),
                Heard::Stock(stock) => self.take_stock(stock?),
                Heard::Checked(result) => self.checked(result),
                Heard::Bell => self.rung(),
                Heard::Registry => self.read_registry(),
                Heard::Time => {}
            }
        }
    }

    fn is_quiet(&self) -> bool {
        self.calls.is_empty() && self.closing.is_empty()
    }

    async fn hear(&mut self, changes: &mut watch::Receiver<u64>, draining: Option<Instant>) -> Heard {
        let wakes = self.wakes(draining);
        let Self { start, calls, closing, check, restock, .. } = self;
        tokio::select! {
            biased;
            () = start.stop.cancelled() => Heard::Stop,
            () = start.shutdown.cancelled(), if draining.is_none() => Heard::Drain,
            Some(closed) = closing.next(), if !closing.is_empty() => Heard::Closed(closed),
            Some(finished) = calls.join_next() => Heard::Called(Box::new(unbroken(finished))),
            stock = poll_slot(restock), if restock.is_some() => Heard::Stock(stock),
            result = poll_slot(check), if check.is_some() => Heard::Checked(result),
            () = start.signal.rung() => Heard::Bell,
            Ok(()) = changes.changed() => Heard::Registry,
            () = tokio::time::sleep_until(wakes.unwrap_or_else(Instant::now)), if wakes.is_some() => Heard::Time,
        }
    }

    /// The next moment at which time alone changes something.
    fn wakes(&self, draining: Option<Instant>) -> Option<Instant> {
        if draining.is_some() {
            return draining;
        }
        let now = Instant::now();
        let wake = self.next_wake.filter(|_| self.restock.is_none()).map(|at| {
            let wait = Duration::try_from(at.duration_since((self.shared.clock)())).unwrap_or(Duration::ZERO);
            now + wait.min(CLOCK_LOOK)
        });
        [wake, self.counts_due(), self.waits_for(now), self.next_check()].into_iter().flatten().min()
    }

    fn rung(&mut self) {
        match self.start.signal.take() {
            None => {}
            Some(Arrived::Behind(due)) => self.take_arrived(due),
            Some(Arrived::Many(turn)) => self.leave(turn),
            Some(Arrived::Urgent) => self.stale = true,
        }
    }
}

/// What an attempt came to. One that broke breaks its lane, as if it had run inside.
fn unbroken(finished: Result<Finished, JoinError>) -> Finished {
    match finished {
        Ok(finished) => finished,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}

/// Waits for what is in the slot, and empties it.
async fn poll_slot<T>(slot: &mut Option<BoxFuture<'static, T>>) -> T {
    match slot {
        Some(future) => {
            let value = future.await;
            *slot = None;
            value
        }
        None => std::future::pending().await,
    }
}
