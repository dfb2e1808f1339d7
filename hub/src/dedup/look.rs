//! A close look at one candidate parent: what it is to the newcomer.

use std::cell::{OnceCell, RefCell};

use lianbo_schemas::Fingerprint;

use super::fact::{self, Comparison};
use super::headline::{self, Headlines};
use super::index::{Index, Text};
use super::lead::{Found, Pieces};
use super::overlap::{Overlap, Weighed};
use super::postings::Number;
use super::prepare::Prepared;
use super::shingle;
use super::threshold::{self, Signs};
use crate::compare;

/// So much makes it worth telling of.
const RELATED: f32 = 0.3;
/// From this share, and number, of differing facts on two texts are look-alikes of one template, not versions of one
/// story.
const TEMPLATE: f32 = 0.4;
const TEMPLATE_FACTS: usize = 3;
/// So many facts, all the same, in texts of which each is mostly the other, are one story, whatever name an outlet puts
/// into its headline.
const SAME_FACTS: usize = 10;
const MOSTLY: f32 = 0.7;
/// Two texts with fewer facts in common may be two occasions of one ceremony.
const FEW_FACTS: usize = 4;
/// Two texts of which less of the one's beginning stands in the other do not begin in the same words.
const SAME_LEAD: f32 = 0.5;
/// Words of a headline are told in a text when more than this share of their character pairs stands in it.
const TOLD: f32 = 0.5;

/// What one candidate parent is to the newcomer, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kinship {
    /// The same text.
    Reprint,
    /// The same story with other figures.
    Update,
    /// A part is shared.
    Related,
    /// The same words about something else.
    LookAlike,
    /// Too little is shared.
    Stranger,
}

/// A candidate parent looked at closely.
pub(super) struct Look<'a> {
    pub(super) text: &'a Text,
    pub(super) overlap: Overlap,
    /// Where the newcomer tells what it begins with.
    pub(super) lead: Found,
    pub(super) facts: Comparison,
    pub(super) headlines: Headlines,
    pub(super) kinship: Kinship,
}

/// The newcomer, with what all looks need.
pub(super) struct Newcomer<'a> {
    index: &'a Index,
    prepared: &'a Prepared,
    /// What some of its shingles weigh.
    weights: Vec<(u32, f32)>,
    /// Its shingles of every step that a text may keep, each made when it is first asked for.
    weighed: [OnceCell<Weighed>; 4],
    /// Made when the first candidate shares enough.
    pieces: OnceCell<Pieces>,
    /// How it begins, in one vocabulary; made when it is first asked for.
    plain_lead: OnceCell<String>,
    /// What other beginnings than its own are to it: copies among the candidates begin alike.
    leads: RefCell<Vec<Lead<'a>>>,
}

/// What the beginning of another text is to the newcomer.
#[derive(Debug, Clone, Copy)]
struct Lead<'a> {
    theirs: &'a str,
    /// Where the newcomer tells it.
    found: Found,
    /// Whether both begin in the same words about something else; as long as nobody asked, nothing.
    has_other_names: Option<bool>,
}

impl<'a> Newcomer<'a> {
    /// The newcomer with what some of its shingles weigh, in their order.
    pub(super) fn new(index: &'a Index, prepared: &'a Prepared, weights: Vec<(u32, f32)>) -> Self {
        Self {
            index,
            prepared,
            weights,
            weighed: Default::default(),
            pieces: OnceCell::new(),
            plain_lead: OnceCell::new(),
            leads: RefCell::default(),
        }
    }

    /// Looks at one candidate; `None` when it shares too little to be told of.
    pub(super) fn look(&self, number: Number, linked: bool) -> Option<Look<'a>> {
        let text = self.index.text(number)?;
        let overlap = self.weighed(&text.fingerprint).overlap(self.index, &text.fingerprint)?;
        if overlap.smaller() < RELATED {
            return None;
        }
        let facts = fact::compare(&text.fingerprint.facts, &self.prepared.fingerprint.facts);
        let headlines = headline::compare(&text.fingerprint.title, &self.prepared.fingerprint.title);
        let lead = self.lead(&text.fingerprint.lead);
        let mut look = Look { text, overlap, lead, facts, headlines, kinship: Kinship::Stranger };
        look.kinship = self.kinship(&look, linked);
        Some(look)
    }

    /// The newcomer's shingles at the coarser of its own step and that of another text; of one that has kept all, all:
    /// the newcomer is at hand as a whole.
    fn weighed(&self, old: &Fingerprint) -> &Weighed {
        let (theirs, own) = (shingle::kept(old.characters), shingle::kept(self.prepared.fingerprint.characters));
        let step = if theirs == 1 { 1 } else { theirs.max(own) };
        self.weighed[step.trailing_zeros() as usize].get_or_init(|| {
            let shingles = if step < own {
                shingle::sample(&self.prepared.text, step)
            } else {
                self.prepared.shingles().filter(|shingle| shingle::is_one_in(step, shingle.hash)).collect()
            };
            Weighed::new(step, &shingles, &self.weights)
        })
    }

    /// Where the newcomer tells what another text begins with.
    fn lead(&self, theirs: &'a str) -> Found {
        let mut leads = self.leads.borrow_mut();
        if let Some(known) = leads.iter().find(|known| known.theirs == theirs) {
            return known.found;
        }
        let found = self.pieces.get_or_init(|| Pieces::of(&self.prepared.text)).find(theirs);
        leads.push(Lead { theirs, found, has_other_names: None });
        found
    }

    fn kinship(&self, look: &Look<'_>, linked: bool) -> Kinship {
        let alike = look.headlines.alike;
        let facts = if look.facts.differing.is_empty() { look.facts.agreeing } else { 0 };
        if !threshold::is_same_text(&look.overlap, &look.lead, Signs { alike, linked, facts }) {
            return Kinship::Related;
        }
        if self.has_other_subject(look)
            || (facts < FEW_FACTS && self.has_other_names(&look.text.fingerprint.lead))
            || look.facts.has_other_ordinal()
        {
            return Kinship::LookAlike;
        }
        let differing = look.facts.differing.len();
        if differing >= TEMPLATE_FACTS && look.facts.share_differing() >= TEMPLATE {
            return Kinship::LookAlike;
        }
        if differing > 0 {
            return Kinship::Update;
        }
        if threshold::is_part(&look.overlap, &look.lead, alike) { Kinship::Related } else { Kinship::Reprint }
    }

    /// Whether the other names, in the same place of its headline and in its lead, something that this text never
    /// mentions.
    fn has_other_subject(&self, look: &Look<'_>) -> bool {
        let Some((theirs, ours)) = &look.headlines.swapped else { return false };
        let same_facts = look.facts.differing.is_empty() && look.facts.agreeing >= SAME_FACTS;
        if same_facts && look.overlap.of_new.min(look.overlap.of_old) >= MOSTLY {
            return false;
        }
        let (text, their_lead) = (&self.prepared.text, &look.text.fingerprint.lead);
        headline::told_in(theirs, their_lead) > TOLD
            && headline::told_in(theirs, text) < TOLD
            && headline::told_in(ours, text) > TOLD
    }

    /// Whether both begin in the same words about other persons, places or things, which the other never mentions.
    fn has_other_names(&self, theirs: &str) -> bool {
        let ours = &self.prepared.fingerprint.lead;
        // One beginning has no other names than itself; to put it into one vocabulary takes long.
        if theirs == ours {
            return false;
        }
        let mut leads = self.leads.borrow_mut();
        let known = leads.iter_mut().find(|known| known.theirs == theirs);
        if let Some(answer) = known.as_ref().and_then(|known| known.has_other_names) {
            return answer;
        }
        let ours = self.plain_lead.get_or_init(|| headline::plain(ours));
        let answer = headline::replaced(&headline::plain(theirs), ours).iter().any(|(there, here)| {
            headline::told_in(there, &self.prepared.text) < TOLD && headline::told_in(here, theirs) < TOLD
        });
        if let Some(known) = known {
            known.has_other_names = Some(answer);
        }
        answer
    }

    /// The names that differ between the same words of both headlines, and of how both begin.
    pub(super) fn other_names(&self, look: &Look<'_>) -> Vec<(String, String)> {
        let (theirs, ours) = (&look.text.fingerprint, &self.prepared.fingerprint);
        let mut names = Vec::new();
        if look.headlines.alike || look.headlines.swapped.is_some() {
            names = compare::other_names(&theirs.title, &ours.title);
        }
        if look.lead.share >= SAME_LEAD {
            let in_leads = compare::other_names(&theirs.lead, &ours.lead);
            names.extend(in_leads.into_iter().filter(|pair| !names.contains(pair)).collect::<Vec<_>>());
        }
        names
    }

    /// The newcomer's text from the beginning of the longest passage it shares with another; a figure is not cut.
    pub(super) fn longest_passage(&self, text: &Text) -> Option<&'a str> {
        let at = self.weighed(&text.fingerprint).longest_passage(&text.fingerprint)? as usize;
        let whole = self.prepared.text.get(..at)?.trim_end_matches(|mark: char| mark.is_ascii_digit()).len();
        self.prepared.text.get(whole..)
    }
}
