//! An item's first usable version: a new article, a reprint of one, or the hub's own copy coming back.

use jiff::Timestamp;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::sighting::LinkRelation;
use lianbo_schemas::{
    Article, ArticleChange, ArticleUri, Cause, Evidence, Founded, Item, ItemUri, Judged, Normalised, OutletId,
    Relation, Verdict,
};

use super::article::first_sighting;
use super::memory::record;
use super::{Dedup, Outcome};
use crate::dedup::credit;
use crate::dedup::furniture::Publisher;
use crate::dedup::index::number;
use crate::dedup::judge::{Candidate, Judgement, judge};
use crate::registry::Snapshot;

/// Exact copies among which the parent is looked for.
const MOST_COPIES: usize = 64;

impl Dedup {
    /// Judges an item never seen before.
    pub(super) fn first(&mut self, normalised: Normalised, registry: &Snapshot, now: Timestamp) -> Outcome {
        let order = self.next_order;
        self.next_order += 1;
        self.first_usable(normalised, order, registry, now)
    }

    /// Judges the first version of an item that may be shown; `order` is its place among all items.
    pub(super) fn first_usable(
        &mut self,
        normalised: Normalised,
        order: u64,
        registry: &Snapshot,
        now: Timestamp,
    ) -> Outcome {
        let item = &normalised.item;
        if item.news.pub_status != PubStatus::Usable {
            return self.remember(item, order, "It was withdrawn before the hub had any of it.", now);
        }
        let linked = self.linked(item);
        let candidate = Candidate::new(&self.index, &item.outlet, &normalised.match_title, &normalised.match_text)
            .shown_as(&item.news, item.stated_source.as_deref());
        let credited = credit::stated(item, registry);
        let candidate = self.placed(candidate, order, linked.as_ref(), credited);
        let mut judgement = judge(&self.index, &candidate);
        if item.hops.iter().any(|hop| hop.party == self.authority) {
            let parent = judgement.verdict.parent().cloned().or(linked);
            let Some(of) = parent.filter(|of| self.article_of(of).is_some()) else {
                return self.remember(item, order, "It has passed through this hub before, and founds nothing.", now);
            };
            judgement.verdict = Verdict::Reprint { of };
            judgement.evidence.reasons.push("Its hop history names this hub: it is the hub's own copy.".to_owned());
        }
        let Judgement { verdict, evidence, of_parent } = judgement;
        let mut judged = record(item, order, verdict, evidence, now);
        self.take_in(&mut judged, candidate.into_prepared());
        let parent = judged.verdict.parent().and_then(|of| self.article_of(of));
        match (&judged.verdict, parent) {
            (Verdict::Reprint { .. }, Some(article)) => self.reprint(item, judged, &article, of_parent, registry, now),
            (_, parent) => self.publish(item, judged, parent, registry, now),
        }
    }

    /// Keeps in mind an item that goes nowhere.
    fn remember(&mut self, item: &Item, order: u64, reason: &str, now: Timestamp) -> Outcome {
        let evidence = Evidence { reasons: vec![reason.to_owned()], ..Evidence::default() };
        let judged = record(item, order, Verdict::Unchanged, evidence, now);
        self.keep(&judged);
        Outcome { changes: Vec::new(), judged: vec![judged], ..Outcome::default() }
    }

    /// An article of its own, linked to the one it updates or is related to.
    fn publish(
        &mut self,
        item: &Item,
        mut judged: Judged,
        related: Option<ArticleUri>,
        registry: &Snapshot,
        now: Timestamp,
    ) -> Outcome {
        let uri = ArticleUri::of(&self.authority, &item.uri);
        let relation = match &judged.verdict {
            Verdict::Update { .. } => Some(LinkRelation::Update),
            Verdict::SameEvent { .. } => Some(LinkRelation::SameEvent),
            Verdict::New | Verdict::Correction | Verdict::Unchanged | Verdict::Stale | Verdict::Reprint { .. } => None,
        };
        let links = relation.zip(related).map(|(relation, article)| lianbo_schemas::sighting::Link {
            article,
            relation,
            evidence: judged.evidence.clone(),
        });
        let mut founded = Founded {
            version: 1,
            original: item.uri.clone(),
            outlet: item.outlet.clone(),
            status: PubStatus::Usable,
            first_seen: item.received,
            embargo: None,
            expires: None,
            links: links.into_iter().collect(),
        };
        self.arm(&uri, &mut founded, &item.news, now);
        judged.memory.sighting = Some(first_sighting(item, &judged, Relation::Original));
        judged.memory.founded = Some(founded.clone());
        judged.article = Some(uri.clone());
        self.keep(&judged);
        // Nobody else has seen it yet.
        let sightings = judged.memory.sighting.iter().cloned().collect();
        let article = self.article_seen(sightings, &uri, &founded, item, registry);
        version(Cause::Published, article, vec![judged])
    }

    /// One more sighting of an article; or its true original, which takes it over.
    fn reprint(
        &mut self,
        item: &Item,
        mut judged: Judged,
        uri: &ArticleUri,
        of_parent: f32,
        registry: &Snapshot,
        now: Timestamp,
    ) -> Outcome {
        judged.article = Some(uri.clone());
        let reason = self.takes_over(item, uri, of_parent, registry, now);
        let Some((reason, mut founded)) = reason else {
            let sighting = first_sighting(item, &judged, Relation::Reprint);
            judged.memory.sighting = Some(sighting.clone());
            self.keep(&judged);
            let change = ArticleChange::Sighted { uri: uri.clone(), sighting };
            return Outcome { changes: vec![change], judged: vec![judged], ..Outcome::default() };
        };
        judged.evidence.reasons.push(reason);
        judged.memory.sighting = Some(first_sighting(item, &judged, Relation::Original));
        self.keep(&judged);
        let mut changed = self.step_down(&founded.original, item);
        founded.version += 1;
        founded.original = item.uri.clone();
        founded.outlet = item.outlet.clone();
        self.arm(uri, &mut founded, &item.news, now);
        changed.retain(|other| other.memory.founded.is_none());
        changed.extend(self.store_founded(uri, founded.clone()));
        changed.push(judged);
        version(Cause::Attributed, self.article(uri, &founded, item, registry), changed)
    }

    /// Why the newcomer is the true original of the article, if it is, and the article as it stood.
    fn takes_over(
        &self,
        item: &Item,
        uri: &ArticleUri,
        of_parent: f32,
        registry: &Snapshot,
        now: Timestamp,
    ) -> Option<(String, Founded)> {
        if self.settled.get(uri).is_some_and(|settled| settled.original_is_set) {
            return None;
        }
        let waits = item.news.embargoed_until.is_some_and(|until| until > now);
        if waits
            || item.news.expires.is_some_and(|at| at <= now)
            || item.hops.iter().any(|hop| hop.party == self.authority)
            || credit::states_another_source(item, registry)
        {
            return None;
        }
        let (founded, present) = self.standing(uri)?;
        if founded.status != PubStatus::Usable {
            return None;
        }
        let reason = credit::true_original(&present, item, of_parent, registry)?;
        Some((reason, founded))
    }

    /// The former original becomes a reprint of the true one.
    pub(super) fn step_down(&mut self, former: &ItemUri, original: &Item) -> Vec<Judged> {
        let stepped_down = self.amend(former, |judged| {
            if let Some(sighting) = judged.memory.sighting.as_mut() {
                sighting.relation = Relation::Reprint;
                sighting.parent = Some(original.uri.clone());
            }
        });
        stepped_down.into_iter().collect()
    }

    fn article_of(&self, item: &ItemUri) -> Option<ArticleUri> {
        self.items.number(item).and_then(|number| self.items.named(number).1)
    }

    /// The candidate with its place among what the hub has: its own older version, what it points at, whom it credits,
    /// and the items with exactly its text.
    fn placed(
        &self,
        candidate: Candidate,
        order: u64,
        linked: Option<&ItemUri>,
        credited: Option<&OutletId>,
    ) -> Candidate {
        let own = number(order);
        let same_text = || self.items.same_text(&candidate.prepared.exact).filter(|number| *number != own);
        let copies = same_text().take(MOST_COPIES).filter(|number| self.index.text(*number).is_some()).collect();
        let same = same_text().next().and_then(|number| self.items.named(number).0);
        let linked = linked.and_then(|item| self.items.number(item));
        Candidate { own: Some(own), copies, same, linked, credited: credited.map(Publisher::of), ..candidate }
    }

    /// The known item that the piece itself points at: by its canonical link, its own id, or the uri of an article.
    fn linked(&self, item: &Item) -> Option<ItemUri> {
        let named = item.canonical_url.iter().chain([&item.own_id, &item.news.uri]);
        let others = item.news.alt_ids.iter().map(|other| &other.value);
        named.chain(others).find_map(|name| self.points_at(name)).filter(|found| *found != item.uri)
    }

    fn points_at(&self, name: &str) -> Option<ItemUri> {
        if let Ok(article) = ArticleUri::new(name) {
            // An editor may have taken the founding item out of the article.
            let settled = self.settled.get(&article).map(|settled| settled.founded.original.clone());
            if let Some(found) = settled.or_else(|| Some(self.founder(&article)?.item)) {
                return Some(found);
            }
        }
        self.items.item_at(name)
    }
}

/// An outcome with one full version of an article.
pub(super) fn version(cause: Cause, article: Article, judged: Vec<Judged>) -> Outcome {
    Outcome { changes: vec![ArticleChange::Version { cause, article }], judged, ..Outcome::default() }
}
