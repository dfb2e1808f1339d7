//! A line of text as the page shows it, and the same line made easy to recognise: Simplified labels, plain
//! punctuation, no pinyin noise. Only recognition sees the second form; what is kept are the outlet's own words.

use std::ops::Range;
use std::sync::LazyLock;

use super::bits::Bits;

/// One line: a paragraph, a heading, a row of links.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// The words as sent, without leading and trailing white space.
    pub(super) text: String,
    /// How many characters of it are links.
    pub(super) linked: usize,
    /// 1 to 6 for a heading, 0 for anything else.
    pub(super) heading: u8,
    /// The block of the body it stands in; `None` outside of the article.
    pub(super) block: Option<usize>,
    /// How many characters it has, white space aside.
    length: usize,
    /// How many brackets open in it, of either width.
    brackets: usize,
    /// Whether a sentence ends in it with a full stop.
    stops: bool,
    prose: bool,
}

impl Line {
    /// A line of these words, white space around them taken off; `linked` characters of it are links.
    pub(super) fn new(text: &str, linked: usize, heading: u8) -> Self {
        let text = text.trim();
        let found = Signs::of(text);
        let Signs { length, brackets, stops, .. } = found;
        let text = text.to_owned();
        let mut line = Self { text, linked, heading, block: None, length, brackets, stops, prose: false };
        line.prose = !line.is_linked() && found.are_of_prose(&line.text);
        line
    }

    /// The same line as one of this block.
    pub(super) fn of_block(self, block: usize) -> Self {
        Self { block: Some(block), ..self }
    }

    /// How many characters it has, white space aside.
    pub(super) fn length(&self) -> usize {
        self.length
    }

    /// Whether most of it is links.
    pub(super) fn is_linked(&self) -> bool {
        self.linked > 0 && self.linked * 2 > self.text.chars().count()
    }

    /// A sentence or more: what articles are made of.
    pub(super) fn is_prose(&self) -> bool {
        self.prose
    }

    /// The least number of characters it has without pinyin noise.
    pub(super) fn least_length(&self) -> usize {
        self.length.saturating_sub(self.brackets * (LONGEST_PINYIN + 2))
    }

    /// Whether a sentence ends in it with a full stop.
    pub(super) fn stops(&self) -> bool {
        self.stops
    }

    /// Whether a bracket opens in it.
    pub(super) fn has_brackets(&self) -> bool {
        self.brackets > 0
    }
}

/// What one pass over a line tells.
#[derive(Default)]
struct Signs {
    length: usize,
    brackets: usize,
    stops: bool,
    /// Whether a mark parts or ends its sentences.
    marked: bool,
}

impl Signs {
    fn of(text: &str) -> Self {
        let mut found = Self::default();
        let mut rest = text;
        loop {
            let letters = letters(rest);
            found.length += letters;
            let mut characters = rest[3 * letters..].chars();
            let Some(character) = characters.next() else { return found };
            found.length += usize::from(!is_blank(character));
            found.brackets += usize::from(matches!(character, '(' | '（'));
            found.stops |= character == '。';
            found.marked |= matches!(character, '。' | '，' | ',' | '！' | '？' | '；' | '.' | '、');
            rest = characters.as_str();
        }
    }

    fn are_of_prose(&self, text: &str) -> bool {
        if self.length < SHORTEST_PROSE || !self.marked {
            return false;
        }
        let mut length = self.length;
        if length < 2 * LONGEST_HEADLINE && self.brackets > 0 {
            // Pinyin noise doubles the length of a headline.
            length -= readings(text);
        }
        length >= SHORTEST_PROSE && (self.stops || length > LONGEST_HEADLINE || text.ends_with(SENTENCE_ENDS))
    }
}

/// How many characters a text starts with that are neither blank nor a bracket, as their first byte alone shows:
/// U+4000 to U+9FFF.
pub(crate) fn letters(text: &str) -> usize {
    text.as_bytes().chunks_exact(3).take_while(|bytes| matches!(bytes[0], 0xe4..=0xe9)).count()
}

/// At most so many characters of a text's start.
pub(super) fn head(text: &str, most: usize) -> &str {
    let mut rest = text.chars();
    let _last = rest.nth(most.saturating_sub(1));
    &text[..text.len() - rest.as_str().len()]
}

/// White space, asked in the order of what texts are made of.
#[inline]
pub(super) fn is_blank(character: char) -> bool {
    character <= '\u{3000}' && character.is_whitespace()
}

/// Shorter lines are headings, captions, labels: 40 characters are two clauses of a Chinese sentence.
const SHORTEST_PROSE: usize = 40;
/// A line without a full stop that is not longer may be a headline: the longest of real ones have 90.
pub(super) const LONGEST_HEADLINE: usize = 90;
const SENTENCE_ENDS: [char; 13] = ['。', '；', '：', ':', ';', '.', '”', '」', ')', '）', '，', ',', '’'];

/// A line made easy to recognise: half-width, labels in Simplified characters, every blank a space, without pinyin noise.
pub(super) struct Plain {
    pub(super) text: String,
    /// Whether there is a space in it.
    pub(super) spaced: bool,
    /// Whether there is a mark in it that bars and breadcrumbs part their words with.
    pub(super) parted: bool,
}

impl Plain {
    /// Of a line's own words.
    pub(super) fn of(line: &str) -> Self {
        let (table, unchanged): (&[char], &Bits) = (&SIMPLIFIED, &UNCHANGED);
        let mut plain = Self { text: String::with_capacity(line.len()), spaced: false, parted: false };
        let mut rest = line;
        let mut before = None;
        loop {
            // Most of a line stays what it is.
            let length = unchanged.run(rest);
            let (run, after) = rest.split_at(length);
            plain.text.push_str(run);
            before = run.chars().next_back().or(before);
            let mut characters = after.chars();
            let Some(character) = characters.next() else { return plain };
            rest = characters.as_str();
            if before.is_some_and(is_han)
                && matches!(character, '(' | '（')
                && let Some(length) = pinyin(rest)
            {
                rest = &rest[length..];
                continue;
            }
            let folded = folded(character, table);
            plain.spaced |= folded == ' ';
            plain.parted |= matches!(folded, '|' | '>');
            plain.text.push(folded);
            before = Some(character);
        }
    }

    /// The line's own words behind a range of `text`; `line` is the one it was made of.
    pub(super) fn own<'a>(&self, line: &'a str, range: Range<usize>) -> &'a str {
        let (mut from, mut to) = (line.len(), line.len());
        let mut place = 0;
        for (at, character) in plain(line) {
            if place == range.start {
                from = at;
            }
            if place == range.end {
                to = at;
                break;
            }
            place += character.len_utf8();
        }
        line.get(from..to).unwrap_or("")
    }
}

/// A line's characters made easy to recognise, each with its place in the line.
pub(super) fn plain(line: &str) -> impl Iterator<Item = (usize, char)> {
    let table: &[char] = &SIMPLIFIED;
    let mut characters = line.chars();
    let mut after_han = false;
    std::iter::from_fn(move || {
        loop {
            let place = line.len() - characters.as_str().len();
            let character = characters.next()?;
            if after_han
                && matches!(character, '(' | '（')
                && let Some(length) = pinyin(characters.as_str())
            {
                characters = characters.as_str()[length..].chars();
                continue;
            }
            after_han = is_han(character);
            return Some((place, folded(character, table)));
        }
    })
}

/// Whether a character is a letter, asked in the order of what texts are made of.
#[inline]
pub(super) fn is_letter(character: char) -> bool {
    match character {
        '\u{4e00}'..='\u{9fff}' => true,
        '\0'..='\x7f' => character.is_ascii_alphabetic(),
        '\u{2000}'..='\u{206f}' | '\u{3000}'..='\u{3004}' | '\u{3008}'..='\u{3020}' | '\u{ff01}'..='\u{ff0f}' => false,
        other => other.is_alphabetic(),
    }
}

/// Whether a character is Chinese.
#[inline]
pub(super) fn is_han(character: char) -> bool {
    matches!(character, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{2fa1f}')
}

/// How many characters of a text are pinyin readings and their brackets.
fn readings(text: &str) -> usize {
    let mut count = 0;
    let mut after_han = false;
    let mut rest = text;
    while let Some(open) = rest.find(['(', '（']) {
        after_han = rest[..open].chars().next_back().map_or(after_han, is_han);
        let mut inner = rest[open..].chars();
        let _bracket = inner.next();
        rest = inner.as_str();
        match pinyin(rest).filter(|_| after_han) {
            Some(length) => {
                count += 1 + rest[..length].chars().count();
                rest = &rest[length..];
            }
            None => after_han = false,
        }
    }
    count
}

/// Pinyin has seven letters at most (zhuang with its tone mark is six).
const LONGEST_PINYIN: usize = 7;

/// The length of a pinyin reading and its closing bracket, e.g. `dāng)`; a lost tone mark stands as `?`.
fn pinyin(rest: &str) -> Option<usize> {
    let mut count = 0;
    for (at, character) in rest.char_indices() {
        match character {
            ')' | '）' if count > 0 => return Some(at + character.len_utf8()),
            '?' => count += 1,
            letter if letter.is_lowercase() => count += 1,
            _ => return None,
        }
        if count > LONGEST_PINYIN {
            return None;
        }
    }
    None
}

#[inline]
fn folded(character: char, simplified: &[char]) -> char {
    match character {
        '\u{4e00}'..='\u{9fff}' => simplified.get(character as usize - FIRST_HAN).copied().unwrap_or(character),
        '\t' => ' ',
        '\0'..='\x7f' => character,
        '│' => '|',
        blank if is_blank(blank) => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
        '【' | '〔' | '「' => '[',
        '】' | '〕' | '」' => ']',
        '〉' | '›' | '»' | '→' => '>',
        _ => character,
    }
}

/// Pairs of a Traditional character and its Simplified form, in the order of the former: those that labels are made of.
/// The whole script is folded elsewhere, by a full table.
const PAIRS: &str = "佈布佔占來来係系備备傳传僅仅內内別别務务勵励區区參参員员問问啟启單单嚴严國国圖图報报場场媽妈審审專专對对導导屬属廣广徑径從从復复\
    應应戶户掃扫擊击據据擬拟攝摄時时書书條条業业標标機机檢检欄栏權权歷历歸归測测瀏浏灣湾為为無无熱热獨独獲获獻献產产當当發发監监碼码\
    礙碍簡简簽签紅红級级終终結结絕绝統统經经維维網网線线編编縣县總总繫系聞闻聯联聲声職职聽听臺台與与舉举華华薦荐處处號号術术製制複复\
    見见視视覽览觀观計计訊讯討讨記记訪访註注評评詞词話话誌志說说請请論论謝谢證证識识讀读讚赞負负責责貼贴資资質质軟软載载輯辑轉转辦办\
    這这連连過过違违適适還还鄉乡錄录鍵键鏈链長长門门閉闭開开間间閱阅關关隊队際际隱隐電电響响頁页頂顶須须題题類类風风體体點点黨党";

/// The first of the unified ideographs, where all [`PAIRS`] stand.
const FIRST_HAN: usize = 0x4e00;

/// The Simplified form of each unified ideograph: asked for every character of a page, so that it is one look.
static SIMPLIFIED: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut table: Vec<char> = ('\u{4e00}'..='\u{9fff}').collect();
    let characters: Vec<char> = PAIRS.chars().collect();
    for pair in characters.chunks_exact(2) {
        if let Some(slot) = (pair[0] as usize).checked_sub(FIRST_HAN).and_then(|place| table.get_mut(place)) {
            *slot = pair[1];
        }
    }
    // Drawn like a bar, and used as one.
    table['丨' as usize - FIRST_HAN] = '|';
    table
});

/// The characters of the basic plane that a plain line has as they are; an opening bracket may be a reading's.
static UNCHANGED: LazyLock<Bits> = LazyLock::new(|| {
    let table: &[char] = &SIMPLIFIED;
    let stays = |character: &char| folded(*character, table) == *character && *character != '(';
    ('\0'..='\u{ffff}').filter(stays).collect()
});

#[cfg(test)]
mod tests {
    use super::{Line, Plain, plain};

    proptest::proptest! {
        #[test]
        fn a_plain_line_is_its_plain_characters(line in "[統一國会议tǒng?，() （）|丨\t\u{20000}]{0,24}") {
            let characters: String = plain(&line).map(|(_, character)| character).collect();
            proptest::prop_assert_eq!(Plain::of(&line).text, characters);
        }
    }

    #[test]
    fn labels_are_recognised_in_either_script_with_or_without_pinyin() {
        let cases = [
            ("當(dāng)前位置:首頁(yè) > 新聞", "当前位置:首页 > 新闻"),
            ("時間：2023-04-26　瀏覽量：19966", "时间:2023-04-26 浏览量:19966"),
            ("责任编辑（张三）", "责任编辑(张三)"),
            ("统(t?ng)一", "统一"),
        ];
        for (line, expected) in cases {
            assert_eq!(Plain::of(line).text, expected, "{line}");
        }
    }

    #[test]
    fn the_own_words_are_found_again() {
        let line = "來(lái)源：資陽日報";
        let plain = Plain::of(line);
        let at = plain.text.find(':').unwrap() + 1;
        assert_eq!(plain.own(line, at..plain.text.len()), "資陽日報");
    }

    #[test]
    fn prose_is_told_from_labels() {
        let line = |text: &str| Line::new(text, 0, 0);
        assert!(!line("来源：大众日报淄博融媒体中心").is_prose());
        assert!(line(&format!("{}，{}。", "会".repeat(25), "议".repeat(20))).is_prose());
    }
}
