//! What folding for comparison may and may not do, whatever the text. `LIANBO_FUZZ_CASES` sets how many texts are tried.

use lianbo_hub::normalise::fold::fold;
use lianbo_tests::corpus;
use pinyin::ToPinyinMulti;
use proptest::collection;
use proptest::prelude::{ProptestConfig, any, prop_assert, prop_assert_eq, proptest};

fn config() -> ProptestConfig {
    let cases = std::env::var("LIANBO_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// A Simplified text of common words.
fn article(number: u32) -> String {
    corpus::article(u64::from(number), 120).1.replace('\n', "")
}

fn wide(character: char) -> char {
    match character {
        '!'..='~' => char::from_u32(u32::from(character) + 0xfee0).unwrap_or(character),
        other => other,
    }
}

/// The text with a reading in parentheses behind every character that `chosen` names.
fn with_readings(text: &str, chosen: &[bool]) -> String {
    let mut noisy = String::new();
    for (character, chosen) in text.chars().zip(chosen.iter().cycle()) {
        noisy.push(character);
        let reading = character.to_pinyin_multi().map(|readings| readings.get(0).with_tone());
        // Only a reading with a tone mark is noise: `长(long)城` may be a word in brackets.
        if let Some(reading) = reading.filter(|reading| *chosen && !reading.is_ascii()) {
            noisy.push_str(&format!("({reading})"));
        }
    }
    noisy
}

/// The conversion to Simplified has chains, `薴` to `苧` to `苎`: whichever form a page writes, one key comes out.
#[test]
fn every_ideograph_folds_to_a_form_that_stays() {
    let ideographs = ('\u{3400}'..='\u{9fff}').chain('\u{f900}'..='\u{faff}').chain('\u{20000}'..='\u{323af}');
    let moving: Vec<String> = ideographs
        .map(|character| (character, fold(&character.to_string())))
        .filter(|(_, once)| fold(once) != *once)
        .map(|(character, once)| format!("{character} {once} {}", fold(&once)))
        .collect();
    assert!(moving.is_empty(), "{moving:?}");
}

proptest! {
    #![proptest_config(config())]

    /// Marks of rare scripts change places when what stood between them is gone; letters and digits stay as they are.
    #[test]
    fn any_text_folds_to_text_without_space_and_the_same_ascii_each_time(text in any::<String>()) {
        let ascii = |text: &str| text.chars().filter(char::is_ascii).collect::<String>();
        let once = fold(&text);
        prop_assert!(!once.contains(char::is_whitespace));
        prop_assert_eq!(ascii(&fold(&once)), ascii(&once));
    }

    #[test]
    fn any_characters_of_news_fold_and_folding_again_changes_nothing(
        text in "[\u{2e80}-\u{9fff}\u{f900}-\u{faff}\u{ff00}-\u{ffef}\u{2000}-\u{2bff}a-zA-Zāǎǜ0-9()（）?？.,，。:：%‰～/ -]{0,60}"
    ) {
        let once = fold(&text);
        prop_assert_eq!(fold(&once), once);
    }

    #[test]
    fn a_text_and_its_traditional_form_fold_to_one(number in any::<u32>()) {
        let text = article(number);
        prop_assert_eq!(fold(&hanconv::s2t(&text)), fold(&text));
    }

    #[test]
    fn width_case_and_space_do_not_matter(number in any::<u32>(), words in "[a-zA-Z0-9%]{0,20}", spaces in collection::vec(0..4_usize, 1..9)) {
        let text = format!("{}{words}。", article(number));
        let plain = fold(&text);
        prop_assert_eq!(fold(&text.chars().map(wide).collect::<String>()), plain.clone());
        prop_assert_eq!(fold(&text.to_ascii_uppercase()), plain.clone());
        let spaced: String = text
            .chars()
            .zip(spaces.iter().cycle())
            .flat_map(|(character, space)| std::iter::once(character).chain([" ", "\u{3000}", "", "\u{200b}"][*space].chars()))
            .collect();
        prop_assert_eq!(fold(&spaced), plain);
    }

    #[test]
    fn readings_strewn_in_are_taken_out(number in any::<u32>(), chosen in collection::vec(any::<bool>(), 1..30)) {
        let text = article(number);
        prop_assert_eq!(fold(&with_readings(&text, &chosen)), fold(&text));
        let lost: String = with_readings(&text, &chosen).chars().map(|letter| if "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü".contains(letter) { '?' } else { letter }).collect();
        prop_assert_eq!(fold(&lost), fold(&text));
    }

    #[test]
    fn no_digit_is_lost_or_made(text in "[\u{4e00}-\u{4fff}0-9，。、“”（）a-z]{0,60}") {
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        prop_assert_eq!(digits(&fold(&text)), digits(&text));
        prop_assert!(!fold(&text).contains(char::is_whitespace));
    }
}
