//! Follows the topic `registry` and folds it, whatever the log does meanwhile.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lianbo_schemas::topic;
use tokio_util::sync::CancellationToken;

use crate::log::{Partition, Record, Result, Retention, Start, Subscription, TopicSpec};
use crate::registry::live::Shared;

/// How long one read waits before it looks at shutdown again.
const WAIT: Duration = Duration::from_millis(500);
/// How long one read waits while catching up, before it looks how far it is.
const CATCH_UP_WAIT: Duration = Duration::from_millis(20);
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
    let end = shared.log.bounds(topic::REGISTRY).await?.get(&partition.number).map_or(0, |bounds| bounds.end);
    let next = *shared.folded.borrow() + 1;
    let positions = if next > 0 { BTreeMap::from([(partition.clone(), next)]) } else { BTreeMap::new() };
    let subscription = Subscription::Topics(vec![topic::REGISTRY.to_owned()]);
    let mut reader = shared.log.read(subscription, Start::Earliest, positions).await?;
    while reader.positions().get(&partition).is_some_and(|position| *position < end) {
        let records = reader.next(CATCH_UP_WAIT).await?;
        fold(shared, &records);
    }
    shared.caught_up.send_replace(true);
    loop {
        let records = reader.next(WAIT).await?;
        fold(shared, &records);
    }
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
