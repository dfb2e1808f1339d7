//! Hashes of every so many characters of a text in one pass: each comes from the one before it.

/// Odd, so that no character is lost.
const BASE: u64 = 0x9e37_79b9_7f4a_7c15;

/// The hash of every `WIDTH` characters in a row, with the byte of the text at which they begin.
pub(super) fn hashes<const WIDTH: usize>(text: &str) -> impl Iterator<Item = (usize, u64)> + '_ {
    // What a character weighs by the time it leaves the window.
    let leaving = (1..WIDTH).fold(1u64, |power, _| power.wrapping_mul(BASE));
    let (mut entering, mut gone) = (text.chars(), text.char_indices());
    let mut sum = entering.by_ref().take(WIDTH - 1).fold(0, with);
    entering.map_while(move |next| {
        let whole = with(sum, next);
        let (at, first) = gone.next()?;
        sum = whole.wrapping_sub(weight(first).wrapping_mul(leaving));
        Some((at, mixed(whole)))
    })
}

/// The sum with one character more.
fn with(sum: u64, next: char) -> u64 {
    sum.wrapping_mul(BASE).wrapping_add(weight(next))
}

/// No character weighs nothing.
fn weight(character: char) -> u64 {
    u64::from(u32::from(character)) + 1
}

/// Every bit of the sum in every bit of the hash.
fn mixed(sum: u64) -> u64 {
    let once = (sum ^ (sum >> 32)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let twice = (once ^ (once >> 29)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    twice ^ (twice >> 32)
}

#[cfg(test)]
mod tests {
    use super::hashes;

    fn hash(text: &str) -> u64 {
        hashes::<4>(text).map(|(_, hash)| hash).next().unwrap()
    }

    #[test]
    fn a_window_has_the_hash_of_its_characters_wherever_it_stands() {
        let found: Vec<(usize, u64)> = hashes::<4>("在成都考察时强调").collect();
        assert_eq!(found.len(), 5);
        assert_eq!(found[0], (0, hash("在成都考")));
        assert_eq!(found[2], (6, hash("都考察时")));
        assert_eq!(found[4], (12, hash("察时强调")));
        assert_ne!(hash("成都考察"), hash("成都察考"));
        assert_eq!(hashes::<4>("三个字").count(), 0);
    }
}
