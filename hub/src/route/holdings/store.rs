//! The file's statements, and nothing that waits.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use lianbo_schemas::{Action, ArticleUri, Delivery, GrantId, PartnerId, topic};
use rusqlite::{Connection, OptionalExtension, Row, params};

use super::schema::HOLDINGS;
use crate::log::{Offset, Partition, Record};
use crate::route::holders::{Holders, Holding};
use crate::route::standing::{Again, Occasion};
use crate::sqlite::{Checkpoints, Positions};

/// An open file.
pub(super) struct Store {
    connection: Connection,
    checkpoints: Checkpoints,
    positions: Positions,
    partners: Names,
    grants: Names,
}

/// A decision as it stands in the log.
pub(super) struct Said {
    place: (Partition, Offset),
    partner: PartnerId,
    article: ArticleUri,
    /// None: a tombstone, nothing is decided.
    pub(super) delivery: Option<Delivery>,
    /// It is under a grant whose end has been seen.
    pub(super) has_ended: bool,
}

impl Said {
    /// Nothing, when it cannot be read: whose lane it is writes a dead letter.
    pub(super) fn read(record: &Record) -> Option<Self> {
        let partner = topic::partner_of(&record.partition.topic)?;
        let delivery: Option<Delivery> =
            record.value.as_ref().map(|value| serde_json::from_slice(value)).transpose().ok()?;
        let article = match &delivery {
            Some(delivery) => delivery.article.clone(),
            None => ArticleUri::new(std::str::from_utf8(record.key.as_deref()?).ok()?).ok()?,
        };
        let place = (record.partition.clone(), record.offset);
        Some(Self { place, partner, article, delivery, has_ended: false })
    }
}

/// How far what is held under a grant has been looked at.
#[derive(Debug, Clone)]
pub(in crate::route) struct Ending {
    grant: GrantId,
    after: (i64, i64),
}

impl Ending {
    /// Nothing has been looked at.
    pub(in crate::route) fn of(grant: GrantId) -> Self {
        Self { grant, after: (0, 0) }
    }
}

impl Store {
    pub(super) fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = HOLDINGS.open(path)?;
        let checkpoints = Checkpoints::beside(&connection, path)?;
        let (partners, grants) = (Names::of("partners"), Names::of("grants"));
        Ok(Self { connection, checkpoints, positions: Positions::default(), partners, grants })
    }

    /// Where reading goes on.
    pub(super) fn positions(&self) -> rusqlite::Result<BTreeMap<Partition, Offset>> {
        Positions::written(&self.connection)
    }

    /// Forgets all: the file is of another log.
    pub(super) fn clear(&mut self) -> rusqlite::Result<()> {
        self.begin()?;
        for table in ["partners", "grants", "articles", "holdings", "again", "positions"] {
            self.connection.execute(&format!("DELETE FROM {table}"), [])?;
        }
        (self.partners, self.grants) = (Names::of("partners"), Names::of("grants"));
        self.commit()
    }

    /// Forgets what a topic said, which is gone.
    pub(super) fn forget(&mut self, topic: &str) -> rusqlite::Result<()> {
        self.begin()?;
        if let Some(partner) = topic::partner_of(topic) {
            let partner = self.partners.number(&self.connection, partner.as_str())?;
            self.connection.execute("DELETE FROM holdings WHERE partner = ?1", [partner])?;
            self.connection.execute("DELETE FROM again WHERE partner = ?1", [partner])?;
        }
        self.positions.forget(&self.connection, topic)?;
        self.commit()
    }

    /// Takes in what stands in the log; tells whether copies are to be decided about again because of it.
    pub(super) fn fold(&mut self, said: Vec<Said>) -> rusqlite::Result<bool> {
        self.begin()?;
        let mut concerns = false;
        for Said { place: (partition, offset), partner, article, delivery, has_ended } in said {
            self.positions.folded(&partition, offset);
            match delivery {
                None => self.remove(&partner, &article)?,
                Some(delivery) if self.knows_better(&partner, &delivery)? => {
                    concerns = true;
                    self.put_again(&Again { article, partner, occasion: Occasion::Overtaken }, false)?;
                }
                Some(delivery) => {
                    self.note(&partner, &delivery)?;
                    if has_ended {
                        concerns = true;
                        self.put_again(&Again { article, partner, occasion: Occasion::Ended }, false)?;
                    }
                }
            }
        }
        self.commit()?;
        Ok(concerns)
    }

    /// Takes in a decision.
    pub(super) fn note(&mut self, partner: &PartnerId, delivery: &Delivery) -> rusqlite::Result<()> {
        self.begin()?;
        match delivery.action {
            Action::Hold => {
                let partner = self.partners.number(&self.connection, partner.as_str())?;
                let grant = delivery.terms.as_ref().map(|terms| terms.grant.as_str());
                let grant = grant.map(|grant| self.grants.number(&self.connection, grant)).transpose()?;
                let article = self.article(&delivery.article)?;
                let put = "INSERT INTO holdings (article, partner, version, grant) VALUES (?1, ?2, ?3, ?4)
                           ON CONFLICT (article, partner) DO UPDATE SET version = excluded.version, grant = excluded.grant
                           WHERE version <> excluded.version OR grant IS NOT excluded.grant";
                self.connection.prepare_cached(put)?.execute(params![article, partner, delivery.version, grant])?;
                Ok(())
            }
            Action::Withdraw => {
                self.remove(partner, &delivery.article)?;
                let article = self.article(&delivery.article)?;
                let raise = "UPDATE articles SET withdrawn = ?2 WHERE id = ?1 AND withdrawn < ?2";
                self.connection.prepare_cached(raise)?.execute(params![article, delivery.version]).map(drop)
            }
        }
    }

    fn remove(&mut self, partner: &PartnerId, article: &ArticleUri) -> rusqlite::Result<()> {
        let partner = self.partners.number(&self.connection, partner.as_str())?;
        let remove = "DELETE FROM holdings WHERE article = (SELECT id FROM articles WHERE uri = ?1) AND partner = ?2";
        self.connection.prepare_cached(remove)?.execute(params![article.as_str(), partner]).map(drop)
    }

    fn knows_better(&self, partner: &PartnerId, delivery: &Delivery) -> rusqlite::Result<bool> {
        if delivery.redelivery.is_none() {
            return Ok(false);
        }
        let known = self.of(&BTreeSet::from([delivery.article.clone()]))?;
        Ok(delivery.version < known.decided(&delivery.article, partner))
    }

    /// Who should hold these articles.
    pub(super) fn of(&self, articles: &BTreeSet<ArticleUri>) -> rusqlite::Result<Holders> {
        let mut holders = Holders::default();
        let find = "SELECT id, withdrawn FROM articles WHERE uri = ?1";
        let mut find = self.connection.prepare_cached(find)?;
        let held = "SELECT p.name, h.version, g.name FROM holdings AS h JOIN partners AS p ON p.id = h.partner
                    LEFT JOIN grants AS g ON g.id = h.grant WHERE h.article = ?1";
        let mut held = self.connection.prepare_cached(held)?;
        for article in articles {
            let found: Option<(i64, u32)> =
                find.query_row([article.as_str()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
            let Some((id, withdrawn)) = found else { continue };
            holders.taken(article, withdrawn);
            let mut rows = held.query([id])?;
            while let Some(row) = rows.next()? {
                let (Some(partner), grant) = (id_at(row, 0, PartnerId::new)?, id_at(row, 2, GrantId::new)?) else {
                    continue;
                };
                holders.hold(article, partner, Holding { version: row.get(1)?, grant });
            }
        }
        Ok(holders)
    }

    /// The next copies held under a grant; fewer than `limit` are the last.
    pub(super) fn under(&self, ending: &mut Ending, limit: usize) -> rusqlite::Result<Vec<Again>> {
        let find = "SELECT a.uri, p.name, h.article, h.partner FROM holdings AS h INDEXED BY under
                    JOIN articles AS a ON a.id = h.article JOIN partners AS p ON p.id = h.partner
                    WHERE h.grant = (SELECT id FROM grants WHERE name = ?1) AND (h.article, h.partner) > (?2, ?3)
                    ORDER BY h.article, h.partner LIMIT ?4";
        let mut find = self.connection.prepare_cached(find)?;
        let (article, partner) = ending.after;
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut rows = find.query(params![ending.grant.as_str(), article, partner, limit])?;
        let mut copies = Vec::new();
        while let Some(row) = rows.next()? {
            ending.after = (row.get(2)?, row.get(3)?);
            copies.extend(copy(row, Occasion::Ended)?);
        }
        Ok(copies)
    }

    /// Puts down copies of an older version than one that was taken from somebody: whatever decided so was overtaken, or
    /// knew that they may stay. Compaction may have left of two decisions the one that overtook.
    pub(super) fn put_behind(&mut self) -> rusqlite::Result<()> {
        self.begin()?;
        let put = "INSERT OR IGNORE INTO again (article, partner, occasion)
                   SELECT h.article, h.partner, ?1 FROM articles AS a INDEXED BY taken
                   JOIN holdings AS h ON h.article = a.id WHERE a.withdrawn > 0 AND h.version < a.withdrawn";
        self.connection.execute(put, [occasion_number(Occasion::Overtaken)])?;
        self.commit()
    }

    /// Takes in which partners there are. The copies of those that were away and are back are put down to be decided about
    /// again; tells whether there are such.
    pub(super) fn follow(&mut self, partners: &BTreeSet<PartnerId>) -> rusqlite::Result<bool> {
        self.begin()?;
        let all = "SELECT id, name, is_away FROM partners";
        let known: Vec<(i64, String, bool)> = self
            .connection
            .prepare_cached(all)?
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let mut are_back = false;
        for (id, name, was_away) in known {
            let is_away = PartnerId::new(name).is_ok_and(|name| !partners.contains(&name));
            if is_away == was_away {
                continue;
            }
            self.connection.execute("UPDATE partners SET is_away = ?2 WHERE id = ?1", params![id, is_away])?;
            if was_away {
                let put = "INSERT OR IGNORE INTO again (article, partner, occasion)
                           SELECT article, partner, ?2 FROM holdings WHERE partner = ?1";
                are_back |= self.connection.execute(put, params![id, occasion_number(Occasion::Returned)])? > 0;
            }
        }
        Ok(are_back)
    }

    fn put_again(&mut self, copy: &Again, is_put_off: bool) -> rusqlite::Result<()> {
        self.begin()?;
        let partner = self.partners.number(&self.connection, copy.partner.as_str())?;
        let article = self.article(&copy.article)?;
        let put = "INSERT OR REPLACE INTO again (article, partner, occasion, put_off) VALUES (?1, ?2, ?3, ?4)";
        let values = params![article, partner, occasion_number(copy.occasion), is_put_off];
        self.connection.prepare_cached(put)?.execute(values).map(drop)
    }

    /// Copies to be decided about again, but for those that are put off.
    pub(super) fn again(&self, limit: usize) -> rusqlite::Result<Vec<Again>> {
        let find =
            "SELECT a.uri, p.name, n.occasion FROM again AS n INDEXED BY waiting JOIN articles AS a ON a.id = n.article
                    JOIN partners AS p ON p.id = n.partner WHERE n.put_off = 0 LIMIT ?1";
        let mut find = self.connection.prepare_cached(find)?;
        let mut rows = find.query([i64::try_from(limit).unwrap_or(i64::MAX)])?;
        let mut copies = Vec::new();
        while let Some(row) = rows.next()? {
            copies.extend(copy(row, occasion(row.get(2)?))?);
        }
        Ok(copies)
    }

    /// It has been decided about again.
    pub(super) fn strike_again(&mut self, copy: &Again) -> rusqlite::Result<()> {
        self.begin()?;
        let strike = "DELETE FROM again WHERE article = (SELECT id FROM articles WHERE uri = ?1)
                      AND partner = (SELECT id FROM partners WHERE name = ?2) AND occasion = ?3";
        let values = params![copy.article.as_str(), copy.partner.as_str(), occasion_number(copy.occasion)];
        self.connection.prepare_cached(strike)?.execute(values).map(drop)
    }

    /// Puts it off until [`Self::look_again`].
    pub(super) fn put_off(&mut self, copy: &Again) -> rusqlite::Result<()> {
        self.put_again(copy, true)
    }

    /// What was put off is no longer.
    pub(super) fn look_again(&mut self) -> rusqlite::Result<()> {
        self.begin()?;
        self.connection.prepare_cached("UPDATE again SET put_off = 0 WHERE put_off = 1")?.execute([]).map(drop)
    }

    fn article(&self, uri: &ArticleUri) -> rusqlite::Result<i64> {
        let find = "SELECT id FROM articles WHERE uri = ?1";
        let found = self.connection.prepare_cached(find)?.query_row([uri.as_str()], |row| row.get(0)).optional()?;
        if let Some(id) = found {
            return Ok(id);
        }
        self.connection.prepare_cached("INSERT INTO articles (uri) VALUES (?1)")?.insert([uri.as_str()])
    }

    fn begin(&self) -> rusqlite::Result<()> {
        if self.connection.is_autocommit() { self.connection.execute_batch("BEGIN IMMEDIATE") } else { Ok(()) }
    }

    /// Ends the transaction, if one is open.
    pub(super) fn commit(&mut self) -> rusqlite::Result<()> {
        if self.connection.is_autocommit() {
            return Ok(());
        }
        self.positions.write(&self.connection)?;
        self.connection.execute_batch("COMMIT")?;
        self.checkpoints.committed(&self.connection);
        Ok(())
    }
}

/// Names that stand in other tables as numbers: there are few, and millions of holdings have them.
struct Names {
    table: &'static str,
    numbers: HashMap<String, i64>,
}

impl Names {
    fn of(table: &'static str) -> Self {
        Self { table, numbers: HashMap::new() }
    }

    fn number(&mut self, connection: &Connection, name: &str) -> rusqlite::Result<i64> {
        if let Some(number) = self.numbers.get(name) {
            return Ok(*number);
        }
        let Self { table, .. } = self;
        connection.execute(&format!("INSERT OR IGNORE INTO {table} (name) VALUES (?1)"), [name])?;
        let find = format!("SELECT id FROM {table} WHERE name = ?1");
        let number = connection.query_row(&find, [name], |row| row.get(0))?;
        self.numbers.insert(name.to_owned(), number);
        Ok(number)
    }
}

fn copy(row: &Row<'_>, occasion: Occasion) -> rusqlite::Result<Option<Again>> {
    let (article, partner) = (id_at(row, 0, ArticleUri::new)?, id_at(row, 1, PartnerId::new)?);
    Ok(article.zip(partner).map(|(article, partner)| Again { article, partner, occasion }))
}

/// An id in a column; it was valid when it was written.
fn id_at<T, E>(row: &Row<'_>, column: usize, new: impl Fn(String) -> Result<T, E>) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    Ok(text.and_then(|text| new(text).ok()))
}

fn occasion_number(occasion: Occasion) -> i64 {
    match occasion {
        Occasion::Ended => 0,
        Occasion::Overtaken => 1,
        Occasion::Returned => 2,
    }
}

fn occasion(number: i64) -> Occasion {
    match number {
        0 => Occasion::Ended,
        1 => Occasion::Overtaken,
        _ => Occasion::Returned,
    }
}
