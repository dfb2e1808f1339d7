//! Puts records into the file, within the writer's transaction.

use std::collections::BTreeMap;

use rusqlite::params;
use xxhash_rust::xxh3::xxh3_64;

use super::headers;
use super::store::{broken, place};
use super::topics::Topic;
use super::work::Context;
use crate::log::{LogError, NewRecord, Offset, Partition, Result};

/// Refuses what is larger than the log takes; otherwise the bytes of all.
pub(super) fn measure(records: &[NewRecord], largest: usize) -> Result<usize> {
    let mut total = 0;
    for record in records {
        let size = record.size();
        if size > largest {
            return Err(LogError::TooLarge { size });
        }
        total += size;
    }
    Ok(total)
}

/// Appends, and returns the places in the order of the records.
pub(super) fn append(context: &mut Context<'_>, records: &[NewRecord]) -> Result<Vec<(Partition, Offset)>> {
    let mut targets = Vec::with_capacity(records.len());
    let mut shares: BTreeMap<i64, Share> = BTreeMap::new();
    for record in records {
        let topic = context.topics.find(context.connection, &record.topic)?;
        let (id, number) = choose(topic, record, context.turn)?;
        context.turn = context.turn.wrapping_add(1);
        let share = shares.entry(id).or_default();
        share.records += 1;
        share.bytes += record.size() + headers::frame(&record.headers);
        targets.push((id, number));
    }
    for (id, share) in &mut shares {
        reserve(context, *id, share)?;
    }
    records.iter().zip(targets).map(|(record, (id, number))| insert(context, record, id, number, &mut shares)).collect()
}

/// What goes to one partition.
#[derive(Debug, Default)]
struct Share {
    records: i64,
    bytes: usize,
    next: Offset,
    time: i64,
}

/// A key always goes to the same partition; records without one take turns.
fn choose(topic: &Topic, record: &NewRecord, turn: usize) -> Result<(i64, i32)> {
    if topic.compacted && record.key.is_none() {
        let cause = format!("a record without a key cannot be kept in the compacted topic `{}`", record.topic);
        return Err(LogError::Broken(cause));
    }
    let count = topic.partitions.len().max(1);
    let index = match &record.key {
        Some(key) => usize::try_from(xxh3_64(key) % count as u64).unwrap_or(0),
        None => turn % count,
    };
    let id = topic.partitions.get(index).copied().ok_or_else(|| LogError::NoTopic(record.topic.clone()))?;
    Ok((id, i32::try_from(index).unwrap_or(i32::MAX)))
}

/// Takes offsets from the partition. Time never goes back within one, so that it can be searched.
fn reserve(context: &mut Context<'_>, id: i64, share: &mut Share) -> Result<()> {
    let mut statement = context
        .connection
        .prepare_cached(
            "UPDATE partitions SET next = next + ?2, time = max(time, ?3), bytes = bytes + ?4 WHERE id = ?1
             RETURNING next, time",
        )
        .map_err(broken)?;
    let bytes = i64::try_from(share.bytes).unwrap_or(i64::MAX);
    let reserved = statement.query_row(params![id, share.records, context.now, bytes], |row| {
        Ok((row.get::<_, Offset>(0)?, row.get::<_, i64>(1)?))
    });
    let (end, time) = reserved.map_err(broken)?;
    share.next = end - share.records;
    share.time = time;
    context.effects.ends.push((id, end));
    Ok(())
}

fn insert(
    context: &Context<'_>,
    record: &NewRecord,
    id: i64,
    number: i32,
    shares: &mut BTreeMap<i64, Share>,
) -> Result<(Partition, Offset)> {
    let share = shares.entry(id).or_default();
    let offset = share.next;
    share.next += 1;
    let mut statement = context
        .connection
        .prepare_cached("INSERT INTO records (place, time, key, headers, value) VALUES (?1, ?2, ?3, ?4, ?5)")
        .map_err(broken)?;
    statement
        .execute(params![
            place(id, offset),
            share.time,
            record.key.as_deref(),
            headers::pack(&record.headers),
            record.value.as_deref()
        ])
        .map_err(broken)?;
    Ok((Partition { topic: record.topic.clone(), number }, offset))
}
