//! What an operator asks: topics, and how far groups are behind.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, params};

use super::fetch::{bounds, end_of};
use super::group::subscriptions;
use super::store::broken;
use super::topics::{partitions, retention, takes};
use crate::log::{Bounds, Lag, Offset, Partition, Result, Subscription, TopicStatus};

/// The bounds of all partitions of these topics.
pub(super) fn all_bounds(connection: &Connection, of: &Subscription) -> Result<BTreeMap<Partition, Bounds>> {
    let topics = match of {
        Subscription::Topics(topics) => topics.clone(),
        Subscription::Prefix(_) => {
            let all = partitions(connection)?.into_iter().map(|(_, topic, _)| topic);
            all.filter(|topic| takes(of, topic)).collect::<BTreeSet<_>>().into_iter().collect()
        }
    };
    let mut all = BTreeMap::new();
    for topic in topics {
        let bounds = bounds(connection, &topic)?.into_iter();
        all.extend(bounds.map(|(number, bounds)| (Partition { topic: topic.clone(), number }, bounds)));
    }
    Ok(all)
}

/// All topics whose names start so, oldest first.
pub(super) fn topics(connection: &Connection, prefix: &str) -> Result<Vec<TopicStatus>> {
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
    let wanted = found.into_iter().filter(|(name, ..)| name.starts_with(prefix));
    let statuses = wanted.map(|(name, kind, milliseconds, bytes)| {
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
