//! The tables of the ledger.

/// Kept in `user_version`: a file of another version is made anew.
pub(super) const VERSION: i64 = 3;

/// `look` is when a withdrawn article is looked at where it stood, in milliseconds since 1970, if it is. `wake` is 0 for
/// what may go now, else milliseconds since 1970; `rank` puts withdrawals first. The two partial indexes answer "what is
/// due" and "what comes next" without touching the rest of a backlog; `backlog` and `held` are the counts that the console
/// shows.
pub(super) const TABLES: &str = "
CREATE TABLE IF NOT EXISTS partners (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    backlog INTEGER NOT NULL DEFAULT 0,
    held INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE IF NOT EXISTS desired (
    partner INTEGER NOT NULL,
    article TEXT NOT NULL,
    offset INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    wake INTEGER NOT NULL,
    delivery TEXT NOT NULL,
    traceparent TEXT,
    born INTEGER NOT NULL,
    attempted INTEGER NOT NULL DEFAULT 0,
    tries INTEGER NOT NULL DEFAULT 0,
    last_error TEXT,
    PRIMARY KEY (partner, article)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS ready ON desired (partner, rank, offset) WHERE wake = 0;
CREATE INDEX IF NOT EXISTS later ON desired (partner, wake) WHERE wake > 0;
CREATE TABLE IF NOT EXISTS held (
    partner INTEGER NOT NULL,
    article TEXT NOT NULL,
    offset INTEGER NOT NULL,
    answers INTEGER,
    version INTEGER NOT NULL,
    state INTEGER NOT NULL,
    remote TEXT,
    content_hash TEXT,
    rendering TEXT,
    redelivery TEXT,
    at TEXT NOT NULL,
    history TEXT NOT NULL,
    look INTEGER,
    PRIMARY KEY (partner, article)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS looks ON held (partner, look) WHERE look IS NOT NULL;
CREATE TABLE IF NOT EXISTS takedowns (
    partner INTEGER NOT NULL,
    article TEXT NOT NULL,
    acknowledged TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (partner, article)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS positions (
    topic TEXT NOT NULL,
    partition INTEGER NOT NULL,
    next INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)
) WITHOUT ROWID;
";
