//! The labels that state something on Chinese news pages, in Simplified characters: 来源, 记者, 责任编辑, 发布时间.

use std::sync::LazyLock;

use super::bits::{Bits, pair};

/// What a label states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Source,
    Time,
    Author,
    Editor,
    Noise,
}

/// What may follow a label.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// A colon, or white space.
    Gap,
    /// A colon or a slash: the word alone is too common.
    Mark,
}

/// Longer labels before those they contain.
const LABELS: [(&str, Kind, After); 70] = [
    ("稿件来源", Kind::Source, After::Gap),
    ("文章来源", Kind::Source, After::Gap),
    ("信息来源", Kind::Source, After::Gap),
    ("新闻来源", Kind::Source, After::Gap),
    ("内容来源", Kind::Source, After::Gap),
    ("资料来源", Kind::Noise, After::Mark),
    ("图片来源", Kind::Noise, After::Mark),
    ("数据来源", Kind::Noise, After::Mark),
    ("来源", Kind::Source, After::Mark),
    ("稿源", Kind::Source, After::Mark),
    ("转载自", Kind::Source, After::Mark),
    ("转自", Kind::Source, After::Mark),
    ("摘自", Kind::Source, After::Mark),
    ("发布时间", Kind::Time, After::Gap),
    ("发表时间", Kind::Time, After::Gap),
    ("发稿时间", Kind::Time, After::Gap),
    ("更新时间", Kind::Time, After::Gap),
    ("发布日期", Kind::Time, After::Gap),
    ("发布于", Kind::Time, After::Gap),
    ("时间", Kind::Time, After::Mark),
    ("日期", Kind::Time, After::Mark),
    ("发布", Kind::Time, After::Mark),
    ("责任编辑", Kind::Editor, After::Gap),
    ("值班编辑", Kind::Editor, After::Gap),
    ("编辑", Kind::Editor, After::Gap),
    ("责编", Kind::Editor, After::Gap),
    ("编审", Kind::Noise, After::Mark),
    ("审校", Kind::Noise, After::Mark),
    ("校对", Kind::Noise, After::Gap),
    ("审核", Kind::Noise, After::Mark),
    ("初审", Kind::Noise, After::Mark),
    ("复审", Kind::Noise, After::Mark),
    ("终审", Kind::Noise, After::Mark),
    ("一审", Kind::Noise, After::Mark),
    ("二审", Kind::Noise, After::Mark),
    ("三审", Kind::Noise, After::Mark),
    ("监制", Kind::Noise, After::Mark),
    ("统筹", Kind::Noise, After::Mark),
    ("主编", Kind::Noise, After::Mark),
    ("美编", Kind::Noise, After::Mark),
    ("值班主任", Kind::Noise, After::Mark),
    ("记者", Kind::Author, After::Gap),
    ("通讯员", Kind::Author, After::Gap),
    ("作者", Kind::Author, After::Mark),
    ("撰文", Kind::Author, After::Mark),
    ("撰稿", Kind::Author, After::Mark),
    ("供稿", Kind::Author, After::Mark),
    ("文图", Kind::Author, After::Mark),
    ("图文", Kind::Author, After::Mark),
    ("文", Kind::Author, After::Mark),
    ("图", Kind::Noise, After::Mark),
    ("摄影", Kind::Noise, After::Mark),
    ("浏览次数", Kind::Noise, After::Mark),
    ("浏览量", Kind::Noise, After::Mark),
    ("浏览", Kind::Noise, After::Mark),
    ("阅读次数", Kind::Noise, After::Mark),
    ("阅读量", Kind::Noise, After::Mark),
    ("阅读", Kind::Noise, After::Mark),
    ("点击量", Kind::Noise, After::Mark),
    ("点击数", Kind::Noise, After::Mark),
    ("点击", Kind::Noise, After::Mark),
    ("访问量", Kind::Noise, After::Mark),
    ("人气", Kind::Noise, After::Mark),
    ("评论", Kind::Noise, After::Mark),
    ("字号", Kind::Noise, After::Gap),
    ("字体", Kind::Noise, After::Gap),
    ("栏目", Kind::Noise, After::Mark),
    ("分类", Kind::Noise, After::Mark),
    ("标签", Kind::Noise, After::Mark),
    ("关键词", Kind::Noise, After::Mark),
];

/// The pairs of characters a label may start with; one of a single character needs a mark behind it.
static PAIRS: LazyLock<Bits> = LazyLock::new(|| {
    let pairs = LABELS.iter().flat_map(|(label, _, _)| {
        let mut start = label.chars();
        let first = start.next().unwrap_or_default();
        let second = start.next().map_or([' ', ':', '/'], |second| [second; 3]);
        second.map(|second| pair(first, second))
    });
    pairs.collect()
});

/// 全媒体记者, 大众日报淄博融媒体中心记者: whose reporter it is.
const LONGEST_OWNER: usize = 14;

/// A label found in a line.
pub(super) struct Hit {
    pub(super) kind: Kind,
    /// Where the label starts, its owner's name included.
    pub(super) start: usize,
    pub(super) label_end: usize,
    pub(super) value: usize,
}

/// Whether a word is a label by itself.
pub(super) fn is_label(word: &str) -> bool {
    LABELS.iter().any(|(label, _, _)| *label == word)
}

/// The labels of a line, in order.
pub(super) fn hits(text: &str) -> Vec<Hit> {
    let mut hits: Vec<Hit> = Vec::new();
    let pairs = &*PAIRS;
    let mut boundary = true;
    // Where the run of characters that may name a label's owner began.
    let mut word = 0;
    let mut at = 0;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if boundary {
            word = at;
        }
        if characters.peek().is_none_or(|next| pairs.has(pair(character, *next)))
            && let Some(hit) = label_at(text, at, word)
        {
            at = hit.value;
            boundary = true;
            hits.push(hit);
            characters = text[at..].chars().peekable();
            continue;
        }
        boundary = matches!(character, ' ' | '(' | ')' | '[' | ']' | '|' | '/' | '·' | ',');
        at += character.len_utf8();
    }
    hits
}

fn label_at(text: &str, at: usize, word: usize) -> Option<Hit> {
    let rest = &text[at..];
    let (label, kind, after) = LABELS.iter().find(|(label, _, _)| rest.starts_with(label))?;
    let owner = text[word..at].chars().count();
    let owned = matches!(*label, "记者" | "编辑" | "通讯员");
    if owner > 0 && (!owned || owner > LONGEST_OWNER) {
        return None;
    }
    let label_end = at + label.len();
    let following = &text[label_end..];
    let spaces = following.len() - following.trim_start().len();
    let marked = following.trim_start().starts_with([':', '/']);
    if !marked && (*after == After::Mark || (spaces == 0 && !following.is_empty())) {
        return None;
    }
    let value = if marked { label_end + spaces + 1 } else { label_end + spaces };
    Some(Hit { kind: *kind, start: word, label_end, value })
}
