//! Who stands beside a date in one line, without any label: `原创 周明 江川发布 2026年11月20日 18:20 四川`,
//! `2026-11-20 10:02·江川发布`, `青禾县融媒体中心 2026-11-20 17:45 阅读 3021`.

use super::line::is_han;
use super::statements::{NO_NAMES, trimmed};
use super::{labels, places};

/// Who published a piece, and who wrote it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Dateline<'a> {
    pub(super) source: Option<&'a str>,
    pub(super) author: Option<&'a str>,
}

/// What a page says of a piece as a whole.
const TAGS: [&str; 5] = ["原创", "转载", "首发", "独家", "置顶"];
/// What a page counts.
const COUNTED: [&str; 14] = [
    "阅读",
    "浏览",
    "点击",
    "播放",
    "评论",
    "点赞",
    "分享",
    "转发",
    "收藏",
    "在看",
    "人气",
    "热度",
    "分钟",
    "分钟阅读",
];
/// How the names of those who publish end; the names of people do not.
const PUBLISHERS: [&str; 16] = [
    "报",
    "网",
    "台",
    "社",
    "刊",
    "号",
    "发布",
    "在线",
    "新闻",
    "融媒",
    "传媒",
    "媒体",
    "观察",
    "中心",
    "频道",
    "客户端",
];
/// The name of a person has two or three characters, as far as a line without labels can tell; a longer one is a
/// publisher's.
const LONGEST_PERSON: usize = 3;

/// Reads what stands before and after the date of a plain line; `None` when that is more than a publisher and an author.
pub(super) fn read<'a>(before: &'a str, after: &'a str) -> Option<Dateline<'a>> {
    let [first, last] = [before, after].map(names);
    let is_sentence = !before.ends_with(is_gap) || !after.starts_with(is_gap);
    if is_sentence && !first.is_empty() && !last.is_empty() {
        return None;
    }
    match [first, last].concat().as_slice() {
        [] => Some(Dateline::default()),
        [source] if is_name(source) => Some(Dateline { source: Some(source), author: None }),
        [source, author] | [author, source] if is_publisher(source) && is_person(author) => {
            Some(Dateline { source: Some(source), author: Some(author) })
        }
        _ => None,
    }
}

fn is_gap(character: char) -> bool {
    matches!(character, ' ' | '·' | '|' | '—' | '-')
}

/// The words that may be names.
fn names(part: &str) -> Vec<&str> {
    let words = trimmed(part).split(is_gap);
    words.filter(|word| !word.is_empty() && !says_nothing(word)).collect()
}

/// Counts, tags, buttons, and the province an account is in.
fn says_nothing(word: &str) -> bool {
    let counted =
        word.trim_matches(|character: char| character.is_ascii_digit() || ".+wk万亿次量数".contains(character));
    counted.is_empty()
        || COUNTED.contains(&counted)
        || TAGS.contains(&word)
        || NO_NAMES.contains(&word)
        || places::is_province(word)
}

fn han(name: &str) -> usize {
    name.chars().filter(|character| is_han(*character)).count()
}

/// The name of an outlet, a site, an account: Chinese.
fn is_name(word: &str) -> bool {
    han(word) >= 2 && !word.contains(['>', '/']) && !labels::is_label(word)
}

fn is_publisher(word: &str) -> bool {
    let told = word.chars().count() > LONGEST_PERSON || PUBLISHERS.iter().any(|ending| word.ends_with(ending));
    told && is_name(word)
}

fn is_person(word: &str) -> bool {
    let length = word.chars().count();
    (2..=LONGEST_PERSON).contains(&length) && han(word) == length && is_name(word) && !is_publisher(word)
}

#[cfg(test)]
mod tests {
    use super::{Dateline, read};

    #[test]
    fn who_stands_beside_a_date_is_told_by_the_name() {
        let cases = [
            (("每日经济新闻", ""), Some((Some("每日经济新闻"), None))),
            (("原创 周明 江川发布", "四川"), Some((Some("江川发布"), Some("周明")))),
            (("原创", "·江川发布"), Some((Some("江川发布"), None))),
            (("", "·临川头条·沈秋"), Some((Some("临川头条"), Some("沈秋")))),
            (("", "· 江川融媒 · 周明"), Some((Some("江川融媒"), Some("周明")))),
            (("青禾县融媒体中心", "阅读 3021"), Some((Some("青禾县融媒体中心"), None))),
            (("", "1.2万阅读 30评论"), Some((None, None))),
            (("", " — 3 分钟阅读"), Some((None, None))),
            (("(江川日报 ", ")"), Some((Some("江川日报"), None))),
            (("周明 ", " 江川发布"), Some((Some("江川发布"), Some("周明")))),
            (("现将截至", "竞争最激烈职位"), None),
            (("江川要闻", "江川发布"), None),
            (("周明", "赵磊"), None),
            (("首页/要闻", ""), None),
            (("全市防汛", "工作会议 纪要"), None),
        ];
        for ((before, after), expected) in cases {
            let expected = expected.map(|(source, author)| Dateline { source, author });
            assert_eq!(read(before, after), expected, "{before} … {after}");
        }
    }
}
