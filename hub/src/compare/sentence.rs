//! Sentences of two texts, and which of them belong together: those that share most pairs of neighbouring characters.

use std::collections::{BTreeSet, HashMap};

use crate::normalise::fold::fold;

/// Characters of a text that are compared; more is a book.
const LONGEST_TEXT: usize = 60_000;
/// Sentences of a text that are compared.
const MOST_SENTENCES: usize = 1_500;
/// Characters of a sentence that is compared as one: a table without a full stop is cut.
const LONGEST_SENTENCE: usize = 800;
/// Sentences that share less, of all the pairs of neighbours that both have, are no pair.
const LEAST_SHARED: f32 = 0.4;

/// A sentence as written, and folded.
pub(super) struct Sentence<'a> {
    pub(super) text: &'a str,
    pub(super) folded: String,
}

impl<'a> Sentence<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, folded: fold(text) }
    }

    fn neighbours(&self) -> BTreeSet<(char, char)> {
        self.folded.chars().zip(self.folded.chars().skip(1)).collect()
    }
}

/// The sentences of a text, and whether it had more than are compared. What folds to nothing goes with its neighbour.
pub(super) fn sentences(text: &str) -> (Vec<Sentence<'_>>, bool) {
    let end = text.char_indices().nth(LONGEST_TEXT).map_or(text.len(), |(end, _)| end);
    let mut found = Vec::new();
    let (mut start, mut long) = (0, 0);
    let mut rest = text[..end].char_indices().peekable();
    while let Some((at, mark)) = rest.next() {
        let next = rest.peek().copied();
        long += 1;
        let closes =
            next.is_none_or(|(_, next)| !matches!(next, '”' | '」' | '』' | '’' | '）' | ')' | '。' | '！' | '？'));
        let ends = matches!(mark, '\n' | '。' | '！' | '？' | '!' | '；') && closes
            || matches!(mark, '”' | '」' | '』') && text[start..at].ends_with(['。', '！', '？']) && closes;
        if ends || next.is_none() || long >= LONGEST_SENTENCE {
            let stop = at + mark.len_utf8();
            let sentence = Sentence::new(text[start..stop].trim());
            if !sentence.folded.is_empty() {
                found.push(sentence);
            }
            (start, long) = (stop, 0);
        }
    }
    let more = end < text.len() || found.len() > MOST_SENTENCES;
    found.truncate(MOST_SENTENCES);
    (found, more)
}

/// Which sentences belong together, one to one.
pub(super) struct Pairs {
    theirs: Vec<Option<usize>>,
    ours: Vec<bool>,
}

impl Pairs {
    /// Ours that belongs to one of theirs.
    pub(super) fn of_theirs(&self, place: usize) -> Option<usize> {
        self.theirs.get(place).copied().flatten()
    }

    /// Whether one of ours belongs to any of theirs.
    pub(super) fn has_ours(&self, place: usize) -> bool {
        self.ours.get(place).copied().unwrap_or(false)
    }
}

/// How well two sentences go together.
struct Likeness {
    shared: f32,
    /// How far apart they stand in their texts, 0 to 1.
    apart: f32,
    theirs: usize,
    ours: usize,
}

/// Finds the pairs: the likest first, of equally like ones those that stand nearest.
pub(super) fn pairs(theirs: &[Sentence<'_>], ours: &[Sentence<'_>]) -> Pairs {
    let mut found = likenesses(theirs, ours);
    found.sort_by(|one, other| {
        other.shared.total_cmp(&one.shared).then(one.apart.total_cmp(&other.apart)).then(one.theirs.cmp(&other.theirs))
    });
    let mut pairs = Pairs { theirs: vec![None; theirs.len()], ours: vec![false; ours.len()] };
    for Likeness { theirs, ours, .. } in found {
        if pairs.theirs[theirs].is_none() && !pairs.ours[ours] {
            pairs.theirs[theirs] = Some(ours);
            pairs.ours[ours] = true;
        }
    }
    pairs
}

fn likenesses(theirs: &[Sentence<'_>], ours: &[Sentence<'_>]) -> Vec<Likeness> {
    let their_sets: Vec<_> = theirs.iter().map(Sentence::neighbours).collect();
    let mut holders: HashMap<(char, char), Vec<usize>> = HashMap::new();
    for (place, set) in their_sets.iter().enumerate() {
        for pair in set {
            holders.entry(*pair).or_default().push(place);
        }
    }
    let mut found = Vec::new();
    for (place, sentence) in ours.iter().enumerate() {
        let set = sentence.neighbours();
        let mut shared: HashMap<usize, usize> = HashMap::new();
        for other in set.iter().filter_map(|pair| holders.get(pair)).flatten() {
            *shared.entry(*other).or_default() += 1;
        }
        for (other, count) in shared {
            let same = theirs[other].folded == sentence.folded;
            let share = if same { 1.0 } else { 2.0 * count as f32 / (set.len() + their_sets[other].len()) as f32 };
            if share >= LEAST_SHARED {
                let apart = (relative(other, theirs.len()) - relative(place, ours.len())).abs();
                found.push(Likeness { shared: share, apart, theirs: other, ours: place });
            }
        }
    }
    found
}

fn relative(place: usize, all: usize) -> f32 {
    place as f32 / all.max(1) as f32
}
