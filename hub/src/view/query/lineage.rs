//! Where an article comes from and what it is linked to.

use lianbo_schemas::article::Article;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::sighting::{Link, LinkRelation};
use lianbo_schemas::{ArticleUri, Evidence, ItemUri, Sighting};
use rusqlite::{Connection, Row};
use serde::Serialize;

use super::{article, id, json};
use crate::view::fold::status_of;

/// An article's sightings and links.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lineage {
    /// The item whose words it carries.
    pub original: ItemUri,
    /// Every item of it, the original first; `parent` makes them a tree.
    pub sightings: Vec<Sighting>,
    /// Articles it updates or is related to.
    pub links: Vec<Linked>,
    /// Articles that update it or say that they are related to it.
    pub linked_from: Vec<Linked>,
}

/// A linked article.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Linked {
    /// The other one.
    pub article: ArticleUri,
    /// How.
    pub relation: LinkRelation,
    /// Why.
    pub evidence: Evidence,
    /// Its headline, when the view has it.
    pub headline: Option<String>,
    /// Its status, when the view has it.
    pub status: Option<PubStatus>,
    /// Whether any channel shows it: only then may the public hear of it.
    pub listed: bool,
}

/// Where an article comes from, `None` when it is unknown.
pub(in crate::view) fn lineage(file: &Connection, uri: &ArticleUri) -> rusqlite::Result<Option<Lineage>> {
    let Some(Article { original, sightings, .. }) = article(file, uri)? else { return Ok(None) };
    let listed = "EXISTS (SELECT 1 FROM channel_items c WHERE c.article = o.id)";
    let out = format!(
        "SELECT l.other, l.json, o.headline, o.status, {listed} FROM links l JOIN articles a ON a.id = l.article
        LEFT JOIN articles o ON o.uri = l.other WHERE a.uri = ?1 ORDER BY l.other"
    );
    let back = format!(
        "SELECT o.uri, l.json, o.headline, o.status, {listed} FROM links l JOIN articles o ON o.id = l.article
        WHERE l.other = ?1 ORDER BY o.id"
    );
    let links = linked(file, &out, uri)?;
    Ok(Some(Lineage { original, sightings, links, linked_from: linked(file, &back, uri)? }))
}

fn linked(file: &Connection, sql: &str, uri: &ArticleUri) -> rusqlite::Result<Vec<Linked>> {
    let read = |row: &Row<'_>| {
        let link: Link = json(row, 1)?;
        Ok(Linked {
            article: id(row, 0)?,
            relation: link.relation,
            evidence: link.evidence,
            headline: row.get(2)?,
            status: row.get::<_, Option<String>>(3)?.as_deref().map(status_of),
            listed: row.get(4)?,
        })
    };
    file.prepare_cached(sql)?.query_map([uri.as_str()], read)?.collect()
}
