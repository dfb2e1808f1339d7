//! Shingles: hashes of character 6-grams, of which a short text keeps all and a longer one some. The choice hangs on the
//! hash alone, and those of a coarser step are among those of every finer one: two texts keep the same ones of what they
//! share, as far as the coarser of their steps goes.
//!
//! Which ones a longer text keeps is chance, and chance may decide about two texts near a threshold. Tried with eight
//! ways of hashing, 17 or 18 of the 18 real duplicates judged alone are found, and all 9 among others; with one shingle
//! in eight kept of every text it was 16 to 18.

use std::hash::{BuildHasherDefault, Hasher};

use xxhash_rust::xxh3::xxh3_64;

use super::places::Places;
use super::rolling;

/// Characters of a shingle. Six Chinese characters are three words: seldom chance, and one typo spoils six of them only.
pub(super) const WIDTH: usize = 6;
/// Of a longer text so many shingles are kept at least: a share of it is known to about 4 points.
const ENOUGH: u32 = 128;
/// Of no text fewer than one in so many are kept.
const FEWEST: u32 = 8;
/// A longer text is found by so many shingles at least: one passage in common has several.
const ENOUGH_TO_FIND: u32 = 32;
/// Every text is found by these: one shingle in so many.
pub(super) const SPARSE: u32 = 16;
/// A text is compared by so many bytes of its beginning: about 50,000 characters.
const COMPARED: usize = 150_000;

/// One shingle in so many is kept of a text of so many characters.
pub(super) fn kept(characters: u32) -> u32 {
    step(characters, ENOUGH, FEWEST)
}

/// A text of so many characters is found by one shingle in so many.
pub(super) fn finding(characters: u32) -> u32 {
    step(characters, ENOUGH_TO_FIND, SPARSE)
}

/// The largest power of two, up to `most`, at which a text has `enough` shingles.
fn step(characters: u32, enough: u32, most: u32) -> u32 {
    let mut step = 1;
    while step < most && characters / step >= 2 * enough {
        step *= 2;
    }
    step
}

/// Whether a shingle is one of those of which there is one in `step`.
pub(super) fn is_one_in(step: u32, shingle: u32) -> bool {
    shingle & (step - 1) == 0
}

/// A shingle kept, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shingle {
    /// Its hash.
    pub(super) hash: u32,
    /// Its first byte in the text.
    pub(super) at: u32,
}

/// One shingle in `step` of a text, each once, in its order.
pub(super) fn sample(text: &str, step: u32) -> Vec<Shingle> {
    // Three bytes a character, near enough for Chinese.
    let mut shingles = Vec::with_capacity(text.len().min(COMPARED) / (3 * step as usize) + 8);
    let mut start = 0;
    for line in text.split('\n') {
        for (at, hash) in rolling::hashes::<WIDTH>(line).take_while(|(at, _)| start + at < COMPARED) {
            let hash = top_half(hash);
            if is_one_in(step, hash) {
                shingles.push(Shingle { hash, at: u32::try_from(start + at).unwrap_or(u32::MAX) });
            }
        }
        start += line.len() + 1;
    }
    let mut seen = Places::for_at_most(shingles.len());
    shingles.retain(|shingle| seen.note(shingle.hash, shingle.at));
    shingles
}

/// The upper 32 bits.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn top_half(hash: u64) -> u32 {
    (hash >> 32) as u32
}

/// Hashes numbers that are hashes already.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Ready(u64);

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_u128(&mut self, number: u128) {
        self.write_u64((number >> 64) as u64);
    }
}

/// For maps whose keys are hashes.
pub(super) type ReadyHash = BuildHasherDefault<Ready>;

#[cfg(test)]
mod tests {
    use super::{Shingle, finding, is_one_in, kept, sample};

    const PASSAGE: &str = "国务院总理在成都考察时强调要扎实推进以人为本的新型城镇化为经济发展和民生改善提供强劲动力";

    #[test]
    fn the_same_passage_keeps_the_same_shingles_wherever_it_stands() {
        for step in [1, 2, 4, 8] {
            let (alone, inside) = (sample(PASSAGE, step), sample(&format!("三字题\n本报讯{PASSAGE}完"), step));
            assert!(alone.iter().all(|shingle| inside.contains(&Shingle { at: shingle.at + 19, ..*shingle })));
        }
        assert_eq!(sample(PASSAGE, 1).len(), PASSAGE.chars().count() - 5);
    }

    #[test]
    fn those_of_a_step_are_among_those_of_the_finer_ones() {
        let all = sample(PASSAGE, 1);
        for step in [2, 4, 8] {
            let some: Vec<Shingle> = all.iter().copied().filter(|shingle| is_one_in(step, shingle.hash)).collect();
            assert_eq!(sample(PASSAGE, step), some);
        }
    }

    #[test]
    fn a_short_text_keeps_all_and_longer_ones_no_more_than_they_need() {
        assert_eq!([40, 255, 256, 512, 1_024, 90_000].map(kept), [1, 1, 2, 4, 8, 8]);
        assert_eq!([40, 63, 64, 200, 1_024, 90_000].map(finding), [1, 1, 2, 4, 16, 16]);
    }

    #[test]
    fn a_line_shorter_than_a_shingle_keeps_none() {
        assert!(sample("五个字而已", 1).is_empty());
    }
}
