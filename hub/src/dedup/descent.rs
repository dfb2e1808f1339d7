//! Descent: which of several copies of one text another copy was taken from. A copy inherits what its parent has:
//! misprints, cuts, additions, the headline, the names, the way it is typed. What it shares with one of them only speaks
//! for that one; what one of them has and it has not speaks against that one.

use lianbo_schemas::{Fingerprint, Traces};

use super::headline;
use super::traces::{PECULIAR, TRADITIONAL};

/// Points for and against, where one piece of text that another candidate explains better counts about two. Any
/// weights of about this size choose alike.
const PIECES_MISSED: f32 = 4.0;
const SAME_HEADLINE: f32 = 3.0;
const HEADLINE_WORDS: f32 = 2.0;
const CREDITS_SHARED: f32 = 2.0;
const CREDITS_LOST: f32 = 2.0;
const HABIT_LOST: f32 = 2.0;
const HABIT_TAKEN_UP: f32 = 1.0;
/// Putting a text into traditional characters changes words too, the same ones for everybody who does it.
const OTHER_SCRIPT: f32 = 1.0;
const LINES_LOST: f32 = 0.5;
/// Later copies are copied less.
const LATER: f32 = 0.8;

/// The place of the likeliest parent among `candidates`, which come in the order in which the hub got them.
pub(super) fn likeliest(copy: &Fingerprint, candidates: &[&Fingerprint]) -> Option<usize> {
    if candidates.len() < 2 {
        return candidates.len().checked_sub(1);
    }
    let missed: Vec<usize> =
        candidates.iter().map(|parent| missing(&copy.traces.pieces.0, &parent.traces.pieces.0)).collect();
    let least = missed.iter().copied().min().unwrap_or(0);
    let mut lines = copy.lines.0.clone();
    lines.sort_unstable();
    let mut best: Option<(usize, f32)> = None;
    for (at, (parent, missed)) in candidates.iter().zip(missed).enumerate() {
        let lost = parent.lines.0.iter().filter(|line| lines.binary_search(line).is_err()).count();
        let points = of_traces(&copy.traces, &parent.traces) + of_headlines(copy, parent)
            - PIECES_MISSED * grown(missed - least)
            - LINES_LOST * grown(lost)
            - LATER * grown(at);
        if best.is_none_or(|(_, most)| points > most) {
            best = Some((at, points));
        }
    }
    best.map(|(at, _)| at)
}

fn of_headlines(copy: &Fingerprint, parent: &Fingerprint) -> f32 {
    if copy.title == parent.title {
        return SAME_HEADLINE + HEADLINE_WORDS;
    }
    HEADLINE_WORDS * headline::told_in(&copy.title, &parent.title)
}

fn of_traces(copy: &Traces, parent: &Traces) -> f32 {
    let lost = missing(&parent.credits.0, &copy.credits.0);
    let shared = parent.credits.0.len() - lost;
    let habits_lost = (parent.habits & !copy.habits).count_ones();
    let habits_new = copy.habits & !parent.habits;
    let taken_up = (habits_new & PECULIAR).count_ones();
    let script = if habits_new & TRADITIONAL == 0 { 0.0 } else { OTHER_SCRIPT };
    script + CREDITS_SHARED * grown(shared)
        - CREDITS_LOST * grown(lost)
        - HABIT_LOST * habits_lost as f32
        - HABIT_TAKEN_UP * taken_up as f32
}

/// The second of anything tells less than the first.
fn grown(count: usize) -> f32 {
    (count as f32).ln_1p()
}

/// How many of the first, sorted words are not among the second, sorted ones.
fn missing(first: &[u32], second: &[u32]) -> usize {
    let mut others = second.iter().peekable();
    first
        .iter()
        .filter(|word| {
            while others.next_if(|other| other < word).is_some() {}
            others.peek() != Some(word)
        })
        .count()
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::{Fingerprint, Packed, Traces};

    use super::{likeliest, missing};

    fn copy(pieces: &[u32], title: &str, habits: u8) -> Fingerprint {
        let traces = Traces { pieces: Packed(pieces.to_vec()), credits: Packed::default(), habits };
        Fingerprint { title: title.to_owned(), traces, ..Fingerprint::default() }
    }

    #[test]
    fn who_has_the_same_misprint_is_the_parent() {
        let (clean, misprinted) = (copy(&[1, 2, 3, 4], "题", 0), copy(&[1, 2, 9, 4], "题", 0));
        let later = copy(&[1, 9, 4], "题", 0);
        assert_eq!(likeliest(&later, &[&clean, &misprinted]), Some(1));
        assert_eq!(likeliest(&copy(&[1, 2, 3], "题", 0), &[&misprinted, &clean]), Some(1));
    }

    #[test]
    fn nobody_takes_on_a_habit_and_drops_it_again() {
        let (plain, spaced) = (copy(&[1, 2], "题", 0), copy(&[1, 2], "题", 8));
        assert_eq!(likeliest(&copy(&[1, 2], "题", 0), &[&spaced, &plain]), Some(1));
        assert_eq!(likeliest(&copy(&[1, 2], "题", 8), &[&plain, &spaced]), Some(1));
    }

    #[test]
    fn among_equals_the_first_is_the_parent() {
        let one = copy(&[1, 2], "题", 0);
        assert_eq!(likeliest(&one, &[&one, &one, &one]), Some(0));
        assert_eq!(likeliest(&one, &[]), None);
    }

    #[test]
    fn words_missing_are_counted() {
        assert_eq!(missing(&[1, 3, 5, 7], &[0, 3, 4, 7]), 2);
        assert_eq!(missing(&[], &[1]), 0);
    }
}
