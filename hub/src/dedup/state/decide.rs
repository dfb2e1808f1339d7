//! An editor's decision: an item split off, two articles merged, an original set. It overrules what was judged, and
//! stays: an item the hub knows is never judged against others again, so that a replay finds it where it was put.
//!
//! - A split-off item takes along the copies of it in the article: they were found to be copies of its text.
//! - An original cannot be split off: the article carries its words. Another original is set first.
//! - A merged article is withheld, not killed: a later split may bring it back under its uri.
//! - Words come with the decision, and are refused when the outlet has sent a newer version in between.

use std::collections::BTreeSet;

use jiff::Timestamp;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{
    ArticleChange, ArticleUri, Cause, Decision, Evidence, Founded, Item, ItemUri, Judged, Order, Reason, Relation,
    Ruling, Settled, Verdict,
};

use super::settled::note;
use super::{Dedup, Outcome};
use crate::registry::Snapshot;

/// Why an item stands where an editor has put it.
pub(super) const SPLIT: &str = "An editor has decided that it is an article of its own.";
/// The same, of an item of a merged article.
pub(super) const MERGED: &str = "An editor has decided that the two articles are one.";
/// The same, of an original.
pub(super) const SET: &str = "An editor has decided that this is the original.";

impl Dedup {
    /// Carries out a decision, once; the error says why it cannot be.
    pub fn decide(&mut self, order: &Order, registry: &Snapshot, now: Timestamp) -> Result<Outcome, Reason> {
        let decision = &order.decision;
        if self.settled.has_done(decision) {
            return Ok(Outcome::default());
        }
        let mut done = match &decision.ruling {
            Ruling::Split { item } => self.split(decision, item, words(order)?, registry, now),
            Ruling::Merge { into } => self.merge(decision, into),
            Ruling::Original { item } => self.set_original(decision, item, words(order)?, registry, now),
        }?;
        done.outcome.judged = done.touched.iter().filter_map(|item| self.item(item)).collect();
        Ok(self.with_settled(done.outcome))
    }

    fn split(
        &mut self,
        decision: &Decision,
        item: &ItemUri,
        words: &Item,
        registry: &Snapshot,
        now: Timestamp,
    ) -> Result<Done, Reason> {
        let from = self.usable(&decision.article)?;
        let known = self.usable_item(item, decision, words)?;
        if from.original == *item {
            let detail = format!("`{item}` is the original of the article; set another original first");
            return Err(refusal("is-the-original", detail));
        }
        let seen = known.memory.sighting.as_ref().map_or(known.memory.received, |sighting| sighting.seen);
        let moved = self.with_copies(&decision.article, &from.original, item);
        let mut done = Done::of(self.settle(&decision.article, &decision.id));
        let uri = self.own_uri(item);
        let before = self.settled.get(&uri).map_or(0, |settled| settled.founded.version);
        let mut founded = Founded {
            version: before + 1,
            original: item.clone(),
            outlet: words.outlet.clone(),
            status: PubStatus::Usable,
            first_seen: seen,
            embargo: None,
            expires: None,
            links: Vec::new(),
        };
        self.arm(&uri, &mut founded, &words.news, now);
        self.found(&uri, item, founded.clone(), decision);
        for moving in &moved {
            self.move_item(moving, &uri);
            done.touched.insert(moving.clone());
        }
        self.place(item, Verdict::New, Relation::Original, None, SPLIT);
        let cause = if before == 0 { Cause::Published } else { Cause::Corrected };
        let article = self.article(&uri, &founded, words, registry);
        done.outcome.changes.push(ArticleChange::Version { cause, article });
        done.close(decision, uri, from.version, moved);
        Ok(done)
    }

    fn merge(&mut self, decision: &Decision, into: &ArticleUri) -> Result<Done, Reason> {
        let from = &decision.article;
        if from == into {
            return Err(refusal("same-article", "an article cannot be merged into itself".to_owned()));
        }
        let (mut leaving, staying) = (self.usable(from)?, self.usable(into)?);
        if staying.embargo.is_some() && leaving.embargo.is_none() {
            let detail = format!("`{into}` is under embargo, and `{from}` is out; merge the other way round, or wait");
            return Err(refusal("under-embargo", detail));
        }
        let moved: Vec<ItemUri> = self.items.members(from).map(|member| member.item).collect();
        let mut done = Done::of(self.settle(from, &decision.id));
        done.touched.extend(self.settle(into, &decision.id).map(|founder| founder.item));
        let original = leaving.original.clone();
        for item in &moved {
            self.move_item(item, into);
        }
        let of = staying.original.clone();
        self.place(&original, Verdict::Reprint { of: of.clone() }, Relation::Reprint, Some(of), MERGED);
        for item in &moved {
            let sighting = self.item(item).and_then(|judged| judged.memory.sighting);
            done.outcome
                .changes
                .extend(sighting.map(|sighting| ArticleChange::Sighted { uri: into.clone(), sighting }));
        }
        leaving.version += 1;
        leaving.status = PubStatus::Withheld;
        self.disarm(from, &mut leaving);
        let version = leaving.version;
        if let Some(settled) = self.settled.change(from) {
            settled.founded = leaving;
            settled.merged_into = Some(into.clone());
        }
        done.touched.extend(moved.iter().cloned());
        done.close(decision, into.clone(), staying.version, moved);
        let (uri, status, at) = (from.clone(), PubStatus::Withheld, decision.at);
        let note = Some(format!("It is one article with {into}."));
        done.outcome.changes.push(ArticleChange::Withdrawn { uri, version, status, note, at });
        Ok(done)
    }

    fn set_original(
        &mut self,
        decision: &Decision,
        item: &ItemUri,
        words: &Item,
        registry: &Snapshot,
        now: Timestamp,
    ) -> Result<Done, Reason> {
        let uri = &decision.article;
        let mut founded = self.usable(uri)?;
        self.usable_item(item, decision, words)?;
        if founded.original == *item {
            return Err(refusal("is-the-original", format!("`{item}` is the original of the article already")));
        }
        if words.news.embargoed_until.is_some_and(|until| until > now) && founded.embargo.is_none() {
            let detail = format!("`{item}` is under embargo, and the article is out; wait until the embargo is over");
            return Err(refusal("under-embargo", detail));
        }
        let mut done = Done::of(self.settle(uri, &decision.id));
        done.touched.extend(self.step_down(&founded.original, words).into_iter().map(|judged| judged.item));
        self.place(item, Verdict::New, Relation::Original, None, SET);
        done.touched.insert(item.clone());
        founded.version += 1;
        founded.original = item.clone();
        founded.outlet = words.outlet.clone();
        self.arm(uri, &mut founded, &words.news, now);
        if let Some(settled) = self.settled.change(uri) {
            settled.founded = founded.clone();
            settled.original_is_set = true;
        }
        let article = self.article(uri, &founded, words, registry);
        done.outcome.changes.push(ArticleChange::Version { cause: Cause::Attributed, article });
        done.close(decision, uri.clone(), founded.version, Vec::new());
        Ok(done)
    }

    /// An article that may be decided about.
    fn usable(&self, uri: &ArticleUri) -> Result<Founded, Reason> {
        if let Some(into) = self.settled.get(uri).and_then(|settled| settled.merged_into.as_ref()) {
            return Err(refusal("merged", format!("`{uri}` has been merged into `{into}`; decide about that one")));
        }
        let unknown = || refusal("unknown-article", format!("there is no article `{uri}`"));
        let founded = self.founded(uri).ok_or_else(unknown)?;
        match founded.status {
            PubStatus::Usable => Ok(founded),
            PubStatus::Withheld | PubStatus::Canceled => {
                Err(refusal("withdrawn", format!("`{uri}` has been withdrawn by its outlet, or has expired")))
            }
        }
    }

    /// An item of the article that may be decided about, and whose newest words came along.
    fn usable_item(&self, item: &ItemUri, decision: &Decision, words: &Item) -> Result<Judged, Reason> {
        let article = &decision.article;
        let known = self.item(item).filter(|known| known.article.as_ref() == Some(article));
        let known = known.ok_or_else(|| refusal("not-in-article", format!("`{item}` is not part of `{article}`")))?;
        if known.memory.status != PubStatus::Usable {
            return Err(refusal("withdrawn", format!("`{item}` has been withdrawn by its outlet")));
        }
        if words.hops.iter().any(|hop| hop.party == self.authority) {
            return Err(refusal("own-copy", format!("`{item}` is the hub's own copy, and founds nothing")));
        }
        let newest = known.memory.sighting.as_ref().map(|sighting| &sighting.submission);
        if words.uri != *item || newest != Some(&words.submission) {
            let detail = format!("the outlet has sent a newer version of `{item}` in between; decide again");
            return Err(refusal("newer-version", detail));
        }
        Ok(known)
    }

    /// The item, and those of the article that were copied from it, step by step; never the original.
    fn with_copies(&self, article: &ArticleUri, original: &ItemUri, item: &ItemUri) -> Vec<ItemUri> {
        let members: Vec<Judged> = self.items.members(article).collect();
        let mut moved = vec![item.clone()];
        let mut next = 0;
        while let Some(parent) = moved.get(next).cloned() {
            next += 1;
            for Judged { item: other, memory, .. } in &members {
                let is_copy =
                    memory.sighting.as_ref().is_some_and(|sighting| sighting.parent.as_ref() == Some(&parent));
                if is_copy && other != original && !moved.contains(other) {
                    moved.push(other.clone());
                }
            }
        }
        moved
    }

    /// The uri of the article an item is split off as: its own one, unless it has founded one that others stay in.
    fn own_uri(&self, item: &ItemUri) -> ArticleUri {
        let mut uri = ArticleUri::of(&self.authority, item);
        let mut number = 0;
        let is_taken = |uri: &ArticleUri| match self.settled.get(uri) {
            Some(settled) => settled.merged_into.is_none(),
            None => self.items.founder(uri).is_some(),
        };
        while is_taken(&uri) {
            number += 1;
            uri = ArticleUri::of_split(&self.authority, item, number);
        }
        uri
    }

    /// Writes down an article that a decision has made of an item.
    fn found(&mut self, uri: &ArticleUri, founder: &ItemUri, founded: Founded, decision: &Decision) {
        let mut decisions = self.settled.get(uri).map(|before| before.decisions.clone()).unwrap_or_default();
        note(&mut decisions, &decision.id);
        self.settled.put(Settled {
            article: uri.clone(),
            founder: founder.clone(),
            founded,
            merged_into: None,
            original_is_set: false,
            decisions,
        });
    }

    fn move_item(&mut self, item: &ItemUri, to: &ArticleUri) {
        self.amend(item, |judged| judged.article = Some(to.clone()));
    }

    /// Gives an item its place in its article.
    fn place(&mut self, item: &ItemUri, verdict: Verdict, relation: Relation, parent: Option<ItemUri>, reason: &str) {
        let evidence = Evidence { reasons: vec![reason.to_owned()], ..Evidence::default() };
        self.amend(item, |judged| {
            judged.verdict = verdict;
            judged.evidence = evidence.clone();
            if let Some(sighting) = judged.memory.sighting.as_mut() {
                sighting.relation = relation;
                sighting.parent = parent;
                sighting.evidence = evidence;
            }
        });
    }
}

/// What a decision brings, while it is carried out.
#[derive(Default)]
struct Done {
    outcome: Outcome,
    /// Items whose record has changed.
    touched: BTreeSet<ItemUri>,
}

impl Done {
    fn of(founder: Option<Judged>) -> Self {
        Self { touched: founder.into_iter().map(|founder| founder.item).collect(), ..Self::default() }
    }

    /// Adds the record that says that it is done.
    fn close(&mut self, decision: &Decision, result: ArticleUri, version: u32, moved: Vec<ItemUri>) {
        self.outcome.changes.push(ArticleChange::Decided { decision: decision.clone(), result, version, moved });
    }
}

fn words(order: &Order) -> Result<&Item, Reason> {
    let missing = || refusal("malformed", "the decision came without the words of the item".to_owned());
    order.item.as_deref().ok_or_else(missing)
}

fn refusal(code: &str, detail: String) -> Reason {
    Reason { code: code.to_owned(), detail }
}
