//! A sentence cut into what a reader compares: a figure, a date or an ordinal as a whole, a word of letters, a Chinese
//! character; with what stands between them.

use crate::normalise::fold::fold;

/// A piece of a sentence that is compared as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// As written, with the punctuation and space that follow.
    pub(super) text: String,
    /// The bytes of `text` that are not what follows.
    pub(super) core: usize,
    /// Folded.
    pub(super) folded: String,
}

/// A reading in parentheses has no more characters than this.
const LONGEST_READING: usize = 8;

/// Cuts a sentence. What stands before the first token goes with it.
pub(super) fn tokens(sentence: &str) -> Vec<Token> {
    let characters: Vec<char> = sentence.chars().collect();
    let mut found: Vec<Token> = Vec::new();
    let mut before = String::new();
    let mut at = 0;
    while at < characters.len() {
        let length = length(&characters, at);
        let text: String = characters[at..at + length].iter().collect();
        let folded = fold(&text);
        let reads = found.last().is_some_and(|last| fold(&format!("{}{text}", last.text)) == last.folded);
        match found.last_mut() {
            // Punctuation, space, or the reading of the character before.
            Some(last) if folded.is_empty() || reads => last.text.push_str(&text),
            None if folded.is_empty() => before.push_str(&text),
            _ => {
                let text = std::mem::take(&mut before) + &text;
                found.push(Token { core: text.len(), text, folded });
            }
        }
        at += length;
    }
    if let Some(last) = found.last_mut() {
        last.text.push_str(&before);
    }
    found
}

/// How many characters the piece at `at` has.
fn length(characters: &[char], at: usize) -> usize {
    let first = characters[at];
    let run = |start: usize, inside: fn(char) -> bool| {
        characters.get(start..).unwrap_or_default().iter().take_while(|one| inside(**one)).count()
    };
    if matches!(first, '(' | '（') {
        return reading(characters, at).unwrap_or(1);
    }
    if first == '第' {
        let digits = run(at + 1, |one| is_numeral(one) || is_digit(one));
        let counter = characters.get(at + 1 + digits).is_some_and(|next| COUNTERS.contains(next));
        return if digits == 0 { 1 } else { 1 + digits + usize::from(counter) };
    }
    if is_digit(first) {
        return date(characters, at).unwrap_or_else(|| number(characters, at));
    }
    if is_numeral(first) {
        let numerals = run(at, is_numeral);
        let counter = characters.get(at + numerals).is_some_and(|next| COUNTERS.contains(next));
        return numerals + usize::from(counter);
    }
    if first.is_alphabetic() && !is_ideograph(first) {
        return run(at, |one| one.is_alphabetic() && !is_ideograph(one));
    }
    1
}

/// Something short in parentheses, as a whole: it may be the reading of the character before.
fn reading(characters: &[char], at: usize) -> Option<usize> {
    let inside = characters.get(at + 1..)?;
    let end = inside.iter().take(LONGEST_READING).position(|one| matches!(one, ')' | '）'))?;
    let letters = inside[..end].iter().all(|one| one.is_alphabetic() && !is_ideograph(*one) || *one == '?');
    (end > 0 && letters).then_some(end + 2)
}

/// `2026年3月10日`, `3月10日`, `10日`.
fn date(characters: &[char], at: usize) -> Option<usize> {
    let mut end = at;
    for mark in ['年', '月', '日'] {
        let digits = characters[end..].iter().take_while(|one| is_digit(**one)).count();
        if (1..=4).contains(&digits) && characters.get(end + digits) == Some(&mark) {
            end += digits + 1;
        }
    }
    (end > at).then_some(end - at)
}

fn number(characters: &[char], at: usize) -> usize {
    let mut end = at;
    while let Some(one) = characters.get(end) {
        let joins = matches!(one, '.' | ',' | '，' | ':' | '：' | '-' | '~' | '．')
            && characters.get(end + 1).is_some_and(|next| is_digit(*next));
        if !is_digit(*one) && !joins {
            break;
        }
        end += 1;
    }
    let unit =
        characters.get(end).is_some_and(|next| matches!(next, '%' | '％' | '‰' | '万' | '亿' | '千' | '萬' | '億'));
    end - at + usize::from(unit)
}

/// What makes a number the name of one of a series.
const COUNTERS: [char; 8] = ['届', '屆', '次', '期', '轮', '輪', '号', '號'];

pub(super) fn is_numeral(one: char) -> bool {
    matches!(
        one,
        '〇' | '零'
            | '一'
            | '二'
            | '三'
            | '四'
            | '五'
            | '六'
            | '七'
            | '八'
            | '九'
            | '十'
            | '百'
            | '千'
            | '万'
            | '萬'
            | '亿'
            | '億'
            | '两'
            | '兩'
    )
}

/// Whether folded words name one of a series.
pub(super) fn is_ordinal(folded: &str) -> bool {
    let numeral = |one: char| is_numeral(one) || is_digit(one);
    folded.strip_prefix('第').is_some_and(|rest| rest.starts_with(numeral))
        || folded.ends_with(COUNTERS) && folded.starts_with(numeral)
}

pub(super) fn is_digit(one: char) -> bool {
    one.is_ascii_digit() || ('０'..='９').contains(&one)
}

pub(super) fn is_ideograph(one: char) -> bool {
    matches!(one, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}
