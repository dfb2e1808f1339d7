//! Bylines inside the text: `（记者 韩凯 任灵芝 李超颖）` in the dateline, `(全媒體記者 李梅)` at the end.

use super::line::Plain;
use super::statements::{Statements, names};

/// A longer bracket is part of the story.
const LONGEST_BRACKET: usize = 60;
/// 大众日报淄博融媒体中心记者: what stands before the word in its bracket.
const LONGEST_OWNER: usize = 16;
/// Chinese names have two to four characters, those of minorities and foreigners more, with a middle dot or in Latin.
const LONGEST_NAME: usize = 5;
const LONGEST_FOREIGN_NAME: usize = 14;

/// The reporters a paragraph names in brackets.
pub(super) fn read(paragraph: &str) -> Option<Statements> {
    let open = paragraph.find(['(', '（'])?;
    // The character before a bracket tells whether a reading stands in it.
    let before = paragraph[..open].chars().next_back().map_or(0, char::len_utf8);
    let paragraph = &paragraph[open - before..];
    if !paragraph.contains('者') || !paragraph.contains(['记', '記']) {
        return None;
    }
    let plain = Plain::of(paragraph);
    let text = plain.text.as_str();
    for (open, _) in text.match_indices('(') {
        let inner = &text[open + 1..];
        let reach = inner.char_indices().nth(LONGEST_BRACKET + 1).map_or(inner.len(), |(at, _)| at);
        let Some(length) = inner[..reach].find(')') else { continue };
        let inner = &inner[..length];
        let Some(word) = inner.find("记者").filter(|word| inner[..*word].chars().count() <= LONGEST_OWNER) else {
            continue;
        };
        let from = open + 1 + word + "记者".len();
        if let Some(found) = of_names(plain.own(paragraph, from..open + 1 + length)) {
            return Some(found);
        }
    }
    None
}

/// The names after the word, those of correspondents (通讯员) included.
fn of_names(own: &str) -> Option<Statements> {
    if own.contains('摄') || own.contains('攝') {
        return None;
    }
    let own = own.trim_start_matches([':', '：', ' ', '\u{3000}']);
    let own = own.replace("通讯员", " ").replace("通訊員", " ");
    let authors: Vec<String> = names(&own).map(str::to_owned).collect();
    if authors.is_empty() || !authors.iter().all(|name| is_name(name)) {
        return None;
    }
    Some(Statements { byline: Some(authors.join(" ")), authors, ..Statements::default() })
}

fn is_name(word: &str) -> bool {
    let foreign = word.contains(['·', '•']) || word.is_ascii();
    word.chars().count() <= if foreign { LONGEST_FOREIGN_NAME } else { LONGEST_NAME }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn reporters_in_brackets_are_named() {
        let cases = [
            ("12月22日讯(记者 韩凯 任灵芝 李超颖) 大众融媒力量", Some("韩凯 任灵芝 李超颖")),
            ("影視廣告營銷等業務。 (全媒體記者 李梅)", Some("李梅")),
            ("新华社南昌2月27日电（记者邬慧颖）江西省", Some("邬慧颖")),
            ("正义网宁波２月１８日电(记者蔡俊杰 通讯员王洁)宁波市", Some("蔡俊杰 王洁")),
            ("签约现场(记者 王兵 摄)", None),
            ("(记者从有关部门获悉，会议将于明年三月在北京举行)", None),
            ("记者获悉", None),
        ];
        for (paragraph, expected) in cases {
            let found = read(paragraph).and_then(|found| found.byline);
            assert_eq!(found.as_deref(), expected, "{paragraph}");
        }
    }
}
