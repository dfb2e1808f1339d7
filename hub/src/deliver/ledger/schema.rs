//! The tables of the ledger.

use crate::sqlite::Fold;

/// `look` is when a withdrawn article is looked at where it stood, in milliseconds since 1970, if it is. `wake` is 0 for
/// what may go now, else milliseconds since 1970; `rank` is the turn: withdrawals first, what is delivered once more last.
/// The two partial indexes answer "what is due" and "what comes next" without touching the rest of a backlog; `backlog`
/// and `held` are the counts that the console shows. What stands for one article stands together: it comes for all partners at about the same time.
pub(super) const LEDGER: Fold = Fold {
    name: "ledger",
    version: 5,
    tables: "
CREATE TABLE partners (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    backlog INTEGER NOT NULL DEFAULT 0,
    held INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE desired (
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
    PRIMARY KEY (article, partner)
) WITHOUT ROWID;
CREATE INDEX ready ON desired (partner, rank, offset) WHERE wake = 0;
CREATE INDEX later ON desired (partner, wake) WHERE wake > 0;
CREATE TABLE held (
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
    PRIMARY KEY (article, partner)
) WITHOUT ROWID;
CREATE INDEX looks ON held (look) WHERE look IS NOT NULL;
CREATE TABLE takedowns (
    partner INTEGER NOT NULL,
    article TEXT NOT NULL,
    acknowledged TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (article, partner)
) WITHOUT ROWID;
",
};
