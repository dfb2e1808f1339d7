//! Pinyin noise: some converted pages carry the reading of every converted character behind it, `統(tǒng)一`, often with
//! the toned letter lost, `統(t?ng)一`. It is taken out only when it is a reading of that very character.

use std::borrow::Cow;

use hanconv::t2s;
use pinyin::ToPinyinMulti;

/// The longest syllable has six letters (`zhuang`); one more for a decomposed tone.
const LONGEST: usize = 7;

/// The text without readings in parentheses.
pub(super) fn strip(text: &str) -> Cow<'_, str> {
    if !text.contains([')', '）']) {
        return Cow::Borrowed(text);
    }
    if !text.contains(is_mark) {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    let mut before = ' ';
    while let Some(at) = rest.find(['(', '（', '?', '？']) {
        let (head, tail) = rest.split_at(at);
        kept.push_str(head);
        before = head.chars().next_back().unwrap_or(before);
        let skipped = if tail.starts_with(['?', '？']) { remains(tail) } else { reading_after(before, tail) };
        if skipped == 0 {
            let width = tail.chars().next().map_or(1, char::len_utf8);
            kept.push_str(&tail[..width]);
            rest = &tail[width..];
            before = '(';
        } else {
            rest = &tail[skipped..];
        }
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

/// A tone mark, or the `?` that is left of one: without any, nothing is a reading.
fn is_mark(character: char) -> bool {
    !character.is_ascii_alphabetic() && toneless(character).is_some()
}

/// The bytes of the parenthesis that `tail` starts with, when it holds a reading of `character`; otherwise 0.
fn reading_after(character: char, tail: &str) -> usize {
    if !matches!(character, '\u{3400}'..='\u{9fff}') {
        return 0;
    }
    let mut characters = tail.char_indices();
    characters.next();
    let mut letters = [' '; LONGEST];
    let mut count = 0;
    let mut marked = false;
    for (at, letter) in characters {
        match letter {
            ')' | '）' if count > 0 && marked && is_reading(character, &letters[..count]) => {
                return at + letter.len_utf8();
            }
            letter if count < LONGEST => {
                let Some((plain, has_mark)) = toneless(letter) else { return 0 };
                letters[count] = plain;
                marked |= has_mark;
                count += 1;
            }
            _ => return 0,
        }
    }
    0
}

/// The bytes of a reading whose character and bracket were lost, `日?bào)報`, that `tail` starts with; otherwise 0. A
/// toned letter before a bracket that nobody opened is nothing else in Chinese text.
fn remains(tail: &str) -> usize {
    let mut marked = false;
    for (count, (at, letter)) in tail.char_indices().skip(1).take(LONGEST + 1).enumerate() {
        match letter {
            ')' | '）' if marked && count > 0 => return at + letter.len_utf8(),
            letter => match toneless(letter) {
                Some((plain, has_mark)) if plain != '?' => marked |= has_mark,
                _ => return 0,
            },
        }
    }
    0
}

/// The letter without its tone mark, and whether it bore one (or lost it: `?`). `None` when it is no letter of pinyin.
fn toneless(letter: char) -> Option<(char, bool)> {
    let plain = match letter {
        'a'..='z' => return Some((letter, false)),
        'A'..='Z' => return Some((letter.to_ascii_lowercase(), false)),
        '?' | '？' => '?',
        'ā' | 'á' | 'ǎ' | 'ă' | 'à' => 'a',
        'ē' | 'é' | 'ě' | 'è' | 'ê' => 'e',
        'ī' | 'í' | 'ǐ' | 'ì' => 'i',
        'ō' | 'ó' | 'ǒ' | 'ò' => 'o',
        'ū' | 'ú' | 'ǔ' | 'ù' => 'u',
        'ü' | 'ǖ' | 'ǘ' | 'ǚ' | 'ǜ' => 'v',
        'ḿ' => 'm',
        'ń' | 'ň' | 'ǹ' => 'n',
        _ => return None,
    };
    Some((plain, true))
}

/// Whether the letters are a reading of the character, or, for a form the table does not know (`內`), of its
/// Simplified one.
fn is_reading(character: char, letters: &[char]) -> bool {
    let simplified = || t2s(character.to_string()).chars().next();
    let known = character.to_pinyin_multi().or_else(|| simplified()?.to_pinyin_multi());
    let Some(readings) = known else { return false };
    readings.into_iter().any(|reading| {
        let syllable = reading.plain();
        syllable.chars().count() == letters.len()
            && syllable.chars().zip(letters).all(|(want, have)| {
                let want = if want == 'ü' { 'v' } else { want };
                *have == '?' || *have == want
            })
    })
}
