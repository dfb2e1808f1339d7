//! How much of one text stands in another, weighted by rarity: containment both ways, and where the shared part lies.

use lianbo_schemas::Fingerprint;

use super::index::Index;
use super::places::Places;

/// Of the other's shingles that are not shared at most about so many are weighed; they stand for the rest.
const WEIGHED: usize = 32;

/// The newcomer's shingles, weighed once for all candidates.
pub(super) struct Weighed<'a> {
    fingerprint: &'a Fingerprint,
    /// Shingle → its place in the newcomer's order.
    places: Places,
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

impl<'a> Weighed<'a> {
    /// The newcomer's fingerprint with the weight of each of its shingles.
    pub(super) fn new(fingerprint: &'a Fingerprint, weights: Vec<f32>) -> Self {
        let shingles = &fingerprint.shingles.0;
        let mut places = Places::for_at_most(shingles.len());
        for (shingle, place) in shingles.iter().zip(0..) {
            places.note(*shingle, place);
        }
        let total = weights.iter().sum();
        Self { fingerprint, places, weights, total }
    }

    /// Compares the newcomer with another text.
    pub(super) fn overlap(&self, index: &Index, old: &Fingerprint) -> Overlap {
        let head = old.shingles.0.len().div_ceil(5);
        let new_head = u32::try_from(self.fingerprint.shingles.0.len().div_ceil(5)).unwrap_or(u32::MAX);
        let (mut common, mut shared) = (0.0, 0u32);
        let (mut old_head, mut own_head) = (0usize, 0u32);
        let mut others = Vec::with_capacity(old.shingles.0.len());
        let mut seam = Seams::default();
        for (at, shingle) in old.shingles.0.iter().enumerate() {
            let Some(place) = self.places.get(*shingle) else {
                others.push(*shingle);
                continue;
            };
            common += self.weights[place as usize];
            shared += 1;
            seam.shared(at, place as usize);
            old_head += usize::from(at < head);
            own_head += u32::from(place < new_head);
        }
        let total = common + weight(index, &others);
        Overlap {
            of_new: share(common, self.total),
            of_old: share(common, total),
            shared,
            sampled: u32::try_from(old.shingles.0.len().min(self.fingerprint.shingles.0.len())).unwrap_or(u32::MAX),
            rewritten: share(seam.replaced as f32, seam.replaced as f32 + shared as f32),
            of_old_head: share(old_head as f32, head as f32),
            of_new_head: share(own_head as f32, new_head as f32),
        }
    }

    /// Places, in the newcomer's own order, of the shingles it shares with another text.
    pub(super) fn shared_places(&self, old: &Fingerprint) -> Vec<u32> {
        let mut places: Vec<u32> = old.shingles.0.iter().filter_map(|shingle| self.places.get(*shingle)).collect();
        places.sort_unstable();
        places
    }
}

/// What shingles weigh together; of many, some are weighed for all.
fn weight(index: &Index, shingles: &[u32]) -> f32 {
    let weighed = shingles.iter().step_by(shingles.len().div_ceil(WEIGHED).max(1));
    let (count, sum) = weighed.fold((0u32, 0.0), |(count, sum), shingle| (count + 1, sum + index.weight(*shingle)));
    if count == 0 { 0.0 } else { sum * shingles.len() as f32 / count as f32 }
}

/// Counts what stands on both sides between one shared shingle and the next.
#[derive(Debug, Default)]
struct Seams {
    last: Option<(usize, usize)>,
    replaced: usize,
}

impl Seams {
    /// The next shared shingle in the other's order, and its place in the newcomer's. A typo spoils one sampled shingle
    /// on either side and counts for nothing; a place before the last one is a passage moved, no seam.
    fn shared(&mut self, old: usize, new: usize) {
        if let Some((old_before, new_before)) = self.last
            && new > new_before
        {
            let (old_gap, new_gap) = (old - old_before - 1, new - new_before - 1);
            self.replaced += old_gap.min(new_gap).saturating_sub(1);
        }
        self.last = Some((old, new));
    }
}

fn share(part: f32, whole: f32) -> f32 {
    if whole > 0.0 { (part / whole).min(1.0) } else { 0.0 }
}
