//! Characters of figures: digits and Chinese numerals.

/// Chinese numerals.
const NUMERALS: [char; 15] = ['〇', '零', '一', '二', '三', '四', '五', '六', '七', '八', '九', '十', '百', '千', '两'];

/// Which characters are digits or numerals, a bit each: asked of every character, and comparing with one after the other
/// takes far longer.
static IN_FIGURES: [u64; 640] = {
    let mut bits = [0; 640];
    let mut digit = '0' as usize;
    while digit <= '9' as usize {
        bits[digit / 64] |= 1 << (digit % 64);
        digit += 1;
    }
    let mut at = 0;
    while at < NUMERALS.len() {
        let numeral = NUMERALS[at] as usize;
        bits[numeral / 64] |= 1 << (numeral % 64);
        at += 1;
    }
    bits
};

/// Whether a figure may begin or go on with this character.
pub(super) fn is_in_figures(character: char) -> bool {
    let at = character as usize;
    IN_FIGURES.get(at / 64).is_some_and(|bits| bits >> (at % 64) & 1 == 1)
}

/// Whether it is a Chinese numeral.
pub(super) fn is_numeral(character: char) -> bool {
    !character.is_ascii_digit() && is_in_figures(character)
}

#[cfg(test)]
mod tests {
    use super::{NUMERALS, is_in_figures, is_numeral};

    #[test]
    fn digits_and_numerals_are_told_from_all_other_characters() {
        for character in '\0'..=char::MAX {
            assert_eq!(is_numeral(character), NUMERALS.contains(&character), "{character}");
            assert_eq!(is_in_figures(character), character.is_ascii_digit() || is_numeral(character), "{character}");
        }
    }
}
