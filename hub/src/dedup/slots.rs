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
/// Of so many homes …
const FULL_OF: usize = 4;
/// … at most so many are taken: fuller, and words stand far from home.
const FULL: usize = 3;

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

    /// Words in it.
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.taken).sum()
    }

    /// Memory it takes.
    pub(super) fn bytes(&self) -> usize {
        self.shards.iter().map(|shard| size_of::<Shard>() + shard.words.capacity() * size_of::<u64>()).sum()
    }

    fn shard(&self, word: u64) -> &Shard {
        &self.shards[(word >> (64 - SHARD_BITS)) as usize]
    }

    fn shard_mut(&mut self, word: u64) -> &mut Shard {
        &mut self.shards[(word >> (64 - SHARD_BITS)) as usize]
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
        if (self.taken + 1) * FULL_OF > self.homes * FULL {
            self.resize(self.homes + self.homes / 8 + 8);
        }
        let at = self.seek(word);
        if self.words.get(at) == Some(&word) {
            return;
        }
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
            self.resize((self.taken * FULL_OF * 8).div_ceil(FULL * 7));
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
                if added {
                    slots.insert(word);
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
