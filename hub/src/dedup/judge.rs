//! `judge`: what a text is to those the hub has. Pure: no clock, no I/O; the same index and text give the same verdict.

use std::cmp::Reverse;

use lianbo_schemas::{Evidence, ItemUri, OutletId, Verdict};

use super::index::Index;
use super::look::{Kinship, Look, Newcomer};
use super::prepare::{Prepared, prepare};
use super::reason;

/// A text to be judged.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub(super) prepared: Prepared,
    /// Its item, if the hub has an older version of it: that one is no parent.
    pub(super) item: ItemUri,
    /// The item that its canonical link or id points at, if the hub has it.
    pub(super) linked: Option<ItemUri>,
}

impl Candidate {
    /// Prepares a folded headline and text of an outlet for judging against `index`.
    pub fn new(index: &Index, item: &ItemUri, outlet: &OutletId, match_title: &str, match_text: &str) -> Self {
        let prepared = prepare(match_title, match_text, |line| index.is_furniture(outlet, line));
        Self { prepared, item: item.clone(), linked: None }
    }

    /// The prepared text, to be taken in.
    pub(super) fn into_prepared(self) -> Prepared {
        self.prepared
    }

    /// Says that the piece itself points at an item the hub has.
    #[must_use]
    pub fn linked_to(mut self, item: Option<ItemUri>) -> Self {
        self.linked = item;
        self
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

/// Exact copies looked at for the one under the same headline.
const MOST_COPIES: usize = 64;
/// Parents whose likeness differs by less than this are equally like: typos and furniture decide nothing.
const LIKENESS_STEP: f32 = 0.02;

/// Judges a text against the index.
pub fn judge(index: &Index, candidate: &Candidate) -> Judgement {
    let prepared = &candidate.prepared;
    if let Some(parent) = same_text(index, candidate) {
        let evidence = Evidence { score: 1.0, reasons: vec![reason::exact()], differing: Vec::new() };
        return Judgement { verdict: Verdict::Reprint { of: parent.clone() }, evidence, of_parent: 1.0 };
    }
    let newcomer = Newcomer::new(index, prepared);
    let own = index.number(&candidate.item);
    let linked = candidate.linked.as_ref().and_then(|item| index.number(item)).filter(|number| Some(*number) != own);
    let mut numbers = index.candidates(prepared, own);
    numbers.extend(linked.filter(|number| !numbers.contains(number)));
    let looks = numbers.into_iter().filter_map(|number| newcomer.look(number, linked == Some(number)));
    let best = looks.min_by_key(|look| {
        let other_headline = look.text.fingerprint.title != prepared.fingerprint.title;
        (look.kinship, Reverse(steps(look.overlap.likeness())), other_headline, look.text.order)
    });
    best.map_or_else(stranger, |best| conclude(&newcomer, &best))
}

#[allow(clippy::cast_possible_truncation)]
fn steps(likeness: f32) -> i32 {
    (likeness / LIKENESS_STEP).round() as i32
}

/// The item with exactly this text that is the likeliest parent: the first under the same headline, else the first.
fn same_text<'a>(index: &'a Index, candidate: &Candidate) -> Option<&'a ItemUri> {
    let items = || index.same_text(&candidate.prepared.exact).filter(|item| **item != candidate.item);
    let title = &candidate.prepared.fingerprint.title;
    let same_headline = |item: &&ItemUri| {
        let text = index.number(item).and_then(|number| index.text(number));
        text.is_some_and(|text| text.fingerprint.title == *title)
    };
    items().take(MOST_COPIES).find(same_headline).or_else(|| items().next())
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
    if best.kinship == Kinship::LookAlike {
        reasons.push(reason::look_alike(&best.text.item));
    }
    let differing = best.facts.differing.iter().take(reason::MOST_DIFFERING).cloned().collect();
    let evidence = Evidence { score: best.overlap.smaller(), reasons, differing };
    Judgement { verdict, evidence, of_parent: best.overlap.of_old }
}

fn stranger() -> Judgement {
    let evidence = Evidence { score: 0.0, reasons: vec![reason::nothing_alike()], differing: Vec::new() };
    Judgement { verdict: Verdict::New, evidence, of_parent: 0.0 }
}
