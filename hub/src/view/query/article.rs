//! Articles as they stand, and as they stood.

use jiff::Timestamp;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Article, ArticleUri, ChannelId, Content, OutletId, Sighting};
use rusqlite::{Connection, OptionalExtension, Row};
use serde::Serialize;

use super::{id, json, maybe_json};
use crate::view::channel::content_of;
use crate::view::fold::status_of;
use crate::view::time::instant;

/// How an article stands, without its text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Standing {
    /// The article.
    pub uri: ArticleUri,
    /// Its version.
    pub version: u32,
    /// Usable, withheld or canceled.
    pub status: PubStatus,
    /// Whether its outlet's embargo, if there was one, is over.
    pub released: bool,
    /// What the outlet says about it: a correction, a kill.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it changed last, by the log's clock.
    pub changed: Timestamp,
    /// The offset of its newest record in `articles`.
    pub last_offset: i64,
}

/// One of the newest articles, for a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Latest {
    /// How it stands.
    #[serde(flatten)]
    pub standing: Standing,
    /// The offset of its first record: hand it in as `before` to page on.
    pub first_offset: i64,
    /// Whose it is.
    pub outlet: OutletId,
    /// Its headline.
    pub headline: String,
    /// When the hub first received it.
    pub first_seen: Timestamp,
    /// Whether any channel shows it.
    pub listed: bool,
    /// Every item of it, the original first.
    pub sightings: Vec<Sighting>,
}

/// One change of an article that receivers see.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Version {
    /// The version.
    pub version: u32,
    /// published, corrected, attributed, withheld, canceled, expired or embargo-lifted.
    pub change: String,
    /// The offset in `articles`.
    pub offset: i64,
    /// When, by the log's clock.
    pub at: Timestamp,
    /// What the outlet says about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The article in this version; absent for changes that carry none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article: Option<Article>,
}

/// A channel that shows an article, on its terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ShownIn {
    /// The channel.
    pub channel: ChannelId,
    /// Since when.
    pub since: Timestamp,
    /// How much.
    pub content: Content,
    /// Whether with pictures.
    pub images: bool,
    /// The line that must stand with it.
    pub attribution: String,
}

const STANDING: &str = "a.uri, a.version, a.status, a.released IS NOT NULL, a.note, a.changed, a.last_offset";

fn read_standing(row: &Row<'_>) -> rusqlite::Result<Standing> {
    Ok(Standing {
        uri: id(row, 0)?,
        version: row.get(1)?,
        status: status_of(&row.get::<_, String>(2)?),
        released: row.get(3)?,
        note: row.get(4)?,
        changed: instant(row.get(5)?),
        last_offset: row.get(6)?,
    })
}

/// How an article stands.
pub(in crate::view) fn standing(file: &Connection, uri: &ArticleUri) -> rusqlite::Result<Option<Standing>> {
    let sql = format!("SELECT {STANDING} FROM articles a WHERE a.uri = ?1");
    file.prepare_cached(&sql)?.query_row([uri.as_str()], read_standing).optional()
}

/// The uri whose short last part this is.
pub(in crate::view) fn by_short(file: &Connection, short: &str) -> rusqlite::Result<Option<ArticleUri>> {
    let sql = "SELECT uri FROM articles WHERE short = ?1 ORDER BY id LIMIT 1";
    file.prepare_cached(sql)?.query_row([short], |row| id(row, 0)).optional()
}

/// The article as it stands.
pub(in crate::view) fn article(file: &Connection, uri: &ArticleUri) -> rusqlite::Result<Option<Article>> {
    let sql = "SELECT id FROM articles WHERE uri = ?1";
    let found: Option<i64> = file.prepare_cached(sql)?.query_row([uri.as_str()], |row| row.get(0)).optional()?;
    found.map_or(Ok(None), |id| article_by_id(file, id))
}

/// The newest full version, with the version, status and note of a withdrawal since and the sightings since.
pub(in crate::view) fn article_by_id(file: &Connection, row: i64) -> rusqlite::Result<Option<Article>> {
    let sql = "SELECT v.json, a.version, a.status, a.note FROM articles a
        JOIN versions v ON v.article = a.id AND v.offset = a.body_offset WHERE a.id = ?1";
    let read = |row: &Row<'_>| {
        let mut article: Article = json(row, 0)?;
        article.version = row.get(1)?;
        article.news.version = Some(article.version.to_string());
        let status = status_of(&row.get::<_, String>(2)?);
        if status != article.news.pub_status {
            article.news.pub_status = status;
            article.news.ed_note = row.get(3)?;
        }
        Ok(article)
    };
    let Some(mut article) = file.prepare_cached(sql)?.query_row([row], read).optional()? else { return Ok(None) };
    article.sightings = sightings(file, row)?;
    Ok(Some(article))
}

fn sightings(file: &Connection, article: i64) -> rusqlite::Result<Vec<Sighting>> {
    let sql = "SELECT json FROM sightings WHERE article = ?1 ORDER BY place";
    let mut statement = file.prepare_cached(sql)?;
    statement.query_map([article], |row| json(row, 0))?.collect()
}

/// The newest articles, newest first; those before the first offset `before`, when given.
pub(in crate::view) fn latest(file: &Connection, limit: u32, before: Option<i64>) -> rusqlite::Result<Vec<Latest>> {
    let sql = format!(
        "SELECT {STANDING}, a.first_offset, a.outlet, a.headline, a.first_seen,
            EXISTS (SELECT 1 FROM channel_items c WHERE c.article = a.id), a.id
        FROM articles a WHERE a.first_offset < ?1 ORDER BY a.first_offset DESC LIMIT ?2"
    );
    let mut statement = file.prepare_cached(&sql)?;
    let rows = statement.query_map((before.unwrap_or(i64::MAX), limit), |row| {
        Ok(Latest {
            standing: read_standing(row)?,
            first_offset: row.get(7)?,
            outlet: id(row, 8)?,
            headline: row.get(9)?,
            first_seen: instant(row.get(10)?),
            listed: row.get(11)?,
            sightings: sightings(file, row.get(12)?)?,
        })
    })?;
    rows.collect()
}

/// All versions, oldest first.
pub(in crate::view) fn versions(file: &Connection, uri: &ArticleUri) -> rusqlite::Result<Vec<Version>> {
    let sql = "SELECT v.version, v.change, v.offset, v.at, v.note, v.json FROM versions v
        JOIN articles a ON a.id = v.article WHERE a.uri = ?1 ORDER BY v.offset";
    let mut statement = file.prepare_cached(sql)?;
    let rows = statement.query_map([uri.as_str()], |row| {
        Ok(Version {
            version: row.get(0)?,
            change: row.get(1)?,
            offset: row.get(2)?,
            at: instant(row.get(3)?),
            note: row.get(4)?,
            article: maybe_json(row, 5)?,
        })
    })?;
    rows.collect()
}

/// The channels that show an article now.
pub(in crate::view) fn shown(file: &Connection, uri: &ArticleUri) -> rusqlite::Result<Vec<ShownIn>> {
    let sql = "SELECT c.channel, c.since, c.content, c.images, c.attribution FROM channel_items c
        JOIN articles a ON a.id = c.article WHERE a.uri = ?1 ORDER BY c.channel";
    let mut statement = file.prepare_cached(sql)?;
    let rows = statement.query_map([uri.as_str()], |row| {
        Ok(ShownIn {
            channel: id(row, 0)?,
            since: instant(row.get(1)?),
            content: content_of(&row.get::<_, String>(2)?),
            images: row.get(3)?,
            attribution: row.get(4)?,
        })
    })?;
    rows.collect()
}

/// Whether any channel has ever shown an article.
pub(in crate::view) fn was_shown(file: &Connection, uri: &ArticleUri) -> rusqlite::Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM channel_events e JOIN articles a ON a.id = e.article WHERE a.uri = ?1)";
    file.prepare_cached(sql)?.query_row([uri.as_str()], |row| row.get(0))
}
