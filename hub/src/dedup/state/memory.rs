//! Taking words in and out: the index, the links and the near window follow the items.

use std::sync::Arc;

use jiff::Timestamp;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Evidence, Item, ItemUri, Judged, Memory, Sighting, Verdict};

use super::Dedup;
use crate::dedup::furniture::Publisher;
use crate::dedup::index::{Text, number};
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
        let mut fingerprint = prepared.fingerprint;
        fingerprint.shrink_to_fit();
        judged.memory.exact = prepared.exact;
        judged.memory.fingerprint = Some(Arc::new(fingerprint));
        self.index_words(judged);
    }

    /// Puts an item, as it now is, into the state, and forgets what has left the near window.
    pub(super) fn keep(&mut self, judged: &Judged) {
        self.items.write(judged);
        self.latest = self.latest.max(judged.memory.received);
        self.forget();
    }

    /// Changes what is known of an item, its words left as they are.
    pub(super) fn amend(&mut self, item: &ItemUri, change: impl FnOnce(&mut Judged)) -> Option<Judged> {
        let mut judged = self.item(item)?;
        change(&mut judged);
        self.items.write(&judged);
        Some(judged)
    }

    fn index_words(&mut self, judged: &Judged) {
        self.index.remove(number(judged.memory.order));
        if let Some(text) = text(judged) {
            self.index.add(text);
        }
    }

    fn forget(&mut self) {
        if let Some(horizon) = self.horizon() {
            self.index.forget_before(horizon);
        }
    }

    /// Where the near window begins.
    pub(super) fn horizon(&self) -> Option<Timestamp> {
        self.latest.checked_sub(self.near_window).ok()
    }
}

/// An item's words as the index holds them, if it has any.
pub(super) fn text(judged: &Judged) -> Option<Text> {
    let fingerprint = judged.memory.fingerprint.as_ref()?;
    Some(Text {
        item: judged.item.clone(),
        outlet: Publisher::of(&judged.outlet),
        order: judged.memory.order,
        received: judged.memory.received,
        fingerprint: Arc::clone(fingerprint),
    })
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
