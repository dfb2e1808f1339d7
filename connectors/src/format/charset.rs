//! Bytes to text. What the bytes are counts more than what is said about them: of 318 Chinese pages with wrong and
//! right labels, obeying the declaration reads half, looking at the bytes reads nearly all.

use std::borrow::Cow;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, ISO_8859_15, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252,
};

use super::frequent;

/// How a document was decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Charset {
    /// The encoding's name in the WHATWG Encoding Standard, e.g. `gb18030`.
    pub name: &'static str,
    /// Whether some bytes had no meaning in it and stand as U+FFFD.
    pub lossy: bool,
}

/// How much of a document the detector looks at: enough for certainty, little enough for speed.
const DETECTOR_SAMPLE: usize = 64 * 1024;
/// How far into a document a `meta` or XML declaration is looked for; browsers look at 1,024 bytes, some pages put
/// their scripts first.
const DECLARATION_WINDOW: usize = 4096;
/// Below this many bytes outside ASCII a detector's guess of a Chinese charset does not outweigh a declared Latin one.
const FEW_BYTES: usize = 24;
/// So many of them in a row are three Chinese characters, and no word of a Latin language.
const NO_LATIN_WORD: usize = 6;
/// One broken byte among this many good multi-byte characters leaves a text UTF-8.
const GOOD_PER_BROKEN: usize = 20;

/// Decodes a document: BOM, valid UTF-8, detector, then the declaration (HTTP charset, `meta`, XML). GB2312 and GBK are
/// read as GB18030. Never fails: bytes without meaning become U+FFFD.
pub fn decode(bytes: &[u8], media_type: Option<&str>) -> (String, Charset) {
    if let Some((encoding, length)) = Encoding::for_bom(bytes) {
        return with(encoding, &bytes[length..]);
    }
    if let Some(encoding) = wide(bytes) {
        return with(encoding, bytes);
    }
    match UTF_8.decode_without_bom_handling_and_without_replacement(bytes) {
        Some(text) => return (text.into_owned(), Charset { name: UTF_8.name(), lossy: false }),
        None if mostly_utf8(bytes) => return with(UTF_8, bytes),
        None => {}
    }
    with(choose(bytes, declared(bytes, media_type)), bytes)
}

fn with(encoding: &'static Encoding, bytes: &[u8]) -> (String, Charset) {
    let encoding = if encoding == GBK { GB18030 } else { encoding };
    let (text, lossy) = encoding.decode_without_bom_handling(bytes);
    let text = if encoding == BIG5 { numbered(text) } else { text };
    (text.into_owned(), Charset { name: encoding.name(), lossy })
}

/// Twenty codes of Big5 are numbers in circles and parentheses in the original table, and katakana and Cyrillic in the
/// extension that browsers read (0xC7E9 to 0xC7FC).
const EXTENSION: &str = "ロヮワヰヱヲンヴヵヶАБВГДЕЁЖЗИ";
const ORIGINAL: &str = "①②③④⑤⑥⑦⑧⑨⑩⑴⑵⑶⑷⑸⑹⑺⑻⑼⑽";

/// Reads those codes as numbers where no other kana or Cyrillic letter stands: no foreign word is made of these twenty
/// alone, and texts that count their points are many.
fn numbered(text: Cow<'_, str>) -> Cow<'_, str> {
    let foreign = |character: char| matches!(character, '\u{3041}'..='\u{30fa}' | '\u{400}'..='\u{4ff}');
    let mut letters = text.chars().filter(|character| foreign(*character)).peekable();
    if letters.peek().is_none() || !letters.all(|letter| EXTENSION.contains(letter)) {
        return text;
    }
    let number = |character: char| {
        let place = EXTENSION.chars().position(|letter| letter == character)?;
        ORIGINAL.chars().nth(place)
    };
    Cow::Owned(text.chars().map(|character| number(character).unwrap_or(character)).collect())
}

/// How much of a document is looked at for the zero bytes of UTF-16, in bytes.
const WIDE_WINDOW: usize = 4096;
/// UTF-16 shows at least one of the [`NARROW`] in so many characters: markup, digits, ends of lines.
const CHARACTERS_PER_NARROW: usize = 64;
/// ASCII characters that are in any document, and that with their bytes exchanged are none that news is written in.
const NARROW: &[u8] = b"\n\r \",./123456789:<=>[{";

/// UTF-16 without a BOM shows itself by the zero byte beside an ASCII character; no other charset of text has zeros.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    let window = &bytes[..bytes.len().min(WIDE_WINDOW)];
    if !window.contains(&0) {
        return None;
    }
    let (mut big, mut little) = (0, 0);
    for pair in window.chunks_exact(2) {
        match pair {
            [0, 0] => return None,
            [0, narrow] => big += usize::from(NARROW.contains(narrow)),
            [narrow, 0] => little += usize::from(NARROW.contains(narrow)),
            _ => {}
        }
    }
    let shown = big.max(little) * CHARACTERS_PER_NARROW >= window.len() / 2;
    (shown && big != little).then_some(if big > little { UTF_16BE } else { UTF_16LE })
}

/// A UTF-8 text with broken bytes: one cut at a fixed length, or one with passages of another charset in it. Three bytes
/// that make a character of UTF-8 by accident are rarer in any Chinese charset than those that make none.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut long, mut broken) = (0_usize, 0_usize, 0_usize);
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            good += usize::from(character.len_utf8() > 1);
            long += usize::from(character.len_utf8() > 2);
        }
        broken += usize::from(!chunk.invalid().is_empty());
    }
    good > broken.saturating_mul(GOOD_PER_BROKEN) || long > broken
}

fn choose(bytes: &[u8], declared: Option<&'static Encoding>) -> &'static Encoding {
    if let Some(chinese) = frequent::chinese(bytes) {
        return chinese;
    }
    let sample = &bytes[..bytes.len().min(DETECTOR_SAMPLE)];
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, sample.len() == bytes.len());
    let guess = detector.guess(None, Utf8Detection::Deny);
    // What is UTF-8 or UTF-16 was seen to be, whatever else is said.
    let Some(declared) = declared.filter(|encoding| ![UTF_8, UTF_16BE, UTF_16LE].contains(encoding)) else {
        return guess;
    };
    if wide_characters(guess) {
        let few = bytes.iter().filter(|byte| !byte.is_ascii()).take(FEW_BYTES).count() < FEW_BYTES;
        let latin = [WINDOWS_1252, ISO_8859_15].contains(&declared);
        let obey = few && reads(declared, sample) && !(latin && in_a_row(bytes) >= NO_LATIN_WORD);
        return if obey { declared } else { guess };
    }
    if reads(declared, sample) { declared } else { guess }
}

/// The most bytes outside ASCII in a row.
fn in_a_row(bytes: &[u8]) -> usize {
    bytes.split(u8::is_ascii).map(<[u8]>::len).max().unwrap_or(0)
}

fn wide_characters(encoding: &'static Encoding) -> bool {
    [GBK, GB18030, BIG5, EUC_JP, EUC_KR, SHIFT_JIS].contains(&encoding)
}

/// Whether a sample has a meaning in this encoding; a character cut off at the sample's end is no fault.
fn reads(encoding: &'static Encoding, sample: &[u8]) -> bool {
    let cut = &sample[..sample.len().saturating_sub(3)];
    encoding.decode_without_bom_handling_and_without_replacement(cut).is_some()
        || encoding.decode_without_bom_handling_and_without_replacement(sample).is_some()
}

/// What the sender says: HTTP first, then the document itself.
fn declared(bytes: &[u8], media_type: Option<&str>) -> Option<&'static Encoding> {
    if let Some(encoding) = media_type.and_then(|value| label_after(value.as_bytes(), b"charset")) {
        return Some(encoding);
    }
    let head = &bytes[..bytes.len().min(DECLARATION_WINDOW)];
    label_after(head, b"charset").or_else(|| label_after(head, b"encoding"))
}

/// The encoding named after `keyword=`, in or without quotation marks.
fn label_after(text: &[u8], keyword: &[u8]) -> Option<&'static Encoding> {
    let mut rest = text;
    while let Some(at) = rest.windows(keyword.len()).position(|window| window.eq_ignore_ascii_case(keyword)) {
        rest = &rest[at + keyword.len()..];
        let value = rest.trim_ascii_start();
        let Some(value) = value.strip_prefix(b"=") else { continue };
        let value = value.trim_ascii_start();
        let value = value.strip_prefix(b"\"").or_else(|| value.strip_prefix(b"'")).unwrap_or(value);
        let inner = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_:.".contains(byte);
        let end = value.iter().position(|byte| !inner(byte)).unwrap_or(value.len());
        if let Some(encoding) = Encoding::for_label(&value[..end]) {
            return Some(encoding);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use encoding_rs::{BIG5, GB18030, UTF_8};

    use super::decode;

    const SIMPLIFIED: &str = "四川8市媒体携手建“五大平台”,成都平原经济区协同发展媒体座谈会在成都召开。";
    const TRADITIONAL: &str = "資陽市著力打造地市級媒體深度融合改革樣板,全省市級媒體深度融合現場會在資陽召開。";

    #[test]
    fn the_bytes_count_more_than_the_label() {
        let cases = [
            (GB18030.encode(SIMPLIFIED).0.into_owned(), "text/html; charset=gb2312", SIMPLIFIED, "gb18030"),
            (GB18030.encode(SIMPLIFIED).0.into_owned(), "text/html; charset=utf-8", SIMPLIFIED, "gb18030"),
            (GB18030.encode(SIMPLIFIED).0.into_owned(), "text/html", SIMPLIFIED, "gb18030"),
            (BIG5.encode(TRADITIONAL).0.into_owned(), "text/html; charset=utf-8", TRADITIONAL, "Big5"),
            (BIG5.encode(TRADITIONAL).0.into_owned(), "text/html; charset=gbk", TRADITIONAL, "Big5"),
            (UTF_8.encode(SIMPLIFIED).0.into_owned(), "text/html; charset=gbk", SIMPLIFIED, "UTF-8"),
        ];
        for (bytes, media_type, expected, charset) in cases {
            let (text, found) = decode(&bytes, Some(media_type));
            assert_eq!((text.as_str(), found.name), (expected, charset), "{media_type}");
        }
    }

    #[test]
    fn a_short_latin_text_keeps_its_declared_charset() {
        let (text, _) = decode(b"<?xml version='1.0' encoding='iso-8859-1'?><a>Caf\xe9</a>", None);
        assert!(text.contains("Café"), "{text}");
    }

    #[test]
    fn utf_16_is_known_with_and_without_a_mark() {
        let wide: Vec<u8> = "<rss>新闻</rss>".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&wide, None).0, "<rss>新闻</rss>");
        let marked: Vec<u8> = std::iter::once(0xfeff).chain("新闻".encode_utf16()).flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&marked, None).0, "新闻");
    }

    #[test]
    fn utf_16_plain_text_is_known_by_its_line_ends_and_digits() {
        let text = "一年之计在于春。\n共有一百二十三家单位参加，2026年3月1日起施行。\n";
        for order in [u16::to_be_bytes, u16::to_le_bytes] {
            let bytes: Vec<u8> = text.encode_utf16().flat_map(order).collect();
            assert_eq!(decode(&bytes, Some("text/plain")).0, text);
        }
    }

    #[test]
    fn a_utf_8_page_with_a_passage_of_another_charset_stays_utf_8() {
        let mut bytes = SIMPLIFIED.repeat(3).into_bytes();
        bytes.extend_from_slice(&GB18030.encode("责任编辑：王某").0);
        let (text, found) = decode(&bytes, Some("text/html; charset=gbk"));
        assert!(text.starts_with(SIMPLIFIED) && found.lossy && found.name == "UTF-8", "{text}");
    }

    #[test]
    fn a_short_chinese_title_is_not_taken_for_latin() {
        let bytes = GB18030.encode("成都召开防汛会议").0;
        assert_eq!(decode(&bytes, Some("text/plain; charset=iso-8859-1")).0, "成都召开防汛会议");
    }

    #[test]
    fn a_false_declaration_of_utf_16_is_not_obeyed() {
        let bytes = GB18030.encode("成都召开会议").0;
        assert_eq!(decode(&bytes, Some("text/html; charset=utf-16")).0, "成都召开会议");
    }

    #[test]
    fn numbered_points_in_big5_are_no_katakana_and_katakana_are_no_numbers() {
        let points = [&BIG5.encode("措施如下:").0[..], b"\xc7\xe9", &BIG5.encode("加強巡查").0, b"\xc7\xea"].concat();
        assert_eq!(decode(&points, Some("text/plain; charset=big5")).0, "措施如下:①加強巡查②");
        let word = BIG5.encode("電影「ドラえもん ワン」上映,觀眾排隊入場").0;
        assert_eq!(decode(&word, Some("text/plain; charset=big5")).0, "電影「ドラえもん ワン」上映,觀眾排隊入場");
    }

    #[test]
    fn one_broken_byte_does_not_make_chinese_of_another_kind() {
        let mut bytes = SIMPLIFIED.as_bytes().to_vec();
        bytes.truncate(bytes.len() - 1);
        let (text, found) = decode(&bytes, Some("text/plain; charset=gbk"));
        assert!(text.starts_with("四川8市媒体") && found.lossy, "{text}");
    }
}
