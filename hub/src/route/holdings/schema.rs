//! The tables of who should hold what.

use crate::sqlite::Fold;

/// Names stand once, and numbers for them elsewhere: there may be tens of millions of holdings. `withdrawn` is the newest
/// version at which an article was taken from anybody. `again` are copies to be decided about again, and whether that is
/// put off; an `occasion` is 0 for a grant that has ended, 1 for a decision that was overtaken, 2 for a partner that was
/// away, out of the registry, and is back.
pub(super) const HOLDINGS: Fold = Fold {
    name: "file of who should hold what",
    version: 2,
    tables: "
CREATE TABLE partners (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    is_away INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE grants (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);
CREATE TABLE articles (
    id INTEGER PRIMARY KEY,
    uri TEXT NOT NULL UNIQUE,
    withdrawn INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX taken ON articles (id) WHERE withdrawn > 0;
CREATE TABLE holdings (
    article INTEGER NOT NULL,
    partner INTEGER NOT NULL,
    version INTEGER NOT NULL,
    grant INTEGER,
    PRIMARY KEY (article, partner)
) WITHOUT ROWID;
CREATE INDEX under ON holdings (grant, article, partner);
CREATE TABLE again (
    article INTEGER NOT NULL,
    partner INTEGER NOT NULL,
    occasion INTEGER NOT NULL,
    put_off INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (article, partner, occasion)
) WITHOUT ROWID;
CREATE INDEX waiting ON again (article) WHERE put_off = 0;
",
};
