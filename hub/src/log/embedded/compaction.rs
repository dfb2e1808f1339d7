//! Compaction by key and retention by time, a piece at a time, within the writer's transaction.
//!
//! `newest` remembers where the newest record of each key stands, so that each record is looked at once: when it
//! replaces an older one, that is deleted. A tombstone goes some time after compaction has seen it.

use rusqlite::{OptionalExtension, params};

use super::store::{broken, offset_of, place};
use super::topics::{COMPACTED, TIMED};
use super::work::Context;
use crate::log::{Offset, Result};

/// Records a piece looks at: a millisecond or two, which appends wait for.
const PIECE: i64 = 200;
/// Bytes a piece deletes, roughly: large records take long to delete.
const PIECE_BYTES: i64 = 32_000_000;

/// Does a piece; says whether there may be more.
pub(super) fn clean(context: &mut Context<'_>, tombstone_retention_ms: u64) -> Result<bool> {
    Ok(compact(context)? || bury(context, tombstone_retention_ms)? || forget_old(context)?)
}

/// Looks at the records after those already looked at, in one compacted partition.
fn compact(context: &Context<'_>) -> Result<bool> {
    let mut next = context
        .connection
        .prepare_cached(
            "SELECT p.id, p.cleaned, p.next FROM partitions p JOIN topics t ON t.id = p.topic
             WHERE t.retention = ?1 AND p.cleaned < p.next LIMIT 1",
        )
        .map_err(broken)?;
    let found = next.query_row([COMPACTED], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).optional();
    let Some((partition, cleaned, end)) = found.map_err(broken)? else { return Ok(false) };
    let seen = unseen(context, partition, cleaned, end)?;
    let (mut freed, mut reached) = (0, end);
    for (count, (offset, key, tombstone)) in (1..).zip(&seen) {
        freed += replace(context, partition, *offset, key, *tombstone)?;
        if count == PIECE || freed >= PIECE_BYTES {
            reached = offset + 1;
            break;
        }
    }
    context
        .connection
        .execute("UPDATE partitions SET cleaned = ?2 WHERE id = ?1", params![partition, reached])
        .map_err(broken)?;
    Ok(true)
}

type Seen = (Offset, Vec<u8>, bool);

fn unseen(context: &Context<'_>, partition: i64, from: Offset, end: Offset) -> Result<Vec<Seen>> {
    let mut statement = context
        .connection
        .prepare_cached(
            "SELECT place, key, value IS NULL FROM records
             WHERE place >= ?1 AND place < ?2 AND key IS NOT NULL ORDER BY place LIMIT ?3",
        )
        .map_err(broken)?;
    let rows = statement
        .query_map(params![place(partition, from), place(partition, end), PIECE], |row| {
            Ok((offset_of(row.get(0)?), row.get(1)?, row.get(2)?))
        })
        .map_err(broken)?;
    rows.collect::<rusqlite::Result<_>>().map_err(broken)
}

/// This record is now the newest of its key; returns the bytes of the one it replaces.
fn replace(context: &Context<'_>, partition: i64, offset: Offset, key: &[u8], tombstone: bool) -> Result<i64> {
    let connection = context.connection;
    let mut former =
        connection.prepare_cached("SELECT offset FROM newest WHERE partition = ?1 AND key = ?2").map_err(broken)?;
    let former: Option<Offset> =
        former.query_row(params![partition, key], |row| row.get(0)).optional().map_err(broken)?;
    let mut newest = connection
        .prepare_cached(
            "INSERT INTO newest (partition, key, offset, tombstoned) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET offset = excluded.offset, tombstoned = excluded.tombstoned",
        )
        .map_err(broken)?;
    newest.execute(params![partition, key, offset, tombstone.then_some(context.now)]).map_err(broken)?;
    former.map_or(Ok(0), |former| delete(context, partition, former))
}

/// Deletes one record; returns its bytes.
fn delete(context: &Context<'_>, partition: i64, offset: Offset) -> Result<i64> {
    let mut statement = context
        .connection
        .prepare_cached(
            "DELETE FROM records WHERE place = ?1
             RETURNING ifnull(length(key), 0) + ifnull(length(headers), 0) + ifnull(length(value), 0)",
        )
        .map_err(broken)?;
    let bytes: Option<i64> =
        statement.query_row([place(partition, offset)], |row| row.get(0)).optional().map_err(broken)?;
    let bytes = bytes.unwrap_or(0);
    let mut account = context
        .connection
        .prepare_cached("UPDATE partitions SET bytes = max(0, bytes - ?2) WHERE id = ?1")
        .map_err(broken)?;
    account.execute(params![partition, bytes]).map_err(broken)?;
    Ok(bytes)
}

/// Removes tombstones that have stood long enough.
fn bury(context: &Context<'_>, retention_ms: u64) -> Result<bool> {
    let since = context.now.saturating_sub(i64::try_from(retention_ms).unwrap_or(i64::MAX));
    let mut statement = context
        .connection
        .prepare_cached("SELECT partition, key, offset FROM newest WHERE tombstoned <= ?1 LIMIT ?2")
        .map_err(broken)?;
    let rows = statement
        .query_map(params![since, PIECE], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, Vec<u8>>(1)?, row.get::<_, Offset>(2)?))
        })
        .map_err(broken)?;
    let old = rows.collect::<rusqlite::Result<Vec<_>>>().map_err(broken)?;
    for (partition, key, offset) in &old {
        delete(context, *partition, *offset)?;
        context
            .connection
            .execute("DELETE FROM newest WHERE partition = ?1 AND key = ?2", params![partition, key])
            .map_err(broken)?;
    }
    Ok(!old.is_empty())
}

/// Removes records older than their topic keeps them.
fn forget_old(context: &Context<'_>) -> Result<bool> {
    let mut statement = context
        .connection
        .prepare_cached(
            "SELECT p.id, t.retention_ms FROM partitions p JOIN topics t ON t.id = p.topic
             WHERE t.retention = ?1 AND p.bytes > 0",
        )
        .map_err(broken)?;
    let rows = statement.query_map([TIMED], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)));
    let partitions = rows.map_err(broken)?.collect::<rusqlite::Result<Vec<_>>>().map_err(broken)?;
    for (partition, retention_ms) in partitions {
        if forget_before(context, partition, context.now.saturating_sub(retention_ms))? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn forget_before(context: &Context<'_>, partition: i64, time: i64) -> Result<bool> {
    let mut statement = context
        .connection
        .prepare_cached("SELECT place, time FROM records WHERE place >= ?1 AND place < ?2 ORDER BY place LIMIT ?3")
        .map_err(broken)?;
    let rows = statement
        .query_map(params![place(partition, 0), place(partition + 1, 0), PIECE], |row| {
            Ok((offset_of(row.get(0)?), row.get::<_, i64>(1)?))
        })
        .map_err(broken)?;
    let first = rows.collect::<rusqlite::Result<Vec<_>>>().map_err(broken)?;
    let (mut freed, mut some) = (0, false);
    for (offset, _) in first.into_iter().take_while(|(_, appended)| *appended < time) {
        freed += delete(context, partition, offset)?;
        some = true;
        if freed >= PIECE_BYTES {
            break;
        }
    }
    Ok(some)
}
