//! Headlines side by side. A reprint often cuts or lengthens its headline; a look-alike changes what stands within it.

use std::collections::HashSet;

/// What two folded headlines say about each other.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Headlines {
    /// One contains the other, or nearly.
    pub(super) alike: bool,
    /// What stands in one place of the first and of the second, between or before the same words.
    pub(super) swapped: Option<(String, String)>,
}

/// The share of the shorter headline's two-character pairs that make two headlines alike.
const ALIKE: f32 = 0.8;
/// Characters that agree in one piece before anything is held against anything.
const BLOCK: usize = 2;
/// The share of the shorter headline that must agree in all, so that the rest can be called one place in it.
const FRAME: f32 = 0.5;
/// A headline's front is held against another's only when neither is longer; longer ones are said differently.
const FRONT: usize = 10;

/// Compares two folded headlines.
pub(super) fn compare(first: &str, second: &str) -> Headlines {
    if first.is_empty() || second.is_empty() {
        return Headlines::default();
    }
    if first.contains(second) || second.contains(first) {
        return Headlines { alike: true, swapped: None };
    }
    let (one, other): (Vec<char>, Vec<char>) = (first.chars().collect(), second.chars().collect());
    let (ours, theirs) = (pairs(&one), pairs(&other));
    let least = ours.len().min(theirs.len()).max(1) as f32;
    let alike = ours.intersection(&theirs).count() as f32 / least >= ALIKE;
    Headlines { alike, swapped: swapped(&one, &other) }
}

fn pairs(headline: &[char]) -> HashSet<(char, char)> {
    headline.windows(2).map(|pair| (pair[0], pair[1])).collect()
}

/// The first place where both say something, and something else, before or between words that agree. What stands after
/// the last such words is a site's name more often than another subject.
fn swapped(one: &[char], other: &[char]) -> Option<(String, String)> {
    let (mut left, mut right, mut agreeing) = (0, 0, 0);
    let mut found = None;
    while let Some((at, place, length)) = block(&one[left..], &other[right..]) {
        let fits = left > 0 || at.max(place) <= FRONT;
        if at > 0 && place > 0 && fits && found.is_none() {
            found = Some((words(one, left, at), words(other, right, place)));
        }
        left += at + length;
        right += place + length;
        agreeing += length;
    }
    found.filter(|_| agreeing as f32 >= one.len().min(other.len()) as f32 * FRAME)
}

/// The longest piece both have: its place in each and its length. Of several the first.
fn block(one: &[char], other: &[char]) -> Option<(usize, usize, usize)> {
    let mut best = None;
    for at in 0..one.len() {
        for place in 0..other.len() {
            let length = one[at..].iter().zip(&other[place..]).take_while(|(one, other)| one == other).count();
            if length >= BLOCK && best.is_none_or(|(_, _, longest)| length > longest) {
                best = Some((at, place, length));
            }
        }
    }
    best
}

/// The words of one place; a single character with its right neighbour, as alone it says nothing.
fn words(headline: &[char], from: usize, length: usize) -> String {
    let end = (from + length.max(2)).min(headline.len());
    headline[from..end].iter().collect()
}

/// A folded headline in the vocabulary of the mainland: 软体 and 软件 are one word.
pub(super) fn plain(headline: &str) -> String {
    hanconv::t2s(hanconv::tw2sp(hanconv::s2t(headline)))
}

/// The share of a headline's two-character pairs that occur in a text.
pub(super) fn told_in(headline: &str, text: &str) -> f32 {
    let characters: Vec<(usize, char)> = headline.char_indices().collect();
    if characters.len() < 2 {
        return 1.0;
    }
    let found = characters
        .windows(2)
        .filter(|pair| text.contains(&headline[pair[0].0..pair[1].0 + pair[1].1.len_utf8()]))
        .count();
    found as f32 / (characters.len() - 1) as f32
}

#[cfg(test)]
mod tests {
    use super::{Headlines, compare, plain};

    fn swapped(first: &str, second: &str) -> Option<(String, String)> {
        compare(first, second).swapped
    }

    fn words(first: &str, second: &str) -> Option<(String, String)> {
        Some((first.to_owned(), second.to_owned()))
    }

    #[test]
    fn a_cut_lengthened_or_turned_headline_is_alike() {
        let whole = "我驻外机构举行多种活动喜迎新春";
        for other in
            ["我驻外机构举行多种活动喜迎新春官方回应", "我驻外机构举行多种活动", "举行多种活动喜迎新春我驻外机构"]
        {
            assert!(compare(whole, other).alike, "{other}");
        }
    }

    #[test]
    fn the_words_of_taiwan_are_the_same() {
        let one = plain("党的二十大文件民族文字版出版发行");
        let other = plain(&hanconv::t2s("黨的二十大檔案民族文字版出版發行"));
        assert_eq!(compare(&one, &other), Headlines { alike: true, swapped: None });
    }

    #[test]
    fn another_name_in_the_same_words_is_a_swap() {
        assert_eq!(
            swapped("习近平举行仪式欢迎马来西亚最高元首访华", "习近平举行仪式欢迎纳米比亚总统国事访华"),
            None,
            "what follows the last words that agree is not compared"
        );
        assert_eq!(
            swapped("习近平举行仪式欢迎马来西亚最高元首访华并会谈", "习近平举行仪式欢迎纳米比亚总统访华并会谈"),
            words("马来西亚最高元首", "纳米比亚总统")
        );
        assert_eq!(swapped("绵阳韩正会见委内瑞拉副总统", "大连韩正会见委内瑞拉副"), words("绵阳", "大连"));
        assert_eq!(
            swapped("重磅论述摘编法文版出版发行", "论述摘编英文版英汉对照版出版发行"),
            words("法文", "英文版英汉对照")
        );
    }

    #[test]
    fn another_site_is_no_swap() {
        assert_eq!(swapped("出生证明要交三千元情感天空", "出生证明要交三千元财经频道"), None);
    }
}
