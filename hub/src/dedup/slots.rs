//! Sorted words with gaps: a table of 64-bit words whose upper halves are hashes, in little more than the words' own
//! eight bytes.
//!
//! A word stands at its home, a place in proportion to its upper half, or as near behind it as there is room. As homes
//! rise with the words, the whole table is in order: words of one upper half stand side by side, the smallest first. It
//! is cut into shards so that growing and shrinking is done in small steps and never holds two copies of all of it.

/// Stands in a gap; no word may be it.
const GAP: u64 = u64::MAX;
/// Shards, chosen by a word's upper bits.
const SHARDS: usize = 1 << SHARD_BITS;
const SHARD_BITS: u32 = 8;
/// Bits of the upper half that choose the home within a shard.
const HOME_BITS: u32 = 32 - SHARD_BITS;
/// Room behind the homes that a table being filled asks for in advance.
const SPILL: usize = 64;
/// Words that fall into one bucket, about, while a table is filled.
const IN_BUCKET: usize = 8;
/// Of so many homes …
const FULL_OF: usize = 5;
/// … at most so many are taken: fuller, and words stand far from home.
const FULL: usize = 4;

/// A set of words in order.
#[derive(Debug)]
pub(super) struct Slots {
    shards: Box<[Shard]>,
}

#[derive(Debug, Default, Clone)]
struct Shard {
    /// The homes, and behind them what found no room before the end.
    words: Vec<u64>,
    homes: usize,
    taken: usize,
}

impl Default for Slots {
    fn default() -> Self {
        Self { shards: vec![Shard::default(); SHARDS].into_boxed_slice() }
    }
}

impl Slots {
    /// The words whose upper half is `key`, the smallest first.
    pub(super) fn run(&self, key: u32) -> &[u64] {
        let first = u64::from(key) << 32;
        let words = &self.shard(first).words;
        let from = self.shard(first).seek(first);
        let run = words[from..].iter().take_while(|word| **word >> 32 == u64::from(key) && **word != GAP).count();
        &words[from..from + run]
    }

    /// The words whose upper half is `key`, and where another of them would go: looked for once.
    pub(super) fn entry(&mut self, key: u32) -> Entry<'_> {
        let first = u64::from(key) << 32;
        let shard = self.shard_mut(first);
        shard.make_room();
        let from = shard.seek(first);
        let run = shard.words[from..].iter().take_while(|word| **word >> 32 == u64::from(key) && **word != GAP).count();
        Entry { shard, from, run }
    }

    /// Adds a word, unless it is there.
    pub(super) fn insert(&mut self, word: u64) {
        self.shard_mut(word).insert(word);
    }

    /// Takes a word out, if it is there.
    pub(super) fn remove(&mut self, word: u64) {
        self.shard_mut(word).remove(word);
    }

    /// Puts a word in the place of another; none may lie between the two.
    pub(super) fn replace(&mut self, word: u64, by: u64) {
        let shard = self.shard_mut(word);
        let at = shard.seek(word);
        if shard.words.get(at) == Some(&word) {
            shard.words[at] = by;
        }
    }

    /// Fills an empty table at once, which is many times faster than word by word: the words are put in their shards,
    /// sorted there, and each run of one upper half, repeats and all, is handed to `gather`, which adds to the list what
    /// is to stand for it, in order and no more than there is.
    pub(super) fn fill(
        &mut self,
        words: impl Iterator<Item = u64> + Clone,
        mut gather: impl FnMut(&[u64], &mut Vec<u64>),
    ) {
        let mut counts = [0; SHARDS];
        words.clone().for_each(|word| counts[shard_of(word)] += 1);
        for (shard, count) in self.shards.iter_mut().zip(counts) {
            shard.words.reserve_exact(homes_for(count) + SPILL);
        }
        words.for_each(|word| self.shard_mut(word).words.push(word));
        let mut sorted = Vec::new();
        for shard in &mut self.shards {
            sort(&shard.words, &mut sorted);
            shard.words.clear();
            sorted.chunk_by(|one, next| one >> 32 == next >> 32).for_each(|run| gather(run, &mut shard.words));
            shard.taken = shard.words.len();
            shard.resize(homes_for(shard.taken));
        }
    }

    /// Words in it.
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.taken).sum()
    }

    /// Memory it takes.
    pub(super) fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| size_of::<Shard>() + shard.words.capacity() * size_of::<u64>()).sum()
    }

    fn shard(&self, word: u64) -> &Shard {
        &self.shards[shard_of(word)]
    }

    fn shard_mut(&mut self, word: u64) -> &mut Shard {
        &mut self.shards[shard_of(word)]
    }
}

fn shard_of(word: u64) -> usize {
    (word >> (64 - SHARD_BITS)) as usize
}

/// Puts the words of a shard in order: they are hashes, so that by their first bits they fall into buckets of a few each,
/// which is faster than comparing them with one another.
fn sort(words: &[u64], sorted: &mut Vec<u64>) {
    let bits = (words.len() / IN_BUCKET + 1).ilog2().min(HOME_BITS);
    let bucket = |word: u64| ((word >> 32) as usize & ((1 << HOME_BITS) - 1)) >> (HOME_BITS - bits);
    let mut ends = vec![0; 1 << bits];
    words.iter().for_each(|word| ends[bucket(*word)] += 1);
    let mut before = 0;
    for end in &mut ends {
        before += std::mem::replace(end, before);
    }
    sorted.clear();
    sorted.resize(words.len(), GAP);
    for word in words {
        let end = &mut ends[bucket(*word)];
        sorted[*end] = *word;
        *end += 1;
    }
    let mut from = 0;
    for end in ends {
        sorted[from..end].sort_unstable();
        from = end;
    }
}

/// Homes for so many words and an eighth more: a table just made is not at once too small or too large.
fn homes_for(words: usize) -> usize {
    (words * FULL_OF * 8).div_ceil(FULL * 7)
}

/// The words of one upper half, to be looked at and added to.
pub(super) struct Entry<'a> {
    shard: &'a mut Shard,
    from: usize,
    run: usize,
}

impl Entry<'_> {
    /// The words there are, the smallest first.
    pub(super) fn words(&self) -> &[u64] {
        &self.shard.words[self.from..self.from + self.run]
    }

    /// Adds a word of this upper half, unless it is there.
    pub(super) fn insert(self, word: u64) {
        let place = self.words().partition_point(|other| *other < word);
        if self.words().get(place) != Some(&word) {
            self.shard.put(self.from + place, word);
        }
    }

    /// Puts a word of this upper half in the place of the one at `place`; none may lie between the two.
    pub(super) fn replace(self, place: usize, by: u64) {
        if place < self.run {
            self.shard.words[self.from + place] = by;
        }
    }
}

impl Shard {
    fn home(&self, word: u64) -> usize {
        let place = (word >> 32) & ((1 << HOME_BITS) - 1);
        ((place * self.homes as u64) >> HOME_BITS) as usize
    }

    /// Where a word stands, or would: from its home on, the first gap or word that is not smaller.
    fn seek(&self, word: u64) -> usize {
        let home = self.home(word).min(self.words.len());
        home + self.words[home..].iter().take_while(|other| **other < word).count()
    }

    fn insert(&mut self, word: u64) {
        self.make_room();
        let at = self.seek(word);
        if self.words.get(at) != Some(&word) {
            self.put(at, word);
        }
    }

    /// Grows when one more word would make it too full.
    fn make_room(&mut self) {
        if (self.taken + 1) * FULL_OF > self.homes * FULL {
            self.resize(self.homes + self.homes / 8 + 8);
        }
    }

    /// Puts a new word where it belongs.
    fn put(&mut self, at: usize, word: u64) {
        self.taken += 1;
        // What stands there moves back, up to the next gap.
        let gap = self.words[at..].iter().position(|other| *other == GAP).map(|gap| at + gap);
        let gap = gap.unwrap_or_else(|| {
            self.words.reserve_exact(8);
            self.words.push(GAP);
            self.words.len() - 1
        });
        self.words.copy_within(at..gap, at + 1);
        self.words[at] = word;
    }

    fn remove(&mut self, word: u64) {
        let mut at = self.seek(word);
        if self.words.get(at) != Some(&word) {
            return;
        }
        self.taken -= 1;
        // What stands behind moves up, until a gap or a word that is at home.
        while let Some(next) = self.words.get(at + 1).copied().filter(|next| *next != GAP && self.home(*next) <= at) {
            self.words[at] = next;
            at += 1;
        }
        self.words[at] = GAP;
        if self.taken * FULL_OF * 2 < self.homes * FULL {
            self.resize(homes_for(self.taken));
        }
    }

    /// Gives the words other homes, in place: a copy would leave holes in memory that nothing else fits into.
    fn resize(&mut self, homes: usize) {
        self.homes = homes;
        self.words.retain(|word| *word != GAP);
        let taken = self.words.len();
        // Room for each word and all behind it, from its home on.
        let room = |(at, word): (usize, &u64)| self.home(*word) + taken - at;
        let room = self.words.iter().enumerate().map(room).max().unwrap_or(0).max(self.homes);
        self.words.reserve_exact(room - taken);
        self.words.resize(room, GAP);
        // To the end, and from there, the first one first, to where they belong.
        self.words.copy_within(..taken, room - taken);
        let mut next = 0;
        for from in room - taken..room {
            let word = self.words[from];
            let at = self.home(word).max(next);
            self.words[next..at].fill(GAP);
            self.words[at] = word;
            next = at + 1;
        }
        self.words[next..].fill(GAP);
        self.words.shrink_to(room);
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::{any, prop, prop_assert, prop_assert_eq, proptest};

    use super::{GAP, Slots};

    /// Words of few keys, so that they crowd.
    fn word(key: u8, number: u8) -> u64 {
        u64::from(key / 16) << 60 | u64::from(key) << 40 | u64::from(number)
    }

    fn words(slots: &Slots) -> Vec<u64> {
        slots.shards.iter().flat_map(|shard| shard.words.iter().copied()).filter(|word| *word != GAP).collect()
    }

    proptest! {
        #[test]
        fn it_holds_what_a_sorted_set_holds(
            steps in prop::collection::vec((any::<bool>(), any::<u8>(), any::<u8>()), 0..600),
        ) {
            let (mut slots, mut set) = (Slots::default(), BTreeSet::new());
            for (added, key, number) in steps {
                let word = word(key, number);
                if added && number % 2 == 0 {
                    slots.insert(word);
                    set.insert(word);
                } else if added {
                    slots.entry((word >> 32) as u32).insert(word);
                    set.insert(word);
                } else {
                    slots.remove(word);
                    set.remove(&word);
                }
            }
            prop_assert_eq!(words(&slots), set.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(slots.len(), set.len());
            for key in 0..=255 {
                let expected: Vec<u64> = set.iter().copied().filter(|one| one >> 32 == word(key, 0) >> 32).collect();
                prop_assert_eq!(slots.run((word(key, 0) >> 32) as u32), expected);
            }
        }

        #[test]
        fn filled_at_once_it_is_as_filled_one_by_one(
            parts in prop::collection::vec((any::<u8>(), any::<u8>()), 0..600),
        ) {
            let (mut at_once, mut one_by_one) = (Slots::default(), Slots::default());
            let all = parts.iter().map(|(key, number)| word(*key, *number));
            at_once.fill(all.clone(), |run, gathered| {
                gathered.extend_from_slice(run);
                gathered.dedup();
            });
            all.for_each(|word| one_by_one.insert(word));
            prop_assert_eq!(words(&at_once), words(&one_by_one));
            prop_assert_eq!(at_once.len(), one_by_one.len());
            for (key, number) in parts {
                let key = (word(key, number) >> 32) as u32;
                prop_assert_eq!(at_once.run(key), one_by_one.run(key));
            }
        }

        #[test]
        fn emptied_it_gives_its_memory_back(keys in prop::collection::hash_set(any::<u32>(), 500..3000)) {
            let mut slots = Slots::default();
            let empty = slots.bytes();
            keys.iter().for_each(|key| slots.insert(u64::from(*key) << 32 | 7));
            prop_assert!(slots.bytes() > empty + keys.len() * 8);
            keys.iter().for_each(|key| slots.remove(u64::from(*key) << 32 | 7));
            prop_assert_eq!((slots.len(), slots.bytes()), (0, empty));
        }
    }

    #[test]
    fn the_last_key_is_one_like_any_other() {
        let mut slots = Slots::default();
        let word = GAP - 1;
        slots.insert(word);
        assert_eq!(slots.run(u32::MAX), [word]);
        slots.replace(word, word - 1);
        assert_eq!(slots.run(u32::MAX), [word - 1]);
        slots.remove(word - 1);
        assert!(slots.run(u32::MAX).is_empty());
    }
}
