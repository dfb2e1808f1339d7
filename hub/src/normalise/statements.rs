//! What a page states about itself in its lines: 来源, 记者, 编辑, 时间. A statement line says these things and nothing
//! else; the same words inside a sentence state nothing.

use lianbo_connectors::format::moment::Moment;

use super::dateline;
use super::labels::{self, Hit, Kind};
use super::line::{Line, Plain};

/// What was found, in the outlet's own words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Statements {
    /// 来源.
    pub(super) source: Option<String>,
    /// Whether a label says so; otherwise it is a name beside a date.
    pub(super) labelled: bool,
    /// 记者, 作者, 文: names; with their labels when there are several kinds.
    pub(super) byline: Option<String>,
    /// Reporters and authors, one by one.
    pub(super) authors: Vec<String>,
    /// 编辑.
    pub(super) editor: Option<String>,
    /// 时间.
    pub(super) time: Option<Moment>,
}

/// A longer line is a paragraph that happens to start with a label.
const LONGEST_LINE: usize = 160;
/// The longest value of a label; 来源 with its department has 25 characters.
const LONGEST_VALUE: usize = 40;
/// Before the first label or date there may stand the site's name.
const LONGEST_PREFIX: usize = 16;
/// Reads a line; `None` when it is no statement line.
pub(super) fn read(line: &Line, plain: &Plain) -> Option<Statements> {
    let (text, stops) = (plain.text.as_str(), line.stops());
    let line = line.text.as_str();
    if stops || text.chars().count() > LONGEST_LINE || text.contains(['!', ';', '“', '《']) {
        return None;
    }
    let hits = labels::hits(text);
    let date = Moment::find(text);
    let first = match (hits.first(), &date) {
        (Some(hit), Some((range, _))) => hit.start.min(range.start),
        (Some(hit), None) => hit.start,
        (None, Some((range, _))) => range.start,
        (None, None) => return None,
    };
    let prefix = trimmed(&text[..first]);
    if prefix.chars().count() > LONGEST_PREFIX || prefix.contains([',', ':', '?']) {
        return None;
    }
    let mut found = Statements { time: date.as_ref().map(|(_, moment)| *moment), ..Statements::default() };
    let mut groups = Vec::new();
    for (index, hit) in hits.iter().enumerate() {
        let end = hits.get(index + 1).map_or(text.len(), |next| next.start).max(hit.value);
        let end = match &date {
            Some((range, _)) if range.start >= hit.value && range.start < end && hit.kind != Kind::Time => range.start,
            _ => end,
        };
        if !value_fits(hit.kind, trimmed(&text[hit.value..end])) {
            return None;
        }
        take(&mut found, &mut groups, hit, plain.own(line, hit.value..end), plain.own(line, hit.start..hit.label_end));
    }
    let (before, after) = match date {
        Some((range, _)) if hits.is_empty() => (&text[..range.start], &text[range.end..]),
        _ => (prefix, ""),
    };
    let rest = trimmed(after);
    if rest.chars().count() > LONGEST_PREFIX || rest.contains(',') {
        return None;
    }
    let unsaid = found.source.is_none() && hits.iter().all(|hit| hit.kind != Kind::Source);
    if found.time.is_some() && unsaid {
        let beside = dateline::read(before, after);
        // On one side of the date there may be what is no name, and states nothing.
        if beside.is_none() && !prefix.is_empty() && !rest.is_empty() {
            return None;
        }
        let beside = beside.unwrap_or_default();
        found.source = beside.source.map(|name| own_name(line, plain, name));
        groups.extend(beside.author.map(|name| (String::new(), vec![own_name(line, plain, name)])));
    }
    credit(&mut found, &groups);
    Some(found)
}

/// The outlet's own words behind a part of the plain text.
fn own_name(line: &str, plain: &Plain, part: &str) -> String {
    let at = plain.text.find(part).unwrap_or(0);
    plain.own(line, at..at + part.len()).trim().to_owned()
}

pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || "()[]|·/,:;-—".contains(character))
}

fn value_fits(kind: Kind, value: &str) -> bool {
    let length = value.chars().count();
    match kind {
        Kind::Author | Kind::Editor => length <= LONGEST_VALUE && names(value).all(|name| name.chars().count() <= 14),
        Kind::Source | Kind::Time => length <= LONGEST_VALUE,
        Kind::Noise => length <= LONGEST_VALUE + LONGEST_VALUE,
    }
}

fn take(found: &mut Statements, groups: &mut Vec<(String, Vec<String>)>, hit: &Hit, own: &str, label: &str) {
    let own = without_marks(own);
    if own.is_empty() {
        return;
    }
    match hit.kind {
        Kind::Source if found.source.is_none() => {
            // 来源：资阳观察  打印: what follows a gap is the next thing.
            found.source = own.split_whitespace().next().map(str::to_owned);
            found.labelled = found.source.is_some();
        }
        Kind::Editor if found.editor.is_none() => {
            found.editor = Some(own.split_whitespace().collect::<Vec<_>>().join(" "))
        }
        Kind::Author => groups.push((label.trim().to_owned(), names(own).map(str::to_owned).collect())),
        Kind::Source | Kind::Editor | Kind::Time | Kind::Noise => {}
    }
}

/// A value without the marks around it; a bracket that opens in it is closed in it.
fn without_marks(own: &str) -> &str {
    let is_mark = |character: char| character.is_whitespace() || "()（）[]【】|丨｜/·,，、;；:：".contains(character);
    let start = own.trim_start_matches(is_mark);
    let bare = start.trim_end_matches(is_mark);
    let cut = bare.rfind(['(', '（']).is_some_and(|open| !bare[open..].contains([')', '）']));
    let closed = start[bare.len()..].split_inclusive([')', '）']).next().filter(|_| cut);
    closed.map_or(bare, |rest| &start[..bare.len() + rest.len()])
}

/// Words that stand among names: what the named did, and the buttons beside them.
pub(super) const NO_NAMES: [&str; 17] = [
    "文",
    "图",
    "摄",
    "攝",
    "文/图",
    "摄影报道",
    "报道",
    "報道",
    "整理",
    "打印",
    "列印",
    "分享",
    "收藏",
    "关闭",
    "评论",
    "我要评论",
    "纠错",
];

/// Names apart from one another, and from the words that stand among them.
pub(super) fn names(value: &str) -> impl Iterator<Item = &str> {
    let parts = value.split(|character: char| character.is_whitespace() || "、,，/|".contains(character));
    parts.map(str::trim).filter(|name| !name.is_empty() && !NO_NAMES.contains(name))
}

/// One kind of author is named without its label; several keep theirs.
fn credit(found: &mut Statements, groups: &[(String, Vec<String>)]) {
    let groups: Vec<_> = groups.iter().filter(|(_, names)| !names.is_empty()).collect();
    found.authors = groups.iter().flat_map(|(_, names)| names.iter().cloned()).collect();
    found.byline = match groups.as_slice() {
        [] => None,
        [(_, names)] => Some(names.join(" ")),
        several => Some(
            several.iter().map(|(label, names)| format!("{label} {}", names.join(" "))).collect::<Vec<_>>().join(" "),
        ),
    };
}

impl Statements {
    /// Whether it is a date and who stands beside it, as in the head of a page, or of a comment on it.
    pub(super) fn is_dateline(&self) -> bool {
        self.time.is_some() && self.byline.is_none() && self.editor.is_none() && !self.labelled
    }

    /// Takes over what is still unknown; a source that a label states is better known than one beside a date.
    pub(super) fn fill(&mut self, other: Self) {
        if self.source.is_none() || (other.labelled && !self.labelled) {
            self.source = other.source;
            self.labelled = other.labelled;
        }
        self.editor = self.editor.take().or(other.editor);
        self.time = self.time.or(other.time);
        if self.byline.is_none() {
            self.byline = other.byline;
            self.authors = other.authors;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Line, Plain, Statements, read};

    fn of(line: &str) -> Option<Statements> {
        read(&Line::new(line, 0, 0), &Plain::of(line))
    }

    fn shown(line: &str) -> Option<[String; 4]> {
        let found = of(line)?;
        Some([
            found.source.unwrap_or_default(),
            found.byline.unwrap_or_default(),
            found.editor.unwrap_or_default(),
            found.time.map(|time| format!("{time:?}")).unwrap_or_default(),
        ])
    }

    #[test]
    fn statement_lines_are_read() {
        let cases = [
            ("每日经济新闻 2018-12-11 20:16", "每日经济新闻", "", "", "2018-12-11T20:16"),
            ("每经记者 黄名扬    每经编辑 官远星", "", "黄名扬", "官远星", ""),
            ("来源:大众日报淄博融媒体中心", "大众日报淄博融媒体中心", "", "", ""),
            ("2020-12-23 09:03:24", "", "", "", "2020-12-23T09:03:24"),
            ("時間:2023-04-26   瀏覽量:19966   來源:資陽日報", "資陽日報", "", "", "2023-04-26"),
            ("(  責任編輯:張靜怡  )", "", "", "張靜怡", ""),
            ("(  責(zé)任編輯:張靜怡  )", "", "", "張靜怡", ""),
            ("来源：资阳观察  打印", "资阳观察", "", "", ""),
            ("本报记者 胡鹏  通讯员 高磊娜", "", "本报记者 胡鹏 通讯员 高磊娜", "", ""),
            ("文/本报记者 张三", "", "张三", "", ""),
            ("发布时间：2023年4月26日 来源：新华社 作者：王某 编辑：李某", "新华社", "王某", "李某", "2023-04-26"),
            ("责编：婷婷", "", "", "婷婷", ""),
            ("2023-04-26 09:03 来源：人民日报 字号：大 中 小", "人民日报", "", "", "2023-04-26T09:03"),
            ("稿源：新华网 | 2023/04/26", "新华网", "", "", "2023-04-26"),
        ];
        for (line, source, byline, editor, time) in cases {
            let found = shown(line).unwrap_or_else(|| panic!("no statement line: {line}"));
            assert_eq!((found[0].as_str(), found[1].as_str(), found[2].as_str()), (source, byline, editor), "{line}");
            assert!(found[3].contains(time) && found[3].is_empty() == time.is_empty(), "{line}: {}", found[3]);
        }
    }

    #[test]
    fn a_sentence_states_nothing() {
        for line in [
            "記者從市委宣傳部獲悉,黨的十九大以來,市委宣傳部積極推進媒體融合向縱深發展。",
            "12月22日上午,大众日报与临淄区签署战略合作协议。大众日报淄博融媒体中心记者 王兵 摄",
            "四川8市媒体携手建“五大平台”",
            "2017-10-10 08:28 湖北日报重大项目纷纷落户，三大园区竞相发展",
            "资金来源于中央财政，时间跨度五年",
            "数据来源清楚",
            "成都发布",
        ] {
            assert_eq!(shown(line), None, "{line}");
        }
    }
}
