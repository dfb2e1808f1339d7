//! A member of a group in the embedded log.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, params};
use tokio::sync::watch;
use tokio::time::Instant;

use super::append::measure;
use super::desk::Desk;
use super::fetch::{Fetched, Limits, Position, fetch};
use super::group::{self, Commit, lost};
use super::shared::{Shared, now};
use super::store::broken;
use super::work::Context;
use crate::log::{LogError, Member, NewRecord, Offset, Partition, Polled, Result, Subscription};

/// Even if nobody says that there is something new, a member looks again after this time.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// A place in a group, given back when dropped.
pub(super) struct Membership {
    id: i64,
    polled: Arc<AtomicI64>,
    shared: Arc<Shared>,
    desk: Desk,
}

impl Drop for Membership {
    fn drop(&mut self) {
        self.shared.left(self.id);
        self.desk.wake();
    }
}

/// A partition this member owns.
#[derive(Debug)]
struct Owned {
    position: Position,
    /// Whether something was polled that is not committed.
    polled: bool,
}

/// One member.
pub(super) struct EmbeddedMember {
    membership: Membership,
    group: String,
    owned: BTreeMap<i64, Owned>,
    generation: Option<i64>,
    news: watch::Receiver<u64>,
    /// Where the next fetch begins, so that a busy partition does not starve the others.
    turn: usize,
}

impl EmbeddedMember {
    pub(super) async fn join(
        shared: &Arc<Shared>,
        desk: &Desk,
        group: &str,
        subscription: Subscription,
    ) -> Result<Self> {
        let news = shared.pulse.listen();
        let (name, counted, way) = (group.to_owned(), Arc::clone(shared), desk.clone());
        let joining = desk.write(0, move |context| {
            let id = group::join(context, &name, &counted.presence.name, &subscription, &counted.settings)?;
            let polled = counted.entered(id);
            // Made here: if nobody waits for it any more, it is dropped and leaves again.
            Ok(Membership { id, polled, shared: counted, desk: way })
        });
        let membership = joining.await?;
        let group = group.to_owned();
        Ok(Self { membership, group, owned: BTreeMap::new(), generation: None, news, turn: 0 })
    }

    fn shared(&self) -> &Arc<Shared> {
        &self.membership.shared
    }

    fn alive(&self) {
        self.membership.polled.store(now(), Ordering::Relaxed);
    }

    /// One look into the file; something to return, or nothing.
    async fn look(&mut self) -> Result<Option<Polled>> {
        let mut positions: Vec<Position> = self.owned.values().map(|owned| owned.position.clone()).collect();
        let turn = self.turn % positions.len().max(1);
        positions.rotate_left(turn);
        let (group, member, seen) = (self.group.clone(), self.membership.id, self.generation);
        let limits = Limits::of(&self.shared().settings);
        let view = self.shared().read(move |connection| {
            let snapshot = connection.unchecked_transaction().map_err(broken)?;
            look(&snapshot, &group, member, seen, &positions, limits)
        });
        match view.await? {
            View::Assignment { generation, mine, elsewhere } => self.reassign(generation, mine, &elsewhere).await,
            View::Records(fetched) => Ok(self.take(fetched)),
        }
    }

    fn take(&mut self, fetched: Fetched) -> Option<Polled> {
        self.turn = self.turn.wrapping_add(1);
        for (partition, next) in fetched.moved {
            if let Some(owned) = self.owned.get_mut(&partition) {
                owned.position.next = next;
                owned.polled = true;
            }
        }
        (!fetched.records.is_empty()).then_some(Polled::Records(fetched.records))
    }

    /// First lets go of what is wanted elsewhere, then takes what is new.
    async fn reassign(&mut self, generation: i64, mine: Vec<Position>, elsewhere: &[i64]) -> Result<Option<Polled>> {
        let kept = |id: &i64| mine.iter().any(|position| position.id == *id);
        let revoked: Vec<i64> = self.owned.keys().copied().filter(|id| !kept(id)).collect();
        let released: Vec<i64> = elsewhere.iter().chain(&revoked).copied().collect();
        if !released.is_empty() {
            self.release(released).await?;
        }
        if !revoked.is_empty() {
            let gone = revoked.iter().filter_map(|id| self.owned.remove(id));
            return Ok(Some(Polled::Revoked(gone.map(|owned| owned.position.partition).collect())));
        }
        self.generation = Some(generation);
        let mut assigned = Vec::new();
        for position in mine {
            if let Entry::Vacant(free) = self.owned.entry(position.id) {
                assigned.push(position.partition.clone());
                free.insert(Owned { position, polled: false });
            }
        }
        Ok((!assigned.is_empty()).then_some(Polled::Assigned(assigned)))
    }

    async fn release(&self, partitions: Vec<i64>) -> Result<()> {
        let (group, member) = (self.group.clone(), self.membership.id);
        let releasing = move |context: &mut Context<'_>| group::release(context, &group, member, &partitions);
        self.membership.desk.write(0, releasing).await
    }

    /// Waits for something that may concern this member; false when the time is up.
    async fn wait(&mut self, deadline: Instant, unknown: u64) -> bool {
        let look_again = Instant::now() + LOOK_AGAIN.min(self.shared().settings.poll_timeout() / 4);
        while Instant::now() < deadline {
            let changed = tokio::time::timeout_at(deadline.min(look_again), self.news.changed()).await;
            let positions = self.owned.values().map(|owned| (owned.position.id, owned.position.next));
            if changed.is_err() || self.membership.shared.pulse.concerns(unknown, positions) {
                break;
            }
        }
        Instant::now() < deadline
    }
}

#[async_trait]
impl Member for EmbeddedMember {
    async fn poll(&mut self, wait: Duration) -> Result<Polled> {
        let deadline = Instant::now() + wait;
        loop {
            self.alive();
            self.news.mark_unchanged();
            let (unknown, generation) = (self.shared().pulse.unknown(), self.generation);
            if let Some(polled) = self.look().await? {
                return Ok(polled);
            }
            if self.generation == generation && !self.wait(deadline, unknown).await {
                return Ok(Polled::Idle);
            }
        }
    }

    async fn seek(&mut self, partition: &Partition, offset: Offset) -> Result<()> {
        let owned = self.owned.values_mut().find(|owned| owned.position.partition == *partition);
        let owned = owned.ok_or_else(|| {
            LogError::Lost(format!("partition {} of `{}` is not this member's", partition.number, partition.topic))
        })?;
        owned.position.next = offset;
        owned.polled = false;
        Ok(())
    }

    async fn commit(&mut self, outputs: Vec<NewRecord>) -> Result<Vec<(Partition, Offset)>> {
        self.alive();
        let bytes = measure(&outputs, self.shared().settings.max_record_bytes)?;
        let offsets = self.owned.iter().map(|(id, owned)| (*id, owned.polled.then_some(owned.position.next)));
        let partitions: Vec<_> = offsets.collect();
        if partitions.is_empty() && outputs.is_empty() {
            return Ok(Vec::new());
        }
        if partitions.is_empty() {
            return Err(lost(&self.group, self.membership.id));
        }
        let commit = Commit { group: self.group.clone(), member: self.membership.id, partitions, outputs };
        let places = self.membership.desk.write(bytes, move |context| group::commit(context, &commit)).await?;
        self.owned.values_mut().for_each(|owned| owned.polled = false);
        Ok(places)
    }
}

/// What a member sees when it looks.
enum View {
    /// The assignment may have changed.
    Assignment {
        /// Rises with every change.
        generation: i64,
        /// What shall be this member's.
        mine: Vec<Position>,
        /// What is this member's and shall be another's.
        elsewhere: Vec<i64>,
    },
    /// It has not; these are records.
    Records(Fetched),
}

fn look(
    connection: &Connection,
    group: &str,
    member: i64,
    seen: Option<i64>,
    positions: &[Position],
    limits: Limits,
) -> Result<View> {
    let mut statement = connection
        .prepare_cached(
            "SELECT g.generation FROM groups g JOIN members m ON m.group_name = g.name WHERE g.name = ?1 AND m.id = ?2",
        )
        .map_err(broken)?;
    let generation = statement.query_row(params![group, member], |row| row.get(0)).optional().map_err(broken)?;
    let generation = generation.ok_or_else(|| lost(group, member))?;
    if seen == Some(generation) {
        return Ok(View::Records(fetch(connection, positions, limits)?));
    }
    let (mine, elsewhere) = (assignment(connection, group, member)?, wanted_elsewhere(connection, group, member)?);
    Ok(View::Assignment { generation, mine, elsewhere })
}

/// What is this member's and shall be another's; it may never have heard of it.
fn wanted_elsewhere(connection: &Connection, group: &str, member: i64) -> Result<Vec<i64>> {
    let sql = "SELECT partition FROM owners WHERE group_name = ?1 AND owner = ?2 AND wanted IS NOT ?2";
    let mut statement = connection.prepare_cached(sql).map_err(broken)?;
    let rows = statement.query_map(params![group, member], |row| row.get(0)).map_err(broken)?;
    rows.collect::<rusqlite::Result<_>>().map_err(broken)
}

/// What is this member's and shall stay so, from the committed offsets on.
fn assignment(connection: &Connection, group: &str, member: i64) -> Result<Vec<Position>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT p.id, t.name, p.number, ifnull(f.next, 0) FROM owners o
             JOIN partitions p ON p.id = o.partition JOIN topics t ON t.id = p.topic
             LEFT JOIN offsets f ON f.group_name = o.group_name AND f.partition = o.partition
             WHERE o.group_name = ?1 AND o.owner = ?2 AND o.wanted = ?2 ORDER BY p.id",
        )
        .map_err(broken)?;
    let rows = statement.query_map(params![group, member], |row| {
        let partition = Partition { topic: row.get(1)?, number: row.get(2)? };
        Ok(Position { id: row.get(0)?, partition, next: row.get(3)? })
    });
    rows.map_err(broken)?.collect::<rusqlite::Result<_>>().map_err(broken)
}
