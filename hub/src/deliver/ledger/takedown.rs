//! Take-downs in the ledger: which withdrawn articles are to be looked at where they stood, and what was found so far.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};
use lianbo_schemas::{ArticleUri, PartnerId, TakeDown};
use rusqlite::{OptionalExtension, Row, params};

use super::store::Store;
use crate::deliver::difference::{Known, KnownState};

/// How soon after its receipt a take-down is looked at first: a site's own cache is emptied within seconds.
const FIRST_LOOK: SignedDuration = SignedDuration::from_secs(10);

/// A withdrawn article whose former address is to be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::deliver) struct Watched {
    /// The partner.
    pub(in crate::deliver) partner: PartnerId,
    /// The article.
    pub(in crate::deliver) article: ArticleUri,
    /// When the partner acknowledged.
    pub(in crate::deliver) acknowledged: Timestamp,
    /// Where readers saw it.
    pub(in crate::deliver) url: String,
    /// What was found so far.
    pub(in crate::deliver) before: Option<TakeDown>,
}

/// The address of a withdrawn article that readers knew.
fn address(known: &Known) -> Option<&str> {
    let copy = known.history.last_copy().filter(|_| known.state == KnownState::Withdrawn)?;
    copy.remote.url.as_deref()
}

impl Store {
    /// Writes down when the article is looked at next, after its receipt or a look has come, in whatever order.
    pub(super) fn plan_look(
        &mut self,
        partner: &PartnerId,
        article: &ArticleUri,
        known: &Known,
    ) -> rusqlite::Result<()> {
        if address(known).is_none() {
            return Ok(());
        }
        let found = self.take_down(partner, article, known.at)?;
        let first = || known.at.checked_add(FIRST_LOOK).unwrap_or(known.at);
        let next = found.map_or_else(|| Some(first()), |found| found.next);
        let id = self.partner(partner)?;
        let plan = "UPDATE held SET look = ?3 WHERE partner = ?1 AND article = ?2";
        let values = params![id, article.as_str(), next.map(Timestamp::as_millisecond)];
        self.connection.prepare_cached(plan)?.execute(values).map(drop)
    }

    /// Keeps what was found. A look at an earlier take-down of the same article does not replace one at a later.
    pub(super) fn put_take_down(&mut self, look: &TakeDown) -> rusqlite::Result<()> {
        let id = self.partner(&look.partner)?;
        let earlier = "SELECT document FROM takedowns WHERE partner = ?1 AND article = ?2";
        let mut statement = self.connection.prepare_cached(earlier)?;
        let kept: Option<String> =
            statement.query_row(params![id, look.article.as_str()], |row| row.get(0)).optional()?;
        drop(statement);
        let order = |look: &TakeDown| (look.acknowledged, look.looks);
        let kept = kept.and_then(|text| serde_json::from_str::<TakeDown>(&text).ok());
        if kept.is_some_and(|kept| order(&kept) > order(look)) {
            return Ok(());
        }
        let put = "INSERT OR REPLACE INTO takedowns (partner, article, acknowledged, document) VALUES (?1, ?2, ?3, ?4)";
        let document = serde_json::json!(look).to_string();
        let values = params![id, look.article.as_str(), look.acknowledged.to_string(), document];
        self.connection.prepare_cached(put)?.execute(values).map(drop)
    }

    fn take_down(
        &mut self,
        partner: &PartnerId,
        article: &ArticleUri,
        acknowledged: Timestamp,
    ) -> rusqlite::Result<Option<TakeDown>> {
        let id = self.partner(partner)?;
        let find = "SELECT document FROM takedowns WHERE partner = ?1 AND article = ?2 AND acknowledged = ?3";
        let mut statement = self.connection.prepare_cached(find)?;
        let values = params![id, article.as_str(), acknowledged.to_string()];
        let found: Option<String> = statement.query_row(values, |row| row.get(0)).optional()?;
        Ok(found.and_then(|text| serde_json::from_str(&text).ok()))
    }

    /// Of each of these partners the withdrawn article that is the longest due to be looked at by `now`; `limit` at most,
    /// the longest due first.
    pub(in crate::deliver) fn watched(
        &mut self,
        partners: &HashSet<PartnerId>,
        now: Timestamp,
        limit: usize,
    ) -> rusqlite::Result<Vec<Watched>> {
        let mut watched = Vec::new();
        for (partner, article) in self.longest_due(now)?.into_iter().filter(|(partner, _)| partners.contains(partner)) {
            if watched.len() >= limit {
                break;
            }
            let Some(known) = self.known(&partner, &article)? else { continue };
            let Some(url) = address(&known) else { continue };
            watched.push(Watched {
                acknowledged: known.at,
                url: url.to_owned(),
                before: self.take_down(&partner, &article, known.at)?,
                partner,
                article,
            });
        }
        Ok(watched)
    }

    /// One article of each partner, the longest due first.
    fn longest_due(&self, now: Timestamp) -> rusqlite::Result<Vec<(PartnerId, ArticleUri)>> {
        let find = "SELECT p.name, h.article, min(h.look) FROM held AS h INDEXED BY looks
             JOIN partners AS p ON p.id = h.partner WHERE h.look <= ?1 GROUP BY h.partner ORDER BY min(h.look)";
        let mut statement = self.connection.prepare_cached(find)?;
        let named = |row: &Row<'_>| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?));
        let rows = statement.query_map([now.as_millisecond()], named)?;
        let rows: Vec<(String, String)> = rows.collect::<rusqlite::Result<_>>()?;
        let read = |(partner, article): (String, String)| {
            Some((PartnerId::new(&partner).ok()?, ArticleUri::new(&article).ok()?))
        };
        Ok(rows.into_iter().filter_map(read).collect())
    }
}
