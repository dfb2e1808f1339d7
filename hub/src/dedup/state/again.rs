//! A further submission of an item the hub knows: a correction, a withdrawal, or nothing new.

use jiff::Timestamp;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{ArticleChange, ArticleUri, Cause, Evidence, Founded, Item, Judged, Normalised, Verdict};

use super::first::version;
use super::memory::sighting;
use super::{Dedup, Outcome};
use crate::dedup::prepare::prepare;
use crate::dedup::traces;
use crate::registry::Snapshot;

impl Dedup {
    /// Judges a further submission of a known item.
    pub(super) fn again(
        &mut self,
        normalised: Normalised,
        mut known: Judged,
        registry: &Snapshot,
        now: Timestamp,
    ) -> Outcome {
        let item = &normalised.item;
        known.submission = item.submission.clone();
        known.judged_at = now;
        if is_same(item, &known) {
            known.memory.revision = known.memory.revision.max(item.revision);
            return self.nothing_new(known, Verdict::Unchanged, "Nothing a reader could see has changed.");
        }
        if known.memory.status == PubStatus::Canceled {
            return self.nothing_new(known, Verdict::Stale, "The outlet has killed this piece, and a kill is final.");
        }
        if item.news.pub_status != PubStatus::Canceled && item.revision < known.memory.revision {
            return self.nothing_new(known, Verdict::Stale, "The hub has a newer version of this piece.");
        }
        let Some(uri) = known.article.clone() else {
            return self.first_usable(normalised, known.memory.order, registry, now);
        };
        self.correct(&normalised, known, &uri, registry, now)
    }

    fn nothing_new(&mut self, mut known: Judged, verdict: Verdict, reason: &str) -> Outcome {
        known.verdict = verdict;
        known.evidence = Evidence { reasons: vec![reason.to_owned()], ..Evidence::default() };
        self.keep(&known);
        Outcome { changes: Vec::new(), judged: vec![known], ..Outcome::default() }
    }

    fn correct(
        &mut self,
        normalised: &Normalised,
        mut known: Judged,
        uri: &ArticleUri,
        registry: &Snapshot,
        now: Timestamp,
    ) -> Outcome {
        let item = &normalised.item;
        known.verdict = Verdict::Correction;
        known.evidence = Evidence { reasons: vec![correction_reason(item)], ..Evidence::default() };
        known.memory.revision = known.memory.revision.max(item.revision);
        known.memory.digest.clone_from(&item.digest);
        known.memory.status = item.news.pub_status;
        known.memory.canonical_url.clone_from(&item.canonical_url);
        known.memory.has_byline = item.news.by.as_ref().is_some_and(|by| !by.trim().is_empty());
        if item.news.pub_status == PubStatus::Usable {
            known.memory.received = known.memory.received.max(item.received);
            let (title, text) = (&normalised.match_title, &normalised.match_text);
            let mut prepared = prepare(title, text, |line| self.index.is_furniture(&item.outlet, line));
            traces::note(&mut prepared.fingerprint.traces, &item.news, item.stated_source.as_deref());
            self.take_in(&mut known, prepared);
        }
        // The former words of a withdrawn piece are kept: they recognise its reprints.
        known.memory.sighting = known.memory.sighting.take().map(|before| sighting(item, before));
        self.keep(&known);
        match self.founded(uri) {
            Some(founded) if founded.original == item.uri => self.revise(item, known, uri, founded, registry, now),
            _ => sighted(uri, known),
        }
    }

    /// A new version of the article whose words the item is.
    fn revise(
        &mut self,
        item: &Item,
        known: Judged,
        uri: &ArticleUri,
        mut founded: Founded,
        registry: &Snapshot,
        now: Timestamp,
    ) -> Outcome {
        let before = founded.status;
        founded.status = item.news.pub_status;
        founded.version += 1;
        self.arm(uri, &mut founded, &item.news, now);
        if founded.status != PubStatus::Usable && founded.status == before {
            return Outcome { changes: Vec::new(), judged: vec![known], ..Outcome::default() };
        }
        let stored = self.store_founded(uri, founded.clone());
        let judged = both(stored, known);
        if founded.status == PubStatus::Usable {
            return version(Cause::Corrected, self.article(uri, &founded, item, registry), judged);
        }
        let change = ArticleChange::Withdrawn {
            uri: uri.clone(),
            version: founded.version,
            status: founded.status,
            note: item.news.ed_note.clone(),
            at: item.received,
        };
        Outcome { changes: vec![change], judged, ..Outcome::default() }
    }
}

/// The founder's record and the judged item's, or the one when they are the same.
fn both(founder: Option<Judged>, known: Judged) -> Vec<Judged> {
    match founder {
        Some(founder) if founder.item == known.item => vec![founder],
        Some(founder) => vec![founder, known],
        None => vec![known],
    }
}

fn is_same(item: &Item, known: &Judged) -> bool {
    item.digest == known.memory.digest && item.news.pub_status == known.memory.status
}

fn sighted(uri: &ArticleUri, known: Judged) -> Outcome {
    let sighting = known.memory.sighting.clone();
    let change = sighting.map(|sighting| ArticleChange::Sighted { uri: uri.clone(), sighting });
    Outcome { changes: change.into_iter().collect(), judged: vec![known], ..Outcome::default() }
}

fn correction_reason(item: &Item) -> String {
    let what = match item.news.pub_status {
        PubStatus::Usable => "The outlet sent a newer version of its own piece",
        PubStatus::Withheld => "The outlet holds its piece back",
        PubStatus::Canceled => "The outlet has killed its piece",
    };
    match item.news.ed_note.as_deref().filter(|note| !note.trim().is_empty()) {
        Some(note) => format!("{what}, and says: {note}"),
        None => format!("{what}."),
    }
}
