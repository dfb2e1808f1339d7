//! `judge`: what a text is to those the hub has. Pure: no clock, no I/O; the same index and text give the same verdict.

use std::cmp::Reverse;

use lianbo_schemas::{Evidence, Fingerprint, ItemUri, NewsItem, OutletId, Verdict};

use super::furniture::Publisher;
use super::index::{Index, Text};
use super::lead::Found;
use super::look::{Kinship, Look, Newcomer};
use super::postings::Number;
use super::prepare::{Prepared, prepare};
use super::{descent, reason, threshold, traces};

/// A text to be judged.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub(super) prepared: Prepared,
    /// The number of its item: an older version of it is no parent.
    pub(super) own: Option<Number>,
    /// Texts of the near window that are exactly this one, the first one first.
    pub(super) copies: Vec<Number>,
    /// The first item of all that had exactly this text, if the hub has one.
    pub(super) same: Option<ItemUri>,
    /// The item that its canonical link or id points at, if the hub has it.
    pub(super) linked: Option<Number>,
    /// The outlet that it states as its source, if it is a member.
    pub(super) credited: Option<Publisher>,
}

impl Candidate {
    /// Prepares a folded headline and text of an outlet for judging against `index`.
    pub fn new(index: &Index, outlet: &OutletId, match_title: &str, match_text: &str) -> Self {
        let prepared = prepare(match_title, match_text, |line| index.is_furniture(outlet, line));
        Self { prepared, own: None, copies: Vec::new(), same: None, linked: None, credited: None }
    }

    /// Notes what else the item shows: whom it credits, how it is typed.
    #[must_use]
    pub fn shown_as(mut self, news: &NewsItem, stated_source: Option<&str>) -> Self {
        traces::note(&mut self.prepared.fingerprint.traces, news, stated_source);
        self
    }

    /// The prepared text, to be taken in.
    pub(super) fn into_prepared(self) -> Prepared {
        self.prepared
    }
}

/// A verdict and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// New, or a reprint, update or write-up of the same event, of one best parent.
    pub verdict: Verdict,
    /// Why.
    pub evidence: Evidence,
    /// The share of the parent's text that stands in this one, 0 to 1.
    pub of_parent: f32,
}

/// Parents whose likeness differs by less than this are equally like: typos and furniture decide nothing.
const LIKENESS_STEP: f32 = 0.02;

/// Judges a text against the index.
pub fn judge(index: &Index, candidate: &Candidate) -> Judgement {
    let prepared = &candidate.prepared;
    if let Some(parent) = same_text(index, candidate) {
        let evidence = Evidence { score: 1.0, reasons: vec![reason::exact()], differing: Vec::new() };
        return Judgement { verdict: Verdict::Reprint { of: parent.clone() }, evidence, of_parent: 1.0 };
    }
    let (mut numbers, weights) = index.candidates(prepared, candidate.own);
    let linked = candidate.linked.filter(|number| Some(*number) != candidate.own);
    numbers.extend(linked.filter(|number| !numbers.contains(number)));
    if numbers.is_empty() {
        return stranger();
    }
    let newcomer = Newcomer::new(index, prepared, weights);
    let looks = numbers.into_iter().filter_map(|number| newcomer.look(number, linked == Some(number))).collect();
    let looks = parts_told_apart(looks);
    let best = best(index, candidate, looks);
    best.map_or_else(stranger, |best| conclude(&newcomer, &best))
}

/// The likeliest parent with exactly this text.
fn same_text<'a>(index: &'a Index, candidate: &'a Candidate) -> Option<&'a ItemUri> {
    let copies = candidate.copies.iter().filter_map(|number| index.text(*number)).collect();
    parent(index, candidate, copies).map(|text| &text.item).or(candidate.same.as_ref())
}

/// A text put together of others, a round-up, is a copy of none of them, however much one of them is of it.
fn parts_told_apart(mut looks: Vec<Look<'_>>) -> Vec<Look<'_>> {
    let is_part = |look: &Look<'_>| threshold::may_be_put_in(&look.overlap, &look.lead);
    let parts: Vec<Found> = looks.iter().filter(|look| is_part(look)).map(|look| look.lead).collect();
    if parts.iter().any(|one| parts.iter().any(|other| threshold::stand_apart(one, other))) {
        for look in looks.iter_mut().filter(|look| is_part(look) && !look.headlines.alike) {
            look.kinship = look.kinship.max(Kinship::Related);
        }
    }
    looks
}

/// The best parent: of the nearest kin the likeliest one if it is the same text, else the one most alike.
fn best<'a>(index: &'a Index, candidate: &Candidate, mut looks: Vec<Look<'a>>) -> Option<Look<'a>> {
    let kinship = looks.iter().map(|look| look.kinship).min()?;
    looks.retain(|look| look.kinship == kinship);
    if kinship == Kinship::Reprint {
        let parent = parent(index, candidate, looks.iter().map(|look| look.text).collect())?;
        return looks.into_iter().find(|look| look.text.order == parent.order);
    }
    looks.into_iter().min_by_key(|look| {
        let other_headline = look.text.fingerprint.title != candidate.prepared.fingerprint.title;
        (Reverse(steps(look.overlap.likeness())), other_headline, look.text.order)
    })
}

/// Which of several copies the text was taken from: the one it links to, one of the outlet it credits, or the one it
/// has inherited from.
fn parent<'a>(index: &'a Index, candidate: &Candidate, mut copies: Vec<&'a Text>) -> Option<&'a Text> {
    let linked = candidate.linked.and_then(|number| index.text(number));
    if let Some(linked) = linked.filter(|linked| copies.iter().any(|copy| copy.order == linked.order)) {
        return Some(linked);
    }
    if copies.iter().any(|copy| Some(copy.outlet) == candidate.credited) {
        copies.retain(|copy| Some(copy.outlet) == candidate.credited);
    }
    copies.sort_unstable_by_key(|copy| copy.order);
    let fingerprints: Vec<&Fingerprint> = copies.iter().map(|copy| copy.fingerprint.as_ref()).collect();
    let place = descent::likeliest(&candidate.prepared.fingerprint, &fingerprints)?;
    copies.get(place).copied()
}

#[allow(clippy::cast_possible_truncation)]
fn steps(likeness: f32) -> i32 {
    (likeness / LIKENESS_STEP).round() as i32
}

fn conclude(newcomer: &Newcomer<'_>, best: &Look<'_>) -> Judgement {
    let of = best.text.item.clone();
    let verdict = match best.kinship {
        Kinship::Reprint => Verdict::Reprint { of },
        Kinship::Update => Verdict::Update { of },
        Kinship::Related => Verdict::SameEvent { of },
        Kinship::LookAlike | Kinship::Stranger => Verdict::New,
    };
    let mut reasons = vec![reason::share(&best.overlap), reason::lead(best.lead.share)];
    reasons.extend(newcomer.longest_passage(best.text).map(reason::passage));
    if let Some((theirs, ours)) = &best.headlines.swapped {
        reasons.push(reason::swapped(theirs, ours));
    }
    reasons.extend(reason::facts(&best.facts));
    let names = newcomer.other_names(best);
    reasons.extend(reason::names(&names));
    if best.kinship == Kinship::LookAlike {
        reasons.push(reason::look_alike(&best.text.item));
    }
    let differing = best.facts.differing.iter().chain(&names).take(reason::MOST_DIFFERING).cloned().collect();
    let evidence = Evidence { score: best.overlap.smaller(), reasons, differing };
    Judgement { verdict, evidence, of_parent: best.overlap.of_old }
}

fn stranger() -> Judgement {
    let evidence = Evidence { score: 0.0, reasons: vec![reason::nothing_alike()], differing: Vec::new() };
    Judgement { verdict: Verdict::New, evidence, of_parent: 0.0 }
}
