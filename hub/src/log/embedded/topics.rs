//! Topics and their partitions in the file.

use std::collections::HashMap;
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::store::broken;
use crate::log::{LogError, Result, Retention, Subscription, TopicSpec};

/// Kafka's limit, so that every name works on both engines.
const LONGEST_NAME: usize = 249;

/// A topic as the writer needs it. Topics are never removed nor changed, so these may be remembered.
#[derive(Debug)]
pub(super) struct Topic {
    /// The ids of its partitions, from number 0 on.
    pub partitions: Vec<i64>,
    /// Whether compaction keeps the newest of each key.
    pub compacted: bool,
}

/// Topics looked up before.
#[derive(Debug, Default)]
pub(super) struct Remembered(HashMap<String, Topic>);

impl Remembered {
    /// Finds a topic.
    pub(super) fn find(&mut self, connection: &Connection, name: &str) -> Result<&Topic> {
        if !self.0.contains_key(name) {
            let topic = load(connection, name)?.ok_or_else(|| LogError::NoTopic(name.to_owned()))?;
            self.0.insert(name.to_owned(), topic);
        }
        self.0.get(name).ok_or_else(|| LogError::NoTopic(name.to_owned()))
    }

    /// Forgets all: a transaction was rolled back, and what it had made is not there.
    pub(super) fn forget(&mut self) {
        self.0.clear();
    }
}

fn load(connection: &Connection, name: &str) -> Result<Option<Topic>> {
    let mut topic = connection.prepare_cached("SELECT id, retention FROM topics WHERE name = ?1").map_err(broken)?;
    let found = topic.query_row([name], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)));
    let Some((id, retention)) = found.optional().map_err(broken)? else { return Ok(None) };
    let mut partitions =
        connection.prepare_cached("SELECT id FROM partitions WHERE topic = ?1 ORDER BY number").map_err(broken)?;
    let ids = partitions.query_map([id], |row| row.get(0)).map_err(broken)?;
    let partitions = ids.collect::<rusqlite::Result<_>>().map_err(broken)?;
    Ok(Some(Topic { partitions, compacted: retention == COMPACTED }))
}

const FOREVER: &str = "forever";
const FOR: &str = "for";
/// How a compacted topic is marked in the file.
pub(super) const COMPACTED: &str = "compacted";
/// How a topic kept for a time is marked in the file.
pub(super) const TIMED: &str = FOR;

/// Makes a topic unless it is there; says whether it did.
pub(super) fn ensure(connection: &Connection, spec: &TopicSpec) -> Result<bool> {
    check(spec)?;
    let (retention, retention_ms) = match spec.retention {
        Retention::Forever => (FOREVER, 0),
        Retention::For(time) => (FOR, i64::try_from(time.as_millis()).unwrap_or(i64::MAX)),
        Retention::Compacted => (COMPACTED, 0),
    };
    let made = connection
        .execute(
            "INSERT INTO topics (name, partitions, retention, retention_ms) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (name) DO NOTHING",
            params![spec.name, spec.partitions, retention, retention_ms],
        )
        .map_err(broken)?;
    if made == 0 {
        return Ok(false);
    }
    let topic = connection.last_insert_rowid();
    for number in 0..spec.partitions {
        connection
            .execute("INSERT INTO partitions (topic, number) VALUES (?1, ?2)", params![topic, number])
            .map_err(broken)?;
    }
    Ok(true)
}

/// Kafka's rules, so that a hub can move from one engine to the other.
fn check(spec: &TopicSpec) -> Result<()> {
    let allowed = |character: char| character.is_ascii_alphanumeric() || matches!(character, '.' | '_' | '-');
    let name = &spec.name;
    if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(allowed) || name == "." || name == ".." {
        return Err(LogError::Broken(format!("`{name}` cannot be the name of a topic")));
    }
    if spec.partitions < 1 {
        return Err(LogError::Broken(format!("the topic `{name}` needs at least one partition")));
    }
    Ok(())
}

/// What a topic keeps, as read from the file.
pub(super) fn retention(kind: &str, milliseconds: i64) -> Retention {
    match kind {
        COMPACTED => Retention::Compacted,
        FOR => Retention::For(Duration::from_millis(u64::try_from(milliseconds).unwrap_or(0))),
        _ => Retention::Forever,
    }
}

/// Whether a subscription takes a topic.
pub(super) fn takes(subscription: &Subscription, topic: &str) -> bool {
    match subscription {
        Subscription::Topics(topics) => topics.iter().any(|name| name == topic),
        Subscription::Prefix(prefix) => topic.starts_with(prefix.as_str()),
    }
}

/// Refuses a subscription that names a topic that does not exist.
pub(super) fn all_exist(connection: &Connection, subscription: &Subscription) -> Result<()> {
    let Subscription::Topics(topics) = subscription else { return Ok(()) };
    let mut statement = connection.prepare_cached("SELECT 1 FROM topics WHERE name = ?1").map_err(broken)?;
    for topic in topics {
        if !statement.exists([topic]).map_err(broken)? {
            return Err(LogError::NoTopic(topic.clone()));
        }
    }
    Ok(())
}

/// All partitions: id, topic and number, oldest topic first.
pub(super) fn partitions(connection: &Connection) -> Result<Vec<(i64, String, i32)>> {
    let mut statement = connection
        .prepare_cached(
            "SELECT p.id, t.name, p.number FROM partitions p JOIN topics t ON t.id = p.topic ORDER BY t.id, p.number",
        )
        .map_err(broken)?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))).map_err(broken)?;
    rows.collect::<rusqlite::Result<_>>().map_err(broken)
}
