//! The reasons of a verdict, notes on a withdrawal, advice on a lane and what keeps a page from being shown, in the
//! reader's language. They are kept in
//! English; a sentence that is not known here is shown as it is.

use std::borrow::Cow;

use super::Language;

/// Sentences with holes, in English and in Chinese: the holes are filled in the order of the English one.
const SENTENCES: [(&str, &str); 45] = [
    (
        "The text is the same, character for character, after folding script, punctuation and space.",
        "统一字形、标点和空白后，正文逐字相同。",
    ),
    ("No text of the hub's shares enough with it.", "库中没有与它足够相近的稿件。"),
    (
        "{} % of this text stands in the other, and {} % of the other in this one, rare passages weighing more.",
        "本稿有 {}% 见于对方，对方有 {}% 见于本稿（越少见的语句分量越重）。",
    ),
    ("{} % of the other's first sentences stand in this text.", "对方开头几句有 {}% 见于本稿。"),
    ("The headlines differ in one place only: `{}` there, `{}` here.", "标题只差一处：对方是“{}”，本稿是“{}”。"),
    ("It looks like {}, but tells of something else in the same words.", "与 {} 行文相似，但说的是另一件事。"),
    (
        "All {} figures, dates and ordinals that stand in the same words agree.",
        "相同语句中的 {} 处数字、日期和序数全部一致。",
    ),
    (
        "{} of {} figures, dates and ordinals in the same words differ, e.g. `{}` there, `{}` here.",
        "有 {} 处不同（相同语句中的数字、日期和序数共 {} 处），例如对方是“{}”，本稿是“{}”。",
    ),
    (
        "Other names stand between the same words, e.g. `{}` there, `{}` here.",
        "相同语句之间的名称不同，例如对方是“{}”，本稿是“{}”。",
    ),
    ("The longest shared passage begins `{}`.", "最长的相同段落开头是“{}”。"),
    ("The copy seen first states `{}` as its source, which is this outlet.", "最先收到的那份注明来源“{}”，即本媒体。"),
    (
        "The copy seen first links to {} as its original, which is this outlet's.",
        "最先收到的那份标明原文地址 {}，属于本媒体。",
    ),
    (
        "It was published at {}, before the copy seen first, which names no author or source.",
        "本稿发布于 {}，早于最先收到的那份，而后者既无作者也无来源。",
    ),
    ("Its hop history names this hub: it is the hub's own copy.", "流转记录中有本枢纽：这是本枢纽分发出去的稿件。"),
    ("The outlet sent a newer version of its own piece.", "媒体发来了自己稿件的新版本。"),
    ("The outlet sent a newer version of its own piece, and says: {}", "媒体发来了自己稿件的新版本，并说明：{}"),
    ("The outlet holds its piece back.", "媒体暂缓了这篇稿件。"),
    ("The outlet holds its piece back, and says: {}", "媒体暂缓了这篇稿件，并说明：{}"),
    ("The outlet has killed its piece.", "媒体撤回了这篇稿件。"),
    ("The outlet has killed its piece, and says: {}", "媒体撤回了这篇稿件，并说明：{}"),
    ("An editor has decided that it is an article of its own.", "编辑裁定：这是独立的一篇稿件。"),
    ("An editor has decided that the two articles are one.", "编辑裁定：两篇稿件是同一篇。"),
    ("An editor has decided that this is the original.", "编辑裁定：这一份是原稿。"),
    ("It expired at {}.", "已于 {} 到期下架。"),
    ("The grant `{}` ended at {}.", "授权“{}”已于 {} 到期。"),
    ("It is one article with {}.", "与 {} 是同一篇稿件。"),
    ("Nothing a reader could see has changed.", "读者看得到的内容没有变化。"),
    ("The outlet has killed this piece, and a kill is final.", "媒体已撤回这篇稿件，撤稿不可恢复。"),
    ("The hub has a newer version of this piece.", "枢纽已有这篇稿件的更新版本。"),
    ("It was withdrawn before the hub had any of it.", "枢纽收到之前，这篇稿件已被撤回。"),
    ("It has passed through this hub before, and founds nothing.", "这篇稿件曾经过本枢纽分发，不另立新稿。"),
    (
        "renew the credentials (`lianbo partner show {}` names the secret), then run `lianbo check`",
        "请更新凭据（密钥名见 `lianbo partner show {}`），然后运行 `lianbo check`",
    ),
    (
        "correct the connector (`lianbo partner show {}` shows it), then run `lianbo check`",
        "请改正连接设置（见 `lianbo partner show {}`），然后运行 `lianbo check`",
    ),
    ("run `lianbo partner resume {}` when it may go on", "可以继续时，运行 `lianbo partner resume {}`"),
    (
        "register the partner: `lianbo partner show {}` finds nothing",
        "请登记该合作方：`lianbo partner show {}` 查不到它",
    ),
    (
        "the partner `{}` may not have this article; `lianbo why {} --partner {}` says why",
        "合作方“{}”不能得到这篇稿件；运行 `lianbo why {} --partner {}` 可查原因",
    ),
    (
        "there is no partner `{}`; `lianbo partner list` lists them",
        "没有合作方“{}”；`lianbo partner list` 列出全部合作方",
    ),
    ("there is no article `{}`; `lianbo articles` lists them", "没有稿件“{}”；`lianbo articles` 列出全部稿件"),
    ("this node's view does not answer; ask again in a moment", "本节点暂时查不了稿件，请稍后再试"),
    ("name what is to be compared: either `item` or `article`", "请指明与什么对照：在地址里给出 `item` 或 `article`"),
    ("it makes {} bytes, {} are taken", "它生成了 {} 字节，最多 {} 字节"),
    ("a template has {} bytes at most", "版式最多 {} 字节"),
    (
        "what it makes is no JSON object: {}; use the filter `tojson`",
        "它生成的不是 JSON 对象（{}）；请用过滤器 `tojson`",
    ),
    ("it cannot be laid out: {}", "无法排版：{}"),
    ("line {}: {}", "第 {} 行有误：{}"),
];

/// A reason in a language.
pub fn reason(language: Language, english: &str) -> Cow<'_, str> {
    if language == Language::English {
        return Cow::Borrowed(english);
    }
    let said = SENTENCES.iter().find_map(|(pattern, chinese)| Some(fill(chinese, &holes(pattern, english)?)));
    said.map_or(Cow::Borrowed(english), Cow::Owned)
}

/// What stands in the holes, if the sentence is of this pattern.
fn holes<'a>(pattern: &str, sentence: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = pattern.split("{}");
    let mut rest = sentence.strip_prefix(parts.next()?)?;
    let mut holes = Vec::new();
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        // The last part must reach the end, the others stand where they are first found.
        let at = if parts.peek().is_none() { rest.strip_suffix(part)?.len() } else { rest.find(part)? };
        holes.push(rest.get(..at)?);
        rest = rest.get(at + part.len()..)?;
    }
    rest.is_empty().then_some(holes)
}

fn fill(pattern: &str, holes: &[&str]) -> String {
    let mut holes = holes.iter();
    let mut filled = String::new();
    for (place, part) in pattern.split("{}").enumerate() {
        if place > 0 {
            filled.push_str(holes.next().unwrap_or(&""));
        }
        filled.push_str(part);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::{Language, SENTENCES, reason};

    #[test]
    fn known_sentences_are_said_in_chinese_and_others_as_they_are() {
        for (english, chinese) in [
            (
                "100 % of this text stands in the other, and 72 % of the other in this one, rare passages weighing more.",
                "本稿有 100% 见于对方，对方有 72% 见于本稿（越少见的语句分量越重）。",
            ),
            (
                "The headlines differ in one place only: `四百` there, `三百` here.",
                "标题只差一处：对方是“四百”，本稿是“三百”。",
            ),
            ("The death toll differs.", "The death toll differs."),
        ] {
            assert_eq!(reason(Language::Chinese, english), chinese);
            assert_eq!(reason(Language::English, english), english);
        }
    }

    #[test]
    fn both_languages_have_as_many_holes() {
        for (english, chinese) in SENTENCES {
            assert_eq!(english.matches("{}").count(), chinese.matches("{}").count(), "{english}");
        }
    }
}
