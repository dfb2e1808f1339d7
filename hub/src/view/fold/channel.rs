//! Which channels show an article, and what their pullers are told.
//!
//! An event's key is (offset, at, source): the offset of the record that made it, with `at` = 0; or, when only the clock
//! made it visible (a grant's embargo), the offset of the last record before that moment, with `at` = the moment.
//! So keys follow from the log alone, and an event never appears before one that was already handed out.

use std::collections::BTreeMap;

use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Article, ChannelId};
use rusqlite::params;

use super::article::Place;
use super::{Fold, FoldError};
use crate::view::channel::{ChannelEntry, content_word};
use crate::view::time::micros;

/// What made us look at an article's channels.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trigger<'a> {
    /// A change that receivers see: its word.
    Changed(&'a str),
    /// A sighting, which changes nothing they see, but may change which rules take the article.
    Sighted,
}

/// How an article stands in one channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// Shown.
    Listed,
    /// Waits for its moment.
    Pending,
}

impl Fold<'_> {
    /// Brings the channels of an article up to date after a record about it.
    pub(super) fn channels_of(
        &mut self,
        id: i64,
        article: &Article,
        trigger: Trigger<'_>,
        place: Place,
    ) -> Result<(), FoldError> {
        // What arrives expired is never shown, not even until the record that says so.
        let is_over = article.news.expires.is_some_and(|at| micros(at) <= place.at);
        let wanted = if is_over { Vec::new() } else { self.wanted(id, article)? };
        let standing = self.standing(id)?;
        for channel in standing.keys().filter(|channel| !wanted.iter().any(|entry| entry.channel == **channel)) {
            let word = if article.status() == PubStatus::Usable { "removed" } else { status_event(article.status()) };
            self.leave(id, channel, article.version, word, place)?;
        }
        for entry in &wanted {
            let listed = standing.get(&entry.channel) == Some(&Standing::Listed);
            let later = entry.not_before.map(micros).filter(|moment| *moment > place.at);
            match (later, listed, trigger) {
                (Some(release), listed, _) => {
                    if listed {
                        self.leave(id, &entry.channel, article.version, "removed", place)?;
                    }
                    self.wait(id, entry, article.version, release, place)?;
                }
                (None, false, _) => {
                    self.list(id, entry, place.at)?;
                    self.event(&entry.channel, id, article.version, "published", true, place)?;
                }
                (None, true, Trigger::Changed(word)) => {
                    self.set_terms(id, entry)?;
                    self.event(&entry.channel, id, article.version, word, true, place)?;
                }
                (None, true, Trigger::Sighted) => self.set_terms(id, entry)?,
            }
        }
        Ok(())
    }

    /// The channels that may show it now; none while it is withdrawn or under its outlet's embargo.
    pub(super) fn wanted(&self, id: i64, article: &Article) -> Result<Vec<ChannelEntry>, FoldError> {
        let sql = "SELECT released IS NOT NULL AND status = 'usable' FROM articles WHERE id = ?1";
        let open: bool = self.file.prepare_cached(sql)?.query_row([id], |row| row.get(0))?;
        Ok(if open { (self.selector)(article, self.now) } else { Vec::new() })
    }

    pub(super) fn standing(&self, id: i64) -> Result<BTreeMap<ChannelId, Standing>, FoldError> {
        let sql = "SELECT channel, 1 FROM channel_items WHERE article = ?1
            UNION ALL SELECT channel, 0 FROM channel_pending WHERE article = ?1";
        let mut statement = self.file.prepare_cached(sql)?;
        let rows = statement.query_map([id], |row| Ok((row.get::<_, String>(0)?, row.get::<_, bool>(1)?)))?;
        let mut standing = BTreeMap::new();
        for row in rows {
            let (channel, listed) = row?;
            let Ok(channel) = ChannelId::new(channel) else { continue };
            standing.insert(channel, if listed { Standing::Listed } else { Standing::Pending });
        }
        Ok(standing)
    }

    pub(super) fn leave_all_channels(
        &mut self,
        id: i64,
        version: u32,
        word: &str,
        place: Place,
    ) -> Result<(), FoldError> {
        for channel in self.standing(id)?.keys() {
            self.leave(id, channel, version, word, place)?;
        }
        Ok(())
    }

    /// Out of a channel: who has seen it is told; who has not is told nothing.
    fn leave(&mut self, id: i64, channel: &ChannelId, version: u32, word: &str, place: Place) -> Result<(), FoldError> {
        if self.unlist(id, channel)? {
            self.event(channel, id, version, word, false, place)?;
        }
        Ok(())
    }

    /// Takes the rows away; whether it was shown.
    pub(super) fn unlist(&mut self, id: i64, channel: &ChannelId) -> Result<bool, FoldError> {
        let row = params![channel.as_str(), id];
        let pending = "DELETE FROM channel_pending WHERE channel = ?1 AND article = ?2";
        self.file.prepare_cached(pending)?.execute(row)?;
        let listed = "DELETE FROM channel_items WHERE channel = ?1 AND article = ?2";
        Ok(self.file.prepare_cached(listed)?.execute(row)? > 0)
    }

    pub(super) fn list(&mut self, id: i64, entry: &ChannelEntry, since: i64) -> Result<(), FoldError> {
        self.unlist(id, &entry.channel)?;
        let sql = "INSERT INTO channel_items VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let (content, images) = (content_word(entry.content), entry.images);
        let row = params![entry.channel.as_str(), id, since, content, images, entry.attribution];
        self.file.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    pub(super) fn set_terms(&mut self, id: i64, entry: &ChannelEntry) -> Result<(), FoldError> {
        let sql = "UPDATE channel_items SET content = ?3, images = ?4, attribution = ?5
            WHERE channel = ?1 AND article = ?2 AND (content <> ?3 OR images <> ?4 OR attribution <> ?5)";
        let (content, images) = (content_word(entry.content), entry.images);
        let row = params![entry.channel.as_str(), id, content, images, entry.attribution];
        if self.file.prepare_cached(sql)?.execute(row)? > 0 {
            self.touched.channels.insert(entry.channel.clone());
        }
        Ok(())
    }

    pub(super) fn wait(
        &self,
        id: i64,
        entry: &ChannelEntry,
        version: u32,
        release: i64,
        place: Place,
    ) -> Result<(), FoldError> {
        let sql = "INSERT OR REPLACE INTO channel_pending VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let (content, images) = (content_word(entry.content), entry.images);
        let row =
            params![entry.channel.as_str(), id, release, place.offset, version, content, images, entry.attribution];
        self.file.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    fn event(
        &mut self,
        channel: &ChannelId,
        id: i64,
        version: u32,
        word: &str,
        shown: bool,
        place: Place,
    ) -> Result<(), FoldError> {
        let key = Key { offset: place.offset, at: 0, source: place.offset };
        self.event_at(channel, id, version, word, shown, key)?;
        self.channel_changed(channel, place.at)
    }

    pub(super) fn event_at(
        &mut self,
        channel: &ChannelId,
        id: i64,
        version: u32,
        word: &str,
        shown: bool,
        key: Key,
    ) -> Result<(), FoldError> {
        let sql = "INSERT OR REPLACE INTO channel_events VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
        let row = params![channel.as_str(), key.offset, key.at, key.source, id, version, word, shown];
        self.file.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    /// Notes when a channel changed last. That time never goes back.
    pub(super) fn channel_changed(&mut self, channel: &ChannelId, at: i64) -> Result<(), FoldError> {
        let sql =
            "INSERT INTO channels VALUES (?1, ?2) ON CONFLICT DO UPDATE SET changed = max(changed, excluded.changed)";
        self.file.prepare_cached(sql)?.execute(params![channel.as_str(), at])?;
        self.touched.channels.insert(channel.clone());
        Ok(())
    }
}

/// Where an event stands among its channel's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub(super) offset: i64,
    pub(super) at: i64,
    pub(super) source: i64,
}

fn status_event(status: PubStatus) -> &'static str {
    match status {
        PubStatus::Usable => "removed",
        PubStatus::Withheld => "withheld",
        PubStatus::Canceled => "canceled",
    }
}
