//! Records of the log, folded into the file. Positions are written in the same transaction, so that a record is folded
//! once, and a record that comes twice in the log changes nothing the second time.

mod article;
mod channel;
mod dead;
mod decided;
mod ledger;
mod release;
mod reselect;
mod submission;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use lianbo_schemas::{ArticleUri, ChannelId, Event, topic};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};
use serde::de::DeserializeOwned;

pub(super) use article::status_of;
pub(super) use release::{next_release, release_by_clock};
pub(super) use reselect::{generation, reselect_batch, settle_generation};

use super::channel::Selector;
use crate::log::{Offset, Partition, Record};

/// Where the next record of each partition is expected.
pub(super) type Positions = BTreeMap<Partition, Offset>;

/// What a transaction has changed, for those who keep things in memory.
#[derive(Debug, Default)]
pub(super) struct Touched {
    pub(super) articles: Vec<ArticleUri>,
    pub(super) channels: BTreeSet<ChannelId>,
}

/// One transaction's tools.
pub(super) struct Fold<'a> {
    pub(super) file: &'a Transaction<'a>,
    pub(super) selector: &'a Selector,
    pub(super) now: Timestamp,
    pub(super) touched: Touched,
}

/// Why a record was not folded, named by what comes next.
#[derive(Debug, thiserror::Error)]
enum FoldError {
    /// It does not hold what its topic promises: it is left out, and counted.
    #[error("cannot read the record: {0}")]
    Unreadable(String),
    /// The file failed: the transaction is rolled back.
    #[error(transparent)]
    File(#[from] rusqlite::Error),
}

/// The positions as stored.
pub(super) fn positions(file: &Connection) -> rusqlite::Result<Positions> {
    let mut statement = file.prepare_cached("SELECT topic, partition, next FROM positions")?;
    let rows = statement
        .query_map([], |row| Ok((Partition { topic: row.get(0)?, number: row.get(1)? }, row.get::<_, Offset>(2)?)))?;
    rows.collect()
}

/// Folds a batch in one transaction. Records before their partition's position are left out.
pub(super) fn fold_batch(
    file: &mut Connection,
    positions: &mut Positions,
    records: &[Record],
    selector: &Selector,
    now: Timestamp,
) -> rusqlite::Result<Touched> {
    let transaction = file.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let mut fold = Fold { file: &transaction, selector, now, touched: Touched::default() };
    let mut moved: Positions = BTreeMap::new();
    for record in records {
        let next = moved.get(&record.partition).or_else(|| positions.get(&record.partition));
        if next.is_some_and(|next| record.offset < *next) {
            continue;
        }
        fold.record(record)?;
        moved.insert(record.partition.clone(), record.offset + 1);
    }
    fold.store_positions(&moved)?;
    let touched = fold.touched;
    transaction.commit()?;
    positions.extend(moved);
    Ok(touched)
}

impl Fold<'_> {
    fn record(&mut self, record: &Record) -> rusqlite::Result<()> {
        let outcome = match record.partition.topic.as_str() {
            topic::ARTICLES => self.article(record),
            topic::FINGERPRINTS => self.verdict(record),
            topic::RECEIPTS => self.receipt(record),
            topic::TAKEDOWNS => self.take_down(record),
            topic::DEAD => self.dead_letter(record),
            name if name.starts_with(topic::OUTLET_PREFIX) => self.submission(record),
            name if name.starts_with(topic::DELIVERIES_PREFIX) => self.delivery(record),
            _ => Ok(()),
        };
        match outcome {
            Ok(()) => Ok(()),
            Err(FoldError::File(error)) => Err(error),
            Err(FoldError::Unreadable(cause)) => {
                let (topic, offset) = (&record.partition.topic, record.offset);
                tracing::warn!(%topic, offset, %cause, "the view leaves a record out");
                self.count("unreadable")
            }
        }
    }

    fn count(&self, fact: &str) -> rusqlite::Result<()> {
        let sql = "INSERT INTO facts VALUES (?1, 1) ON CONFLICT DO UPDATE SET value = value + 1";
        self.file.prepare_cached(sql)?.execute([fact]).map(drop)
    }

    fn store_positions(&self, moved: &Positions) -> rusqlite::Result<()> {
        let mut statement = self.file.prepare_cached("INSERT OR REPLACE INTO positions VALUES (?1, ?2, ?3)")?;
        for (partition, next) in moved {
            statement.execute(params![partition.topic, partition.number, next])?;
        }
        Ok(())
    }
}

/// The data of a record as a type, whether it is a CloudEvent or bare JSON; `None` for a tombstone.
fn data<T: DeserializeOwned>(record: &Record) -> Result<Option<T>, FoldError> {
    Ok(opened(record)?.map(|(_, data)| data))
}

/// The same, with its attributes if it is an event.
fn opened<T: DeserializeOwned>(record: &Record) -> Result<Option<(Option<Event>, T)>, FoldError> {
    let Some(value) = &record.value else { return Ok(None) };
    let opened = Event::open(&record.headers, value);
    let (event, data) = opened.map_err(|error| FoldError::Unreadable(error.to_string()))?;
    let data = serde_json::from_slice(&data).map_err(|error| FoldError::Unreadable(error.to_string()))?;
    Ok(Some((event, data)))
}

/// JSON for the file. The nouns have only string keys, so that writing them cannot fail; should one ever fail, the
/// record is left out and counted.
fn json<T: serde::Serialize>(value: &T) -> Result<Vec<u8>, FoldError> {
    serde_json::to_vec(value).map_err(|error| FoldError::Unreadable(error.to_string()))
}
