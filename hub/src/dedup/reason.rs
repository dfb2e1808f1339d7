//! Reasons in plain sentences, for an editor who asks why.

use lianbo_schemas::ItemUri;

use super::fact::Comparison;
use super::overlap::Overlap;

/// Differing facts and names listed in evidence.
pub(super) const MOST_DIFFERING: usize = 12;
/// Characters of an excerpt.
const EXCERPT: usize = 40;

pub(super) fn exact() -> String {
    "The text is the same, character for character, after folding script, punctuation and space.".to_owned()
}

pub(super) fn nothing_alike() -> String {
    "No text of the hub's shares enough with it.".to_owned()
}

pub(super) fn share(overlap: &Overlap) -> String {
    let percent = |share: f32| (share * 100.0).round();
    format!(
        "{} % of this text stands in the other, and {} % of the other in this one, rare passages weighing more.",
        percent(overlap.of_new),
        percent(overlap.of_old)
    )
}

pub(super) fn lead(share: f32) -> String {
    format!("{} % of the other's first sentences stand in this text.", (share * 100.0).round())
}

pub(super) fn swapped(theirs: &str, ours: &str) -> String {
    format!("The headlines differ in one place only: `{theirs}` there, `{ours}` here.")
}

pub(super) fn look_alike(other: &ItemUri) -> String {
    format!("It looks like {other}, but tells of something else in the same words.")
}

/// How facts compare, if there are any to compare.
pub(super) fn facts(comparison: &Comparison) -> Option<String> {
    let all = comparison.agreeing + comparison.differing.len();
    if all == 0 {
        return None;
    }
    let Some((theirs, ours)) = comparison.differing.first() else {
        return Some(format!("All {all} figures, dates and ordinals that stand in the same words agree."));
    };
    let differing = comparison.differing.len();
    Some(format!(
        "{differing} of {all} figures, dates and ordinals in the same words differ, e.g. `{theirs}` there, `{ours}` here."
    ))
}

/// That names differ, if any do.
pub(super) fn names(differing: &[(String, String)]) -> Option<String> {
    let (theirs, ours) = differing.first()?;
    Some(format!("Other names stand between the same words, e.g. `{theirs}` there, `{ours}` here."))
}

/// How the longest shared passage begins.
pub(super) fn passage(text: &str) -> String {
    let excerpt: String = text.chars().filter(|mark| *mark != '\n').take(EXCERPT).collect();
    format!("The longest shared passage begins `{excerpt}`.")
}
