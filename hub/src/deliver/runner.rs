//! One session after another: join the group, fold what is assigned into the ledger, keep a lane per partner.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use lianbo_schemas::{DeadLetter, Origin, PartnerId, Reason, topic};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::Deliverer;
use super::appender::appender;
use super::follow::{Followed, follow};
use super::lane::{self, Shared, Signal};
use super::ledger::{self, Assignment, Ledger, LedgerError, Poison, fold_deliveries};
use crate::log::{Bounds, LogError, Member, Offset, Partition, Polled, Record, Subscription};
use crate::stage::Clock;

/// The consumer group.
const GROUP: &str = "deliver";
/// The longest a poll waits.
const LONGEST_WAIT: Duration = Duration::from_millis(500);
/// Waits after a session broke: doubling from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(10);
/// A session that lived so long was sound: the next wait is a short one again.
const SOUND: Duration = Duration::from_secs(30);
/// How long receipts that lanes have handed over may take to become durable when a session ends.
const LAST_RECEIPTS: Duration = Duration::from_secs(5);

/// Why a session ended, named by what comes next: all of them join again.
#[derive(Debug, thiserror::Error)]
enum SessionError {
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
    });
    let session = Session {
        deliverer,
        shared,
        shutdown,
        assignments: HashMap::new(),
        lanes: BTreeMap::new(),
        tasks: JoinSet::new(),
        uncommitted: false,
    };
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

struct LaneHandle {
    signal: Arc<Signal>,
    stop: CancellationToken,
    task: Id,
    partition: Partition,
    /// The end of its deliveries when it was assigned.
    behind_until: Offset,
}

struct Session<'a> {
    deliverer: &'a Deliverer,
    shared: Arc<Shared>,
    shutdown: &'a CancellationToken,
    assignments: HashMap<Partition, Assignment>,
    lanes: BTreeMap<PartnerId, LaneHandle>,
    tasks: JoinSet<Result<(), LedgerError>>,
    /// Something was folded since the offsets were last committed.
    uncommitted: bool,
}

impl Session<'_> {
    async fn run(
        mut self,
        mut member: Box<dyn Member>,
        parts: &mut JoinSet<Result<(), LedgerError>>,
    ) -> Result<(), SessionError> {
        let outcome = tokio::select! {
            outcome = self.take_part(member.as_mut()) => outcome,
            Some(ended) = parts.join_next() => match ended {
                Ok(Ok(())) => Err(LedgerError::Closed.into()),
                Ok(Err(error)) => Err(error.into()),
                Err(error) => Err(error.into()),
            },
        };
        if outcome.is_err() {
            self.lanes.values().for_each(|lane| lane.stop.cancel());
        }
        // At shutdown the lanes have heard it themselves, and end within their grace.
        while let Some(ended) = self.tasks.join_next().await {
            if let Err(error) = ended {
                tracing::error!(%error, "a lane broke");
            }
        }
        self.lanes.keys().for_each(|partner| self.shared.status.remove(partner));
        if outcome.is_ok() && self.uncommitted {
            member.commit(Vec::new()).await?;
        }
        outcome
    }

    async fn take_part(&mut self, member: &mut dyn Member) -> Result<(), SessionError> {
        let every = Duration::from_millis(self.shared.settings.commit_every_ms.max(1));
        let mut next_commit = Instant::now() + every;
        loop {
            let polled = tokio::select! {
                () = self.shutdown.cancelled() => return Ok(()),
                polled = member.poll(LONGEST_WAIT) => polled,
            };
            match polled {
                Ok(Polled::Records(records)) => self.fold(records).await?,
                Ok(Polled::Assigned(partitions)) => self.assigned(member, partitions).await?,
                Ok(Polled::Revoked(partitions)) => self.revoked(&partitions).await?,
                Ok(Polled::Idle) => self.lanes.values().for_each(|lane| lane.signal.catch_up()),
                Err(LogError::Unavailable(cause)) => self.wait_for_log(&cause).await,
                Err(error) => return Err(error.into()),
            }
            self.look_at_tasks()?;
            if self.uncommitted && next_commit <= Instant::now() {
                self.commit(member).await?;
                next_commit = Instant::now() + every;
            }
        }
    }

    /// The assignment stands until the log says otherwise: lanes go on with what they have.
    async fn wait_for_log(&self, cause: &str) {
        tracing::warn!(stage = GROUP, cause, "the log does not answer, lanes go on with what they have");
        tokio::select! {
            () = self.shutdown.cancelled() => {}
            () = tokio::time::sleep(LONGEST_WAIT) => {}
        }
    }

    /// Everything polled so far is in the ledger. The offsets are for the display of lag: a later commit will do.
    async fn commit(&mut self, member: &mut dyn Member) -> Result<(), SessionError> {
        match member.commit(Vec::new()).await {
            Ok(_) => self.uncommitted = false,
            Err(LogError::Unavailable(cause)) => tracing::warn!(stage = GROUP, cause, "offsets are not committed yet"),
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn fold(&mut self, records: Vec<Record>) -> Result<(), SessionError> {
        let mut reached: HashMap<Partition, Offset> = HashMap::new();
        for record in &records {
            reached.insert(record.partition.clone(), record.offset + 1);
        }
        let assignments: HashMap<Partition, Assignment> = reached
            .keys()
            .filter_map(|partition| Some((partition.clone(), self.assignments.get(partition)?.clone())))
            .collect();
        let ledger = &self.shared.ledger;
        let folded = ledger.call(move |store| fold_deliveries(store, &records, &assignments)).await?;
        self.uncommitted = true;
        for poison in folded.poison {
            self.shared.appender.letter(dead_record(poison, &self.shared.clock)).await?;
        }
        for (partner, urgent) in folded.touched {
            if let Some(lane) = self.lanes.get(&partner) {
                lane.signal.ring(urgent);
            }
        }
        for lane in self.lanes.values() {
            if reached.get(&lane.partition).is_some_and(|next| *next >= lane.behind_until) {
                lane.signal.catch_up();
            }
        }
        Ok(())
    }

    async fn assigned(&mut self, member: &mut dyn Member, partitions: Vec<Partition>) -> Result<(), SessionError> {
        let receipts = self.deliverer.log.bounds(topic::RECEIPTS).await?;
        for partition in partitions {
            let Some(partner) = topic::partner_of(&partition.topic).filter(|_| partition.number == 0) else {
                tracing::error!(
                    topic = partition.topic,
                    partition = partition.number,
                    "not the one partition of a partner's deliveries, nothing of it is delivered"
                );
                continue;
            };
            let bounds = self.deliverer.log.bounds(&partition.topic).await?;
            let bounds = bounds.get(&partition.number).copied().unwrap_or(Bounds { start: 0, end: 0 });
            let position = position(&self.shared.ledger, &partner, &partition, bounds).await?;
            member.seek(&partition, position).await?;
            let generation = rand::random::<i64>().saturating_abs().max(1);
            let assignment = Assignment { partner: partner.clone(), generation, live_from: bounds.end };
            self.assignments.insert(partition.clone(), assignment);
            self.start_lane(partner, partition, generation, bounds, position, receipts.clone());
        }
        Ok(())
    }

    fn start_lane(
        &mut self,
        partner: PartnerId,
        partition: Partition,
        generation: i64,
        bounds: Bounds,
        position: Offset,
        receipts: BTreeMap<i32, Bounds>,
    ) {
        let (signal, stop) = (Arc::new(Signal::default()), CancellationToken::new());
        if position >= bounds.end {
            signal.catch_up();
        }
        let start = lane::Start {
            partner: partner.clone(),
            generation,
            receipts,
            signal: Arc::clone(&signal),
            stop: stop.clone(),
            shutdown: self.shutdown.clone(),
        };
        let task = self.tasks.spawn(lane::run(Arc::clone(&self.shared), start)).id();
        self.lanes.insert(partner, LaneHandle { signal, stop, task, partition, behind_until: bounds.end });
    }

    /// Stops the lanes of these partitions at once, and waits until they have ended.
    async fn revoked(&mut self, partitions: &[Partition]) -> Result<(), SessionError> {
        let mut ending: Vec<Id> = Vec::new();
        for partition in partitions {
            let Some(assignment) = self.assignments.remove(partition) else { continue };
            let Some(lane) = self.lanes.remove(&assignment.partner) else { continue };
            lane.stop.cancel();
            ending.push(lane.task);
            self.shared.status.remove(&assignment.partner);
        }
        while !ending.is_empty() {
            let Some(ended) = self.tasks.join_next_with_id().await else { break };
            let (id, outcome) = ended?;
            ending.retain(|task| *task != id);
            outcome?;
        }
        for partition in partitions {
            if let Some(partner) = topic::partner_of(&partition.topic) {
                self.shared.status.remove(&partner);
            }
        }
        Ok(())
    }

    /// A lane ends by itself only when something is broken.
    fn look_at_tasks(&mut self) -> Result<(), SessionError> {
        while let Some(ended) = self.tasks.try_join_next() {
            ended??;
        }
        Ok(())
    }
}

/// Where folding a partner's deliveries goes on: where the ledger stands, or at the start when the topic was made anew.
async fn position(
    ledger: &Ledger,
    partner: &PartnerId,
    partition: &Partition,
    bounds: Bounds,
) -> Result<Offset, LedgerError> {
    let (partner, partition) = (partner.clone(), partition.clone());
    let find = move |store: &mut ledger::Store| match store.position(&partition)? {
        Some(next) if next > bounds.end => {
            store.forget_desired(&partner, &partition.topic)?;
            Ok(bounds.start)
        }
        Some(next) => Ok(next.max(bounds.start)),
        None => Ok(bounds.start),
    };
    ledger.call(find).await
}

fn dead_record(poison: Poison, clock: &Clock) -> DeadLetter {
    let Partition { topic, number } = poison.partition;
    DeadLetter {
        origin: Origin::Record { topic, partition: number, offset: poison.offset },
        reason: Reason { code: "malformed".to_owned(), detail: poison.cause.chars().take(500).collect() },
        at: clock(),
        redriven: None,
    }
}
