//! How much must be shared for one text, and when a shared part is only a part. Found on real and made pairs; each
//! number says what it keeps apart.

use super::lead::Found;
use super::overlap::Overlap;

/// The piece itself links to the other: nothing but a lasting overlap is asked.
const LINKED: f32 = 0.3;
/// So much of a lead is enough to say that the text begins as the other does, typos and datelines allowed for.
const LEAD: f32 = 0.6;
/// So much of a lead is nearly all of it: two write-ups of one event seldom begin with the same three sentences.
const WHOLE_LEAD: f32 = 0.8;
/// So much is left of a lead when a copy drops one of its sentences.
const SOME_LEAD: f32 = 0.3;
/// So much of a text's first fifth counts as it. When so much of both texts' stands in the other, they begin alike,
/// whatever the page puts before them.
const HEAD: f32 = 0.55;
/// When more than this was put in place of something else between shared passages, the text was written anew.
const REWRITTEN: f32 = 0.05;

/// So many figures, dates and ordinals in the same words, all the same, are told by one story.
const MANY_FACTS: usize = 6;

/// Under the same headline, in order: with the whole lead, with some of it, rewritten, without its lead.
const ALIKE_WHOLE_LEAD: f32 = 0.35;
const ALIKE: f32 = 0.4;
const ALIKE_REWRITTEN: f32 = 0.55;
const WITHOUT_LEAD: f32 = 0.8;
const REWRITTEN_WITHOUT_LEAD: f32 = 0.85;
/// A text without the other's lead and headline holds most of the other, or is something that the other quotes.
const MOST_OF_OLD: f32 = 0.6;
/// Under another headline: of the smaller text, of the smaller when both begin alike, or of either.
const APART: f32 = 0.75;
const APART_BEGUN_ALIKE: f32 = 0.68;
const APART_BOTH: f32 = 0.5;
const APART_REWRITTEN: f32 = 0.7;

/// What speaks for one text besides the words shared.
#[derive(Debug, Clone, Copy)]
pub(super) struct Signs {
    /// The headlines are alike.
    pub(super) alike: bool,
    /// The piece itself links to the other.
    pub(super) linked: bool,
    /// Figures, dates and ordinals that agree; none when one differs.
    pub(super) facts: usize,
}

/// Whether enough is shared for one text.
pub(super) fn is_same_text(overlap: &Overlap, lead: &Found, signs: Signs) -> bool {
    let (shared, alike) = (overlap.smaller(), signs.alike);
    if signs.linked {
        return shared >= LINKED;
    }
    let begun_alike = overlap.of_old_head.min(overlap.of_new_head) >= HEAD;
    let both = overlap.of_new.min(overlap.of_old);
    if signs.facts >= MANY_FACTS && shared >= APART && both >= APART_BOTH {
        return true;
    }
    if !begun_alike && lead.share < if alike { SOME_LEAD } else { LEAD } {
        return overlap.surely() >= WITHOUT_LEAD && (alike || overlap.of_old >= MOST_OF_OLD);
    }
    let rewritten = overlap.rewritten > REWRITTEN;
    match (alike, rewritten) {
        (true, false) if lead.share >= WHOLE_LEAD => shared >= ALIKE_WHOLE_LEAD,
        (true, false) => shared >= ALIKE,
        (true, true) => shared >= if lead.share >= WHOLE_LEAD { ALIKE_REWRITTEN } else { REWRITTEN_WITHOUT_LEAD },
        (false, false) if begun_alike && shared >= APART_BEGUN_ALIKE => true,
        (false, false) => shared >= APART || both >= APART_BOTH,
        (false, true) => shared >= APART && overlap.likeness() >= APART_REWRITTEN,
    }
}

/// A text with less of its own in the other is mostly something else: a round-up or a follow-up.
const LEAST_OF_NEW: f32 = 0.5;
/// A text that holds less of the other is an excerpt, and an excerpt is the beginning.
const LEAST_OF_OLD: f32 = 0.35;
/// The other's lead stands in the first half, page furniture before it allowed for.
const EARLY: f32 = 0.6;

/// Whether only a part is shared: the other is quoted in this one, or this one in the other.
pub(super) fn is_part(overlap: &Overlap, lead: &Found, alike: bool) -> bool {
    let quotes = overlap.of_new < LEAST_OF_NEW && overlap.of_new_head < HEAD;
    let quoted = overlap.of_old < LEAST_OF_OLD && overlap.of_old_head < HEAD;
    if alike {
        return (quotes && lead.at > EARLY) || (quoted && lead.share < SOME_LEAD);
    }
    quotes || quoted
}

/// A text of which so much stands in this one stands in it whole.
const WHOLE: f32 = 0.9;
/// A text that is so much of this one is no mere part of it.
const MOSTLY: f32 = 0.7;
/// So far from one another, of this one's length, two others begin in it that are two parts of it.
const FAR: f32 = 0.2;

/// Whether another text is a part that this one may have been put together of.
pub(super) fn may_be_put_in(overlap: &Overlap, lead: &Found) -> bool {
    overlap.of_old >= WHOLE && overlap.of_new < MOSTLY && lead.share >= LEAD
}

/// Whether two such parts stand at different places: they are not copies of one text.
pub(super) fn stand_apart(one: &Found, other: &Found) -> bool {
    (one.at - other.at).abs() >= FAR
}
