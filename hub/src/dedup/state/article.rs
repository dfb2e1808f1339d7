//! Articles as the records of `articles` show them: the piece under the article's own uri and version, its sightings.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use jiff::Timestamp;
use lianbo_schemas::ninjs::{HubMember, InfoSource, PubStatus};
use lianbo_schemas::{Article, ArticleUri, Founded, Hop, Item, Judged, NewsItem, Relation, Sighting};
use serde_json::Map;

use super::Dedup;
use crate::dedup::credit;
use crate::registry::Snapshot;

/// What a hub does to a piece that passes through. <http://cv.iptc.org/newscodes/hopaction/>
const HOP_ACTION: &str = "http://cv.iptc.org/newscodes/hopaction/transformed";
/// The one who wrote it. <http://cv.iptc.org/newscodes/infosourcerole/>
const ORIGIN: &str = "http://cv.iptc.org/newscodes/infosourcerole/origcont";

impl Dedup {
    /// The article as it now stands, carrying the words of `item`.
    pub(super) fn article(&self, uri: &ArticleUri, founded: &Founded, item: &Item, registry: &Snapshot) -> Article {
        self.article_seen(self.sightings(uri, founded), uri, founded, item, registry)
    }

    /// The article with these sightings.
    pub(super) fn article_seen(
        &self,
        sightings: Vec<Sighting>,
        uri: &ArticleUri,
        founded: &Founded,
        item: &Item,
        registry: &Snapshot,
    ) -> Article {
        Article {
            uri: uri.clone(),
            version: founded.version,
            outlet: founded.outlet.clone(),
            original: founded.original.clone(),
            first_seen: founded.first_seen,
            news: self.news(uri, founded.version, item, registry),
            sightings,
            links: founded.links.clone(),
        }
    }

    /// All sightings of an article, the original's first, then in the order they came.
    fn sightings(&self, uri: &ArticleUri, founded: &Founded) -> Vec<Sighting> {
        let mut sightings: Vec<Sighting> =
            self.items.members(uri).filter_map(|judged| judged.memory.sighting).collect();
        sightings.sort_by_key(|sighting| sighting.item != founded.original);
        sightings
    }

    /// The piece under the article's uri and version, with the hub's own member filled in.
    fn news(&self, uri: &ArticleUri, version: u32, item: &Item, registry: &Snapshot) -> NewsItem {
        let mut news = item.news.clone();
        news.uri = uri.as_str().to_owned();
        news.version = Some(version.to_string());
        if let Some(source) = credit::foreign_source(item.stated_source.as_deref(), &item.outlet, registry) {
            give_credit(&mut news, source);
        }
        let canonical_url = item.canonical_url.clone().or_else(|| item.url.clone());
        news.hub = Some(HubMember {
            received_at: item.received,
            cluster: uri.as_str().to_owned(),
            canonical_url,
            content_digest: content_digest(&item.digest),
            hops: self.hops(item),
        });
        news
    }

    /// The way the piece has come, this hub last.
    fn hops(&self, item: &Item) -> Vec<Hop> {
        let mut hops = item.hops.clone();
        let seq = hops.last().map_or(1, |hop| hop.seq.saturating_add(1));
        hops.push(Hop { seq, party: self.authority.clone(), action: HOP_ACTION.to_owned(), timestamp: item.received });
        hops
    }

    /// Sets the moments at which an article is to be released and to expire, as the piece whose words it carries says.
    /// An expiry that has passed is set as well: the clock brings it at once.
    pub(super) fn arm(&mut self, uri: &ArticleUri, founded: &mut Founded, news: &NewsItem, now: Timestamp) {
        self.disarm(uri, founded);
        if founded.status == PubStatus::Usable {
            founded.embargo = news.embargoed_until.filter(|until| *until > now);
            founded.expires = news.expires;
            self.timers.set(uri, founded);
        }
    }

    /// Takes these moments away: nothing of it is to be released or to expire any more.
    pub(super) fn disarm(&mut self, uri: &ArticleUri, founded: &mut Founded) {
        self.timers.clear(uri, founded);
        (founded.embargo, founded.expires) = (None, None);
    }
}

/// A first sighting of an item in an article.
pub(super) fn first_sighting(item: &Item, judged: &Judged, relation: Relation) -> Sighting {
    Sighting {
        item: item.uri.clone(),
        outlet: item.outlet.clone(),
        submission: item.submission.clone(),
        url: item.url.clone(),
        headline: item.news.headline().to_owned(),
        stated_source: item.stated_source.clone(),
        seen: item.received,
        published: item.stated_time,
        relation,
        parent: judged.verdict.parent().filter(|_| relation == Relation::Reprint).cloned(),
        evidence: judged.evidence.clone(),
        withdrawn: item.news.pub_status != PubStatus::Usable,
    }
}

/// Names the stated source first among the sources, unless it is named already.
fn give_credit(news: &mut NewsItem, source: &str) {
    if news.info_sources.iter().any(|known| known.name.as_deref().map(str::trim) == Some(source)) {
        return;
    }
    let origin =
        InfoSource { name: Some(source.to_owned()), role: Some(ORIGIN.to_owned()), uri: None, other: Map::new() };
    news.info_sources.insert(0, origin);
}

/// A digest as RFC 9530 writes it.
fn content_digest(hexadecimal: &str) -> Option<String> {
    let bytes = HEXLOWER_PERMISSIVE.decode(hexadecimal.as_bytes()).ok().filter(|bytes| !bytes.is_empty())?;
    Some(format!("sha-256=:{}:", BASE64.encode(&bytes)))
}
