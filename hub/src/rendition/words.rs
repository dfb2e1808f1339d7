//! What templates can do with words. Pure.

use std::borrow::Cow;

/// Characters a newsreader speaks in a minute: the usual pace of radio news in Chinese is 240 to 260.
pub(super) const PACE: usize = 250;
/// Latin words take about as long as two characters.
const CHARACTERS_PER_WORD: usize = 2;

/// Characters as a Chinese desk counts them: each ideograph, kana and digit is one, a Latin word is one, punctuation none.
pub(super) fn characters(text: &str) -> usize {
    units(text).map(|unit| usize::from(unit != Unit::Silent)).sum()
}

/// Seconds it takes to read the text aloud.
pub(super) fn seconds(text: &str) -> usize {
    let spoken = units(text).map(|unit| match unit {
        Unit::Character => 1,
        Unit::Word => CHARACTERS_PER_WORD,
        Unit::Silent => 0,
    });
    (spoken.sum::<usize>() * 60).div_ceil(PACE)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Character,
    /// The first letter of a Latin word.
    Word,
    Silent,
}

fn units(text: &str) -> impl Iterator<Item = Unit> {
    let mut in_word = false;
    text.chars().map(move |character| {
        let was_in_word = in_word;
        in_word = character.is_alphabetic() && character < '\u{2e80}';
        match character {
            _ if in_word && was_in_word => Unit::Silent,
            _ if in_word => Unit::Word,
            character if character.is_alphanumeric() => Unit::Character,
            _ => Unit::Silent,
        }
    })
}

/// `90` → `1分30秒`.
pub(super) fn duration(seconds: usize) -> String {
    match (seconds / 60, seconds % 60) {
        (0, seconds) => format!("{seconds}秒"),
        (minutes, 0) => format!("{minutes}分"),
        (minutes, seconds) => format!("{minutes}分{seconds}秒"),
    }
}

/// At most so many characters: whole sentences when there is one, else the first words and `…`.
pub(super) fn cut(text: &str, most: usize) -> String {
    let text = text.trim();
    if text.chars().count() <= most {
        return text.to_owned();
    }
    let head: String = text.chars().take(most).collect();
    match head.rfind(ENDS) {
        Some(end) => head.chars().take(head[..end].chars().count() + 1).collect(),
        None => lianbo_connectors::words::cut(text, most),
    }
}

/// What ends a sentence.
const ENDS: [char; 4] = ['。', '！', '？', '；'];

/// One line that ends as a sentence does.
pub(super) fn sentence(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() || line.ends_with(['。', '！', '？', '…', '!', '?']) {
        return line;
    }
    line.trim_end_matches(['；', ';', '，', ',', '.', '：', ':']).to_owned() + "。"
}

/// As it is read aloud: addresses of the web are left out, signs that have no sound become words.
pub(super) fn spoken(text: &str) -> String {
    let words: Vec<Cow<'_, str>> = text.split_whitespace().map(without_addresses).collect();
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).filter(|word| !word.is_empty()).collect();
    let mut spoken = String::with_capacity(text.len());
    let mut number = String::new();
    for character in words.join(" ").chars() {
        match character {
            '0'..='9' | '.' | ',' => number.push(character),
            '%' | '％' if !number.is_empty() => spoken.extend(["百分之", &std::mem::take(&mut number)]),
            '‰' if !number.is_empty() => spoken.extend(["千分之", &std::mem::take(&mut number)]),
            character => {
                spoken.push_str(&std::mem::take(&mut number));
                match character {
                    '℃' => spoken.push_str("摄氏度"),
                    '㎡' => spoken.push_str("平方米"),
                    '％' | '%' => spoken.push_str("百分比"),
                    character => spoken.push(character),
                }
            }
        }
    }
    spoken + &number
}

/// A run without spaces, the addresses in it taken out.
fn without_addresses(run: &str) -> Cow<'_, str> {
    let begin = ["https://", "http://", "www."].iter().filter_map(|scheme| run.find(scheme)).min();
    let Some(begin) = begin else { return Cow::Borrowed(run) };
    let end = run[begin..].find(|character: char| !character.is_ascii_graphic()).map_or(run.len(), |end| begin + end);
    Cow::Owned(format!("{}{}", &run[..begin], without_addresses(&run[end..])))
}
