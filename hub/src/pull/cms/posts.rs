//! What is remembered of a CMS's posts.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use lianbo_connectors::source::cms::Seen;
use lianbo_schemas::OutletId;
use rusqlite::{OptionalExtension, params};

use crate::log::{Offset, Partition};
use crate::pull::entry::Stamp;
use crate::pull::state::{State, StateError};

/// The posts of one CMS by its own ids.
pub(super) type Posts = HashMap<String, Known>;

/// What is known of a post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    /// What its piece is known by.
    pub(super) own_id: String,
    /// The stamp of its row, once that is settled.
    pub(super) row: Option<String>,
    /// When it is to be shown without any further change.
    pub(super) due: Option<Timestamp>,
    /// Whether what was submitted last is usable.
    pub(super) is_public: bool,
    /// Digest of what was submitted last.
    pub(super) said: Option<Stamp>,
}

impl Known {
    /// Whether a document says what was submitted last.
    pub(super) fn has_said(&self, seen: &Seen) -> bool {
        self.said.as_deref() == Some(seen.digest.as_slice())
    }
}

impl State {
    /// The posts of an outlet's CMS.
    pub(super) async fn posts(&self, outlet: &OutletId) -> Result<Posts, StateError> {
        let outlet = outlet.to_string();
        self.run(move |transaction| {
            let sql = "SELECT id, own_id, stamp, due, public, said FROM posts WHERE outlet = ?1";
            transaction.prepare(sql)?.query_map([outlet], known_of)?.collect()
        })
        .await
    }

    /// Remembers a post.
    pub(super) async fn keep_post(
        &self,
        outlet: &OutletId,
        id: String,
        known: Known,
        now: Timestamp,
    ) -> Result<(), StateError> {
        let outlet = outlet.to_string();
        self.run(move |transaction| {
            let Known { own_id, row, due, is_public, said } = known;
            let due = due.map(Timestamp::as_millisecond);
            transaction
                .execute(
                    "INSERT OR REPLACE INTO posts (outlet, id, own_id, stamp, due, public, said, seen)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    params![outlet, id, own_id, row, due, is_public, said, now.as_millisecond()],
                )
                .map(drop)
        })
        .await
    }

    /// When the posts were last looked after, one by one.
    pub(super) async fn swept(&self, outlet: &OutletId) -> Result<Option<Timestamp>, StateError> {
        let outlet = outlet.to_string();
        self.run(move |transaction| {
            let sql = "SELECT at FROM sweeps WHERE outlet = ?1";
            let at: Option<i64> = transaction.query_row(sql, [outlet], |row| row.get(0)).optional()?;
            Ok(at.and_then(|at| Timestamp::from_millisecond(at).ok()))
        })
        .await
    }

    /// They were looked after; the longest unseen beyond `most` are forgotten, first those that nobody sees nor is to see.
    pub(super) async fn sweep_done(&self, outlet: &OutletId, at: Timestamp, most: u32) -> Result<(), StateError> {
        let outlet = outlet.to_string();
        self.run(move |transaction| {
            let sql = "INSERT OR REPLACE INTO sweeps (outlet, at) VALUES (?1, ?2)";
            transaction.execute(sql, params![outlet, at.as_millisecond()])?;
            let sql = "DELETE FROM posts WHERE outlet = ?1 AND id NOT IN
                 (SELECT id FROM posts WHERE outlet = ?1 ORDER BY public OR due IS NOT NULL DESC, seen DESC LIMIT ?2)";
            transaction.execute(sql, params![outlet, most]).map(drop)
        })
        .await
    }

    /// From where on the outlet's topic is still to be read.
    pub(super) async fn followed(&self, outlet: &OutletId) -> Result<BTreeMap<i32, Offset>, StateError> {
        let outlet = outlet.to_string();
        self.run(move |transaction| {
            let mut statement = transaction.prepare("SELECT part, next FROM followed WHERE outlet = ?1")?;
            statement.query_map([outlet], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })
        .await
    }

    /// What the outlet's topic says, up to these positions.
    pub(super) async fn follow(
        &self,
        outlet: &OutletId,
        told: Vec<Seen>,
        positions: BTreeMap<Partition, Offset>,
        now: Timestamp,
    ) -> Result<(), StateError> {
        let outlet = outlet.to_string();
        self.run(move |transaction| {
            for seen in &told {
                transaction.execute(
                    "INSERT INTO posts (outlet, id, own_id, stamp, public, said, seen) VALUES (?1, ?2, ?3, NULL, ?4, ?5, ?6)
                     ON CONFLICT (outlet, id) DO UPDATE SET own_id = excluded.own_id, public = excluded.public,
                     said = excluded.said, seen = excluded.seen",
                    params![outlet, seen.id, seen.own_id, seen.is_public, seen.digest.as_slice(), now.as_millisecond()],
                )?;
            }
            for (partition, next) in &positions {
                let sql = "INSERT OR REPLACE INTO followed (outlet, part, next) VALUES (?1, ?2, ?3)";
                transaction.execute(sql, params![outlet, partition.number, next])?;
            }
            Ok(())
        })
        .await
    }
}

fn known_of(row: &rusqlite::Row<'_>) -> rusqlite::Result<(String, Known)> {
    let due: Option<i64> = row.get(3)?;
    let known = Known {
        own_id: row.get(1)?,
        row: row.get(2)?,
        due: due.map(|at| Timestamp::from_millisecond(at).unwrap_or_default()),
        is_public: row.get(4)?,
        said: row.get(5)?,
    };
    Ok((row.get(0)?, known))
}
