//! Follows `receipts` and `takedowns` into the ledger, so that a lane that moves here knows what its former node did.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lianbo_schemas::topic;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::ledger::{Ledger, LedgerError, fold_receipts};
use crate::log::{Bounds, Log, LogError, Offset, Partition, Reader, Record, Start, Subscription};

/// How long one read waits for receipts.
const WAIT: Duration = Duration::from_millis(250);
/// How long what was read waits for this node's own receipts to be folded by whoever wrote them, who knows them better:
/// others can wait, but for a start.
const OWN_FIRST: Duration = Duration::from_millis(5);
/// Waits after the log did not answer: doubling from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(10);

/// How far the ledger has followed the receipts.
#[derive(Debug, Clone, Default)]
pub(super) struct Followed {
    next: BTreeMap<i32, Offset>,
}

/// Waits until the ledger holds the receipts up to `ends`; returns early when following has ended.
pub(super) async fn reached(mut followed: watch::Receiver<Followed>, ends: &BTreeMap<i32, Bounds>) {
    let there = |followed: &Followed| {
        let read = |number: &i32| followed.next.get(number).copied().unwrap_or(0);
        ends.iter().all(|(number, bounds)| bounds.end <= bounds.start || read(number) >= bounds.end)
    };
    // An error says that the follower is gone; the session then ends, and the lane with it.
    drop(followed.wait_for(there).await);
}

/// Follows until stopped, whatever the log does meanwhile.
pub(super) async fn follow(
    log: Arc<dyn Log>,
    ledger: Ledger,
    followed: watch::Sender<Followed>,
    stop: CancellationToken,
) -> Result<(), LedgerError> {
    let mut pause = FIRST_PAUSE;
    loop {
        let error = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            outcome = follow_reader(log.as_ref(), &ledger, &followed, &mut pause) => match outcome {
                FollowError::Ledger(error) => return Err(error),
                FollowError::Log(error) => error,
            },
        };
        tracing::warn!(%error, "receipts cannot be read, trying again");
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(LAST_PAUSE),
        }
    }
}

enum FollowError {
    Log(LogError),
    Ledger(LedgerError),
}

impl From<LogError> for FollowError {
    fn from(error: LogError) -> Self {
        Self::Log(error)
    }
}

impl From<LedgerError> for FollowError {
    fn from(error: LedgerError) -> Self {
        Self::Ledger(error)
    }
}

async fn follow_reader(
    log: &dyn Log,
    ledger: &Ledger,
    followed: &watch::Sender<Followed>,
    pause: &mut Duration,
) -> FollowError {
    let (mut reader, ends) = match open(log, ledger, followed).await {
        Ok(opened) => opened,
        Err(error) => return error,
    };
    loop {
        if let Err(error) = step(reader.as_mut(), ledger, followed, &ends).await {
            return error;
        }
        *pause = FIRST_PAUSE;
    }
}

/// A reader that goes on where the ledger stands, or from the start when the topic was made anew; and where the topics
/// end now.
async fn open(
    log: &dyn Log,
    ledger: &Ledger,
    followed: &watch::Sender<Followed>,
) -> Result<(Box<dyn Reader>, BTreeMap<Partition, Offset>), FollowError> {
    let topics = [topic::RECEIPTS, topic::TAKEDOWNS].map(str::to_owned);
    let bounds = log.all_bounds(&Subscription::Topics(topics.to_vec())).await?.into_iter();
    let ends: BTreeMap<Partition, Offset> = bounds.map(|(partition, bounds)| (partition, bounds.end)).collect();
    let asked = ends.clone();
    let positions = ledger.call(move |store| {
        let mut positions = BTreeMap::new();
        for (partition, end) in asked {
            match store.position(&partition)? {
                Some(next) if next > end => {
                    store.forget_held()?;
                    return Ok(BTreeMap::new());
                }
                Some(next) => drop(positions.insert(partition, next)),
                None => {}
            }
        }
        Ok(positions)
    });
    let positions = positions.await?;
    followed.send_modify(|followed| followed.next = of_receipts(&positions));
    Ok((log.read(Subscription::Topics(topics.to_vec()), Start::Earliest, positions).await?, ends))
}

/// How far the receipts are read, which is what lanes wait for.
fn of_receipts(positions: &BTreeMap<Partition, Offset>) -> BTreeMap<i32, Offset> {
    let receipts = positions.iter().filter(|(partition, _)| partition.topic == topic::RECEIPTS);
    receipts.map(|(partition, next)| (partition.number, *next)).collect()
}

async fn step(
    reader: &mut dyn Reader,
    ledger: &Ledger,
    followed: &watch::Sender<Followed>,
    ends: &BTreeMap<Partition, Offset>,
) -> Result<(), FollowError> {
    let records = reader.next(WAIT).await?;
    if !records.is_empty() {
        let is_start = |record: &Record| ends.get(&record.partition).is_some_and(|end| record.offset < *end);
        if !records.iter().any(is_start) {
            tokio::time::sleep(OWN_FIRST).await;
        }
        ledger.call(move |store| fold_receipts(store, &records)).await?;
    }
    let next = of_receipts(&reader.positions());
    followed.send_if_modified(|followed| {
        let moved = followed.next != next;
        followed.next = next;
        moved
    });
    Ok(())
}
