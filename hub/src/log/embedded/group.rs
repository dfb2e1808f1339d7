//! Consumer groups, within the writer's transaction.
//!
//! A partition moves between two living members in two steps: the new one is wanted, then the old one lets go at its
//! next poll. So only a member that is dead, stopped or hung ever loses work, and what it tries to commit later is
//! refused: it is not in the group any more, and its id is never given again.

use std::collections::BTreeMap;

use rusqlite::{Connection, params};

use super::append::append;
use super::assign::{Share, assign};
use super::settings::Settings;
use super::store::broken;
use super::topics::{partitions, takes};
use super::work::Context;
use crate::log::{LogError, NewRecord, Offset, Partition, Result, Subscription};

/// Adds a member; returns its id.
pub(super) fn join(
    context: &mut Context<'_>,
    group: &str,
    handle: &str,
    subscription: &Subscription,
    settings: &Settings,
) -> Result<i64> {
    super::topics::all_exist(context.connection, subscription)?;
    let connection = context.connection;
    connection
        .execute("INSERT INTO groups (name, generation) VALUES (?1, 0) ON CONFLICT DO NOTHING", [group])
        .map_err(broken)?;
    let milliseconds = |time: std::time::Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    connection
        .execute(
            "INSERT INTO members (group_name, handle, subscription, seen, polled, session_ms, poll_ms)
             VALUES (?1, ?2, ?3, ?4, ?4, ?5, ?6)",
            params![
                group,
                handle,
                write_subscription(subscription),
                context.now,
                milliseconds(settings.session_timeout()),
                milliseconds(settings.poll_timeout())
            ],
        )
        .map_err(broken)?;
    let member = connection.last_insert_rowid();
    share_out(context, group)?;
    Ok(member)
}

/// Takes members out of their groups.
pub(super) fn remove(context: &mut Context<'_>, members: &[i64]) -> Result<()> {
    let mut groups = Vec::new();
    for member in members {
        let mut statement = context
            .connection
            .prepare_cached("DELETE FROM members WHERE id = ?1 RETURNING group_name")
            .map_err(broken)?;
        let names = statement.query_map([member], |row| row.get::<_, String>(0)).map_err(broken)?;
        groups.extend(names.collect::<rusqlite::Result<Vec<_>>>().map_err(broken)?);
    }
    groups.sort();
    groups.dedup();
    groups.iter().try_for_each(|group| share_out(context, group))
}

/// A member lets go of what others are wanted for.
pub(super) fn release(context: &mut Context<'_>, group: &str, member: i64, partitions: &[i64]) -> Result<()> {
    for partition in partitions {
        context
            .connection
            .execute(
                "UPDATE owners SET owner = wanted WHERE group_name = ?1 AND partition = ?2 AND owner = ?3
                 AND wanted IS NOT ?3",
                params![group, partition, member],
            )
            .map_err(broken)?;
    }
    next_generation(context, group)
}

/// What a member commits.
pub(super) struct Commit {
    /// Its group.
    pub group: String,
    /// Its id.
    pub member: i64,
    /// All partitions it believes to own, and the offset to commit where it polled something.
    pub partitions: Vec<(i64, Option<Offset>)>,
    /// Its outputs.
    pub outputs: Vec<NewRecord>,
}

/// Writes outputs and offsets, unless anything the member believes to own is not its own.
pub(super) fn commit(context: &mut Context<'_>, commit: &Commit) -> Result<Vec<(Partition, Offset)>> {
    let Commit { group, member, partitions, outputs } = commit;
    let mut owned = context
        .connection
        .prepare_cached("SELECT 1 FROM owners WHERE group_name = ?1 AND partition = ?2 AND owner = ?3")
        .map_err(broken)?;
    let mut advance = context
        .connection
        .prepare_cached(
            "INSERT INTO offsets (group_name, partition, next) VALUES (?1, ?2, ?3)
             ON CONFLICT DO UPDATE SET next = excluded.next",
        )
        .map_err(broken)?;
    for (partition, next) in partitions {
        if !owned.exists(params![group, partition, member]).map_err(broken)? {
            return Err(lost(group, *member));
        }
        if let Some(next) = next {
            advance.execute(params![group, partition, next]).map_err(broken)?;
        }
    }
    append(context, outputs)
}

/// The error of a member that is not in its group any more.
pub(super) fn lost(group: &str, member: i64) -> LogError {
    LogError::Lost(format!("member {member} is no longer in the group `{group}`"))
}

/// A topic has appeared: all groups look whether it is for them.
pub(super) fn share_out_all(context: &mut Context<'_>) -> Result<()> {
    let mut statement = context.connection.prepare_cached("SELECT DISTINCT group_name FROM members").map_err(broken)?;
    let groups = statement.query_map([], |row| row.get::<_, String>(0)).map_err(broken)?;
    let groups = groups.collect::<rusqlite::Result<Vec<_>>>().map_err(broken)?;
    groups.iter().try_for_each(|group| share_out(context, group))
}

/// Decides anew who is wanted for which partition; what has no living owner changes hands at once.
fn share_out(context: &mut Context<'_>, group: &str) -> Result<()> {
    let connection = context.connection;
    let members = members(connection, group)?;
    let owners = owners(connection, group)?;
    let alive = |owner: &i64| members.contains_key(owner);
    let mut shares = Vec::new();
    for (partition, topic, _) in partitions(connection)? {
        let takers: Vec<i64> =
            members.iter().filter(|(_, taken)| takes(taken, &topic)).map(|(member, _)| *member).collect();
        let owner = owners.get(&partition).copied().flatten().filter(alive);
        if !takers.is_empty() || owners.contains_key(&partition) {
            shares.push(Share { partition, owner, takers });
        }
    }
    let wanted = assign(&shares);
    let mut put = connection
        .prepare_cached(
            "INSERT INTO owners (group_name, partition, owner, wanted) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT DO UPDATE SET owner = excluded.owner, wanted = excluded.wanted",
        )
        .map_err(broken)?;
    for share in &shares {
        let wanted = wanted.get(&share.partition).copied();
        put.execute(params![group, share.partition, share.owner.or(wanted), wanted]).map_err(broken)?;
    }
    next_generation(context, group)
}

/// Members look at their assignments again when the generation has changed.
fn next_generation(context: &mut Context<'_>, group: &str) -> Result<()> {
    context.effects.structure = true;
    let bump = "UPDATE groups SET generation = generation + 1 WHERE name = ?1";
    context.connection.execute(bump, [group]).map_err(broken).map(drop)
}

fn members(connection: &Connection, group: &str) -> Result<BTreeMap<i64, Subscription>> {
    let mut statement = connection
        .prepare_cached("SELECT id, subscription FROM members WHERE group_name = ?1 ORDER BY id")
        .map_err(broken)?;
    let rows = statement.query_map([group], |row| Ok((row.get(0)?, row.get::<_, String>(1)?))).map_err(broken)?;
    rows.map(|row| row.map(|(id, text)| (id, read_subscription(&text)))).collect::<Result<_, _>>().map_err(broken)
}

fn owners(connection: &Connection, group: &str) -> Result<BTreeMap<i64, Option<i64>>> {
    let mut statement =
        connection.prepare_cached("SELECT partition, owner FROM owners WHERE group_name = ?1").map_err(broken)?;
    let rows = statement.query_map([group], |row| Ok((row.get(0)?, row.get(1)?))).map_err(broken)?;
    rows.collect::<Result<_, _>>().map_err(broken)
}

/// Names of topics contain no line ends.
fn write_subscription(subscription: &Subscription) -> String {
    match subscription {
        Subscription::Topics(topics) => format!("topics\n{}", topics.join("\n")),
        Subscription::Prefix(prefix) => format!("prefix\n{prefix}"),
    }
}

fn read_subscription(text: &str) -> Subscription {
    let (kind, rest) = text.split_once('\n').unwrap_or((text, ""));
    match kind {
        "prefix" => Subscription::Prefix(rest.to_owned()),
        _ => Subscription::Topics(rest.lines().map(str::to_owned).collect()),
    }
}

/// All subscriptions of a group's members.
pub(super) fn subscriptions(connection: &Connection, group: &str) -> Result<Vec<Subscription>> {
    Ok(members(connection, group)?.into_values().collect())
}
