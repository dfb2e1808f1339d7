//! Follows the topic `registry` and folds it, whatever the log does meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lianbo_schemas::topic;
use tokio_util::sync::CancellationToken;

use crate::log::{Offset, Partition, Reader, Record, Result, Retention, Start, Subscription, TopicSpec};
use crate::registry::live::Shared;

/// How long one read waits before it looks at shutdown again.
const WAIT: Duration = Duration::from_millis(500);
/// Reads in a row without a record after which the end counts as reached although its offset was not seen: the last
/// places of a Kafka partition may be control records, which no reader gets.
const QUIET_READS: u32 = 6;
/// Waits after the log did not answer: doubling from the first to the last.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LAST_PAUSE: Duration = Duration::from_secs(10);

/// Follows until shutdown.
pub(super) async fn follow(shared: Arc<Shared>, shutdown: CancellationToken) {
    let mut pause = FIRST_PAUSE;
    loop {
        let before = *shared.folded.borrow();
        let outcome = tokio::select! {
            () = shutdown.cancelled() => return,
            outcome = read(&shared) => outcome,
        };
        let Err(error) = outcome else { return };
        if *shared.folded.borrow() > before {
            pause = FIRST_PAUSE;
        }
        tracing::warn!(topic = topic::REGISTRY, %error, "the registry is not up to date; reading again");
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(pause) => pause = (pause * 2).min(LAST_PAUSE),
        }
    }
}

/// Reads and folds until the log fails.
async fn read(shared: &Shared) -> Result<()> {
    let topics = [TopicSpec { name: topic::REGISTRY.to_owned(), partitions: 1, retention: Retention::Compacted }];
    shared.log.ensure(&topics).await?;
    let partition = Partition { topic: topic::REGISTRY.to_owned(), number: 0 };
    let bounds = shared.log.bounds(topic::REGISTRY).await?;
    let end = bounds.get(&partition.number).map_or(0, |bounds| if bounds.start < bounds.end { bounds.end } else { 0 });
    let next = *shared.folded.borrow() + 1;
    let positions = if next > 0 { BTreeMap::from([(partition, next)]) } else { BTreeMap::new() };
    let subscription = Subscription::Topics(vec![topic::REGISTRY.to_owned()]);
    let mut reader = shared.log.read(subscription, Start::Earliest, positions).await?;
    catch_up(shared, reader.as_mut(), end).await?;
    shared.caught_up.send_replace(true);
    loop {
        let records = reader.next(WAIT).await?;
        fold(shared, &records);
    }
}

async fn catch_up(shared: &Shared, reader: &mut dyn Reader, end: Offset) -> Result<()> {
    let mut quiet = 0;
    while *shared.folded.borrow() + 1 < end && quiet < QUIET_READS {
        let records = reader.next(WAIT).await?;
        quiet = if records.is_empty() { quiet + 1 } else { 0 };
        fold(shared, &records);
    }
    Ok(())
}

/// Folds a batch into a new snapshot and swaps it in. A record that cannot be read is left out: an older or newer
/// release may have written it.
fn fold(shared: &Shared, records: &[Record]) {
    let Some(last) = records.last() else { return };
    let mut snapshot = (*shared.snapshot.load_full()).clone();
    for record in records {
        let key = record.key.as_deref().unwrap_or_default();
        let key = String::from_utf8_lossy(key);
        if let Err(error) = snapshot.fold(&key, record.value.as_deref()) {
            tracing::warn!(topic = topic::REGISTRY, offset = record.offset, %error, "registry record left out");
        }
    }
    shared.snapshot.store(Arc::new(snapshot));
    shared.revision.send_modify(|revision| *revision += 1);
    shared.folded.send_replace(last.offset);
}
