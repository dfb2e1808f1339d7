//! Match text: folded for comparison only, never shown. Compatibility forms (NFKC), case, script (Traditional to
//! Simplified), pinyin noise, punctuation and space are folded away; what is left is letters, digits and `%`.

mod pinyin;
mod variants;

use unicode_normalization::UnicodeNormalization;

use super::line::is_han;

/// Folds one paragraph or title for matching. Numbers keep what tells them apart: `3.5%` stays `3.5%`, `1,200` becomes
/// `1200`, `119-127` and `119:127` both become `119-127`.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    fold_into(text, &mut folded);
    folded
}

/// Appends a paragraph, folded.
pub(super) fn fold_into(text: &str, folded: &mut String) {
    match text.chars().map(Effort::of).max() {
        None | Some(Effort::Fold) => keep(text.chars(), folded),
        Some(Effort::Strip) => keep(pinyin::strip(text).chars(), folded),
        Some(Effort::Compose) => {
            let composed: String = text.nfkc().collect();
            keep(pinyin::strip(&composed).chars(), folded);
        }
    }
}

/// What a character asks for: most texts need the least of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Effort {
    /// Folding alone: ASCII, unified ideographs, full-width ASCII, and punctuation and signs, which are dropped.
    Fold,
    /// It may be what is left of a tone mark.
    Strip,
    /// NFKC may change it, or it is a toned letter.
    Compose,
}

impl Effort {
    fn of(character: char) -> Self {
        match character {
            '?' | '？' => Self::Strip,
            '\0'..='\x7f' | '\u{4e00}'..='\u{9fff}' | '\u{ff01}'..='\u{ff5e}' | '\u{3001}'..='\u{3020}' => Self::Fold,
            '\u{a0}' | '\u{b7}' | '\u{2010}'..='\u{2027}' | '\u{2030}' | '\u{3000}' | '\u{200b}'..='\u{200d}' => {
                Self::Fold
            }
            '\u{feff}' | '\u{2500}'..='\u{26ff}' => Self::Fold,
            _ => Self::Compose,
        }
    }
}

/// Full-width ASCII as ASCII; every other character as it is.
fn narrow(character: char) -> char {
    match character {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(character) - 0xfee0).unwrap_or(character),
        other => other,
    }
}

fn keep(characters: impl Iterator<Item = char>, kept: &mut String) {
    let one_form = variants::table();
    // What stands between two digits, however much space is strewn in.
    let mut between = None;
    let mut after_digit = false;
    for character in characters.map(narrow) {
        if character.is_ascii_digit() {
            kept.extend(between.take().filter(|_| after_digit));
            kept.push(character);
            after_digit = true;
            continue;
        }
        if is_blank(character) {
            continue;
        }
        between = joint(character);
        if between.is_some() && after_digit {
            continue;
        }
        after_digit = false;
        match character {
            '\u{4e00}'..='\u{9fff}' => kept.push(one_form.of(character)),
            '%' | '‰' => kept.push(character),
            letter if letter.is_ascii_alphabetic() => kept.push(letter.to_ascii_lowercase()),
            rare if is_han(rare) => kept.push(variants::simplified(rare)),
            other if !other.is_ascii() && other.is_alphanumeric() => kept.extend(other.to_lowercase()),
            _ => {}
        }
    }
}

/// Space of any width, and marks without width.
fn is_blank(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}')
}

/// What stands for a punctuation mark between two digits; `?` is a mark that a conversion has lost.
fn joint(mark: char) -> Option<char> {
    match mark {
        '.' => Some('.'),
        '-' | ':' | '/' | '~' | '?' => Some('-'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2236}' | '\u{223c}' | '\u{301c}' => Some('-'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn script_width_case_and_space_do_not_matter() {
        let plain = fold("成都双流机场国内新闻ABC，共2026年。");
        assert_eq!(plain, "成都双流机场国内新闻abc共2026年");
        assert_eq!(fold("成 都\u{3000}雙流機場 國內新聞ＡＢＣ,\u{200b}共２０２６年."), plain);
    }

    #[test]
    fn pinyin_noise_is_taken_out() {
        assert_eq!(fold("統(tǒng)一戰(zhàn)線"), "统一战线");
        assert_eq!(fold("統（t?ng）一戰（zh?n）線，女(nǚ)子"), "统一战线女子");
        assert_eq!(fold("本報(bào)訊"), "本报讯");
    }

    #[test]
    fn a_real_parenthesis_stays() {
        assert_eq!(fold("世卫组织(who)表示"), "世卫组织who表示");
        assert_eq!(fold("国内生产总值（gdp）增长"), "国内生产总值gdp增长");
        assert_eq!(fold("长(long)城"), "长long城");
    }

    #[test]
    fn numbers_keep_what_tells_them_apart() {
        assert_eq!(fold("增长3.5%，共1,200人，119：127"), "增长3.5%共1200人119-127");
        assert_eq!(fold("③ 第3.节"), "3第3节");
        assert_eq!(fold("气温20～27℃，20 \u{200b}. 5%"), "气温20-27c20.5%");
    }

    #[test]
    fn variants_of_one_character_fold_to_one() {
        assert_eq!(fold("臺灣羣衆覆蓋，穿著"), fold("台湾群众复盖，穿着"));
    }

    proptest::proptest! {
        #[test]
        fn folding_twice_changes_no_more_than_folding_once(text in "[\u{4e00}-\u{4fff}a-zA-Z0-9 ，。.]{0,40}") {
            let once = fold(&text);
            proptest::prop_assert_eq!(fold(&once), once.clone());
            proptest::prop_assert!(!once.contains(char::is_whitespace));
        }
    }
}
