//! Words cut to a length. Pure.

/// The text in so many characters at most, with `…` where something was cut off. It is not cut within a number or a word
/// of letters, nor between a number and what it counts: `17253.58亿元` cut short says something else.
pub fn cut(text: &str, most: usize) -> String {
    cut_by(text, most, |_| 1)
}

/// The same as `measure` counts its characters.
pub fn cut_by(text: &str, most: usize, measure: fn(char) -> usize) -> String {
    if text.chars().map(measure).sum::<usize>() <= most {
        return text.to_owned();
    }
    let mut left = most.saturating_sub(measure('…'));
    let rest = text.trim_start_matches(|character| {
        let (needed, fits) = (measure(character), measure(character) <= left);
        left = if fits { left - needed } else { 0 };
        fits
    });
    let head = &text[..text.len() - rest.len()];
    let next = rest.chars().next();
    let whole = match (head.chars().next_back(), next) {
        (Some(last), Some(next)) if is_within(last, next) => head.trim_end_matches(is_joined),
        _ => head,
    };
    // One long word is cut all the same.
    let whole = if whole.trim().is_empty() { head } else { whole };
    format!("{}…", whole.trim_end())
}

/// Whether what ends with `last` goes on with `next`.
fn is_within(last: char, next: char) -> bool {
    is_joined(last) && is_joined(next) || is_numeral(last) && next.is_alphanumeric()
}

/// Letters, digits, Chinese numerals, and the marks that stand in numbers.
fn is_joined(character: char) -> bool {
    let is_letter = character.is_alphabetic() && character < '\u{2e80}';
    is_letter || is_numeral(character) || matches!(character, '.' | ',' | '%' | '％' | '‰' | '-' | ':' | '/')
}

fn is_numeral(character: char) -> bool {
    character.is_ascii_digit() || "〇零一二三四五六七八九十百千万亿两".contains(character)
}

#[cfg(test)]
mod tests {
    use super::{cut, cut_by};

    #[test]
    fn what_fits_stays_and_what_does_not_ends_with_an_ellipsis() {
        assert_eq!(cut("防汛", 2), "防汛");
        assert_eq!(cut("防汛会议", 3), "防汛…");
        assert_eq!(cut_by("𠮷野家开业", 4, char::len_utf16), "𠮷野…");
        assert_eq!(cut_by("ab𠮷", 3, char::len_utf16), "ab…");
        assert_eq!(cut("防汛", 0), "…");
    }

    #[test]
    fn numbers_and_words_stay_whole() {
        let growth = "地区生产总值17253.58亿元，增长5%";
        for most in 8..16 {
            assert_eq!(cut(growth, most), "地区生产总值…", "{most}");
        }
        assert_eq!(cut(growth, 17), "地区生产总值17253.58亿元…");
        assert_eq!(cut("三百九十万元的项目", 4), "三百九…");
        assert_eq!(cut("项目共三百九十万元", 6), "项目共…");
        assert_eq!(cut("The quick brown fox", 12), "The quick…");
        assert_eq!(cut("extraordinarily", 5), "extr…");
    }
}
