//! Traces: what a copy passes on to its copies besides its story. Misprints, cuts and additions show in the pieces of
//! the text; names in the credits; a keyboard and a script in how it is typed.

use lianbo_schemas::{NewsItem, Packed, Traces};
use xxhash_rust::xxh3::xxh3_64;

use super::shingle::top_half;
use crate::normalise::letters;

/// One pair of characters in so many ends a piece, wherever it stands: a change within a piece changes that one only.
const PIECE: u32 = 48;
/// Pieces kept of one text: as many characters as its shingles cover.
const MOST_PIECES: usize = 1_000;
/// Names kept of one text.
const MOST_CREDITS: usize = 12;
/// Bytes looked at for how a text is typed: about 3,000 characters.
const TYPED: usize = 9_000;

/// 繁體.
pub(super) const TRADITIONAL: u8 = 1;
/// `,` and `:` between Chinese characters.
const HALF_WIDTH: u8 = 1 << 1;
/// Readings behind characters: `統(tǒng)一`.
const READINGS: u8 = 1 << 2;
/// `3 月 10 日`.
const SPACED_FIGURES: u8 = 1 << 3;
/// Characters that nobody sees.
const INVISIBLE: u8 = 1 << 4;
/// Habits of a single page rather than of a country or of a house: who shares one has it from there.
pub(super) const PECULIAR: u8 = READINGS | SPACED_FIGURES | INVISIBLE;

/// The pieces of the lines of a folded text, as if it were one line: copies break their lines elsewhere.
pub(super) fn pieces<'a>(lines: impl Iterator<Item = &'a str>) -> Packed {
    let mut pieces = Vec::new();
    let (mut hash, mut last, mut length) = (0u64, 0u32, 0u32);
    for character in lines.flat_map(str::chars).map(u32::from) {
        hash = (hash.rotate_left(5) ^ u64::from(character)).wrapping_mul(0x517c_c1b7_2722_0a95);
        length += 1;
        let pair = last.wrapping_mul(0x9e37_79b1).wrapping_add(character).wrapping_mul(0x85eb_ca6b);
        if length > 1 && (pair >> 16).is_multiple_of(PIECE) {
            pieces.push(top_half(hash));
            (hash, length) = (0, 0);
            if pieces.len() == MOST_PIECES {
                break;
            }
        }
        last = character;
    }
    if length > 0 {
        pieces.push(top_half(hash));
    }
    sorted(pieces)
}

fn sorted(mut words: Vec<u32>) -> Packed {
    words.sort_unstable();
    words.dedup();
    Packed(words)
}

/// Notes what the item itself shows: whom it credits, how it is typed.
pub(super) fn note(traces: &mut Traces, news: &NewsItem, stated_source: Option<&str>) {
    let people = news.people.iter().filter_map(|person| person.name.as_deref());
    let names = people.chain(stated_source).map(plain).filter(|name| !name.is_empty());
    traces.credits = sorted(names.take(MOST_CREDITS).map(|name| top_half(xxh3_64(name.as_bytes()))).collect());
    traces.habits = habits(news);
}

/// A name in simplified characters, without what stands around it.
fn plain(name: &str) -> String {
    let bare: String =
        name.chars().take_while(|mark| !matches!(mark, '(' | '（')).filter(|mark| mark.is_alphanumeric()).collect();
    if bare.is_ascii() { bare } else { hanconv::t2s(&bare) }
}

fn habits(news: &NewsItem) -> u8 {
    let body = news.bodies.iter().find(|body| body.content_type.as_deref() == Some("text/plain"));
    let text = body.or(news.bodies.first()).map_or("", |body| body.value.as_str());
    let script = news.language.as_deref().is_some_and(|language| language.starts_with("zh-Hant"));
    typed(text) | if script { TRADITIONAL } else { 0 }
}

/// How a text is typed, its script left out.
fn typed(text: &str) -> u8 {
    let (mut half, mut full, mut habits) = (0u32, 0u32, 0u8);
    let mut at = 0;
    while at < TYPED {
        // Nearly all of it.
        at += 3 * letters(&text[at..]);
        let Some(character) = text[at..].chars().next() else { break };
        match character {
            ',' | ':' if text[..at].ends_with(is_han) => half += 1,
            '，' | '：' => full += 1,
            '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}' => habits |= INVISIBLE,
            ' ' if is_spaced_figure(&text[..at]) => habits |= SPACED_FIGURES,
            'ā' | 'á' | 'ǎ' | 'à' | 'ō' | 'ó' | 'ǒ' | 'ò' | 'ē' | 'é' | 'ě' | 'è' | 'ī' | 'í' | 'ǐ' | 'ì' | 'ū'
            | 'ú' | 'ǔ' | 'ù' | 'ǘ' | 'ǚ' | 'ǜ' => habits |= READINGS,
            _ => {}
        }
        at += character.len_utf8();
    }
    habits | if half > full { HALF_WIDTH } else { 0 }
}

/// Whether what stands before a space ends in one or two digits behind another space.
fn is_spaced_figure(before: &str) -> bool {
    let digit = |mark: char| mark.is_ascii_digit();
    let Some(first) = before.strip_suffix(digit) else { return false };
    first.ends_with(' ') || first.strip_suffix(digit).is_some_and(|second| second.ends_with(' '))
}

fn is_han(character: char) -> bool {
    ('\u{4e00}'..='\u{9fff}').contains(&character)
}

#[cfg(test)]
mod tests {
    use super::{HALF_WIDTH, INVISIBLE, READINGS, SPACED_FIGURES, pieces, typed};

    const TEXT: &str = "国务院总理在成都考察时强调要扎实推进以人为本的新型城镇化为经济发展和民生改善提供强劲动力\
        并主持召开座谈会听取意见建议他指出要坚持问题导向把握规律因地制宜让更多群众共享发展成果";

    #[test]
    fn a_misprint_changes_the_piece_it_stands_in_wherever_lines_break() {
        let long = TEXT.repeat(3).replacen("扎实", "切实", 1) + &TEXT.replace("规律", "规矩");
        let (whole, broken) = (pieces([long.as_str()].into_iter()), long.split_inclusive('力').collect::<Vec<_>>());
        assert_eq!(whole, pieces(broken.into_iter()));
        let misprinted = pieces([long.replacen("听取", "听去", 1).as_str()].into_iter());
        let lost = whole.0.iter().filter(|piece| !misprinted.0.contains(piece)).count();
        assert!(whole.0.len() > 3 && lost <= 1, "{lost} of {}", whole.0.len());
    }

    #[test]
    fn habits_are_seen() {
        assert_eq!(typed("会议指出，要坚持问题导向：一是抓落实，二是抓整改。"), 0);
        assert_eq!(typed("会议指出,要坚持问题导向:一是抓落实,二是抓整改。"), HALF_WIDTH);
        assert_eq!(typed("會議於 9 月 12 日召開，統(tǒng)一部署"), SPACED_FIGURES | READINGS);
        assert_eq!(typed("会议\u{200b}指出，要坚持"), INVISIBLE);
        assert_eq!(typed("售价 12.5 元"), 0);
    }
}
