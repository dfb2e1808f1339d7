//! One membership of the group: folds what is assigned into the ledger, keeps a lane for each assigned partner.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use lianbo_schemas::{DeadLetter, Origin, PartnerId, Reason, topic};
use tokio::task::{Id, JoinSet};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::lane::{self, Shared, Signal};
use super::ledger::{self, Assignment, Ledger, LedgerError, Poison, fold_deliveries};
use super::runner::{GROUP, SessionError};
use crate::log::{Bounds, Log, LogError, Member, Offset, Partition, Polled, Record, Subscription};
use crate::stage::Clock;

/// The longest a poll waits.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

struct LaneHandle {
    signal: Arc<Signal>,
    stop: CancellationToken,
    task: Id,
    partition: Partition,
    /// The end of its deliveries when it was assigned.
    behind_until: Offset,
}

/// One membership of the group.
pub(super) struct Session<'a> {
    log: Arc<dyn Log>,
    shared: Arc<Shared>,
    shutdown: &'a CancellationToken,
    assignments: HashMap<Partition, Assignment>,
    lanes: BTreeMap<PartnerId, LaneHandle>,
    tasks: JoinSet<Result<(), LedgerError>>,
    /// Something was folded since the offsets were last committed.
    uncommitted: bool,
}

impl<'a> Session<'a> {
    pub(super) fn new(log: Arc<dyn Log>, shared: Arc<Shared>, shutdown: &'a CancellationToken) -> Self {
        Self {
            log,
            shared,
            shutdown,
            assignments: HashMap::new(),
            lanes: BTreeMap::new(),
            tasks: JoinSet::new(),
            uncommitted: false,
        }
    }

    /// Takes part until shutdown or an error, or until one of the session's `parts` ends; leaves no lane running.
    pub(super) async fn run(
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
            if !self.shared.lease.holds() {
                self.confirm(member).await?;
            }
            let asked = Instant::now();
            let polled = tokio::select! {
                () = self.shutdown.cancelled() => return Ok(()),
                polled = member.poll(LONGEST_WAIT) => polled,
            };
            if polled.is_ok() {
                self.shared.lease.renew(asked);
            }
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

    /// Asks the log whether the assignment still stands: so much time has passed, by whatever cause, that another node
    /// may have it. A commit that succeeds says that it stands.
    async fn confirm(&mut self, member: &mut dyn Member) -> Result<(), SessionError> {
        let asked = Instant::now();
        match member.commit(Vec::new()).await {
            Ok(_) => self.shared.lease.renew(asked),
            Err(LogError::Unavailable(cause)) => {
                tracing::warn!(stage = GROUP, cause, "the assignment is not confirmed")
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    /// The assignment stands until the log says otherwise: lanes go on with what they have, as long as their lease
    /// holds.
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
            match reached.get_mut(&record.partition) {
                Some(next) => *next = record.offset + 1,
                None => drop(reached.insert(record.partition.clone(), record.offset + 1)),
            }
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
        for (partner, arrived) in folded.arrived {
            if let Some(lane) = self.lanes.get(&partner) {
                lane.signal.ring(arrived);
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
        let receipts = self.log.bounds(topic::RECEIPTS).await?;
        let committed = self.log.lag(GROUP).await?;
        let topics = partitions.iter().map(|partition| partition.topic.clone()).collect();
        let there = self.log.all_bounds(&Subscription::Topics(topics)).await?;
        for partition in partitions {
            let Some(partner) = topic::partner_of(&partition.topic).filter(|_| partition.number == 0) else {
                tracing::error!(
                    topic = partition.topic,
                    partition = partition.number,
                    "not the one partition of a partner's deliveries, nothing of it is delivered"
                );
                continue;
            };
            let bounds = there.get(&partition).copied().unwrap_or(Bounds { start: 0, end: 0 });
            let position = position(&self.shared.ledger, &partner, &partition, bounds).await?;
            member.seek(&partition, position).await?;
            let generation = rand::random::<i64>().saturating_abs().max(1);
            let letters_from = committed.iter().find(|lag| lag.partition == partition).and_then(|lag| lag.committed);
            let assignment = Assignment {
                partner: partner.clone(),
                generation,
                live_from: bounds.end,
                letters_from: letters_from.unwrap_or(0),
            };
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
    let origin = Origin::Record { topic, partition: number, offset: poison.offset };
    let reason = Reason { code: "malformed".to_owned(), detail: poison.cause.chars().take(500).collect() };
    DeadLetter::new(origin, reason, clock())
}
