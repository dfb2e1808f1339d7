//! What an operator asks: topics, and how far groups are behind.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::fetch::{bounds, end_of};
use super::group::subscriptions;
use super::store::broken;
use super::topics::{partitions, retention, takes};
use crate::log::{Lag, Offset, Partition, Result, TopicStatus};

/// All topics, oldest first.
pub(super) fn topics(connection: &Connection) -> Result<Vec<TopicStatus>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT t.name, t.retention, t.retention_ms, sum(p.bytes) FROM topics t
             JOIN partitions p ON p.topic = t.id GROUP BY t.id ORDER BY t.id",
        )
        .map_err(broken)?;
    let rows = statement
        .query_map([], |row| {
            Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?, row.get::<_, i64>(3)?))
        })
        .map_err(broken)?;
    let found = rows.collect::<rusqlite::Result<Vec<_>>>().map_err(broken)?;
    let statuses = found.into_iter().map(|(name, kind, milliseconds, bytes)| {
        let partitions = bounds(connection, &name)?;
        let retention = retention(&kind, milliseconds);
        Ok(TopicStatus { name, partitions, retention, bytes: u64::try_from(bytes).ok() })
    });
    statuses.collect()
}

/// How far a group is behind, in all it subscribes to now and all it ever committed.
pub(super) fn lag(connection: &Connection, group: &str) -> Result<Vec<Lag>> {
    let subscriptions = subscriptions(connection, group)?;
    let committed = committed(connection, group)?;
    let mut lags = Vec::new();
    for (id, topic, number) in partitions(connection)? {
        let subscribed = subscriptions.iter().any(|subscription| takes(subscription, &topic));
        if subscribed || committed.contains_key(&id) {
            let end = end_of(connection, id)?;
            lags.push(Lag { partition: Partition { topic, number }, committed: committed.get(&id).copied(), end });
        }
    }
    Ok(lags)
}

fn committed(connection: &Connection, group: &str) -> Result<BTreeMap<i64, Offset>> {
    let mut statement =
        connection.prepare_cached("SELECT partition, next FROM offsets WHERE group_name = ?1").map_err(broken)?;
    let rows = statement.query_map(params![group], |row| Ok((row.get(0)?, row.get(1)?))).map_err(broken)?;
    rows.collect::<rusqlite::Result<_>>().map_err(broken)
}
