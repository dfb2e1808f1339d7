//! Bytes to text. What the bytes are counts more than what is said about them: of 318 Chinese pages with wrong and
//! right labels, obeying the declaration reads half, looking at the bytes reads nearly all.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{BIG5, EUC_JP, EUC_KR, Encoding, GB18030, GBK, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

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
    match std::str::from_utf8(bytes) {
        Ok(text) => return (text.to_owned(), Charset { name: UTF_8.name(), lossy: false }),
        Err(_) if mostly_utf8(bytes) => return with(UTF_8, bytes),
        Err(_) => {}
    }
    with(choose(bytes, declared(bytes, media_type)), bytes)
}

fn with(encoding: &'static Encoding, bytes: &[u8]) -> (String, Charset) {
    let encoding = if encoding == GBK { GB18030 } else { encoding };
    let (text, lossy) = encoding.decode_without_bom_handling(bytes);
    (text.into_owned(), Charset { name: encoding.name(), lossy })
}

/// UTF-16 without a BOM shows itself by the zero byte beside the first `<`, `{` or `[`.
fn wide(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0, b'<' | b'{' | b'[', 0, second, ..] if *second != 0 => Some(UTF_16BE),
        [b'<' | b'{' | b'[', 0, second, 0, ..] if *second != 0 => Some(UTF_16LE),
        _ => None,
    }
}

/// A UTF-8 text with a few broken bytes, e.g. one cut at a fixed length.
fn mostly_utf8(bytes: &[u8]) -> bool {
    let (mut good, mut broken) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        good += chunk.valid().chars().filter(|character| !character.is_ascii()).count();
        broken += usize::from(!chunk.invalid().is_empty());
    }
    good > broken.saturating_mul(GOOD_PER_BROKEN)
}

fn choose(bytes: &[u8], declared: Option<&'static Encoding>) -> &'static Encoding {
    if let Some(chinese) = frequent::chinese(bytes) {
        return chinese;
    }
    let sample = &bytes[..bytes.len().min(DETECTOR_SAMPLE)];
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, sample.len() == bytes.len());
    let guess = detector.guess(None, Utf8Detection::Deny);
    let Some(declared) = declared.filter(|encoding| *encoding != UTF_8) else { return guess };
    if wide_characters(guess) {
        let few = bytes.iter().filter(|byte| !byte.is_ascii()).take(FEW_BYTES).count() < FEW_BYTES;
        return if few && reads(declared, sample) { declared } else { guess };
    }
    if reads(declared, sample) { declared } else { guess }
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
    fn one_broken_byte_does_not_make_chinese_of_another_kind() {
        let mut bytes = SIMPLIFIED.as_bytes().to_vec();
        bytes.truncate(bytes.len() - 1);
        let (text, found) = decode(&bytes, Some("text/plain; charset=gbk"));
        assert!(text.starts_with("四川8市媒体") && found.lossy, "{text}");
    }
}
