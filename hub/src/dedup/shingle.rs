//! Shingles: hashes of character 6-grams, of which one in [`SAMPLING`] is kept. The choice hangs on the hash alone, so
//! two texts keep the same ones.

use std::hash::{BuildHasherDefault, Hasher};

use xxhash_rust::xxh3::xxh3_64;

use super::rolling::Rolling;

/// Characters of a shingle. Six Chinese characters are three words: seldom chance, and one typo spoils six of them only.
pub(super) const WIDTH: usize = 6;
/// One shingle in so many is kept: 1,000 characters keep about 125, and a share of them is known to about 4 points.
const SAMPLING: u64 = 8;
/// Those kept are the hashes with this rest: any would do.
const KEPT: u64 = 2;

/// A shingle kept, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shingle {
    /// Its hash.
    pub(super) hash: u32,
    /// Its first byte in the text.
    pub(super) at: u32,
}

/// Adds the sampled shingles of one line that starts at byte `start` of the text.
pub(super) fn sample(line: &str, start: usize, shingles: &mut Vec<Shingle>) {
    let mut rolling = Rolling::<WIDTH>::new();
    // Where the window's characters begin.
    let mut edges = [0usize; WIDTH];
    for (count, (at, character)) in line.char_indices().enumerate() {
        edges[count % WIDTH] = at;
        if let Some(hash) = rolling.push(character).filter(|hash| hash % SAMPLING == KEPT) {
            let at = u32::try_from(start + edges[(count + 1) % WIDTH]).unwrap_or(u32::MAX);
            shingles.push(Shingle { hash: top_half(hash), at });
        }
    }
}

/// The upper 32 bits: the lower ones chose the sample and are alike in all of it.
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
    use super::{Shingle, sample};

    #[test]
    fn the_same_passage_keeps_the_same_shingles_wherever_it_stands() {
        let passage = "国务院总理在成都考察时强调要扎实推进以人为本的新型城镇化为经济发展和民生改善提供强劲动力";
        let (mut alone, mut inside) = (Vec::new(), Vec::new());
        sample(passage, 0, &mut alone);
        sample(&format!("本报讯{passage}完"), 100, &mut inside);
        assert!(alone.len() > 2);
        assert!(alone.iter().all(|shingle| inside.contains(&Shingle { at: shingle.at + 109, ..*shingle })));
    }

    #[test]
    fn a_line_shorter_than_a_shingle_keeps_none() {
        let mut shingles = Vec::new();
        sample("五个字而已", 0, &mut shingles);
        assert!(shingles.is_empty());
    }
}
