//! A reader outside any group in the embedded log.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::Connection;
use tokio::sync::watch;
use tokio::time::Instant;

use super::desk::Desk;
use super::fetch::{Limits, Position, end_of, fetch, offset_at};
use super::member::LOOK_AGAIN;
use super::shared::Shared;
use super::store::broken;
use super::topics::{all_exist, partitions, takes};
use crate::log::{Offset, Partition, Reader, Record, Result, Start, Subscription};

/// One reader.
pub(super) struct EmbeddedReader {
    shared: Arc<Shared>,
    /// Keeps the writer alive, which tells of news.
    _desk: Desk,
    subscription: Subscription,
    positions: BTreeMap<i64, Position>,
    news: watch::Receiver<u64>,
    unknown: u64,
    turn: usize,
}

impl EmbeddedReader {
    pub(super) async fn open(
        shared: &Arc<Shared>,
        desk: &Desk,
        subscription: Subscription,
        start: Start,
        given: BTreeMap<Partition, Offset>,
    ) -> Result<Self> {
        let (news, unknown) = (shared.pulse.listen(), shared.pulse.unknown());
        let wanted = subscription.clone();
        let positions = shared.read(move |connection| {
            all_exist(connection, &wanted)?;
            let snapshot = connection.unchecked_transaction().map_err(broken)?;
            let positions = starts(&snapshot, &wanted, start, &given)?;
            Ok(positions.into_iter().map(|position| (position.id, position)).collect())
        });
        let positions = positions.await?;
        Ok(Self { shared: Arc::clone(shared), _desk: desk.clone(), subscription, positions, news, unknown, turn: 0 })
    }

    async fn look(&mut self) -> Result<Vec<Record>> {
        let mut positions: Vec<Position> = self.positions.values().cloned().collect();
        let turn = self.turn % positions.len().max(1);
        positions.rotate_left(turn);
        let limits = Limits::of(&self.shared.settings);
        let fetched = self.shared.read(move |connection| fetch(connection, &positions, limits)).await?;
        for (partition, next) in fetched.moved {
            if let Some(position) = self.positions.get_mut(&partition) {
                position.next = next;
            }
        }
        self.turn = self.turn.wrapping_add(1);
        Ok(fetched.records)
    }

    /// Topics that appeared since are read from their beginning.
    async fn discover(&mut self) -> Result<()> {
        if !matches!(self.subscription, Subscription::Prefix(_)) {
            return Ok(());
        }
        let wanted = self.subscription.clone();
        let none = BTreeMap::new();
        let all = self.shared.read(move |connection| starts(connection, &wanted, Start::Earliest, &none)).await?;
        for position in all {
            self.positions.entry(position.id).or_insert(position);
        }
        Ok(())
    }

    /// Waits for something that may concern this reader; false when the time is up.
    async fn wait(&mut self, deadline: Instant) -> bool {
        let look_again = Instant::now() + LOOK_AGAIN;
        while Instant::now() < deadline {
            let changed = tokio::time::timeout_at(deadline.min(look_again), self.news.changed()).await;
            let positions = self.positions.values().map(|position| (position.id, position.next));
            if changed.is_err() || self.shared.pulse.concerns(self.unknown, positions) {
                break;
            }
        }
        Instant::now() < deadline
    }
}

#[async_trait]
impl Reader for EmbeddedReader {
    async fn next(&mut self, wait: Duration) -> Result<Vec<Record>> {
        let deadline = Instant::now() + wait;
        loop {
            self.news.mark_unchanged();
            let unknown = self.shared.pulse.unknown();
            if unknown != self.unknown {
                self.discover().await?;
                self.unknown = unknown;
            }
            let records = self.look().await?;
            if !records.is_empty() || !self.wait(deadline).await {
                return Ok(records);
            }
        }
    }

    fn positions(&self) -> BTreeMap<Partition, Offset> {
        self.positions.values().map(|position| (position.partition.clone(), position.next)).collect()
    }
}

/// Where to start in every partition of the subscription.
fn starts(
    connection: &Connection,
    subscription: &Subscription,
    start: Start,
    given: &BTreeMap<Partition, Offset>,
) -> Result<Vec<Position>> {
    let mut positions = Vec::new();
    for (id, topic, number) in partitions(connection)? {
        if !takes(subscription, &topic) {
            continue;
        }
        let partition = Partition { topic, number };
        let next = match (given.get(&partition), start) {
            (Some(offset), _) => *offset,
            (None, Start::Offset(offset)) => offset,
            (None, Start::Earliest) => 0,
            (None, Start::Latest) => end_of(connection, id)?,
            (None, Start::Time(moment)) => offset_at(connection, id, moment)?,
        };
        positions.push(Position { id, partition, next });
    }
    Ok(positions)
}
