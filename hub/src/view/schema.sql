-- The node's own view: everything here can be folded from the log again.
CREATE TABLE positions (topic TEXT NOT NULL, partition INTEGER NOT NULL, next INTEGER NOT NULL,
    PRIMARY KEY (topic, partition)) WITHOUT ROWID;
CREATE TABLE facts (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
-- The log's own clock: every record of `articles`, its time made strictly rising, and its offset.
CREATE TABLE times (at INTEGER PRIMARY KEY, offset INTEGER NOT NULL);

CREATE TABLE articles (
    id INTEGER PRIMARY KEY, uri TEXT NOT NULL UNIQUE, short TEXT NOT NULL, outlet TEXT NOT NULL, status TEXT NOT NULL,
    version INTEGER NOT NULL, body_offset INTEGER NOT NULL, first_offset INTEGER NOT NULL,
    last_offset INTEGER NOT NULL, embargo INTEGER, released INTEGER, headline TEXT NOT NULL, language TEXT,
    first_seen INTEGER NOT NULL, changed INTEGER NOT NULL, note TEXT, indexed INTEGER NOT NULL DEFAULT 0);
CREATE INDEX articles_short ON articles (short);
CREATE INDEX articles_first ON articles (first_offset);
CREATE INDEX articles_first_seen ON articles (first_seen);
CREATE INDEX articles_not_indexed ON articles (id) WHERE indexed = 0;
CREATE TABLE versions (article INTEGER NOT NULL, offset INTEGER NOT NULL, version INTEGER NOT NULL,
    change TEXT NOT NULL, at INTEGER NOT NULL, note TEXT, json BLOB, PRIMARY KEY (article, offset));
CREATE TABLE sightings (article INTEGER NOT NULL, item TEXT NOT NULL, place INTEGER NOT NULL, outlet TEXT NOT NULL,
    json BLOB NOT NULL, PRIMARY KEY (article, item)) WITHOUT ROWID;
-- What editors have decided, and the article that came of it.
CREATE TABLE decisions (id TEXT PRIMARY KEY, article TEXT NOT NULL, result TEXT NOT NULL, ruling TEXT NOT NULL,
    at INTEGER NOT NULL, offset INTEGER NOT NULL, json BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX decisions_article ON decisions (article, offset);
CREATE INDEX decisions_result ON decisions (result, offset);
CREATE TABLE links (article INTEGER NOT NULL, other TEXT NOT NULL, json BLOB NOT NULL,
    PRIMARY KEY (article, other)) WITHOUT ROWID;
CREATE INDEX links_back ON links (other);
CREATE VIRTUAL TABLE search USING fts5(tokens, content='', contentless_delete=1, detail=none, tokenize='ascii');
-- A backlog is indexed in memory first, up to so many bytes: a third less work than with 1 MB and the merges it takes.
INSERT INTO search (search, rank) VALUES ('hashsize', 16777216);

-- What each channel shows, what waits for its time, and every change a puller of the channel may see.
CREATE TABLE channels (channel TEXT PRIMARY KEY, changed INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE channel_items (channel TEXT NOT NULL, article INTEGER NOT NULL, since INTEGER NOT NULL,
    content TEXT NOT NULL, images INTEGER NOT NULL, attribution TEXT NOT NULL,
    PRIMARY KEY (channel, article)) WITHOUT ROWID;
CREATE INDEX channel_items_newest ON channel_items (channel, since);
CREATE INDEX channel_items_article ON channel_items (article);
CREATE TABLE channel_pending (channel TEXT NOT NULL, article INTEGER NOT NULL, release INTEGER NOT NULL,
    source INTEGER NOT NULL, version INTEGER NOT NULL, content TEXT NOT NULL, images INTEGER NOT NULL,
    attribution TEXT NOT NULL, PRIMARY KEY (channel, article)) WITHOUT ROWID;
CREATE INDEX channel_pending_release ON channel_pending (release, source);
CREATE INDEX channel_pending_article ON channel_pending (article);
CREATE TABLE channel_events (channel TEXT NOT NULL, offset INTEGER NOT NULL, at INTEGER NOT NULL,
    source INTEGER NOT NULL, article INTEGER NOT NULL, version INTEGER NOT NULL, change TEXT NOT NULL,
    shown INTEGER NOT NULL, PRIMARY KEY (channel, offset, at, source)) WITHOUT ROWID;
CREATE INDEX channel_events_article ON channel_events (article);
CREATE INDEX channel_events_by_clock ON channel_events (at) WHERE at > 0;
CREATE TABLE channel_moves (channel TEXT NOT NULL, article INTEGER NOT NULL, registry INTEGER NOT NULL,
    as_of INTEGER NOT NULL, first_offset INTEGER NOT NULL, joined INTEGER NOT NULL, offset INTEGER NOT NULL,
    at INTEGER NOT NULL, source INTEGER NOT NULL, version INTEGER NOT NULL,
    PRIMARY KEY (channel, article)) WITHOUT ROWID;
CREATE INDEX channel_moves_order ON channel_moves (channel, registry, as_of, first_offset);

CREATE TABLE judgements (item TEXT NOT NULL, submission TEXT NOT NULL, outlet TEXT NOT NULL, article TEXT,
    verdict TEXT, kind TEXT, evidence TEXT, judged INTEGER, PRIMARY KEY (item, submission)) WITHOUT ROWID;
CREATE INDEX judgements_submission ON judgements (submission);
CREATE INDEX judgements_kind ON judgements (kind, judged);
CREATE TABLE submissions (id TEXT NOT NULL, outlet TEXT NOT NULL, received INTEGER NOT NULL, topic TEXT NOT NULL,
    partition INTEGER NOT NULL, offset INTEGER NOT NULL, media_type TEXT, url TEXT, size INTEGER NOT NULL,
    sha256 TEXT NOT NULL, idempotency_key TEXT, PRIMARY KEY (topic, partition, offset)) WITHOUT ROWID;
CREATE INDEX submissions_id ON submissions (id);
CREATE INDEX submissions_key ON submissions (outlet, idempotency_key) WHERE idempotency_key IS NOT NULL;
-- What partners hold, should hold and took down. What stands for one article stands together: it comes for all partners
-- at about the same time.
CREATE TABLE receipts (article TEXT NOT NULL, partner TEXT NOT NULL, state TEXT NOT NULL, at INTEGER NOT NULL,
    answers INTEGER, json BLOB NOT NULL, PRIMARY KEY (article, partner)) WITHOUT ROWID;
-- With the state, so that counting reads this alone and not all that partners answered.
CREATE INDEX receipts_partner ON receipts (partner, article, state);
CREATE TABLE desired (article TEXT NOT NULL, partner TEXT NOT NULL, action TEXT NOT NULL, decided INTEGER NOT NULL,
    json BLOB NOT NULL, PRIMARY KEY (article, partner)) WITHOUT ROWID;
CREATE INDEX desired_withdrawals ON desired (decided) WHERE action = 'withdraw';
CREATE TABLE takedowns (article TEXT NOT NULL, partner TEXT NOT NULL, acknowledged INTEGER NOT NULL,
    overdue INTEGER NOT NULL, json BLOB NOT NULL, PRIMARY KEY (article, partner)) WITHOUT ROWID;
CREATE INDEX takedowns_overdue ON takedowns (acknowledged) WHERE overdue = 1;
CREATE TABLE dead (key TEXT PRIMARY KEY, at INTEGER NOT NULL, open INTEGER NOT NULL, submission TEXT,
    json BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX dead_at ON dead (open, at);
CREATE INDEX dead_submission ON dead (submission) WHERE submission IS NOT NULL;
