//! The index: exact texts for ever, near texts within a window, and how rare every shingle is.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use lianbo_schemas::{Fingerprint, ItemUri, OutletId};

use super::furniture::Furniture;
use super::postings::{Number, Postings};
use super::prepare::Prepared;
use super::shingle::ReadyHash;

/// A shingle that stands in more texts finds only the oldest of them, among which the original of a much copied piece is.
const COMMON: usize = 200;
const OLDEST: usize = 24;
/// Candidates looked at closely. The right one has almost always the highest weight; the others settle ties.
const CANDIDATES: usize = 12;
/// So much of the smaller text's shingles must be shared before a closer look pays.
const WORTH_A_LOOK: f32 = 0.15;

/// One text of the near window.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) item: ItemUri,
    pub(super) outlet: OutletId,
    /// The order in which items were first judged: the older one is the better parent.
    pub(super) order: u64,
    pub(super) received: Timestamp,
    pub(super) fingerprint: Arc<Fingerprint>,
}

/// What `judge` looks things up in.
#[derive(Debug, Default)]
pub struct Index {
    texts: HashMap<Number, Text, ReadyHash>,
    numbers: HashMap<ItemUri, Number>,
    postings: Postings,
    furniture: Furniture,
    /// Oldest first, for forgetting.
    ages: BTreeSet<(Timestamp, Number)>,
    /// The first 128 bits of the digest → items with that text, by order.
    exact: HashMap<u128, Vec<(u64, ItemUri)>, ReadyHash>,
}

impl Index {
    /// Texts in the near window.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether the near window is empty.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// Different shingles and lines kept in memory, for metrics.
    pub fn size(&self) -> (usize, usize) {
        (self.postings.len(), self.furniture.len())
    }

    pub(super) fn is_furniture(&self, outlet: &OutletId, line: u32) -> bool {
        self.furniture.is(outlet, line)
    }

    pub(super) fn text(&self, number: Number) -> Option<&Text> {
        self.texts.get(&number)
    }

    pub(super) fn number(&self, item: &ItemUri) -> Option<Number> {
        self.numbers.get(item).copied()
    }

    /// The weight of a shingle: the rarer the heavier. The constant keeps weights even while the index is nearly empty.
    pub(super) fn weight(&self, shingle: u32) -> f32 {
        self.weight_of(self.postings.get(shingle).count())
    }

    fn weight_of(&self, count: usize) -> f32 {
        ((self.numbers.len() as f32 + 1_000.0) / count.max(1) as f32).ln().max(0.05)
    }

    /// Remembers an exact text, for ever.
    pub(super) fn add_exact(&mut self, exact: &str, order: u64, item: &ItemUri) {
        let Some(key) = exact_key(exact) else { return };
        let items = self.exact.entry(key).or_default();
        items.push((order, item.clone()));
        items.sort();
    }

    /// Forgets an exact text: the item has other words now.
    pub(super) fn remove_exact(&mut self, exact: &str, item: &ItemUri) {
        let Some(key) = exact_key(exact) else { return };
        if let Some(items) = self.exact.get_mut(&key) {
            items.retain(|(_, other)| other != item);
            if items.is_empty() {
                self.exact.remove(&key);
            }
        }
    }

    /// The items with exactly this text, the first one first.
    pub(super) fn same_text(&self, exact: &str) -> impl Iterator<Item = &ItemUri> {
        let items = exact_key(exact).and_then(|key| self.exact.get(&key));
        items.into_iter().flatten().map(|(_, item)| item)
    }

    /// Adds a text to the near window; one of the same item must have been removed before.
    pub(super) fn add(&mut self, text: Text) {
        // The order is the number, so that a restored index is the same one.
        let number = Number::try_from(text.order).unwrap_or(Number::MAX) & Postings::LARGEST;
        self.postings.add(number, &text.fingerprint.shingles.0);
        self.furniture.add(&text.outlet, &text.fingerprint.lines.0);
        self.ages.insert((text.received, number));
        self.numbers.insert(text.item.clone(), number);
        self.texts.insert(number, text);
    }

    /// Takes an item's text out of the near window.
    pub(super) fn remove(&mut self, item: &ItemUri) {
        let Some(number) = self.numbers.remove(item) else { return };
        let Some(text) = self.texts.remove(&number) else { return };
        self.postings.remove(number, &text.fingerprint.shingles.0);
        self.furniture.remove(&text.outlet, &text.fingerprint.lines.0);
        self.ages.remove(&(text.received, number));
    }

    /// Takes out all texts received before `horizon` and says whose they were.
    pub(super) fn forget_before(&mut self, horizon: Timestamp) -> Vec<ItemUri> {
        let mut forgotten = Vec::new();
        while let Some((_, number)) = self.ages.first().copied().filter(|(received, _)| *received < horizon) {
            let Some(item) = self.text(number).map(|text| text.item.clone()) else {
                self.ages.pop_first();
                continue;
            };
            self.remove(&item);
            forgotten.push(item);
        }
        forgotten
    }

    /// The texts that share most with this one, heaviest first; the item's own older version is left out.
    pub(super) fn candidates(&self, prepared: &Prepared, own: Option<Number>) -> Vec<Number> {
        let shingles = &prepared.fingerprint.shingles.0;
        let mut shared: HashMap<Number, (f32, u32), ReadyHash> = HashMap::default();
        for shingle in shingles {
            let texts = self.postings.get(*shingle);
            let looked_at = if texts.count() > COMMON { OLDEST } else { COMMON };
            let weight = self.weight_of(texts.count());
            for number in texts.iter().take(looked_at) {
                let (sum, count) = shared.entry(number).or_default();
                *sum += weight;
                *count += 1;
            }
        }
        let worth = |number: Number, count: u32| {
            let theirs = self.text(number).map_or(0, |text| text.fingerprint.shingles.0.len());
            count as f32 >= theirs.min(shingles.len()) as f32 * WORTH_A_LOOK
        };
        let mut ranked: Vec<(Number, f32, u32)> =
            shared.into_iter().map(|(number, (weight, count))| (number, weight, count)).collect();
        ranked.retain(|(number, ..)| Some(*number) != own);
        ranked.sort_unstable_by(|one, other| other.1.total_cmp(&one.1).then_with(|| one.0.cmp(&other.0)));
        ranked.truncate(CANDIDATES);
        ranked.into_iter().filter(|(number, _, count)| worth(*number, *count)).map(|(number, ..)| number).collect()
    }
}

fn exact_key(exact: &str) -> Option<u128> {
    exact.get(..32).and_then(|half| u128::from_str_radix(half, 16).ok())
}
