//! `articles`: the articles as they stand, their versions, sightings and links.

use lianbo_schemas::article::expiry_note;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Article, ArticleChange, ArticleUri, Sighting};
use rusqlite::{OptionalExtension, params};

use super::channel::Trigger;
use super::{Fold, FoldError, data, json};
use crate::log::Record;
use crate::view::query::article_by_id;
use crate::view::time::micros;

/// The row of an article, as far as a fold needs it.
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) version: u32,
    pub(super) status: PubStatus,
    pub(super) released: Option<i64>,
}

/// A record's place in `articles`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) offset: i64,
    /// The log's own time, strictly rising.
    pub(super) at: i64,
}

/// The word for a status in the file.
fn status_word(status: PubStatus) -> &'static str {
    match status {
        PubStatus::Usable => "usable",
        PubStatus::Withheld => "withheld",
        PubStatus::Canceled => "canceled",
    }
}

/// The status a word stands for. An unknown word shows nothing.
pub(in crate::view) fn status_of(word: &str) -> PubStatus {
    match word {
        "usable" => PubStatus::Usable,
        "withheld" => PubStatus::Withheld,
        _ => PubStatus::Canceled,
    }
}

impl Fold<'_> {
    pub(super) fn article(&mut self, record: &Record) -> Result<(), FoldError> {
        let place = self.advance(record)?;
        let Some(change) = data::<ArticleChange>(record)? else { return Ok(()) };
        self.touched.articles.push(change.uri().clone());
        let kind = change.kind();
        match change {
            ArticleChange::Version { article, .. } => self.version(&article, kind, place),
            ArticleChange::Sighted { uri, sighting } => self.sighted(&uri, &sighting, place),
            ArticleChange::Withdrawn { uri, version, status, note, .. } => {
                self.withdrawn(&uri, version, status, note.as_deref(), kind, place)
            }
            ArticleChange::Lifted { uri, .. } => self.lifted(&uri, kind, place),
            ArticleChange::Expired { uri, version, at } => {
                let note = expiry_note(at);
                self.withdrawn(&uri, version, PubStatus::Withheld, Some(&note), kind, place)
            }
            ArticleChange::Decided { decision, result, moved, .. } => self.decided(&decision, &result, &moved, place),
        }
    }

    /// The log's own clock: the record's time, made strictly rising. First it lets out what was due before.
    fn advance(&mut self, record: &Record) -> Result<Place, FoldError> {
        let last = "SELECT at, offset FROM times ORDER BY at DESC LIMIT 1";
        let last: Option<(i64, i64)> =
            self.file.prepare_cached(last)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let stated = micros(record.time);
        let at = last.map_or(stated, |(at, _)| stated.max(at + 1));
        self.release(at, last.map_or(-1, |(_, offset)| offset), record.offset)?;
        self.file.prepare_cached("INSERT INTO times VALUES (?1, ?2)")?.execute(params![at, record.offset])?;
        Ok(Place { offset: record.offset, at })
    }

    pub(super) fn row(&self, uri: &ArticleUri) -> rusqlite::Result<Option<Row>> {
        let sql = "SELECT id, version, status, released FROM articles WHERE uri = ?1";
        let read = |row: &rusqlite::Row<'_>| {
            let status = status_of(&row.get::<_, String>(2)?);
            Ok(Row { id: row.get(0)?, version: row.get(1)?, status, released: row.get(3)? })
        };
        self.file.prepare_cached(sql)?.query_row([uri.as_str()], read).optional()
    }

    fn version(&mut self, article: &Article, kind: &str, place: Place) -> Result<(), FoldError> {
        let known = self.row(&article.uri)?;
        if known.as_ref().is_some_and(|known| article.version <= known.version) {
            // The record came twice. Its sightings may still be newer than those of the first time.
            return Ok(());
        }
        let id = self.store_article(article, known.as_ref(), place)?;
        self.store_version(id, article.version, kind, None, Some(json(article)?), place)?;
        self.replace_sightings(id, article)?;
        self.replace_links(id, article)?;
        self.channels_of(id, article, Trigger::Changed(kind), place)?;
        Ok(())
    }

    fn store_article(&self, article: &Article, known: Option<&Row>, place: Place) -> Result<i64, FoldError> {
        let embargo = article.news.embargoed_until.map(micros);
        let open = embargo.is_none_or(|until| until <= place.at);
        let released = if open { known.and_then(|known| known.released).or(Some(place.at)) } else { None };
        let sql = "INSERT INTO articles (uri, short, outlet, status, version, body_offset, first_offset, last_offset,
                embargo, released, headline, language, first_seen, changed, note, indexed)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 0)
            ON CONFLICT (uri) DO UPDATE SET outlet = excluded.outlet, status = excluded.status,
                version = excluded.version, body_offset = excluded.body_offset, last_offset = excluded.last_offset,
                embargo = excluded.embargo, released = excluded.released, headline = excluded.headline,
                language = excluded.language, changed = excluded.changed, note = excluded.note, indexed = 0
            RETURNING id";
        let row = params![
            article.uri.as_str(),
            article.uri.short(),
            article.outlet.as_str(),
            status_word(article.status()),
            article.version,
            place.offset,
            embargo,
            released,
            article.news.headline(),
            article.news.language,
            micros(article.first_seen),
            place.at,
            article.news.ed_note,
        ];
        Ok(self.file.prepare_cached(sql)?.query_row(row, |row| row.get(0))?)
    }

    fn store_version(
        &self,
        id: i64,
        version: u32,
        change: &str,
        note: Option<&str>,
        json: Option<Vec<u8>>,
        place: Place,
    ) -> Result<(), FoldError> {
        let sql = "INSERT OR REPLACE INTO versions (article, offset, version, change, at, note, json)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let row = params![id, place.offset, version, change, place.at, note, json];
        self.file.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    fn replace_sightings(&self, id: i64, article: &Article) -> Result<(), FoldError> {
        self.file.prepare_cached("DELETE FROM sightings WHERE article = ?1")?.execute([id])?;
        for (place, sighting) in (0_i64..).zip(&article.sightings) {
            self.store_sighting(id, &article.uri, sighting, place)?;
        }
        Ok(())
    }

    fn store_sighting(&self, id: i64, uri: &ArticleUri, sighting: &Sighting, place: i64) -> Result<(), FoldError> {
        let sql = "INSERT OR REPLACE INTO sightings VALUES (?1, ?2, ?3, ?4, ?5)";
        let row = params![id, sighting.item.as_str(), place, sighting.outlet.as_str(), json(sighting)?];
        self.file.prepare_cached(sql)?.execute(row)?;
        // Compaction drops a former judgement of an item; that its submission became part of an article stays known.
        let sql = "INSERT OR IGNORE INTO judgements (item, submission, outlet, article) VALUES (?1, ?2, ?3, ?4)";
        let row = params![sighting.item.as_str(), sighting.submission.as_str(), sighting.outlet.as_str(), uri.as_str()];
        self.file.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    fn replace_links(&self, id: i64, article: &Article) -> Result<(), FoldError> {
        self.file.prepare_cached("DELETE FROM links WHERE article = ?1")?.execute([id])?;
        for link in &article.links {
            let row = params![id, link.article.as_str(), json(link)?];
            self.file.prepare_cached("INSERT OR REPLACE INTO links VALUES (?1, ?2, ?3)")?.execute(row)?;
        }
        Ok(())
    }

    fn sighted(&mut self, uri: &ArticleUri, sighting: &Sighting, place: Place) -> Result<(), FoldError> {
        let Some(known) = self.row(uri)? else { return Ok(()) };
        let sql = "SELECT coalesce((SELECT place FROM sightings WHERE article = ?1 AND item = ?2),
            (SELECT max(place) + 1 FROM sightings WHERE article = ?1), 0)";
        let row = params![known.id, sighting.item.as_str()];
        let order: i64 = self.file.prepare_cached(sql)?.query_row(row, |row| row.get(0))?;
        self.store_sighting(known.id, uri, sighting, order)?;
        self.touch(known.id, place)?;
        if let Some(article) = article_by_id(self.file, known.id)? {
            self.channels_of(known.id, &article, Trigger::Sighted, place)?;
        }
        Ok(())
    }

    fn withdrawn(
        &mut self,
        uri: &ArticleUri,
        version: u32,
        status: PubStatus,
        note: Option<&str>,
        kind: &str,
        place: Place,
    ) -> Result<(), FoldError> {
        let Some(known) = self.row(uri)? else { return Ok(()) };
        if version < known.version || (version == known.version && status == known.status) {
            return Ok(());
        }
        let sql =
            "UPDATE articles SET status = ?2, version = ?3, note = ?4, changed = ?5, last_offset = ?6, indexed = 0
            WHERE id = ?1";
        let row = params![known.id, status_word(status), version, note, place.at, place.offset];
        self.file.prepare_cached(sql)?.execute(row)?;
        self.store_version(known.id, version, kind, note, None, place)?;
        self.leave_all_channels(known.id, version, kind, place)?;
        Ok(())
    }

    fn lifted(&mut self, uri: &ArticleUri, kind: &str, place: Place) -> Result<(), FoldError> {
        let Some(known) = self.row(uri)? else { return Ok(()) };
        if known.released.is_some() {
            return Ok(());
        }
        let sql = "UPDATE articles SET released = ?2, last_offset = ?3 WHERE id = ?1";
        self.file.prepare_cached(sql)?.execute(params![known.id, place.at, place.offset])?;
        self.store_version(known.id, known.version, kind, None, None, place)?;
        if let Some(article) = article_by_id(self.file, known.id)? {
            self.channels_of(known.id, &article, Trigger::Changed(kind), place)?;
        }
        Ok(())
    }

    pub(super) fn touch(&self, id: i64, place: Place) -> Result<(), FoldError> {
        let sql = "UPDATE articles SET last_offset = ?2 WHERE id = ?1";
        self.file.prepare_cached(sql)?.execute(params![id, place.offset])?;
        Ok(())
    }
}
