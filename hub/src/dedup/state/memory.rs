//! Taking words in, out and back: the index, the links and the near window follow the items.

use std::sync::Arc;

use jiff::Timestamp;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Evidence, Item, Judged, Memory, Sighting, Verdict};

use super::Dedup;
use crate::dedup::index::Text;
use crate::dedup::prepare::Prepared;

/// The record of an item just judged, its text not yet taken in.
pub(super) fn record(item: &Item, order: u64, verdict: Verdict, evidence: Evidence, now: Timestamp) -> Judged {
    Judged {
        item: item.uri.clone(),
        outlet: item.outlet.clone(),
        submission: item.submission.clone(),
        verdict,
        article: None,
        evidence,
        judged_at: now,
        memory: Memory {
            order,
            revision: item.revision,
            digest: item.digest.clone(),
            status: item.news.pub_status,
            received: item.received,
            sighting: None,
            canonical_url: item.canonical_url.clone(),
            has_byline: item.news.by.as_ref().is_some_and(|by| !by.trim().is_empty()),
            founded: None,
            exact: String::new(),
            fingerprint: None,
        },
    }
}

impl Dedup {
    /// Gives the words of an item to the index, in place of its former ones.
    pub(super) fn take_in(&mut self, judged: &mut Judged, prepared: Prepared) {
        self.index.remove(&judged.item);
        self.index.remove_exact(&judged.memory.exact, &judged.item);
        judged.memory.exact = prepared.exact;
        judged.memory.fingerprint = Some(Arc::new(prepared.fingerprint));
        self.index_words(judged);
    }

    /// Puts an item, as it now is, into the state, and forgets what has left the near window.
    pub(super) fn keep(&mut self, judged: Judged) {
        if let Some(before) = self.items.get(&judged.item) {
            let url = before.memory.sighting.as_ref().and_then(|sighting| sighting.url.clone());
            self.links.remove(url.as_deref(), &judged.item);
        }
        self.link(&judged);
        self.latest = self.latest.max(judged.memory.received);
        self.items.insert(judged.item.clone(), judged);
        self.forget();
    }

    /// Puts a record of an earlier life into the state; `latest` is known already, records come by order.
    pub(super) fn take_back(&mut self, mut judged: Judged) {
        self.next_order = self.next_order.max(judged.memory.order + 1);
        if self.horizon().is_some_and(|horizon| judged.memory.received < horizon) {
            judged.memory.fingerprint = None;
        }
        self.index_words(&judged);
        self.link(&judged);
        if let Some(article) = &judged.article {
            self.members.entry(article.clone()).or_default().insert((judged.memory.order, judged.item.clone()));
            if let Some(founded) = &judged.memory.founded {
                self.founders.insert(article.clone(), judged.item.clone());
                self.embargoes.extend(founded.embargo.map(|until| (until, article.clone())));
            }
        }
        self.items.insert(judged.item.clone(), judged);
    }

    fn index_words(&mut self, judged: &Judged) {
        self.index.add_exact(&judged.memory.exact, judged.memory.order, &judged.item);
        let Some(fingerprint) = &judged.memory.fingerprint else { return };
        self.index.add(Text {
            item: judged.item.clone(),
            outlet: judged.outlet.clone(),
            order: judged.memory.order,
            received: judged.memory.received,
            fingerprint: Arc::clone(fingerprint),
        });
    }

    fn link(&mut self, judged: &Judged) {
        let url = judged.memory.sighting.as_ref().and_then(|sighting| sighting.url.as_deref());
        self.links.add(url, judged.memory.order, &judged.item);
    }

    fn horizon(&self) -> Option<Timestamp> {
        self.latest.checked_sub(self.near_window).ok()
    }

    fn forget(&mut self) {
        let Some(horizon) = self.horizon() else { return };
        for item in self.index.forget_before(horizon) {
            if let Some(judged) = self.items.get_mut(&item) {
                judged.memory.fingerprint = None;
            }
        }
    }
}

/// What `item` looks like in its article.
pub(super) fn sighting(item: &Item, before: Sighting) -> Sighting {
    Sighting {
        submission: item.submission.clone(),
        url: item.url.clone(),
        headline: item.news.headline().to_owned(),
        stated_source: item.stated_source.clone(),
        published: item.stated_time,
        withdrawn: item.news.pub_status != PubStatus::Usable,
        ..before
    }
}
