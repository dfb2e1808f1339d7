//! Hashes of every so many characters of a text in one pass: each comes from the one before it.

/// Odd, so that no character is lost.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// A window of `WIDTH` characters that moves along a text.
#[derive(Debug, Clone)]
pub(super) struct Rolling<const WIDTH: usize> {
    window: [u64; WIDTH],
    /// Characters seen.
    seen: usize,
    sum: u64,
    /// What a character weighs by the time it leaves the window.
    leaving: u64,
}

impl<const WIDTH: usize> Rolling<WIDTH> {
    pub(super) fn new() -> Self {
        let leaving = (0..WIDTH).fold(1u64, |power, _| power.wrapping_mul(BASE));
        Self { window: [0; WIDTH], seen: 0, sum: 0, leaving }
    }

    /// The next character; the hash of the window's characters, once it is full.
    pub(super) fn push(&mut self, character: char) -> Option<u64> {
        let (place, next) = (self.seen % WIDTH, u64::from(u32::from(character)) + 1);
        let gone = std::mem::replace(&mut self.window[place], next);
        self.sum = self.sum.wrapping_mul(BASE).wrapping_add(next).wrapping_sub(gone.wrapping_mul(self.leaving));
        self.seen += 1;
        (self.seen >= WIDTH).then(|| mixed(self.sum))
    }
}

/// The hash of a few characters.
pub(super) fn hash(characters: impl Iterator<Item = char>) -> u64 {
    mixed(characters.fold(0, |sum, next| sum.wrapping_mul(BASE).wrapping_add(u64::from(u32::from(next)) + 1)))
}

/// Every bit of the sum in every bit of the hash.
fn mixed(sum: u64) -> u64 {
    let once = (sum ^ (sum >> 32)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let twice = (once ^ (once >> 29)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    twice ^ (twice >> 32)
}

#[cfg(test)]
mod tests {
    use super::{Rolling, hash};

    #[test]
    fn a_window_has_the_hash_of_its_characters_wherever_it_stands() {
        let mut rolling = Rolling::<4>::new();
        let hashes: Vec<Option<u64>> = "在成都考察时强调".chars().map(|character| rolling.push(character)).collect();
        assert_eq!(hashes[..3], [None, None, None]);
        assert_eq!(hashes[5], Some(hash("都考察时".chars())));
        assert_eq!(hashes[7], Some(hash("察时强调".chars())));
        assert_ne!(hash("成都".chars()), hash("都成".chars()));
    }
}
