//! What a channel shows now, and what has changed in it since a cursor.

use jiff::Timestamp;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Article, ArticleUri, ChannelId};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::article::ShownIn;
use super::cursor::Cursor;
use super::{article_by_id, id, json};
use crate::view::channel::{Generation, content_of};
use crate::view::fold::{generation, status_of};
use crate::view::time::instant;

/// What a channel shows now.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Newest {
    /// When the channel changed last; `None` when it never showed anything.
    pub changed: Option<Timestamp>,
    /// The newest articles, newest first, with their terms and when they were last changed.
    pub items: Vec<(Article, ShownIn, Timestamp)>,
}

/// One change, as a puller is told.
#[derive(Debug, Clone, PartialEq)]
pub struct ChannelChange {
    /// published, corrected, attributed, embargo-lifted, expired, withheld, canceled, or removed: a rule or grant no longer
    /// gives it to the channel.
    pub change: String,
    /// The version the change made.
    pub version: u32,
    /// The article.
    pub uri: ArticleUri,
    /// How the article stands today.
    pub status: PubStatus,
    /// When, by the log's clock.
    pub at: Timestamp,
    /// What the outlet says about it, for a withdrawal.
    pub note: Option<String>,
    /// The article in that version with the channel's terms of today; `None` for a tombstone, and for an older change
    /// of an article that may not be shown any more.
    pub article: Option<(Article, ShownIn)>,
}

/// A page of changes.
#[derive(Debug, Clone, PartialEq)]
pub struct Changes {
    /// In order.
    pub changes: Vec<ChannelChange>,
    /// Hand this in next time.
    pub next: Cursor,
    /// Whether there are more now.
    pub more: bool,
}

/// What a channel shows now, newest first.
pub(in crate::view) fn newest(file: &Connection, channel: &ChannelId, limit: u32) -> rusqlite::Result<Newest> {
    let sql = "SELECT changed FROM channels WHERE channel = ?1";
    let changed: Option<i64> = file.prepare_cached(sql)?.query_row([channel.as_str()], |row| row.get(0)).optional()?;
    let sql = "SELECT c.channel, c.since, c.content, c.images, c.attribution, c.article, a.changed FROM channel_items c
        JOIN articles a ON a.id = c.article WHERE c.channel = ?1 ORDER BY c.since DESC, c.article DESC LIMIT ?2";
    let mut statement = file.prepare_cached(sql)?;
    let mut rows = statement.query((channel.as_str(), limit))?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let shown = shown_in(row)?;
        let changed = instant(row.get(6)?).max(shown.since);
        if let Some(article) = article_by_id(file, row.get(5)?)? {
            items.push((article, shown, changed));
        }
    }
    Ok(Newest { changed: changed.map(instant), items })
}

fn shown_in(row: &Row<'_>) -> rusqlite::Result<ShownIn> {
    Ok(ShownIn {
        channel: id(row, 0)?,
        since: instant(row.get(1)?),
        content: content_of(&row.get::<_, String>(2)?),
        images: row.get(3)?,
        attribution: row.get(4)?,
    })
}

/// What has changed since a cursor, `limit` changes at most.
pub(in crate::view) fn changes(
    file: &Connection,
    channel: &ChannelId,
    from: Cursor,
    limit: u32,
) -> rusqlite::Result<Changes> {
    let (current, since) = generation(file)?.unwrap_or_default();
    let mut cursor = from;
    let fresh = cursor.offset == i64::MIN;
    if fresh {
        cursor.generation = current;
    } else if cursor.generation < since {
        // What joined and left since then is not known to this node: all is told again, and nothing is missed.
        cursor = Cursor { generation: current, ..Cursor::start() };
    } else if cursor.generation > current {
        // The client has seen more of the registry at another node. It is told again what this node learns later.
        cursor.generation = current;
    }
    let mut changes = Vec::new();
    if cursor.generation < current {
        moves(file, channel, &mut cursor, current, limit, &mut changes)?;
    }
    let room = limit.saturating_sub(u32::try_from(changes.len()).unwrap_or(limit));
    let caught_up = cursor.generation == current;
    if caught_up && room > 0 {
        events(file, channel, &mut cursor, room, &mut changes)?;
    }
    let more = !caught_up || has_more(file, channel, &cursor)?;
    Ok(Changes { changes, next: cursor, more })
}

/// What joined and left since the cursor's generation: joined ones only when the events after the cursor do not tell.
fn moves(
    file: &Connection,
    channel: &ChannelId,
    cursor: &mut Cursor,
    current: Generation,
    limit: u32,
    changes: &mut Vec<ChannelChange>,
) -> rusqlite::Result<()> {
    let (after, first) = cursor.moved.unwrap_or((cursor.generation, i64::MAX));
    let sql = "SELECT registry, as_of, first_offset, joined, version, article FROM channel_moves
        WHERE channel = ?1 AND (registry, as_of, first_offset) > (?2, ?3, ?4)
            AND (registry, as_of) <= (?5, ?6) AND (joined = 0 OR (offset, at, source) <= (?7, ?8, ?9))
        ORDER BY registry, as_of, first_offset LIMIT ?10";
    let row = params![
        channel.as_str(),
        after.registry,
        after.as_of,
        first,
        current.registry,
        current.as_of,
        cursor.offset,
        cursor.at,
        cursor.source,
        limit
    ];
    let mut statement = file.prepare_cached(sql)?;
    let mut rows = statement.query(row)?;
    let mut told = 0;
    while let Some(row) = rows.next()? {
        told += 1;
        cursor.moved = Some((Generation { registry: row.get(0)?, as_of: row.get(1)? }, row.get(2)?));
        let (joined, version): (bool, u32) = (row.get(3)?, row.get(4)?);
        let word = if joined { "published" } else { "removed" };
        changes.push(change(file, channel, row.get(5)?, version, word, None, joined)?);
    }
    if told < limit {
        cursor.generation = current;
        cursor.moved = None;
    }
    Ok(())
}

const AFTER: &str = "FROM channel_events WHERE channel = ?1 AND (offset, at, source) > (?2, ?3, ?4)";

fn events(
    file: &Connection,
    channel: &ChannelId,
    cursor: &mut Cursor,
    limit: u32,
    changes: &mut Vec<ChannelChange>,
) -> rusqlite::Result<()> {
    let sql = format!(
        "SELECT offset, at, source, article, version, change, shown {AFTER} ORDER BY offset, at, source LIMIT ?5"
    );
    let mut statement = file.prepare_cached(&sql)?;
    let mut rows = statement.query(params![channel.as_str(), cursor.offset, cursor.at, cursor.source, limit])?;
    while let Some(row) = rows.next()? {
        (cursor.offset, cursor.at, cursor.source) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let word: String = row.get(5)?;
        let moment = (cursor.at > 0).then_some(cursor.at);
        changes.push(change(file, channel, row.get(3)?, row.get(4)?, &word, moment, row.get(6)?)?);
    }
    Ok(())
}

fn has_more(file: &Connection, channel: &ChannelId, cursor: &Cursor) -> rusqlite::Result<bool> {
    let sql = format!("SELECT EXISTS (SELECT 1 {AFTER})");
    let row = params![channel.as_str(), cursor.offset, cursor.at, cursor.source];
    file.prepare_cached(&sql)?.query_row(row, |row| row.get(0))
}

/// One change; `shown`: with the article, if the channel still shows it.
fn change(
    file: &Connection,
    channel: &ChannelId,
    article: i64,
    version: u32,
    word: &str,
    moment: Option<i64>,
    shown: bool,
) -> rusqlite::Result<ChannelChange> {
    let sql = "SELECT uri, status, changed, note FROM articles WHERE id = ?1";
    let read = |row: &Row<'_>| {
        Ok(ChannelChange {
            change: word.to_owned(),
            version,
            uri: id(row, 0)?,
            status: status_of(&row.get::<_, String>(1)?),
            at: instant(row.get(2)?),
            note: None,
            article: None,
        })
    };
    let mut change = file.prepare_cached(sql)?.query_row([article], read)?;
    let sql = "SELECT at, note FROM versions WHERE article = ?1 AND version = ?2 ORDER BY offset DESC LIMIT 1";
    let made = file
        .prepare_cached(sql)?
        .query_row(params![article, version], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<String>>(1)?)));
    if let Some((at, note)) = made.optional()? {
        change.at = instant(moment.unwrap_or(at));
        change.note = note;
    }
    if shown {
        change.article = body(file, channel, article, version)?;
    }
    Ok(change)
}

/// The article in a version, if the channel shows the article today.
fn body(
    file: &Connection,
    channel: &ChannelId,
    article: i64,
    version: u32,
) -> rusqlite::Result<Option<(Article, ShownIn)>> {
    let sql = "SELECT channel, since, content, images, attribution FROM channel_items
        WHERE channel = ?1 AND article = ?2";
    let row = params![channel.as_str(), article];
    let Some(shown) = file.prepare_cached(sql)?.query_row(row, shown_in).optional()? else { return Ok(None) };
    let sql = "SELECT json FROM versions WHERE article = ?1 AND version = ?2 AND json IS NOT NULL
        ORDER BY offset DESC LIMIT 1";
    let found = file.prepare_cached(sql)?.query_row(params![article, version], |row| json::<Article>(row, 0));
    Ok(found.optional()?.map(|article| (article, shown)))
}
