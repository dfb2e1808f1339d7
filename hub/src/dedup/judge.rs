//! `judge`: what a text is to those the hub has. Pure: no clock, no I/O; the same index and text give the same verdict.

use lianbo_schemas::{Evidence, ItemUri, OutletId, Verdict};

use super::fact::{self, Comparison};
use super::headline::{self, Headlines};
use super::index::{Index, Text};
use super::lead;
use super::overlap::{Overlap, Weighed};
use super::postings::Number;
use super::prepare::{Prepared, prepare};
use super::reason;
use super::threshold;

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

/// So much makes it worth telling of.
const RELATED: f32 = 0.3;
/// Sampled shingles that must be shared at least: about 40 characters in one piece.
const LEAST_SHARED: u32 = 4;
/// From this share, and number, of differing facts on two texts are look-alikes of one template, not versions of one
/// story.
const TEMPLATE: f32 = 0.4;
const TEMPLATE_FACTS: usize = 3;

/// What one candidate parent is to the newcomer, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kinship {
    Reprint,
    Update,
    Related,
    LookAlike,
    Stranger,
}

/// A candidate parent looked at closely.
struct Look<'a> {
    text: &'a Text,
    overlap: Overlap,
    /// The share of its lead that stands in the newcomer.
    lead: lead::Found,
    facts: Comparison,
    headlines: Headlines,
    kinship: Kinship,
}

/// Judges a text against the index.
pub fn judge(index: &Index, candidate: &Candidate) -> Judgement {
    let prepared = &candidate.prepared;
    if let Some(parent) = index.same_text(&prepared.exact).filter(|parent| **parent != candidate.item) {
        let evidence = Evidence { score: 1.0, reasons: vec![reason::exact()], differing: Vec::new() };
        return Judgement { verdict: Verdict::Reprint { of: parent.clone() }, evidence, of_parent: 1.0 };
    }
    let weighed = Weighed::new(index, &prepared.fingerprint);
    let own = index.number(&candidate.item);
    let linked = candidate.linked.as_ref().and_then(|item| index.number(item)).filter(|number| Some(*number) != own);
    let mut numbers = index.candidates(prepared, own);
    numbers.extend(linked.filter(|number| !numbers.contains(number)));
    let looks =
        numbers.into_iter().filter_map(|number| look(index, candidate, &weighed, number, linked == Some(number)));
    let best = looks.min_by(|one, other| {
        one.kinship
            .cmp(&other.kinship)
            .then_with(|| other.overlap.likeness().total_cmp(&one.overlap.likeness()))
            .then_with(|| one.text.order.cmp(&other.text.order))
    });
    best.map_or_else(stranger, |best| conclude(candidate, &weighed, &best))
}

fn look<'a>(
    index: &'a Index,
    candidate: &Candidate,
    weighed: &Weighed<'_>,
    number: Number,
    linked: bool,
) -> Option<Look<'a>> {
    let text = index.text(number)?;
    let prepared = &candidate.prepared;
    let overlap = weighed.overlap(index, &text.fingerprint);
    if overlap.smaller() < RELATED || overlap.shared < LEAST_SHARED {
        return None;
    }
    let facts = fact::compare(&text.fingerprint.facts, &prepared.fingerprint.facts);
    let headlines = headline::compare(&text.fingerprint.title, &prepared.fingerprint.title);
    let lead = lead::find(&text.fingerprint.lead, &prepared.text);
    let kinship = kinship(&overlap, lead, &facts, &headlines, prepared, linked);
    Some(Look { text, overlap, lead, facts, headlines, kinship })
}

fn kinship(
    overlap: &Overlap,
    lead: lead::Found,
    facts: &Comparison,
    headlines: &Headlines,
    prepared: &Prepared,
    linked: bool,
) -> Kinship {
    if !threshold::is_same_text(overlap, &lead, headlines.alike, linked) {
        return if overlap.smaller() >= RELATED { Kinship::Related } else { Kinship::Stranger };
    }
    if other_subject(headlines, prepared) || facts.has_other_ordinal() {
        return Kinship::LookAlike;
    }
    if !facts.differing.is_empty() {
        let template = facts.share_differing() >= TEMPLATE && facts.differing.len() >= TEMPLATE_FACTS;
        return if template { Kinship::LookAlike } else { Kinship::Update };
    }
    if threshold::is_part(overlap, &lead, headlines.alike) {
        return Kinship::Related;
    }
    Kinship::Reprint
}

/// Whether the other headline names in the same frame something that this text never mentions.
fn other_subject(headlines: &Headlines, prepared: &Prepared) -> bool {
    let Some((theirs, ours)) = &headlines.swapped else { return false };
    headline::told_in(theirs, &prepared.text) < 0.5 && headline::told_in(ours, &prepared.text) > 0.5
}

fn conclude(candidate: &Candidate, weighed: &Weighed<'_>, best: &Look<'_>) -> Judgement {
    let of = best.text.item.clone();
    let verdict = match best.kinship {
        Kinship::Reprint => Verdict::Reprint { of },
        Kinship::Update => Verdict::Update { of },
        Kinship::Related => Verdict::SameEvent { of },
        Kinship::LookAlike | Kinship::Stranger => Verdict::New,
    };
    let mut reasons = vec![reason::share(&best.overlap), reason::lead(best.lead.share)];
    reasons.extend(reason::passage(&candidate.prepared, &weighed.shared_places(&best.text.fingerprint)));
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
