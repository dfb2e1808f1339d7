//! Headlines side by side. A reprint often cuts or lengthens its headline; a look-alike changes what stands within it.

use std::sync::LazyLock;

use hanconv::{RawDictionary, Trie, t2s};

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

/// Characters that agree on either side of a name, and characters of the longer one of two names, titles included.
const FRAME_BLOCK: usize = 4;
const NAME: std::ops::RangeInclusive<usize> = 3..=20;

/// How names of sites, papers and stations end; a headline that ends so ends with one.
const SITE_ENDINGS: [&[char]; 7] =
    [&['网'], &['报'], &['频', '道'], &['在', '线'], &['客', '户', '端'], &['新', '闻'], &['台']];

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
    let common = ours.iter().filter(|pair| theirs.binary_search(pair).is_ok()).count();
    let alike = common as f32 / least >= ALIKE;
    Headlines { alike, swapped: swapped(&one, &other) }
}

/// Every pair of neighbours once, sorted.
fn pairs(headline: &[char]) -> Vec<(char, char)> {
    let mut pairs: Vec<(char, char)> = headline.windows(2).map(|pair| (pair[0], pair[1])).collect();
    pairs.sort_unstable();
    pairs.dedup();
    pairs
}

/// The first place where both say something, and something else, before or between words that agree. What stands after
/// the last such words is a site's name more often than another subject.
fn swapped(one: &[char], other: &[char]) -> Option<(String, String)> {
    let mut blocks = Vec::new();
    agree(one, other, 0, 0, &mut blocks);
    let agreeing: usize = blocks.iter().map(|block| block.length).sum();
    if (agreeing as f32) < one.len().min(other.len()) as f32 * FRAME {
        return None;
    }
    let (mut left, mut right) = (0, 0);
    for block in blocks {
        let (ours, theirs) = (block.first - left, block.second - right);
        let at_front = left == 0;
        let end = block.first + block.length;
        let is_site = end == one.len() && SITE_ENDINGS.iter().any(|ending| one.ends_with(ending));
        if ours > 0 && theirs > 0 && !is_site && (!at_front || ours.max(theirs) <= FRONT) {
            return Some((words(one, left, ours), words(other, right, theirs)));
        }
        (left, right) = (end, block.second + block.length);
    }
    None
}

/// What stands in the same places of two texts in one vocabulary, see [`plain`], between the same words: names, as long as a person's or more, and no
/// figures, which are compared as facts.
pub(super) fn replaced(first: &str, second: &str) -> Vec<(String, String)> {
    let (one, other): (Vec<char>, Vec<char>) = (first.chars().collect(), second.chars().collect());
    let mut blocks = Vec::new();
    agree(&one, &other, 0, 0, &mut blocks);
    blocks.retain(|block| block.length >= FRAME_BLOCK);
    let between = blocks.windows(2).map(|pair| {
        let (left, right) = (pair[0].first + pair[0].length, pair[0].second + pair[0].length);
        (&one[left..pair[1].first], &other[right..pair[1].second])
    });
    between
        .filter(|(theirs, ours)| [theirs, ours].iter().all(|words| words.len() >= BLOCK && !has_digit(words)))
        .filter(|(theirs, ours)| NAME.contains(&theirs.len().max(ours.len())))
        .map(|(theirs, ours)| (theirs.iter().collect(), ours.iter().collect()))
        .collect()
}

fn has_digit(words: &[char]) -> bool {
    words.iter().any(char::is_ascii_digit)
}

/// A piece that stands in both.
struct Block {
    first: usize,
    second: usize,
    length: usize,
}

/// The pieces that stand in both, in order: the longest, and what agrees before and after it.
fn agree(one: &[char], other: &[char], first: usize, second: usize, blocks: &mut Vec<Block>) {
    let Some((at, place, length)) = block(one, other) else { return };
    agree(&one[..at], &other[..place], first, second, blocks);
    blocks.push(Block { first: first + at, second: second + place, length });
    let (next, other_next) = (at + length, place + length);
    agree(&one[next..], &other[other_next..], first + next, second + other_next, blocks);
}

/// The longest piece both have: its place in each and its length. Of several the first.
fn block(one: &[char], other: &[char]) -> Option<(usize, usize, usize)> {
    // How far both agree from one character and from each place of the other on; known from the character behind it,
    // and so from the end backwards.
    let (mut agreed, mut behind) = (vec![0u32; other.len() + 1], vec![0u32; other.len() + 1]);
    let (mut longest, mut found) = (0, None);
    for (at, character) in one.iter().enumerate().rev() {
        std::mem::swap(&mut agreed, &mut behind);
        let mut most = 0;
        for ((length, further), theirs) in agreed.iter_mut().zip(&behind[1..]).zip(other) {
            *length = if theirs == character { further + 1 } else { 0 };
            most = most.max(*length);
        }
        if most as usize >= BLOCK && most >= longest {
            longest = most;
            found = agreed.iter().position(|length| *length == most).map(|place| (at, place, most as usize));
        }
    }
    found
}

/// The words of one place; a single character with its right neighbour, as alone it says nothing.
fn words(headline: &[char], from: usize, length: usize) -> String {
    let end = (from + length.max(2)).min(headline.len());
    headline[from..end].iter().collect()
}

/// A folded headline in one vocabulary: 软件 and 软体, 文件 and 档案 are one word. That of Taiwan, as only this direction
/// leaves no word behind that it would change again.
pub(super) fn plain(headline: &str) -> String {
    /// The words of the mainland and of Taiwan, both in simplified characters, as folded texts are.
    static WORDS: LazyLock<Trie<String>> = LazyLock::new(|| {
        let words = RawDictionary::TWPhrases.iter().map(|(here, there)| (t2s(here), t2s(there)));
        words.filter(|(here, there)| here != there).collect()
    });
    WORDS.convert(headline)
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
    use proptest::prelude::{prop, prop_assert_eq, proptest};

    use super::{BLOCK, Headlines, block, compare, plain};

    fn swapped(first: &str, second: &str) -> Option<(String, String)> {
        compare(first, second).swapped
    }

    proptest! {
        #[test]
        fn the_longest_piece_is_the_first_of_the_longest(
            one in prop::collection::vec(prop::char::range('a', 'c'), 0..20),
            other in prop::collection::vec(prop::char::range('a', 'c'), 0..20),
        ) {
            let places = (0..one.len()).flat_map(|at| (0..other.len()).map(move |place| (at, place)));
            let mut expected = None;
            for (at, place) in places {
                let length = one[at..].iter().zip(&other[place..]).take_while(|(one, other)| one == other).count();
                if length >= BLOCK && expected.is_none_or(|(_, _, longest)| length > longest) {
                    expected = Some((at, place, length));
                }
            }
            prop_assert_eq!(block(&one, &other), expected);
        }
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
            words("马来西亚最高元首", "纳米比亚总统国事")
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
        assert_eq!(swapped("出生证明要交三千元华北新闻网", "出生证明要交三千元闽南新闻网"), None);
    }
}
