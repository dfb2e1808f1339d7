//! Reads records, bounds and times, on a connection for reading.

use std::collections::BTreeMap;

use bytes::Bytes;
use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::headers;
use super::settings::Settings;
use super::store::{broken, offset_of, place};
use crate::log::{Bounds, LogError, Offset, Partition, Record, Result};

/// How much one poll brings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    records: usize,
    bytes: usize,
}

impl Limits {
    pub(super) fn of(settings: &Settings) -> Self {
        Self { records: settings.poll_records.max(1), bytes: settings.poll_bytes }
    }
}

/// A partition and where to read on.
#[derive(Debug, Clone)]
pub(super) struct Position {
    /// Its id.
    pub id: i64,
    /// Its name.
    pub partition: Partition,
    /// The next offset to read.
    pub next: Offset,
}

/// What was read, and where each partition stands now.
#[derive(Debug, Default)]
pub(super) struct Fetched {
    /// In order within each partition.
    pub records: Vec<Record>,
    /// Partition → next offset, where it moved.
    pub moved: Vec<(i64, Offset)>,
}

/// Reads on from these positions up to the limits. None takes more than its share of the records while others have some
/// too, and those with the least come first: what is new does not wait behind a replay.
pub(super) fn fetch(connection: &Connection, positions: &[Position], limits: Limits) -> Result<Fetched> {
    let mut open = Vec::new();
    for position in positions {
        let end = end_of(connection, position.id)?;
        if end > position.next {
            open.push((position, end));
        }
    }
    open.sort_by_key(|(position, end)| end - position.next);
    let share = Limits { records: limits.records.div_ceil(open.len().max(1)), bytes: limits.bytes };
    let mut fetched = Fetched::default();
    let mut bytes = 0;
    for (position, end) in open {
        if fetched.records.len() >= limits.records || bytes >= limits.bytes {
            break;
        }
        let next = fetch_partition(connection, position, end, share, &mut fetched.records, &mut bytes)?;
        fetched.moved.push((position.id, next));
    }
    Ok(fetched)
}

/// Returns the next offset: the end, when all up to it was read.
fn fetch_partition(
    connection: &Connection,
    position: &Position,
    end: Offset,
    limits: Limits,
    records: &mut Vec<Record>,
    bytes: &mut usize,
) -> Result<Offset> {
    let mut statement = connection
        .prepare_cached(
            "SELECT place, time, key, headers, value FROM records WHERE place >= ?1 AND place < ?2 ORDER BY place",
        )
        .map_err(broken)?;
    let mut rows =
        statement.query(params![place(position.id, position.next), place(position.id, end)]).map_err(broken)?;
    let before = records.len();
    while let Some(row) = rows.next().map_err(broken)? {
        let record = read(row, &position.partition)?;
        let next = record.offset + 1;
        *bytes += record.size();
        records.push(record);
        if records.len() - before >= limits.records || *bytes >= limits.bytes {
            return Ok(next);
        }
    }
    Ok(end)
}

fn read(row: &Row<'_>, partition: &Partition) -> Result<Record> {
    let blob = |index: usize| -> Result<Option<Bytes>> {
        let value = row.get_ref(index).map_err(broken)?.as_blob_or_null();
        Ok(value.map_err(|error| damaged(&error.to_string()))?.map(Bytes::copy_from_slice))
    };
    let offset = offset_of(row.get(0).map_err(broken)?);
    let time = time(row.get(1).map_err(broken)?)?;
    let packed = row.get_ref(3).map_err(broken)?.as_blob_or_null().map_err(|error| damaged(&error.to_string()))?;
    let headers = headers::unpack(packed.unwrap_or_default()).ok_or_else(|| damaged("headers cannot be read"))?;
    Ok(Record { partition: partition.clone(), offset, time, key: blob(2)?, headers, value: blob(4)? })
}

fn time(milliseconds: i64) -> Result<Timestamp> {
    Timestamp::from_millisecond(milliseconds).map_err(|error| damaged(&error.to_string()))
}

fn damaged(cause: &str) -> LogError {
    LogError::Broken(format!("the log's file is damaged: {cause}"))
}

/// The offset after a partition's newest record.
pub(super) fn end_of(connection: &Connection, partition: i64) -> Result<Offset> {
    let mut statement = connection.prepare_cached("SELECT next FROM partitions WHERE id = ?1").map_err(broken)?;
    statement.query_row([partition], |row| row.get(0)).map_err(broken)
}

/// The id of a partition.
pub(super) fn id_of(connection: &Connection, partition: &Partition) -> Result<i64> {
    let mut statement = connection
        .prepare_cached(
            "SELECT p.id FROM partitions p JOIN topics t ON t.id = p.topic WHERE t.name = ?1 AND p.number = ?2",
        )
        .map_err(broken)?;
    let id = statement.query_row(params![partition.topic, partition.number], |row| row.get(0)).optional();
    id.map_err(broken)?.ok_or_else(|| LogError::NoTopic(partition.topic.clone()))
}

/// The bounds of a topic's partitions.
pub(super) fn bounds(connection: &Connection, topic: &str) -> Result<BTreeMap<i32, Bounds>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT p.id, p.number, p.next FROM partitions p JOIN topics t ON t.id = p.topic WHERE t.name = ?1",
        )
        .map_err(broken)?;
    let rows = statement.query_map([topic], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).map_err(broken)?;
    let partitions = rows.collect::<rusqlite::Result<Vec<(i64, i32, Offset)>>>().map_err(broken)?;
    if partitions.is_empty() {
        return Err(LogError::NoTopic(topic.to_owned()));
    }
    let bounds = partitions.into_iter().map(|(id, number, end)| {
        let start = first_from(connection, id, 0)?.map_or(end, |(offset, _)| offset);
        Ok((number, Bounds { start, end }))
    });
    bounds.collect()
}

/// The first record at or after an offset: its offset and time.
fn first_from(connection: &Connection, partition: i64, offset: Offset) -> Result<Option<(Offset, i64)>> {
    let mut statement = connection
        .prepare_cached("SELECT place, time FROM records WHERE place >= ?1 AND place < ?2 ORDER BY place LIMIT 1")
        .map_err(broken)?;
    let found = statement.query_row(params![place(partition, offset), place(partition + 1, 0)], |row| {
        Ok((offset_of(row.get(0)?), row.get(1)?))
    });
    found.optional().map_err(broken)
}

/// The first offset appended at or after this moment, by halving: time does not go back within a partition.
pub(super) fn offset_at(connection: &Connection, partition: i64, moment: Timestamp) -> Result<Offset> {
    let moment = moment.as_nanosecond();
    let (mut low, mut high) = (0, end_of(connection, partition)?);
    while low < high {
        let middle = low + (high - low) / 2;
        match first_from(connection, partition, middle)? {
            Some((offset, time)) if i128::from(time) * 1_000_000 < moment => low = offset + 1,
            Some(_) | None => high = middle,
        }
    }
    Ok(first_from(connection, partition, low)?.map_or(low, |(offset, _)| offset))
}
