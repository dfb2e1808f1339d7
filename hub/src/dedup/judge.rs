//! `judge`: what a text is to those the hub has. Pure: no clock, no I/O; the same index and text give the same verdict.

use std::cmp::Reverse;

use lianbo_schemas::{Evidence, ItemUri, OutletId, Verdict};

use super::index::Index;
use super::look::{Kinship, Look, Newcomer};
use super::postings::Number;
use super::prepare::{Prepared, prepare};
use super::reason;

/// A text to be judged.
#[derive(Debug, Clone)]
pub struct Candidate {
    pub(super) prepared: Prepared,
    /// The number of its item: an older version of it is no parent.
    pub(super) own: Option<Number>,
    /// The likeliest parent with exactly this text, if the hub has one.
    pub(super) same: Option<ItemUri>,
    /// The item that its canonical link or id points at, if the hub has it.
    pub(super) linked: Option<Number>,
}

impl Candidate {
    /// Prepares a folded headline and text of an outlet for judging against `index`.
    pub fn new(index: &Index, outlet: &OutletId, match_title: &str, match_text: &str) -> Self {
        let prepared = prepare(match_title, match_text, |line| index.is_furniture(outlet, line));
        Self { prepared, own: None, same: None, linked: None }
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
    if let Some(parent) = &candidate.same {
        let evidence = Evidence { score: 1.0, reasons: vec![reason::exact()], differing: Vec::new() };
        return Judgement { verdict: Verdict::Reprint { of: parent.clone() }, evidence, of_parent: 1.0 };
    }
    let newcomer = Newcomer::new(index, prepared);
    let linked = candidate.linked.filter(|number| Some(*number) != candidate.own);
    let mut numbers = index.candidates(prepared, candidate.own);
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
