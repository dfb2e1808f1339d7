//! Dedup's memory read back from `fingerprints`: the log is read, its records parsed and the state built side by side.

use std::collections::BTreeMap;

use lianbo_schemas::{ArticleUri, Event, ItemUri, Judged, Settled, topic};
use tokio::sync::mpsc;

use super::decided::read_settled;
use super::state::{Dedup, Restoring};
use crate::log::{Log, Past, Record, Subscription};
use crate::stage::StageError;

/// Batches that may wait between two of the three.
const WAITING: usize = 4;

/// What one record of `fingerprints` says.
enum Remembered {
    /// This is known of an item now.
    Item(Box<Judged>),
    /// An article that editors have decided about stands so now.
    Settled(Box<Settled>),
    /// Nothing is known any more of what has this key.
    Gone(String),
}

/// The state that everything visible now in `fingerprints` left behind, made of an empty one, and how many records that
/// were.
pub(super) async fn restore(log: &dyn Log, empty: Dedup) -> Result<(Dedup, u64), StageError> {
    let (records, unread) = mpsc::channel(WAITING);
    let (read, memory) = mpsc::channel(WAITING);
    let reading = tokio::task::spawn_blocking(move || parse(unread, &read));
    let building = tokio::task::spawn_blocking(move || build(empty, memory));
    let poured = pour(log, records).await;
    reading.await.map_err(|error| StageError::State(error.to_string()))??;
    let built = building.await.map_err(|error| StageError::State(error.to_string()))?;
    poured?;
    match built.0.fault() {
        Some(cause) => Err(StageError::State(format!("cannot keep items in the data folder: {cause}"))),
        None => Ok(built),
    }
}

async fn pour(log: &dyn Log, records: mpsc::Sender<Vec<Record>>) -> Result<(), StageError> {
    let topics = Subscription::Topics(vec![topic::FINGERPRINTS.to_owned()]);
    let mut past = Past::of(log, topics).await?;
    while let Some(batch) = past.next().await? {
        // Nobody takes them any more: a record could not be read, and whoever found that out says so.
        if records.send(batch).await.is_err() {
            break;
        }
    }
    Ok(())
}

fn parse(mut unread: mpsc::Receiver<Vec<Record>>, read: &mpsc::Sender<Vec<Remembered>>) -> Result<(), StageError> {
    while let Some(batch) = unread.blocking_recv() {
        let batch: Result<Vec<Remembered>, StageError> = batch.iter().filter_map(remembered).collect();
        if read.blocking_send(batch?).is_err() {
            break;
        }
    }
    Ok(())
}

fn build(empty: Dedup, mut memory: mpsc::Receiver<Vec<Remembered>>) -> (Dedup, u64) {
    let (mut records, mut restoring) = (0, Restoring::of(empty));
    let mut settled: BTreeMap<ArticleUri, Settled> = BTreeMap::new();
    while let Some(batch) = memory.blocking_recv() {
        records += batch.len() as u64;
        for remembered in batch {
            match remembered {
                Remembered::Item(judged) => restoring.take(*judged),
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
    (restoring.finish().with_decisions(settled.into_values()), records)
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
            None => serde_json::from_slice(&data).map(|judged| Remembered::Item(Box::new(judged))),
        };
        remembered.map_err(|error| error.to_string())
    });
    Some(read.map_err(unreadable))
}
