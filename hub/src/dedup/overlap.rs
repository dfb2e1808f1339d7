//! How much of one text stands in another, weighted by rarity: containment both ways, and where the shared part lies.

use std::borrow::Cow;

use lianbo_schemas::Fingerprint;

use super::index::Index;
use super::places::Places;
use super::shingle::{SPARSE, Shingle, WIDTH, is_one_in, kept};

/// Shingles that must be shared at least, were all kept: about 40 characters in one piece.
const LEAST_SHARED: u32 = 32;
/// Of the other's shingles that are not shared at most about so many are weighed; they stand for the rest.
const WEIGHED: usize = 16;

/// The newcomer's shingles of one step, weighed once for all candidates.
pub(super) struct Weighed {
    step: u32,
    /// Shingle → its place in the newcomer's order.
    places: Places,
    /// Where each stands in the text, in that order.
    at: Vec<u32>,
    /// The weight of each, in that order.
    weights: Vec<f32>,
    total: f32,
}

/// Two texts side by side.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Overlap {
    /// The share of the newcomer that stands in the other, by weight.
    pub(super) of_new: f32,
    /// The share of the other that stands in the newcomer, by weight.
    pub(super) of_old: f32,
    /// Shared shingles.
    pub(super) shared: u32,
    /// Shingles of the smaller text.
    pub(super) sampled: u32,
    /// Between passages shared in the same order, how much was put in place of something else: 0 when only left out or
    /// added, near 1 when little but phrases is shared.
    pub(super) rewritten: f32,
    /// The share of the other's first fifth that stands in the newcomer.
    pub(super) of_old_head: f32,
    /// The share of the newcomer's first fifth that stands in the other.
    pub(super) of_new_head: f32,
}

impl Overlap {
    /// The share of the smaller one.
    pub(super) fn smaller(&self) -> f32 {
        self.of_new.max(self.of_old)
    }

    /// The share of the smaller one that is sure, chance in sampling allowed for: one standard error less.
    pub(super) fn surely(&self) -> f32 {
        let share = self.smaller();
        share - (share * (1.0 - share) / self.sampled.max(1) as f32).sqrt()
    }

    /// How alike they are as wholes, for choosing among parents.
    pub(super) fn likeness(&self) -> f32 {
        let joint = self.of_new + self.of_old;
        if joint > 0.0 { 2.0 * self.of_new * self.of_old / joint } else { 0.0 }
    }
}

impl Weighed {
    /// The newcomer's shingles, one in `step`; `known` are the weights of some of them, in the same order. The others
    /// weigh as the known one before them: a passage is rare or common as a whole.
    pub(super) fn new(step: u32, shingles: &[Shingle], known: &[(u32, f32)]) -> Self {
        let mut places = Places::for_at_most(shingles.len());
        let mut weights = Vec::with_capacity(shingles.len());
        let mut weight = known.first().map_or(1.0, |(_, weight)| *weight);
        let mut known = known.iter().peekable();
        for (shingle, place) in shingles.iter().zip(0..) {
            places.note(shingle.hash, place);
            weight = known.next_if(|(hash, _)| *hash == shingle.hash).map_or(weight, |(_, weight)| *weight);
            weights.push(weight);
        }
        let total = weights.iter().sum();
        Self { step, places, at: shingles.iter().map(|shingle| shingle.at).collect(), weights, total }
    }

    /// Compares the newcomer with another text, which has kept no coarser step than this; `None` when
    /// too few are shared.
    pub(super) fn overlap(&self, index: &Index, old: &Fingerprint) -> Option<Overlap> {
        let sampled = self.sampled(old);
        let (old_head, new_head) = (sampled.len().div_ceil(5), self.at.len().div_ceil(5));
        let (mut common, mut shared) = (0.0, 0u32);
        let (mut in_old_head, mut in_new_head) = (0usize, 0usize);
        let mut others = Vec::with_capacity(sampled.len());
        let mut seam = Seams::spoilt_by_typo(WIDTH.div_ceil(self.step as usize));
        for (at, shingle) in sampled.iter().enumerate() {
            let Some(place) = self.places.get(*shingle) else {
                others.push(*shingle);
                continue;
            };
            let place = place as usize;
            common += self.weights[place];
            shared += 1;
            seam.shared(at, place);
            in_old_head += usize::from(at < old_head);
            in_new_head += usize::from(place < new_head);
        }
        if shared < LEAST_SHARED / self.step {
            return None;
        }
        let usual = self.total / self.weights.len() as f32;
        let total = common + weight(index, &others, self.step, usual);
        Some(Overlap {
            of_new: share(common, self.total),
            of_old: share(common, total),
            shared,
            sampled: u32::try_from(sampled.len().min(self.at.len())).unwrap_or(u32::MAX),
            rewritten: share(seam.replaced as f32, seam.replaced as f32 + shared as f32),
            of_old_head: share(in_old_head as f32, old_head as f32),
            of_new_head: share(in_new_head as f32, new_head as f32),
        })
    }

    /// Another text's shingles of this step.
    fn sampled<'a>(&self, old: &'a Fingerprint) -> Cow<'a, [u32]> {
        let shingles = &old.shingles.0;
        if kept(old.characters) == self.step {
            return Cow::Borrowed(shingles);
        }
        Cow::Owned(shingles.iter().copied().filter(|shingle| is_one_in(self.step, *shingle)).collect())
    }

    /// Where in the newcomer's text the longest passage that it shares with another begins.
    pub(super) fn longest_passage(&self, old: &Fingerprint) -> Option<u32> {
        let sampled = self.sampled(old);
        let mut shared: Vec<u32> = sampled.iter().filter_map(|shingle| self.places.get(*shingle)).collect();
        shared.sort_unstable();
        let (mut best, mut length, mut start) = (0, 0, 0);
        for at in 0..shared.len() {
            if at > 0 && shared[at] != shared[at - 1] + 1 {
                start = at;
            }
            if at - start > length {
                (best, length) = (start, at - start);
            }
        }
        self.at.get(*shared.get(best)? as usize).copied()
    }
}

/// What shingles, one in `step`, weigh together: those by which every text is found stand for the rest, and of many some; when there are
/// none, each weighs `usual`.
fn weight(index: &Index, shingles: &[u32], step: u32, usual: f32) -> f32 {
    let known = shingles.iter().filter(|shingle| is_one_in(SPARSE, **shingle));
    let apart = (shingles.len() * step as usize).div_ceil(WEIGHED * SPARSE as usize).max(1);
    let (count, sum) =
        known.step_by(apart).fold((0u32, 0.0), |(count, sum), shingle| (count + 1, sum + index.weight(*shingle)));
    let each = if count == 0 { usual } else { sum / count as f32 };
    each * shingles.len() as f32
}

/// Counts what stands on both sides between one shared shingle and the next.
#[derive(Debug, Default)]
struct Seams {
    last: Option<(usize, usize)>,
    replaced: usize,
    spoilt: usize,
}

impl Seams {
    /// None yet; a typo spoils so many shingles.
    fn spoilt_by_typo(spoilt: usize) -> Self {
        Self { spoilt, ..Self::default() }
    }

    /// The next shared shingle in the other's order, and its place in the newcomer's. What a typo spoils counts for
    /// nothing; a place before the last one is a passage moved, no seam.
    fn shared(&mut self, old: usize, new: usize) {
        if let Some((old_before, new_before)) = self.last
            && new > new_before
        {
            let (old_gap, new_gap) = (old - old_before - 1, new - new_before - 1);
            self.replaced += old_gap.min(new_gap).saturating_sub(self.spoilt);
        }
        self.last = Some((old, new));
    }
}

fn share(part: f32, whole: f32) -> f32 {
    if whole > 0.0 { (part / whole).min(1.0) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::Weighed;
    use crate::dedup::index::Index;
    use crate::dedup::prepare::prepare;
    use crate::dedup::shingle::sample;

    #[test]
    fn a_short_text_within_a_long_one_is_found_to_the_last_shingle() {
        let short = "国务院总理在成都考察时强调要扎实推进以人为本的新型城镇化为经济发展和民生改善提供强劲动力";
        let long = format!("本报讯{short}{}", "并主持召开座谈会听取意见建议".repeat(40));
        let old = prepare("", short, |_| false).fingerprint;
        let whole = Weighed::new(1, &sample(&long, 1), &[]);
        let overlap = whole.overlap(&Index::default(), &old).unwrap();
        assert_eq!((overlap.of_old, overlap.shared as usize), (1.0, short.chars().count() - 5));
        assert!(overlap.of_new < 0.9);
        let coarser = Weighed::new(8, &sample(&long, 8), &[]);
        assert!(coarser.overlap(&Index::default(), &old).is_none_or(|overlap| overlap.of_old == 1.0));
        assert!(whole.overlap(&Index::default(), &prepare("", &long[..60], |_| false).fingerprint).is_none());
    }
}
