//! Two texts side by side, in their own words: which sentences are the same, which say the same with other figures,
//! dates or names, what only one of them has. Pure; compared as folded for matching, shown as written.
//!
//! # Layout
//! `sentence` cuts a text and finds the pairs, `token` cuts a sentence, `difference` marks what differs in a pair and
//! says what kind of thing it is; `name` tells names.

mod difference;
mod name;
mod sentence;
mod token;

use serde::{Deserialize, Serialize};

use difference::difference;
pub use name::other_names;
use sentence::{Sentence, pairs, sentences};

/// A text to be compared.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Its headline.
    pub headline: &'a str,
    /// Its plain text, one paragraph a line.
    pub text: &'a str,
}

/// Two texts side by side: theirs, to which this one is compared, and ours.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The headlines first, then the sentences in the order of theirs, those of ours alone where they stand.
    pub passages: Vec<Passage>,
    /// All that differs in the pairs, in order.
    pub changes: Vec<Change>,
    /// How much of ours, in characters, stands word for word in theirs: 0 to 1.
    pub same_share: f32,
    /// A text was longer than is compared.
    pub shortened: bool,
}

/// A sentence in both, or in one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "passage", rename_all = "kebab-case")]
pub enum Passage {
    /// The same once folded; each in its own script and punctuation.
    Same {
        /// Theirs.
        theirs: String,
        /// Ours.
        ours: String,
    },
    /// The same sentence, with something else in it.
    Changed {
        /// Theirs, piece by piece.
        theirs: Vec<Piece>,
        /// Ours, piece by piece.
        ours: Vec<Piece>,
    },
    /// Theirs alone: dropped.
    OnlyTheirs {
        /// The sentence.
        text: String,
    },
    /// Ours alone: added.
    OnlyOurs {
        /// The sentence.
        text: String,
    },
}

/// A piece of a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// As written.
    pub text: String,
    /// What differs there, if anything does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub differs: Option<Kind>,
}

/// Something that stands differently in a pair; one side is empty when it was dropped or added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Theirs.
    pub theirs: String,
    /// Ours.
    pub ours: String,
    /// What it is.
    pub kind: Kind,
}

/// What differs, the weightiest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A number, a share, an amount.
    Figure,
    /// A day, a month, a year.
    Date,
    /// One of a series: 第三次, 十四届.
    Ordinal,
    /// Of a person, a place or a body.
    Name,
    /// Any other words.
    Words,
}

/// Compares two texts.
pub fn compare(theirs: Words<'_>, ours: Words<'_>) -> Comparison {
    let (their_sentences, their_rest) = sentences(theirs.text);
    let (our_sentences, our_rest) = sentences(ours.text);
    let mut drawn = Drawn::default();
    drawn.headlines(theirs.headline, ours.headline);
    let pairs = pairs(&their_sentences, &our_sentences);
    let mut next_ours = 0;
    for (place, sentence) in their_sentences.iter().enumerate() {
        let Some(partner) = pairs.of_theirs(place) else {
            drawn.passages.push(Passage::OnlyTheirs { text: sentence.text.to_owned() });
            continue;
        };
        // What ours has alone before this pair, as far as it has not been shown yet.
        drawn.only_ours(&our_sentences, next_ours..partner, &pairs);
        next_ours = next_ours.max(partner + 1);
        if let Some(other) = our_sentences.get(partner) {
            drawn.pair(sentence, other);
        }
    }
    drawn.only_ours(&our_sentences, next_ours..our_sentences.len(), &pairs);
    let all: usize = our_sentences.iter().map(|sentence| sentence.folded.chars().count()).sum();
    let same_share = if all == 0 { 0.0 } else { drawn.same_characters as f32 / all as f32 };
    Comparison { passages: drawn.passages, changes: drawn.changes, same_share, shortened: their_rest || our_rest }
}

/// What has been drawn so far.
#[derive(Default)]
struct Drawn {
    passages: Vec<Passage>,
    changes: Vec<Change>,
    same_characters: usize,
}

impl Drawn {
    fn headlines(&mut self, theirs: &str, ours: &str) {
        if !theirs.trim().is_empty() || !ours.trim().is_empty() {
            self.pair(&Sentence::new(theirs.trim()), &Sentence::new(ours.trim()));
            self.same_characters = 0;
        }
    }

    fn pair(&mut self, theirs: &Sentence<'_>, ours: &Sentence<'_>) {
        if theirs.folded == ours.folded {
            self.same_characters += ours.folded.chars().count();
            let (theirs, ours) = (theirs.text.to_owned(), ours.text.to_owned());
            self.passages.push(Passage::Same { theirs, ours });
            return;
        }
        let found = difference(theirs.text, ours.text);
        self.same_characters += found.same_characters;
        self.changes.extend(found.changes);
        self.passages.push(Passage::Changed { theirs: found.theirs, ours: found.ours });
    }

    fn only_ours(&mut self, ours: &[Sentence<'_>], places: std::ops::Range<usize>, pairs: &sentence::Pairs) {
        for place in places.filter(|place| !pairs.has_ours(*place)) {
            self.passages.extend(ours.get(place).map(|one| Passage::OnlyOurs { text: one.text.to_owned() }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Change, Comparison, Kind, Passage, Words, compare};

    const FIRE: &str =
        "新余市一临街店铺昨天下午发生火灾。截至目前，事故已造成39人死亡、9人受伤。\n当地将尽快查明原因，依法追究责任。";

    fn of(theirs: &str, ours: &str) -> Comparison {
        compare(Words { headline: "", text: theirs }, Words { headline: "", text: ours })
    }

    fn change(theirs: &str, ours: &str, kind: Kind) -> Change {
        Change { theirs: theirs.to_owned(), ours: ours.to_owned(), kind }
    }

    #[test]
    fn a_changed_figure_is_marked_in_both_and_nothing_else_is() {
        let found = of(FIRE, &FIRE.replace("39人", "41人"));
        assert_eq!(found.changes, [change("39", "41", Kind::Figure)]);
        let kinds: Vec<bool> =
            found.passages.iter().map(|passage| matches!(passage, Passage::Changed { .. })).collect();
        assert_eq!(kinds, [false, true, false]);
        let Passage::Changed { theirs, ours } = &found.passages[1] else { panic!() };
        let whole = |pieces: &[super::Piece]| pieces.iter().map(|piece| piece.text.as_str()).collect::<String>();
        assert_eq!(whole(theirs), "截至目前，事故已造成39人死亡、9人受伤。");
        assert_eq!(whole(ours), "截至目前，事故已造成41人死亡、9人受伤。");
    }

    #[test]
    fn dates_ordinals_and_names_are_told_apart() {
        let theirs =
            "第十四届书展3月10日在成都开幕。记者张伟从组委会获悉，参展的出版社比去年多。书展由青羊区承办，门票免费。";
        let ours =
            "第十五届书展3月12日在成都开幕。记者李娜从组委会获悉，参展的出版社比去年多。书展由武侯区承办，门票免费。";
        let expected = [
            change("第十四届", "第十五届", Kind::Ordinal),
            change("3月10日", "3月12日", Kind::Date),
            change("张伟", "李娜", Kind::Name),
            change("青羊", "武侯", Kind::Name),
        ];
        assert_eq!(of(theirs, ours).changes, expected);
    }

    #[test]
    fn a_figure_is_seen_by_itself_whatever_changes_beside_it() {
        let found = of("船上有乘客六十三人，多数是下班回家的工人。", "船上有乘客六十五人，大多是下班回家的工人。");
        assert_eq!(found.changes, [change("六十三", "六十五", Kind::Figure), change("多数", "大多", Kind::Words)]);
        let beside = of("共有300名代表参加今天上午的会议。", "共有400位代表参加今天上午的会议。");
        assert_eq!(beside.changes, [change("300", "400", Kind::Figure), change("名", "位", Kind::Words)]);
    }

    #[test]
    fn script_width_and_pinyin_noise_differ_in_nothing() {
        let found = of("成都双流机场国内航班共２０２６架次。", "成都雙流機場國內航班共2026架次");
        assert!(found.changes.is_empty(), "{found:?}");
        assert!((found.same_share - 1.0).abs() < f32::EPSILON);
        let numbered = of("“岷江五号”离开码头，向下游开去。", "「岷江五號」離開碼頭，向下游開去。");
        assert!(numbered.changes.is_empty(), "{numbered:?}");
        let noisy = of("统一战线工作会议今天召开，三百人参加。", "統(tǒng)一戰(zhàn)線工作會議今天召開，四百人參加。");
        assert_eq!(noisy.changes, [change("三百", "四百", Kind::Figure)]);
    }

    #[test]
    fn what_was_dropped_and_added_stands_in_its_place() {
        let ours = FIRE.replace("当地将尽快查明原因，依法追究责任。", "附近的学校今天照常上课，没有人离开。");
        let found = of(FIRE, &ours);
        assert!(matches!(&found.passages[2], Passage::OnlyTheirs { text } if text.starts_with("当地")), "{found:?}");
        assert!(matches!(&found.passages[3], Passage::OnlyOurs { text } if text.starts_with("附近")), "{found:?}");
    }

    #[test]
    fn sentences_in_another_order_are_still_pairs() {
        let theirs = "渡口夜航今天恢复，六十三人上了头班船。航标灯换成了太阳能的，阴雨天也能亮四个通宵。";
        let ours = "航标灯换成了太阳能的，阴雨天也能亮四个通宵。渡口夜航今天恢复，六十三人上了头班船。";
        let found = of(theirs, ours);
        assert!(found.passages.iter().all(|passage| matches!(passage, Passage::Same { .. })), "{found:?}");
        assert_eq!(found.passages.len(), 2);
    }

    #[test]
    fn headlines_are_always_a_pair() {
        let (theirs, ours) =
            (Words { headline: "火灾已致39人遇难", text: "" }, Words { headline: "一店铺起火", text: "" });
        assert!(matches!(compare(theirs, ours).passages.as_slice(), [Passage::Changed { .. }]));
    }

    #[test]
    fn words_between_two_alike_stay_in_both() {
        let found = of("a月月日", "月日月月三，二");
        let Passage::Changed { theirs, ours } = &found.passages[0] else { panic!("{found:?}") };
        let whole = |pieces: &[super::Piece]| pieces.iter().map(|piece| piece.text.as_str()).collect::<String>();
        assert_eq!((whole(theirs), whole(ours)), ("a月月日".to_owned(), "月日月月三，二".to_owned()));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

        #[test]
        fn no_word_of_either_text_is_lost(
            theirs in "[一二三人死伤成都0-9月日，。\n(a-z)]{0,120}",
            ours in "[一二三人死傷成都0-9月日，。\n(a-z)]{0,120}",
        ) {
            let found = of(&theirs, &ours);
            let (mut left, mut right) = (String::new(), String::new());
            for passage in &found.passages {
                match passage {
                    Passage::Same { theirs, ours } => { left.push_str(theirs); right.push_str(ours); }
                    Passage::Changed { theirs, ours } => {
                        left.extend(theirs.iter().map(|piece| piece.text.as_str()));
                        right.extend(ours.iter().map(|piece| piece.text.as_str()));
                    }
                    Passage::OnlyTheirs { text } => left.push_str(text),
                    Passage::OnlyOurs { text } => right.push_str(text),
                }
            }
            let letters = |text: &str| {
                let mut letters: Vec<char> = text.chars().filter(|one| one.is_alphanumeric()).collect();
                letters.sort_unstable();
                letters
            };
            proptest::prop_assert_eq!(letters(&left), letters(&theirs));
            proptest::prop_assert_eq!(letters(&right), letters(&ours));
        }
    }
}
