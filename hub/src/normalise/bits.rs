//! A set of sixteen-bit numbers in eight kilobytes, which stays in the processor's nearest cache: asked for every
//! character of a text, mostly to learn that nothing begins there.

/// A set of numbers below 65,536.
pub(super) struct Bits(Vec<u64>);

impl Bits {
    /// Whether the number is in the set.
    #[inline]
    pub(super) fn has(&self, number: u16) -> bool {
        self.0.get(usize::from(number / 64)).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Whether the character is in the set; those beyond the basic plane never are.
    #[inline]
    pub(super) fn has_character(&self, character: char) -> bool {
        u16::try_from(u32::from(character)).is_ok_and(|number| self.has(number))
    }
}

impl FromIterator<u16> for Bits {
    fn from_iter<T: IntoIterator<Item = u16>>(numbers: T) -> Self {
        let mut words = vec![0; (1 << 16) / 64];
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
    }
}
