//! What partners hold, and what they should hold.

use lianbo_schemas::{ArticleUri, Delivery, PartnerId, Receipt, TakeDown};
use rusqlite::{Connection, OptionalExtension};

use super::{id, json};

/// What all partners hold of an article.
pub(in crate::view) fn receipts_of_article(file: &Connection, uri: &ArticleUri) -> rusqlite::Result<Vec<Receipt>> {
    let sql = "SELECT json FROM receipts WHERE article = ?1 ORDER BY partner";
    file.prepare_cached(sql)?.query_map([uri.as_str()], |row| json(row, 0))?.collect()
}

/// What a partner holds, by article, after `after`; `limit` at most.
pub(in crate::view) fn receipts_of_partner(
    file: &Connection,
    partner: &PartnerId,
    after: &str,
    limit: u32,
) -> rusqlite::Result<Vec<Receipt>> {
    let sql = "SELECT json FROM receipts WHERE partner = ?1 AND article > ?2 ORDER BY article LIMIT ?3";
    file.prepare_cached(sql)?.query_map((partner.as_str(), after, limit), |row| json(row, 0))?.collect()
}

/// What a partner should hold of one article.
pub(in crate::view) fn desired(
    file: &Connection,
    partner: &PartnerId,
    uri: &ArticleUri,
) -> rusqlite::Result<Option<Delivery>> {
    let sql = "SELECT json FROM desired WHERE partner = ?1 AND article = ?2";
    file.prepare_cached(sql)?.query_row((partner.as_str(), uri.as_str()), |row| json(row, 0)).optional()
}

/// What all partners should hold of an article.
pub(in crate::view) fn desired_of_article(
    file: &Connection,
    uri: &ArticleUri,
) -> rusqlite::Result<Vec<(PartnerId, Delivery)>> {
    let sql = "SELECT partner, json FROM desired WHERE article = ?1 ORDER BY partner";
    file.prepare_cached(sql)?.query_map([uri.as_str()], |row| Ok((id(row, 0)?, json(row, 1)?)))?.collect()
}

/// What was found where a withdrawn article stood, at each partner whose newest receipt that is about.
pub(in crate::view) fn take_downs_of_article(file: &Connection, uri: &ArticleUri) -> rusqlite::Result<Vec<TakeDown>> {
    let sql = "SELECT t.json FROM takedowns AS t JOIN receipts AS r ON r.partner = t.partner AND r.article = t.article
            AND r.at = t.acknowledged AND r.state = 'withdrawn'
        WHERE t.article = ?1 ORDER BY t.partner";
    file.prepare_cached(sql)?.query_map([uri.as_str()], |row| json(row, 0))?.collect()
}

/// Take-downs that are acknowledged and not proven in time, the longest waiting first; `limit` at most.
pub(in crate::view) fn overdue(file: &Connection, limit: u32) -> rusqlite::Result<Vec<TakeDown>> {
    let sql = "SELECT t.json FROM takedowns AS t INDEXED BY takedowns_overdue
        JOIN receipts AS r ON r.partner = t.partner AND r.article = t.article
            AND r.at = t.acknowledged AND r.state = 'withdrawn'
        WHERE t.overdue = 1 ORDER BY t.acknowledged LIMIT ?1";
    file.prepare_cached(sql)?.query_map([limit], |row| json(row, 0))?.collect()
}

/// Withdrawals decided between two moments that partners have not acknowledged, the oldest first; `limit` at most. A
/// partner that nothing is known of may hold a copy: what it answered was perhaps not heard.
pub(in crate::view) fn unacknowledged(
    file: &Connection,
    decided: (i64, i64),
    limit: u32,
) -> rusqlite::Result<Vec<(PartnerId, Delivery)>> {
    let sql = "SELECT d.partner, d.json FROM desired AS d INDEXED BY desired_withdrawals
        LEFT JOIN receipts AS r ON r.partner = d.partner AND r.article = d.article
        WHERE d.action = 'withdraw' AND d.decided BETWEEN ?1 AND ?2 AND r.state IS NOT 'withdrawn' ORDER BY d.decided LIMIT ?3";
    let row = (decided.0, decided.1, limit);
    file.prepare_cached(sql)?.query_map(row, |row| Ok((id(row, 0)?, json(row, 1)?)))?.collect()
}
