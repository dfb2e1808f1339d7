//! How a stage runs: join the group, rebuild state when assigned, records in, records out, commit together; on a lost
//! assignment drop everything and join again. Stages meet only in topics.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::log::{Log, LogError, Member, NewRecord, Partition, Polled, Record, Subscription};

/// Tells the time. Handed in, so that a test can turn it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// The machine's own clock.
pub fn machine_clock() -> Clock {
    Arc::new(Timestamp::now)
}

/// Why a stage cannot go on with a batch, named by what comes next. A record that cannot be read is no error here: the
/// stage writes a dead letter among its outputs.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// The log failed under it.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The stage's own state cannot be trusted any more: drop it and join again.
    #[error("the state is not usable: {0}")]
    State(String),
}

/// A step of the flow. Its outputs and its input offsets are committed together.
#[async_trait]
pub trait Stage: Send {
    /// The consumer group, and the name in log lines.
    fn name(&self) -> &'static str;

    /// What it reads.
    fn subscription(&self) -> Subscription;

    /// These partitions are this stage's now; called before any record of theirs. Rebuild what state they need.
    async fn assigned(&mut self, log: &dyn Log, partitions: &[Partition]) -> Result<(), StageError>;

    /// These are not any more, or their last batch was not committed: forget their state.
    fn revoked(&mut self, partitions: &[Partition]);

    /// Records in, records out. `now` is the only time a stage may use.
    async fn process(&mut self, records: Vec<Record>, now: Timestamp) -> Result<Vec<NewRecord>, StageError>;

    /// The next moment there is something to do without input, e.g. an embargo that ends.
    fn wakes_at(&self) -> Option<Timestamp> {
        None
    }

    /// Does what is due at `now`.
    async fn due(&mut self, now: Timestamp) -> Result<Vec<NewRecord>, StageError> {
        let _nothing = now;
        Ok(Vec::new())
    }
}

/// The longest a stage waits for input before it looks at the clock and at shutdown again.
const LONGEST_WAIT: Duration = Duration::from_millis(500);
/// Waits after the log did not answer: doubling from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(10);

/// Runs a stage until shutdown, whatever the log does meanwhile.
pub async fn run(mut stage: Box<dyn Stage>, log: Arc<dyn Log>, clock: Clock, shutdown: CancellationToken) {
    let mut pause = FIRST_PAUSE;
    while !shutdown.is_cancelled() {
        let started = clock();
        let outcome = serve(stage.as_mut(), log.as_ref(), &clock, &shutdown).await;
        let Err(error) = outcome else { return };
        let lived = clock().duration_since(started);
        if lived.as_secs() > 30 {
            pause = FIRST_PAUSE;
        }
        match &error {
            StageError::Log(LogError::Lost(cause)) => {
                tracing::info!(stage = stage.name(), %cause, "assignment lost, joining again")
            }
            StageError::Log(LogError::Broken(cause)) => {
                tracing::error!(stage = stage.name(), %cause, "the log refuses; see `lianbo check`");
            }
            StageError::Log(LogError::Unavailable(_) | LogError::TooLarge { .. } | LogError::NoTopic(_))
            | StageError::State(_) => {
                tracing::warn!(stage = stage.name(), %error, "stage starts again");
            }
        }
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(LAST_PAUSE),
        }
    }
}

/// One membership, from joining to shutdown or an error. Whatever was assigned is revoked at the end.
async fn serve(
    stage: &mut dyn Stage,
    log: &dyn Log,
    clock: &Clock,
    shutdown: &CancellationToken,
) -> Result<(), StageError> {
    let mut member = log.join(stage.name(), stage.subscription()).await?;
    let mut mine: Vec<Partition> = Vec::new();
    let outcome = take_part(stage, log, member.as_mut(), &mut mine, clock, shutdown).await;
    stage.revoked(&mine);
    outcome
}

async fn take_part(
    stage: &mut dyn Stage,
    log: &dyn Log,
    member: &mut dyn Member,
    mine: &mut Vec<Partition>,
    clock: &Clock,
    shutdown: &CancellationToken,
) -> Result<(), StageError> {
    while !shutdown.is_cancelled() {
        let polled = tokio::select! {
            () = shutdown.cancelled() => return Ok(()),
            polled = member.poll(wait(stage.wakes_at(), clock())) => polled?,
        };
        match polled {
            Polled::Assigned(partitions) => {
                stage.assigned(log, &partitions).await?;
                mine.extend(partitions);
            }
            Polled::Revoked(partitions) => {
                stage.revoked(&partitions);
                mine.retain(|partition| !partitions.contains(partition));
            }
            Polled::Records(records) => {
                let outputs = stage.process(records, clock()).await?;
                member.commit(outputs).await?;
            }
            Polled::Idle => {}
        }
        let now = clock();
        if !mine.is_empty() && stage.wakes_at().is_some_and(|at| at <= now) {
            let outputs = stage.due(now).await?;
            if !outputs.is_empty() {
                member.commit(outputs).await?;
            }
        }
    }
    Ok(())
}

fn wait(wakes_at: Option<Timestamp>, now: Timestamp) -> Duration {
    let until = wakes_at.map(|at| Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO));
    until.map_or(LONGEST_WAIT, |until| until.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{LONGEST_WAIT, wait};

    #[test]
    fn a_stage_sleeps_until_its_next_moment_at_most() {
        let now = "2026-01-02T03:04:05Z".parse().unwrap();
        let soon = now + Duration::from_millis(20);
        assert_eq!(wait(Some(soon), now), Duration::from_millis(20));
        assert_eq!(wait(Some(now), soon), Duration::ZERO);
        assert_eq!(wait(Some(now + LONGEST_WAIT * 2), now), LONGEST_WAIT);
        assert_eq!(wait(None, now), LONGEST_WAIT);
    }
}
