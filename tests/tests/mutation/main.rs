//! Documents of every format, damaged in every way that senders and lines damage them: always an answer, never a panic.
//! `LIANBO_FUZZ_CASES` sets how many are made of each kind; the default is for a few seconds.

// Helpers of tests may fail as tests do; clippy lets only the test functions themselves.
#![allow(clippy::unwrap_used)]

mod seeds;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use lianbo_connectors::format::{self, charset};
use lianbo_hub::normalise::{Profile, normalise};
use lianbo_schemas::{OutletId, Submission, SubmissionId};
use lianbo_tests::work;
use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::Index;
use proptest::{collection, option, sample};

use seeds::SEEDS;

/// What is done to a document. Places are chosen by [`Index`], so that they fit whatever length is left.
#[derive(Debug, Clone)]
enum Damage {
    Cut(Index),
    Flip(Index, u8),
    Without(Index, Index),
    Twice(Index, Index, usize),
    /// A passage of another seed.
    Splice(Index, usize, Index, Index),
    Insert(Index, &'static str),
    Nest(Index, &'static str, usize),
    /// Every text of this becomes that.
    Replace(&'static str, &'static str),
    /// From here on in another charset.
    Recode(Index, &'static encoding_rs::Encoding),
    Utf16(ByteOrder),
}

#[derive(Debug, Clone, Copy)]
enum ByteOrder {
    Big,
    Little,
}

const BITS: [&str; 28] = [
    "<",
    ">",
    "&",
    "]]>",
    "<![CDATA[",
    "<!--",
    "-->",
    "<?xml version='1.0' encoding='gbk'?>",
    "<!DOCTYPE x [",
    "\0",
    "\u{feff}",
    "\"",
    "'",
    "{",
    "[",
    "\\u",
    "\\ud800",
    "&#x110000;",
    "&#0;",
    "\u{202e}",
    "\u{fffd}",
    "一",
    "（",
    "2026年13月",
    ":",
    "1e999",
    "</",
    "/>",
];
const TAGS: [&str; 12] = [
    "<div>",
    "<b>",
    "<table><tr><td>",
    "<item>",
    "<entry>",
    "<title>",
    "<a href='",
    "[",
    "{\"a\":",
    "<svg>",
    "<p",
    "<ul><li>",
];
const SWAPS: [(&str, &str); 10] = [
    ("utf-8", "gb2312"),
    ("2026", "99999"),
    ("item", "entry"),
    ("https://", "//"),
    ("\"", "'"),
    (">", " >"),
    ("</", "<"),
    ("<p>", "<p "),
    ("一", "\u{10ffff}"),
    ("title", "TITLE"),
];

fn damage() -> impl Strategy<Value = Damage> {
    let place = any::<Index>;
    prop_oneof![
        place().prop_map(Damage::Cut),
        (place(), any::<u8>()).prop_map(|(at, bits)| Damage::Flip(at, bits)),
        (place(), place()).prop_map(|(from, to)| Damage::Without(from, to)),
        (place(), place(), 1..40_usize).prop_map(|(from, to, times)| Damage::Twice(from, to, times)),
        (place(), 0..SEEDS.len(), place(), place()).prop_map(|(at, seed, from, to)| Damage::Splice(at, seed, from, to)),
        (place(), sample::select(BITS.to_vec())).prop_map(|(at, bit)| Damage::Insert(at, bit)),
        (place(), sample::select(TAGS.to_vec()), 1..600_usize)
            .prop_map(|(at, tag, times)| Damage::Nest(at, tag, times)),
        sample::select(SWAPS.to_vec()).prop_map(|(this, that)| Damage::Replace(this, that)),
        (
            place(),
            sample::select(vec![
                encoding_rs::GB18030,
                encoding_rs::BIG5,
                encoding_rs::SHIFT_JIS,
                encoding_rs::WINDOWS_1252
            ])
        )
            .prop_map(|(at, encoding)| Damage::Recode(at, encoding)),
        prop_oneof![Just(ByteOrder::Big), Just(ByteOrder::Little)].prop_map(Damage::Utf16),
    ]
}

fn range(length: usize, one: Index, other: Index) -> std::ops::Range<usize> {
    let (one, other) = (one.index(length + 1), other.index(length + 1));
    one.min(other)..one.max(other)
}

fn damaged(mut bytes: Vec<u8>, damage: &Damage) -> Vec<u8> {
    let length = bytes.len();
    match damage {
        Damage::Cut(at) => bytes.truncate(at.index(length + 1)),
        Damage::Flip(at, bits) if length > 0 => bytes[at.index(length)] ^= bits,
        Damage::Flip(..) => {}
        Damage::Without(from, to) => drop(bytes.drain(range(length, *from, *to))),
        Damage::Twice(from, to, times) => {
            let range = range(length, *from, *to);
            let again = bytes[range.clone()].repeat(*times);
            bytes.splice(range.end..range.end, again);
        }
        Damage::Splice(at, seed, from, to) => {
            let other = SEEDS[*seed].1.as_bytes();
            let at = at.index(length + 1);
            bytes.splice(at..at, other[range(other.len(), *from, *to)].iter().copied());
        }
        Damage::Insert(at, bit) => {
            let at = at.index(length + 1);
            bytes.splice(at..at, bit.bytes());
        }
        Damage::Nest(at, tag, times) => {
            let at = at.index(length + 1);
            bytes.splice(at..at, tag.repeat(*times).into_bytes());
        }
        Damage::Replace(this, that) => bytes = String::from_utf8_lossy(&bytes).replace(this, that).into_bytes(),
        Damage::Recode(at, encoding) => {
            let at = at.index(length + 1);
            let tail = encoding.encode(&String::from_utf8_lossy(&bytes[at..])).0.into_owned();
            bytes.truncate(at);
            bytes.extend(tail);
        }
        Damage::Utf16(order) => {
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let order = match order {
                ByteOrder::Big => u16::to_be_bytes,
                ByteOrder::Little => u16::to_le_bytes,
            };
            bytes = text.encode_utf16().flat_map(order).collect();
        }
    }
    bytes
}

fn profile() -> Profile {
    let outlet = serde_json::json!({ "id": "member", "name": "某某日报", "area": "510100" });
    Profile { authority: "example.org".to_owned(), outlet: Arc::new(serde_json::from_value(outlet).unwrap()) }
}

fn config() -> ProptestConfig {
    let cases = std::env::var("LIANBO_FUZZ_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200);
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_damaged_document_is_answered(
        seed in 0..SEEDS.len(),
        steps in collection::vec(damage(), 1..5),
        declared in option::weighted(0.8, 0..SEEDS.len()),
    ) {
        let bytes = steps.iter().fold(SEEDS[seed].1.as_bytes().to_vec(), damaged);
        let media_type = declared.map(|other| SEEDS[if other % 2 == 0 { seed } else { other }].0);
        let read = format::read(&bytes, media_type, Some("https://a.example/feed"));
        let whole = read.as_ref().err().into_iter();
        for error in whole.chain(read.iter().flatten().filter_map(|piece| piece.as_ref().err())) {
            // A panic of the feed's parser is held, and would go unnoticed here.
            prop_assert!(!error.to_string().contains("the reader fails"), "{}", error);
        }
        for piece in read.iter().flatten().flatten() {
            let urls = piece.url.iter().chain(&piece.canonical_url);
            for url in urls.chain(piece.pictures.iter().map(|picture| &picture.url)) {
                prop_assert!(url.starts_with("http"), "{}", url);
            }
        }
        let submission = Submission {
            id: SubmissionId::new("s-1").unwrap(),
            outlet: OutletId::new("member").unwrap(),
            media_type: media_type.map(str::to_owned),
            received: "2026-11-22T00:00:00Z".parse().unwrap(),
            url: None,
            own_id: None,
            full_pages: false,
            body: Bytes::from(bytes),
        };
        let (answers, spent) = work(|| normalise(&submission, &profile()));
        prop_assert!(spent < Duration::from_secs(20), "{:?}", spent);
        for refusal in answers.into_iter().filter_map(Result::err) {
            prop_assert!(refusal.reason.code != "unreadable", "{}", refusal.reason.detail);
        }
    }

    #[test]
    fn what_a_charset_can_write_is_read_again(
        text in "[\u{4e00}-\u{9fa5}，。0-9]{30,200}",
        which in 0..3_usize,
        declared in sample::select(vec!["", "; charset=utf-8", "; charset=gbk", "; charset=big5", "; charset=iso-8859-1", "; charset=utf-7", "; charset=x"]),
        mark in any::<bool>(),
    ) {
        let written = match which {
            0 if mark => [b"\xef\xbb\xbf", text.as_bytes()].concat(),
            0 => text.clone().into_bytes(),
            1 => std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
            _ => std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect(),
        };
        prop_assert_eq!(charset::decode(&written, Some(&format!("text/plain{declared}"))).0, text);
    }
}
