//! The index of the near window: which texts share most with a newcomer, and how rare every shingle is.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};

use jiff::Timestamp;
use lianbo_schemas::{Fingerprint, ItemUri, OutletId};

use super::furniture::{Furniture, Publisher};
use super::postings::{Number, Postings, Texts};
use super::prepare::Prepared;
use super::shared::Shared;
use super::shingle::{self, ReadyHash, SPARSE, is_one_in};

/// A shingle that stands in more texts finds only the oldest of them, among which the original of a much copied piece is.
const COMMON: usize = 200;
const OLDEST: usize = 24;
/// Candidates looked at closely. The right one has almost always the highest weight; the others settle ties.
const CANDIDATES: usize = 12;
/// So much of the smaller text's shingles must be shared before a closer look pays.
const WORTH_A_LOOK: f32 = 0.15;
/// What a shingle counts by which only shorter texts are found: they have more of them to be found by than long ones.
const FINER: f32 = 0.125;
/// Added to the number of texts, so that weights are even while the index is nearly empty.
const EVEN: f32 = 1_000.0;
/// No shingle weighs less.
const LIGHTEST: f32 = 0.05;

/// One text of the near window.
#[derive(Debug)]
pub(super) struct Text {
    pub(super) item: ItemUri,
    pub(super) outlet: Publisher,
    /// The order in which items were first judged: the older one is the better parent.
    pub(super) order: u64,
    pub(super) received: Timestamp,
    pub(super) fingerprint: Arc<Fingerprint>,
}

/// What `judge` looks things up in.
#[derive(Debug, Default)]
pub struct Index {
    texts: HashMap<Number, Box<Text>, ReadyHash>,
    postings: Postings,
    furniture: Furniture,
    /// Oldest first, for forgetting.
    ages: BTreeSet<(Timestamp, Number)>,
    /// Memory the texts themselves take.
    text_bytes: usize,
    /// The logarithm of how many texts there are.
    log_texts: f32,
}

/// What the index holds, for those who look after it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Size {
    pub(super) texts: usize,
    pub(super) shingles: usize,
    /// Texts, each once for every shingle by which it is found.
    pub(super) entries: usize,
    /// Shingles with a list, and texts in these lists.
    pub(super) lists: (usize, usize),
    pub(super) lines: usize,
    pub(super) furniture: usize,
    pub(super) text_bytes: usize,
    pub(super) posting_bytes: usize,
    pub(super) furniture_bytes: usize,
}

/// The order is the number, so that a restored index is the same one.
pub(super) fn number(order: u64) -> Number {
    Number::try_from(order).unwrap_or(Number::MAX) & Postings::LARGEST
}

impl Index {
    /// Texts in the near window.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether the near window is empty.
    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    /// What it holds, counted and in bytes.
    pub(super) fn size(&self) -> Size {
        // A tree's node is at least half full.
        let ages = self.ages.len() * size_of::<(Timestamp, Number)>() * 3 / 2;
        let slots = self.texts.capacity() * (size_of::<(Number, Box<Text>)>() + 1);
        Size {
            texts: self.texts.len(),
            shingles: self.postings.len(),
            entries: self.postings.entries(),
            lists: self.postings.lists(),
            lines: self.furniture.len(),
            furniture: self.furniture.learned(),
            text_bytes: self.text_bytes + ages + slots,
            posting_bytes: self.postings.bytes(),
            furniture_bytes: self.furniture.bytes(),
        }
    }

    /// When the oldest text of the near window was received.
    pub(super) fn oldest(&self) -> Option<Timestamp> {
        self.ages.first().map(|(received, _)| *received)
    }

    pub(super) fn is_furniture(&self, outlet: &OutletId, line: u32) -> bool {
        self.furniture.is(Publisher::of(outlet), line)
    }

    pub(super) fn text(&self, number: Number) -> Option<&Text> {
        self.texts.get(&number).map(Box::as_ref)
    }

    /// The weight of a shingle: the rarer the heavier.
    pub(super) fn weight(&self, shingle: u32) -> f32 {
        self.weight_of(self.postings.get(shingle).count())
    }

    fn weight_of(&self, count: usize) -> f32 {
        (self.log_texts - logarithm(count.max(1))).max(LIGHTEST)
    }

    /// Adds a text to the near window; one of the same item must have been removed before.
    pub(super) fn add(&mut self, text: Text) {
        self.postings.add_text(number(text.order), finding(&text.fingerprint));
        self.furniture.add(text.outlet, &text.fingerprint.lines.0);
        self.hold(text);
    }

    /// Takes a text out of the near window, if it is there.
    pub(super) fn remove(&mut self, number: Number) {
        let Some(text) = self.release(number) else { return };
        self.postings.remove_text(number, finding(&text.fingerprint));
        self.furniture.remove(text.outlet, &text.fingerprint.lines.0);
    }

    /// Adds a text that nothing finds yet, until all held ones are made findable at once.
    pub(super) fn hold(&mut self, text: Text) {
        let number = number(text.order);
        self.ages.insert((text.received, number));
        self.text_bytes += bytes(&text);
        self.texts.insert(number, Box::new(text));
        self.count();
    }

    /// Takes out a text that nothing finds.
    pub(super) fn release(&mut self, number: Number) -> Option<Box<Text>> {
        let text = self.texts.remove(&number)?;
        self.ages.remove(&(text.received, number));
        self.text_bytes -= bytes(&text);
        if self.texts.capacity() > 4 * self.texts.len() + 64 {
            self.texts.shrink_to(2 * self.texts.len());
        }
        self.count();
        Some(text)
    }

    /// Makes all texts findable, after they were held.
    pub(super) fn fill(&mut self) {
        let mut texts: Vec<&Text> = self.texts.values().map(Box::as_ref).collect();
        // As they came, which is about how they lie in memory.
        texts.sort_unstable_by_key(|text| text.order);
        let texts = texts.iter();
        self.postings.fill(texts.clone().map(|text| (number(text.order), finding(&text.fingerprint))));
        self.furniture.fill(texts.map(|text| (text.outlet, text.fingerprint.lines.0.as_slice())));
    }

    fn count(&mut self) {
        self.log_texts = (self.texts.len() as f32 + EVEN).ln();
    }

    /// Takes out all texts received before `horizon`.
    pub(super) fn forget_before(&mut self, horizon: Timestamp) {
        while let Some(number) = self.oldest_before(horizon) {
            self.remove(number);
        }
    }

    /// The oldest text, if it was received before `horizon`.
    pub(super) fn oldest_before(&self, horizon: Timestamp) -> Option<Number> {
        self.ages.first().filter(|(received, _)| *received < horizon).map(|(_, number)| *number)
    }

    /// The texts that share most with this one, heaviest first, and the weight of each of its shingles by which every
    /// text is found; the item's own older version is left out.
    pub(super) fn candidates(&self, prepared: &Prepared, own: Option<Number>) -> (Vec<Number>, Vec<(u32, f32)>) {
        let found: Vec<(u32, Texts<'_>)> =
            finding(&prepared.fingerprint).map(|shingle| (shingle, self.postings.get(shingle))).collect();
        let looked_at = |texts: &Texts<'_>| if texts.count() > COMMON { OLDEST } else { texts.count() };
        let mut shared = Shared::for_at_most(found.iter().map(|(_, texts)| looked_at(texts)).sum());
        let mut weights = Vec::with_capacity(found.len());
        for (shingle, texts) in &found {
            let mut weight = self.weight_of(texts.count());
            match is_one_in(SPARSE, *shingle) {
                true => weights.push((*shingle, weight)),
                false => weight *= FINER,
            }
            texts.iter().take(looked_at(texts)).for_each(|number| shared.add(number, weight));
        }
        let mut heaviest = shared.heaviest(CANDIDATES, own);
        heaviest.retain(|(number, count)| self.is_worth_a_look(*number, *count, &prepared.fingerprint));
        (heaviest.into_iter().map(|(number, _)| number).collect(), weights)
    }

    /// Whether a text that is found by `count` of the newcomer's shingles shares enough with it.
    fn is_worth_a_look(&self, number: Number, count: u32, newcomer: &Fingerprint) -> bool {
        let theirs = self.text(number).map_or(0, |text| text.fingerprint.characters);
        let both_have = theirs.min(newcomer.characters) / shingle::finding(theirs.max(newcomer.characters));
        count as f32 >= both_have as f32 * WORTH_A_LOOK
    }
}

/// The shingles by which a text is found.
fn finding(fingerprint: &Fingerprint) -> impl Iterator<Item = u32> + Clone + '_ {
    let step = shingle::finding(fingerprint.characters);
    fingerprint.shingles.0.iter().copied().filter(move |shingle| is_one_in(step, *shingle))
}

/// The logarithm of a count; of small ones, which nearly all are, looked up.
fn logarithm(count: usize) -> f32 {
    static SMALL: LazyLock<Vec<f32>> = LazyLock::new(|| (0..1_024u16).map(|count| f32::from(count).ln()).collect());
    SMALL.get(count).copied().unwrap_or_else(|| (count as f32).ln())
}

/// What a text takes in memory. Every block of the allocator has 8 bytes before it and comes in steps of 16.
fn bytes(text: &Text) -> usize {
    let block = |bytes: usize| if bytes == 0 { 0 } else { (bytes + 8).next_multiple_of(16).max(32) };
    let fingerprint = &text.fingerprint;
    let traces = &fingerprint.traces;
    let words =
        [&fingerprint.shingles, &fingerprint.lines, &fingerprint.facts.contexts, &traces.pieces, &traces.credits];
    let texts = [text.item.as_str(), &fingerprint.title, &fingerprint.lead, &fingerprint.facts.values];
    block(size_of::<Text>())
        + block(size_of::<Fingerprint>() + 2 * size_of::<usize>())
        + words.iter().map(|words| block(words.0.len() * size_of::<u32>())).sum::<usize>()
        + texts.iter().map(|text| block(text.len())).sum::<usize>()
}
