//! A set of sixteen-bit numbers in eight kilobytes, which stays in the processor's nearest cache: asked for every
//! character of a text, mostly to learn that nothing begins there.

/// How many words of 64 bits there are.
const WORDS: usize = (1 << 16) / 64;

/// A set of numbers below 65,536.
pub(super) struct Bits(Box<[u64; WORDS]>);

impl Bits {
    /// Whether the number is in the set.
    #[inline]
    pub(super) fn has(&self, number: u16) -> bool {
        self.0[usize::from(number / 64)] >> (number % 64) & 1 == 1
    }

    /// Whether the character is in the set; those beyond the basic plane never are.
    #[inline]
    pub(super) fn has_character(&self, character: char) -> bool {
        u16::try_from(u32::from(character)).is_ok_and(|number| self.has(number))
    }

    /// How many bytes of characters in the set a text starts with; only those of three bytes are looked at, which are
    /// most of a Chinese text.
    #[inline]
    pub(super) fn run(&self, text: &str) -> usize {
        let mut run = 0;
        for bytes in text.as_bytes().chunks_exact(3) {
            let (lead, second, third) = (u16::from(bytes[0]), u16::from(bytes[1]), u16::from(bytes[2]));
            if lead & 0xf0 != 0xe0 || !self.has(lead << 12 | (second & 0x3f) << 6 | third & 0x3f) {
                break;
            }
            run += 3;
        }
        run
    }
}

/// A number that few other pairs of characters share: a set of these tells of nearly every place in a text that no word
/// of a list starts there.
#[inline]
pub(super) fn pair(first: char, second: char) -> u16 {
    u32::from(first).wrapping_mul(0x9e37).wrapping_add(u32::from(second)) as u16
}

impl FromIterator<u16> for Bits {
    fn from_iter<T: IntoIterator<Item = u16>>(numbers: T) -> Self {
        let mut words = Box::new([0; WORDS]);
        for number in numbers {
            words[usize::from(number / 64)] |= 1 << (number % 64);
        }
        Self(words)
    }
}

/// Of characters beyond the basic plane none is kept.
impl FromIterator<char> for Bits {
    fn from_iter<T: IntoIterator<Item = char>>(characters: T) -> Self {
        characters.into_iter().filter_map(|character| u16::try_from(u32::from(character)).ok()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Bits;

    #[test]
    fn what_was_put_in_is_found_and_nothing_else() {
        let bits: Bits = [0_u16, 63, 64, u16::MAX].into_iter().collect();
        let found: Vec<u16> = (0..=u16::MAX).filter(|number| bits.has(*number)).collect();
        assert_eq!(found, [0, 63, 64, u16::MAX]);
        let bits: Bits = ['a', '中', '\u{20000}'].into_iter().collect();
        assert!(bits.has_character('中') && !bits.has_character('\u{20000}') && !bits.has_character('\0'));
        assert_eq!(
            ["中中", "中a中", "a中", "𠀀中", "中", "中\u{e000}", ""].map(|text| bits.run(text)),
            [6, 3, 0, 0, 3, 3, 0]
        );
    }
}
