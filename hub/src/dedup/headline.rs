//! Headlines side by side. A reprint often cuts or lengthens its headline; a look-alike changes what stands within it.

/// What two folded headlines say about each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Headlines {
    /// One contains the other, or they are the same.
    Same,
    /// They agree at the end, and perhaps at the beginning, and differ before it: (the first's words, the second's),
    /// each with one of the characters around them when they are a single one.
    Swapped(String, String),
    /// They say it differently.
    Apart,
}

/// Characters that must agree at the beginning and at the end, together, for the middle to be compared.
const FRAME: usize = 6;
/// And at the end. A different end is a site's name more often than another subject.
const END: usize = 2;

/// Compares two folded headlines.
pub(super) fn compare(first: &str, second: &str) -> Headlines {
    if first.is_empty() || second.is_empty() {
        return Headlines::Apart;
    }
    if first.contains(second) || second.contains(first) {
        return Headlines::Same;
    }
    let (one, other): (Vec<char>, Vec<char>) = (first.chars().collect(), second.chars().collect());
    let head = one.iter().zip(&other).take_while(|(one, other)| one == other).count();
    let room = one.len().min(other.len()) - head;
    let tail = one.iter().rev().zip(other.iter().rev()).take(room).take_while(|(one, other)| one == other).count();
    let framed = tail >= END && head + tail >= FRAME && head + tail < one.len().min(other.len());
    if framed { Headlines::Swapped(inner(&one, head, tail), inner(&other, head, tail)) } else { Headlines::Apart }
}

/// The characters between the frame; a single one with its right neighbour, as one character alone says nothing.
fn inner(headline: &[char], head: usize, tail: usize) -> String {
    let end = headline.len() - tail;
    headline[head..if end - head == 1 { end + 1 } else { end }].iter().collect()
}

/// The share of a headline's two-character pairs that occur in a text.
pub(super) fn told_in(headline: &str, text: &str) -> f32 {
    let characters: Vec<(usize, char)> = headline.char_indices().collect();
    if characters.len() < 2 {
        return 1.0;
    }
    let found = characters
        .windows(2)
        .filter(|pair| text.contains(&headline[pair[0].0..pair[1].0 + pair[1].1.len_utf8()]))
        .count();
    found as f32 / (characters.len() - 1) as f32
}

#[cfg(test)]
mod tests {
    use super::{Headlines, compare};

    #[test]
    fn a_cut_or_lengthened_headline_is_the_same() {
        assert_eq!(
            compare("我驻外机构举行多种活动喜迎新春", "我驻外机构举行多种活动喜迎新春官方回应"),
            Headlines::Same
        );
    }

    #[test]
    fn another_name_in_the_same_frame_is_a_swap() {
        assert_eq!(
            compare("习近平举行仪式欢迎马来西亚最高元首访华", "习近平举行仪式欢迎纳米比亚总统访华"),
            Headlines::Swapped("马来西亚最高元首".to_owned(), "纳米比亚总统".to_owned())
        );
    }
}
