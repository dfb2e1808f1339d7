//! What the puller remembers: `pull.db` in the data directory. Disposable: without it every feed is fetched once more,
//! and the hub finds its entries unchanged; what is known of a CMS's posts is read out of the outlet's topic again.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use lianbo_schemas::OutletId;
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};

use crate::pull::entry::{Entry, Stamp};
use crate::pull::page::Page;

const SCHEMA: &str = "
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA busy_timeout = 5000;
    CREATE TABLE IF NOT EXISTS feeds (
        outlet TEXT PRIMARY KEY, url TEXT NOT NULL, etag TEXT, last_modified TEXT, sha256 BLOB,
        next_poll INTEGER NOT NULL, failures INTEGER NOT NULL, gone INTEGER NOT NULL, moved_to TEXT
    ) STRICT;
    CREATE TABLE IF NOT EXISTS entries (
        outlet TEXT NOT NULL, own_id TEXT NOT NULL, stamp BLOB NOT NULL, seen INTEGER NOT NULL,
        PRIMARY KEY (outlet, own_id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS pages (
        outlet TEXT NOT NULL, own_id TEXT NOT NULL, url TEXT NOT NULL, tries INTEGER NOT NULL, document TEXT NOT NULL,
        PRIMARY KEY (outlet, own_id)
    ) STRICT;
    CREATE TABLE IF NOT EXISTS posts (
        outlet TEXT NOT NULL, id TEXT NOT NULL, own_id TEXT NOT NULL, stamp TEXT, due INTEGER, public INTEGER NOT NULL,
        said BLOB, seen INTEGER NOT NULL, PRIMARY KEY (outlet, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS sweeps (outlet TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT;
    CREATE TABLE IF NOT EXISTS followed (
        outlet TEXT NOT NULL, part INTEGER NOT NULL, next INTEGER NOT NULL, PRIMARY KEY (outlet, part)
    ) STRICT;
";

/// The state cannot be read or written; the poll fails and comes again.
#[derive(Debug, thiserror::Error)]
#[error("`pull.db`: {0}")]
pub(super) struct StateError(String);

impl From<rusqlite::Error> for StateError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

/// What is known of a feed, or of another source: when it is due.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FeedState {
    pub(super) outlet: OutletId,
    /// The feed's address, or kind and address of another source.
    pub(super) url: String,
    pub(super) etag: Option<String>,
    pub(super) last_modified: Option<String>,
    pub(super) sha256: Option<Vec<u8>>,
    pub(super) next_poll: Timestamp,
    pub(super) failures: u32,
    /// It answered 410: not polled until its address changes.
    pub(super) gone: bool,
    /// The permanent redirect the operator was told of.
    pub(super) moved_to: Option<String>,
}

impl FeedState {
    /// A feed not polled yet, due at once.
    pub(super) fn new(outlet: OutletId, url: String, now: Timestamp) -> Self {
        let (etag, last_modified, sha256, moved_to) = (None, None, None, None);
        Self { outlet, url, etag, last_modified, sha256, next_poll: now, failures: 0, gone: false, moved_to }
    }
}

/// The state. Clones share one connection.
#[derive(Clone)]
pub(super) struct State {
    connection: Arc<Mutex<Connection>>,
}

impl State {
    /// Opens the file; one that is damaged or of another release is replaced.
    pub(super) async fn open(path: &Path) -> Result<Self, StateError> {
        let path = path.to_owned();
        let opened = tokio::task::spawn_blocking(move || {
            open(&path).or_else(|error| {
                tracing::warn!(%error, "`pull.db` cannot be used and is made anew; every feed is fetched once more");
                for suffix in ["", "-wal", "-shm"] {
                    let mut file = path.clone().into_os_string();
                    file.push(suffix);
                    drop(std::fs::remove_file(file));
                }
                open(&path)
            })
        });
        let connection = opened.await.map_err(|error| StateError(error.to_string()))??;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StateError> {
        let connection = Arc::clone(&self.connection);
        let done = tokio::task::spawn_blocking(move || {
            let mut connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction = connection.transaction()?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok::<T, rusqlite::Error>(result)
        });
        Ok(done.await.map_err(|error| StateError(error.to_string()))??)
    }

    /// All feeds, those that are no longer in the registry forgotten.
    pub(super) async fn feeds(&self, kept: Vec<OutletId>) -> Result<Vec<FeedState>, StateError> {
        self.run(move |transaction| {
            let mut statement = transaction.prepare("SELECT * FROM feeds")?;
            let known: Vec<FeedState> = statement.query_map([], feed_of)?.collect::<rusqlite::Result<_>>()?;
            let (kept, gone): (Vec<_>, Vec<_>) = known.into_iter().partition(|feed| kept.contains(&feed.outlet));
            gone.iter().try_for_each(|feed| forget(transaction, &feed.outlet))?;
            Ok(kept)
        })
        .await
    }

    /// Keeps what is known of a feed. Another address makes it another feed, of which nothing is known.
    pub(super) async fn save(&self, feed: FeedState) -> Result<(), StateError> {
        self.run(move |transaction| put(transaction, &feed)).await
    }

    /// The entries of a feed as last seen.
    pub(super) async fn entries(&self, outlet: &OutletId) -> Result<HashMap<String, Stamp>, StateError> {
        let outlet = outlet.to_string();
        self.run(move |transaction| {
            let mut statement = transaction.prepare("SELECT own_id, stamp FROM entries WHERE outlet = ?1")?;
            statement.query_map([outlet], |row| Ok((row.get(0)?, row.get(1)?)))?.collect()
        })
        .await
    }

    /// A new document of a feed is in the log: remembers its entries and the pages to be fetched, all or nothing.
    pub(super) async fn seen(
        &self,
        feed: FeedState,
        entries: Vec<Entry>,
        pages: Vec<Page>,
        most: u32,
        now: Timestamp,
    ) -> Result<(), StateError> {
        self.run(move |transaction| {
            put(transaction, &feed)?;
            let outlet = feed.outlet.as_str();
            for entry in &entries {
                transaction.execute(
                    "INSERT OR REPLACE INTO entries VALUES (?1, ?2, ?3, ?4)",
                    params![outlet, entry.own_id, entry.stamp, now.as_millisecond()],
                )?;
            }
            transaction.execute(
                "DELETE FROM entries WHERE outlet = ?1 AND own_id NOT IN
                 (SELECT own_id FROM entries WHERE outlet = ?1 ORDER BY seen DESC LIMIT ?2)",
                params![outlet, most],
            )?;
            for entry in entries.iter().filter(|entry| entry.page.is_none()) {
                let sql = "DELETE FROM pages WHERE outlet = ?1 AND own_id = ?2";
                transaction.execute(sql, params![outlet, entry.own_id])?;
            }
            pages.iter().try_for_each(|page| put_page(transaction, &feed.outlet, page))
        })
        .await
    }

    /// Pages to be fetched, those tried least first.
    pub(super) async fn pages(&self, outlet: &OutletId, most: u32) -> Result<Vec<Page>, StateError> {
        let outlet = outlet.to_string();
        self.run(move |transaction| {
            let mut statement = transaction.prepare(
                "SELECT own_id, url, tries, document FROM pages WHERE outlet = ?1 ORDER BY tries, rowid LIMIT ?2",
            )?;
            statement.query_map(params![outlet, most], page_of)?.collect()
        })
        .await
    }

    /// A page is in the log, or given up.
    pub(super) async fn page_done(&self, outlet: &OutletId, page: &Page) -> Result<(), StateError> {
        let (outlet, own_id) = (outlet.to_string(), page.own_id.clone());
        self.run(move |transaction| {
            transaction
                .execute("DELETE FROM pages WHERE outlet = ?1 AND own_id = ?2", params![outlet, own_id])
                .map(drop)
        })
        .await
    }

    /// A page was tried once more.
    pub(super) async fn page_tried(&self, outlet: &OutletId, page: Page) -> Result<(), StateError> {
        let outlet = outlet.clone();
        self.run(move |transaction| put_page(transaction, &outlet, &page)).await
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch(SCHEMA)?;
    // A statement against every table tells whether its columns are those of this release.
    connection.prepare("SELECT next_poll, moved_to FROM feeds")?;
    connection.prepare("SELECT stamp, seen FROM entries")?;
    connection.prepare("SELECT tries, document FROM pages")?;
    connection.prepare("SELECT own_id, stamp, due, public, said, seen FROM posts")?;
    connection.prepare("SELECT at FROM sweeps")?;
    connection.prepare("SELECT part, next FROM followed")?;
    Ok(connection)
}

fn forget(transaction: &Transaction<'_>, outlet: &OutletId) -> rusqlite::Result<()> {
    for table in ["feeds", "entries", "pages", "posts", "sweeps", "followed"] {
        transaction.execute(&format!("DELETE FROM {table} WHERE outlet = ?1"), [outlet.as_str()])?;
    }
    Ok(())
}

fn put(transaction: &Transaction<'_>, feed: &FeedState) -> rusqlite::Result<()> {
    let sql = "SELECT url FROM feeds WHERE outlet = ?1";
    let former: Option<String> = transaction.query_row(sql, [feed.outlet.as_str()], |row| row.get(0)).optional()?;
    if former.is_some_and(|url| url != feed.url) {
        forget(transaction, &feed.outlet)?;
    }
    transaction.execute(
        "INSERT OR REPLACE INTO feeds VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            feed.outlet.as_str(),
            feed.url,
            feed.etag,
            feed.last_modified,
            feed.sha256,
            feed.next_poll.as_millisecond(),
            feed.failures,
            feed.gone,
            feed.moved_to
        ],
    )?;
    Ok(())
}

fn put_page(transaction: &Transaction<'_>, outlet: &OutletId, page: &Page) -> rusqlite::Result<()> {
    let document = serde_json::to_string(&page.document).unwrap_or_else(|_error| "null".to_owned());
    transaction.execute(
        "INSERT OR REPLACE INTO pages (outlet, own_id, url, tries, document) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![outlet.as_str(), page.own_id, page.url, page.tries, document],
    )?;
    Ok(())
}

fn feed_of(row: &Row<'_>) -> rusqlite::Result<FeedState> {
    let outlet: String = row.get("outlet")?;
    let outlet = OutletId::new(&outlet)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(0, rusqlite::types::Type::Text, Box::new(error)))?;
    let next_poll = Timestamp::from_millisecond(row.get("next_poll")?).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(FeedState {
        outlet,
        url: row.get("url")?,
        etag: row.get("etag")?,
        last_modified: row.get("last_modified")?,
        sha256: row.get("sha256")?,
        next_poll,
        failures: row.get("failures")?,
        gone: row.get("gone")?,
        moved_to: row.get("moved_to")?,
    })
}

fn page_of(row: &Row<'_>) -> rusqlite::Result<Page> {
    let document: String = row.get("document")?;
    Ok(Page {
        own_id: row.get("own_id")?,
        url: row.get("url")?,
        tries: row.get("tries")?,
        document: serde_json::from_str(&document).unwrap_or(None),
    })
}
