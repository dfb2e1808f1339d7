//! What partners hold, and what they should hold.

use lianbo_schemas::{ArticleUri, Delivery, PartnerId, Receipt};
use rusqlite::{Connection, OptionalExtension};

use super::json;

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

/// What a partner should hold, by article, after `after`; `limit` at most.
pub(in crate::view) fn desired_of(
    file: &Connection,
    partner: &PartnerId,
    after: &str,
    limit: u32,
) -> rusqlite::Result<Vec<Delivery>> {
    let sql = "SELECT json FROM desired WHERE partner = ?1 AND article > ?2 ORDER BY article LIMIT ?3";
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
