//! Match text: folded for comparison only, never shown. Compatibility forms (NFKC), case, script (Traditional to
//! Simplified), pinyin noise, punctuation and space are folded away; what is left is letters, digits and `%`.

mod pinyin;
mod variants;

use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

use super::bits::Bits;
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
    let start = folded.len();
    let mut asked = keep(text, folded, Effort::Fold);
    if asked == Effort::Strip {
        folded.truncate(start);
        asked = keep(&pinyin::strip(text), folded, Effort::Strip);
    }
    if asked == Effort::Compose {
        folded.truncate(start);
        let mut kept = String::with_capacity(text.len());
        keep(&pinyin::strip(&composed(text)), &mut kept, Effort::Compose);
        // Letters of Hangul that stood apart make a syllable once what stood between them is dropped.
        folded.push_str(&composed(&kept));
    }
}

/// The text in NFKC. Only what stands between ASCII and unified ideographs is looked up: neither is changed, or joined
/// with what stands before.
fn composed(text: &str) -> String {
    let is_settled = |character: char| matches!(character, '\0'..='\x7f' | '\u{4e00}'..='\u{9fff}');
    let mut composed = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(strange) = rest.find(|character| !is_settled(character)) {
        // The character before may be joined with it.
        let before = rest[..strange].chars().next_back().map_or(0, char::len_utf8);
        let end = rest[strange..].find(is_settled).map_or(rest.len(), |length| strange + length);
        composed.push_str(&rest[..strange - before]);
        composed.extend(rest[strange - before..end].nfkc());
        rest = &rest[end..];
    }
    composed.push_str(rest);
    composed
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

/// Keeps of a text what counts, up to the first character that asks for more than was `done` before; tells what it asks
/// for, or that nothing more is asked for.
fn keep(text: &str, kept: &mut String, done: Effort) -> Effort {
    let (settled, dropped) = (variants::settled(), &*DROPPED);
    let mut keeper = Keeper::default();
    let mut rest = text;
    loop {
        // Most of a text is ideographs that stay what they are, and most of the rest is punctuation.
        let stays = settled.run(rest);
        if stays > 0 {
            keeper = Keeper::default();
            kept.push_str(&rest[..stays]);
        }
        let mut characters = rest[stays..].chars();
        let Some(character) = characters.next() else { return Effort::Fold };
        rest = characters.as_str();
        if dropped.has_character(character) {
            keeper = Keeper::default();
            continue;
        }
        let asked = Effort::of(character);
        if asked > done {
            return asked;
        }
        keeper.keep(narrow(character), kept);
    }
}

/// Punctuation that asks for no more than folding and leaves nothing, whatever stands around it.
static DROPPED: LazyLock<Bits> = LazyLock::new(|| {
    let leaves_nothing = |character: &char| {
        let narrow = narrow(*character);
        let mut kept = String::new();
        Keeper::default().keep(narrow, &mut kept);
        kept.is_empty() && !is_blank(narrow) && joint(narrow).is_none() && Effort::of(*character) == Effort::Fold
    };
    ('\u{2000}'..='\u{303f}').chain('\u{ff01}'..='\u{ff5e}').filter(leaves_nothing).collect()
});

/// What stands before a character.
#[derive(Default)]
struct Keeper {
    /// What stands between two digits, however much space is strewn in.
    between: Option<char>,
    after_digit: bool,
}

impl Keeper {
    fn keep(&mut self, character: char, kept: &mut String) {
        if character.is_ascii_digit() {
            kept.extend(self.between.take().filter(|_| self.after_digit));
            kept.push(character);
            self.after_digit = true;
            return;
        }
        if is_blank(character) {
            return;
        }
        self.between = joint(character);
        if self.between.is_some() && self.after_digit {
            return;
        }
        self.after_digit = false;
        match character {
            '\u{4e00}'..='\u{9fff}' => kept.push(variants::table().of(character)),
            '%' | '‰' => kept.push(character),
            letter if letter.is_ascii_alphabetic() => kept.push(letter.to_ascii_lowercase()),
            // Punctuation, which is most of the rest.
            '\0'..='\x7f' | '\u{2010}'..='\u{2027}' | '\u{3001}'..='\u{3004}' | '\u{3008}'..='\u{3020}' => {}
            rare if is_han(rare) => kept.push(variants::simplified(rare)),
            other if other.is_alphanumeric() => kept.extend(other.to_lowercase()),
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
    fn letters_that_meet_are_composed() {
        assert_eq!(fold("ﾡ(ￂ"), fold("가"));
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

        #[test]
        fn composing_what_is_strange_is_composing_all(text in "[a-z会議，…℃\u{300}-\u{320}\u{3099}가-긯ᆨㄱǎ①Ａｶﾞ豈]{0,16}") {
            use unicode_normalization::UnicodeNormalization;
            proptest::prop_assert_eq!(super::composed(&text), text.nfkc().collect::<String>());
        }
    }
}
