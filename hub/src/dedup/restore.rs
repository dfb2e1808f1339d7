//! Dedup's memory read back from `fingerprints`: the log is read, its records parsed, several batches at once, and the
//! state built, in order, all side by side.

use std::collections::BTreeMap;

use lianbo_schemas::{ArticleUri, Event, ItemUri, Settled, topic};
use tokio::sync::{mpsc, oneshot};

use super::decided::read_settled;
use super::state::{Dedup, Recalled, Restoring};
use crate::log::{Log, Past, Record, Subscription};
use crate::stage::StageError;

/// Batches read ahead of the state, and parsed at once as far as there are processors.
const WAITING: usize = 4;

/// A batch that is being parsed.
type Parsed = oneshot::Receiver<Result<Vec<Remembered>, StageError>>;

/// What one record of `fingerprints` says.
enum Remembered {
    /// This is known of an item now.
    Item(Box<Recalled>),
    /// An article that editors have decided about stands so now.
    Settled(Box<Settled>),
    /// Nothing is known any more of what has this key.
    Gone(String),
}

/// The state that everything visible now in `fingerprints` left behind, made of an empty one, and how many records that
/// were.
pub(super) async fn restore(log: &dyn Log, empty: Dedup) -> Result<(Dedup, u64), StageError> {
    let (read, memory) = mpsc::channel(WAITING);
    let building = tokio::task::spawn_blocking(move || build(empty, memory));
    let poured = pour(log, read).await;
    let built = building.await.map_err(|error| StageError::State(error.to_string()))??;
    poured?;
    match built.0.fault() {
        Some(cause) => Err(StageError::State(format!("cannot keep items in the data folder: {cause}"))),
        None => Ok(built),
    }
}

async fn pour(log: &dyn Log, read: mpsc::Sender<Parsed>) -> Result<(), StageError> {
    let topics = Subscription::Topics(vec![topic::FINGERPRINTS.to_owned()]);
    let mut past = Past::of(log, topics).await?;
    while let Some(batch) = past.next().await? {
        let (done, parsed) = oneshot::channel();
        tokio::task::spawn_blocking(move || done.send(batch.iter().filter_map(remembered).collect()));
        // Nobody takes them any more: a record could not be read, and whoever found that out says so.
        if read.send(parsed).await.is_err() {
            break;
        }
    }
    Ok(())
}

fn build(empty: Dedup, mut memory: mpsc::Receiver<Parsed>) -> Result<(Dedup, u64), StageError> {
    let (mut records, mut restoring) = (0, Restoring::of(empty));
    let mut settled: BTreeMap<ArticleUri, Settled> = BTreeMap::new();
    while let Some(parsed) = memory.blocking_recv() {
        let parsed = parsed.blocking_recv().map_err(|error| StageError::State(error.to_string()))?;
        let batch = parsed?;
        records += batch.len() as u64;
        for remembered in batch {
            match remembered {
                Remembered::Item(recalled) => restoring.take(*recalled),
                Remembered::Settled(article) => drop(settled.insert(article.article.clone(), *article)),
                Remembered::Gone(key) => {
                    settled.retain(|article, _| article.as_str() != key);
                    if let Ok(item) = ItemUri::new(key) {
                        restoring.lose(&item);
                    }
                }
            }
        }
    }
    Ok((restoring.finish().with_decisions(settled.into_values()), records))
}

/// What a record says; nothing, when it is empty and without a key.
fn remembered(record: &Record) -> Option<Result<Remembered, StageError>> {
    let Some(value) = &record.value else {
        let key = record.key.as_ref().and_then(|key| std::str::from_utf8(key).ok());
        return key.map(|key| Ok(Remembered::Gone(key.to_owned())));
    };
    let unreadable = |cause: String| {
        StageError::State(format!("cannot read offset {} of `{}`: {cause}", record.offset, topic::FINGERPRINTS))
    };
    let read = Event::read(&record.headers, value).map_err(|error| error.to_string()).and_then(|(event, data)| {
        let remembered = match read_settled(&event, &data) {
            Some(settled) => settled.map(|settled| Remembered::Settled(Box::new(settled))),
            None => Recalled::read(&data).map(|recalled| Remembered::Item(Box::new(recalled))),
        };
        remembered.map_err(|error| error.to_string())
    });
    Some(read.map_err(unreadable))
}
