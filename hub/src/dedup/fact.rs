//! Facts: the figures, dates and ordinals of a text with the words around them. Where two texts use the same words
//! around different figures, one of them tells something else.

use lianbo_schemas::Facts;
use xxhash_rust::xxh3::xxh3_64;

use super::numeral::{is_in_figures, is_numeral};
use super::shingle::top_half;

/// Facts kept of one text. Beyond, a table of figures would make the fingerprint larger than the text.
const MOST: usize = 400;
/// Characters before and after a fact that must agree before its value is compared.
const BEFORE: usize = 4;
const AFTER: usize = 3;
/// A line with fewer characters besides its figures says nothing that two stories could differ in: it is a time stamp,
/// a counter, a caption.
const SHORTEST_LINE: usize = 16;

/// A longer figure is a telephone number, an account, a serial: nobody's news.
const LONGEST: usize = 24;

/// The facts of folded lines.
pub(super) fn collect<'a>(lines: impl Iterator<Item = &'a str>) -> Facts {
    let mut facts = Facts::default();
    let mut masked = Masked::default();
    for line in lines {
        masked.read(line);
        if !masked.found.is_empty() && masked.plain() >= SHORTEST_LINE {
            masked.tell(&mut facts);
        }
    }
    facts
}

/// A figure, its place in the line and in the masked line.
struct Found {
    from: usize,
    length: usize,
    at: usize,
}

/// A line with every figure as one `#`, and the figures; the same memory for all lines.
#[derive(Default)]
struct Masked {
    characters: Vec<char>,
    symbols: Vec<char>,
    found: Vec<Found>,
}

impl Masked {
    fn read(&mut self, line: &str) {
        self.characters.clear();
        self.symbols.clear();
        self.found.clear();
        self.characters.extend(line.chars());
        let mut from = 0;
        while let Some(ahead) = self.characters[from..].iter().position(|character| is_in_figures(*character)) {
            let at = from + ahead;
            let length = figure(&self.characters, at);
            self.symbols.extend_from_slice(&self.characters[from..at + usize::from(length == 0)]);
            if length > 0 {
                self.found.push(Found { from: at, length, at: self.symbols.len() });
                self.symbols.push('#');
            }
            from = at + length.max(1);
        }
        self.symbols.extend_from_slice(&self.characters[from..]);
    }

    /// Characters besides the figures.
    fn plain(&self) -> usize {
        self.symbols.len() - self.found.len()
    }

    fn tell(&self, facts: &mut Facts) {
        let symbols = &self.symbols;
        for fact in &self.found {
            if facts.len() >= MOST {
                return;
            }
            let before = &symbols[fact.at.saturating_sub(BEFORE)..fact.at];
            let after = &symbols[fact.at + 1..symbols.len().min(fact.at + 1 + AFTER)];
            if before.len() < 2 {
                continue;
            }
            let value = value(&self.characters, fact.from, fact.length);
            if !is_dateline(&value, after) && value.len() <= LONGEST {
                facts.push(hash(before), hash(after), &value);
            }
        }
    }
}

/// How many characters the figure at `at` has: digits, a date as a whole, a Chinese ordinal; 0 when there is none.
fn figure(characters: &[char], at: usize) -> usize {
    if characters[at].is_ascii_digit() {
        return date(characters, at).unwrap_or_else(|| number(characters, at));
    }
    if !is_numeral(characters[at]) {
        return 0;
    }
    let length = characters[at..].iter().take_while(|character| is_numeral(**character)).count();
    let ordinal = at > 0 && characters[at - 1] == '第';
    let counted = characters.get(at + length).is_some_and(|next| COUNTERS.contains(next));
    if ordinal || counted { length } else { 0 }
}

fn number(characters: &[char], at: usize) -> usize {
    let inside = |character: &&char| character.is_ascii_digit() || matches!(character, '.' | '-');
    let digits = characters[at..].iter().take_while(inside).count();
    let unit = characters.get(at + digits).is_some_and(|next| matches!(next, '%' | '万' | '亿' | '千'));
    digits + usize::from(unit)
}

/// `2026年3月10日`, `3月10日`, `2026年3月`.
fn date(characters: &[char], at: usize) -> Option<usize> {
    let mut end = at;
    let mut parts = 0;
    for mark in ['年', '月', '日'] {
        let digits = characters[end..].iter().take_while(|character| character.is_ascii_digit()).count();
        if (1..=4).contains(&digits) && characters.get(end + digits) == Some(&mark) {
            end += digits + 1;
            parts += 1;
        } else if parts > 0 {
            break;
        }
    }
    (parts > 1).then_some(end - at)
}

/// What makes a number the name of one of a series: 第三次, 十四届.
const COUNTERS: [char; 5] = ['届', '次', '期', '轮', '号'];

/// The figure at `at`; of an ordinal with what makes it one.
fn value(characters: &[char], at: usize, length: usize) -> String {
    let mut value = plain_value(&characters[at..at + length]);
    if at > 0 && characters[at - 1] == '第' {
        value.insert(0, '第');
        value.extend(characters.get(at + length).filter(|next| COUNTERS.contains(next)));
    } else if is_numeral(characters[at]) {
        value.extend(characters.get(at + length));
    }
    value
}

/// Whether a value names one of a series: another one is another story, not a later state of the same.
fn is_ordinal(value: &str) -> bool {
    value.starts_with('第') || value.ends_with(COUNTERS)
}

/// Leading zeros dropped: `03月05日` and `3月5日` are one date.
fn plain_value(characters: &[char]) -> String {
    let mut value = String::with_capacity(characters.len() * 3);
    for (at, character) in characters.iter().enumerate() {
        let leads = at == 0 || !(characters[at - 1].is_ascii_digit() || characters[at - 1] == '.');
        let digit_follows = characters.get(at + 1).is_some_and(char::is_ascii_digit);
        if !(*character == '0' && leads && digit_follows) {
            value.push(*character);
        }
    }
    value
}

/// `3月10日电`, `3月10日讯`: the day of a dateline is each outlet's own.
fn is_dateline(value: &str, after: &[char]) -> bool {
    value.contains(['日', '月']) && after.first().is_some_and(|next| matches!(next, '电' | '讯'))
}

/// The hash of the symbols on one side of a fact.
fn hash(symbols: &[char]) -> u32 {
    let mut text = [0u8; 4 * if BEFORE > AFTER { BEFORE } else { AFTER }];
    let length = symbols.iter().fold(0, |at, symbol| at + symbol.encode_utf8(&mut text[at..]).len());
    top_half(xxh3_64(&text[..length]))
}

/// Two texts' facts side by side.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Comparison {
    /// Places where words and values agree.
    pub(super) agreeing: usize,
    /// Places where the words agree and the values do not: (the first text's, the second's).
    pub(super) differing: Vec<(String, String)>,
}

impl Comparison {
    /// Whether an ordinal differs.
    pub(super) fn has_other_ordinal(&self) -> bool {
        self.differing.iter().any(|(first, _)| is_ordinal(first))
    }

    /// The share of compared places that differ.
    pub(super) fn share_differing(&self) -> f32 {
        let all = self.agreeing + self.differing.len();
        if all == 0 { 0.0 } else { self.differing.len() as f32 / all as f32 }
    }
}

/// Whether two figures are one, a lost dash, nought or unit apart.
fn is_same(one: &str, other: &str) -> bool {
    one == other || bare(one).eq(bare(other))
}

fn bare(value: &str) -> impl Iterator<Item = char> + '_ {
    value.chars().filter(|mark| !matches!(mark, '-' | '%' | '万' | '亿' | '千' | '零' | '〇'))
}

/// Each fact by the words around it; between the same words, in the order of the text.
fn by_place(facts: &Facts) -> Vec<((u32, u32), &str)> {
    let mut sorted: Vec<_> = facts.iter().map(|(before, after, value)| ((before, after), value)).collect();
    sorted.sort_by_key(|(place, _)| *place);
    sorted
}

fn values<'a>(facts: &[((u32, u32), &'a str)]) -> Vec<&'a str> {
    facts.iter().map(|(_, value)| *value).collect()
}

/// Compares facts that stand between the same words.
pub(super) fn compare(first: &Facts, second: &Facts) -> Comparison {
    if first == second {
        return Comparison { agreeing: first.len(), differing: Vec::new() };
    }
    let (first, second) = (by_place(first), by_place(second));
    let mut rest = second.as_slice();
    let mut comparison = Comparison::default();
    for ours in first.chunk_by(|(one, _), (other, _)| one == other) {
        let place = ours[0].0;
        rest = &rest[rest.partition_point(|(other, _)| *other < place)..];
        let theirs = &rest[..rest.partition_point(|(other, _)| *other == place)];
        if theirs.is_empty() {
            continue;
        }
        let (mut ours, mut theirs) = (values(ours), values(theirs));
        let before = ours.len();
        ours.retain(|value| {
            theirs.iter().position(|other| is_same(other, value)).map(|at| theirs.swap_remove(at)).is_none()
        });
        comparison.agreeing += before - ours.len();
        let pairs = ours.iter().zip(&theirs).map(|(ours, theirs)| ((*ours).to_owned(), (*theirs).to_owned()));
        comparison.differing.extend(pairs);
    }
    comparison
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::Facts;

    use super::{collect, compare};

    fn facts(line: &str) -> Facts {
        collect([line].into_iter())
    }

    #[test]
    fn a_changed_figure_between_the_same_words_is_found() {
        let before = facts("江西省新余市渝水区临街店铺发生火灾造成39人死亡13人受伤直接经济损失4352.84万元");
        let after = facts("江西省新余市渝水区临街店铺发生火灾造成41人死亡13人受伤直接经济损失4352.84万元");
        let comparison = compare(&before, &after);
        assert_eq!(comparison.differing, [("39".to_owned(), "41".to_owned())]);
        assert_eq!(comparison.agreeing, 2);
    }

    #[test]
    fn a_changed_ordinal_is_found() {
        let third = facts("本台明天将直播第十四届全国人民代表大会第三次会议开幕会敬请收看");
        let fourth = facts("本台明天将直播第十四届全国人民代表大会第四次会议开幕会敬请收看");
        assert_eq!(compare(&third, &fourth).differing, [("第三次".to_owned(), "第四次".to_owned())]);
        assert!(compare(&third, &fourth).has_other_ordinal());
    }

    #[test]
    fn a_dateline_is_each_outlets_own() {
        let one = facts("新华社北京3月10日电记者王某某国务院总理主持召开国务院常务会议研究部署相关工作");
        let other = facts("新华社北京3月11日电记者王某某国务院总理主持召开国务院常务会议研究部署相关工作");
        assert!(compare(&one, &other).differing.is_empty());
    }

    #[test]
    fn a_date_is_one_fact_however_written() {
        let one = facts("双方代表团将于2026年03月05日在成都举行会谈并签署合作协议等文件");
        let other = facts("双方代表团将于2026年3月5日在成都举行会谈并签署合作协议等文件");
        assert_eq!(one, other);
        assert_eq!(one.iter().map(|fact| fact.2).collect::<Vec<_>>(), ["2026年3月5日"]);
    }

    #[test]
    fn time_stamps_and_counters_are_no_facts() {
        assert!(facts("时间2026-03-24浏览量23276来源某网").is_empty());
    }
}
