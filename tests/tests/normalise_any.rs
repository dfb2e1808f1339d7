//! Whatever bytes an outlet sends: an answer, never a panic.

// Helpers of tests may fail as tests do; clippy lets only the test functions themselves.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use bytes::Bytes;
use lianbo_connectors::format;
use lianbo_hub::normalise::{Profile, normalise};
use lianbo_schemas::{OutletId, Submission, SubmissionId};
use proptest::prelude::{Strategy, any, prop_oneof, proptest};
use proptest::{collection, option, sample};

fn profile() -> Profile {
    let outlet = serde_json::json!({ "id": "member", "name": "某某日报", "area": "510100" });
    Profile { authority: "example.org".to_owned(), outlet: Arc::new(serde_json::from_value(outlet).unwrap()) }
}

fn send(body: Vec<u8>, media_type: Option<String>, url: Option<String>) {
    let submission = Submission {
        id: SubmissionId::new("s-1").unwrap(),
        outlet: OutletId::new("member").unwrap(),
        media_type,
        received: "2026-11-22T00:00:00Z".parse().unwrap(),
        url,
        own_id: None,
        full_pages: false,
        body: Bytes::from(body),
    };
    let _answers = normalise(&submission, &profile());
}

/// Bits of documents, put together in any order.
const BITS: [&str; 44] = [
    "<rss version='2.0'>",
    "<channel>",
    "<item>",
    "</item>",
    "<title>",
    "</title>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml",
    "?>",
    "<!DOCTYPE html>",
    "<html>",
    "<body>",
    "<p>",
    "</p>",
    "<div",
    ">",
    "<a href='",
    "'",
    "\"",
    "&",
    "&#x4e00;",
    "&#0;",
    "{\"uri\":\"a\",",
    "\"headline\":\"题\"",
    "}",
    "[",
    "来源：",
    "記者 王某",
    "2023年4月26日 ",
    "9:",
    "（",
    "）",
    "当前位置：",
    " > ",
    "(zhǐ)",
    "\u{3000}",
    "一干多支发展战略，前所未有。",
    "<script>",
    "</",
    "<img src=",
    "\u{feff}",
];

fn soup() -> impl Strategy<Value = Vec<u8>> {
    collection::vec(sample::select(BITS.to_vec()), 0..60).prop_map(|bits| bits.concat().into_bytes())
}

fn media_type() -> impl Strategy<Value = Option<String>> {
    let known =
        ["text/html; charset=gbk", "text/plain", "application/json", "application/rss+xml", "text/html", "\u{0}x/"];
    option::of(prop_oneof![sample::select(known.to_vec()).prop_map(str::to_owned), any::<String>()])
}

proptest! {
    #[test]
    fn any_bytes_are_answered(body in collection::vec(any::<u8>(), 0..400), kind in media_type(), url in option::of(any::<String>())) {
        let _read = format::read(&body, kind.as_deref(), url.as_deref());
        send(body, kind, url);
    }

    #[test]
    fn any_soup_of_markup_is_answered(body in soup(), kind in media_type()) {
        send(body, kind, Some("https://a.example/n/1.html".to_owned()));
    }

    #[test]
    fn any_text_is_answered(body in any::<String>(), kind in media_type()) {
        send(body.into_bytes(), kind, None);
    }
}

#[test]
fn too_much_is_refused_fast() {
    let started = std::time::Instant::now();
    let cases = [
        vec![b'a'; 50 * 1024 * 1024],
        format!("<rss version='2.0'><channel>{}", "<item>".repeat(200_000)).into_bytes(),
        format!("<feed>{}", "<a>".repeat(1_000_000)).into_bytes(),
        format!("<html><body>{}", "<div>".repeat(500_000)).into_bytes(),
        format!("<html><body>{}", "<p>x".repeat(500_000)).into_bytes(),
        format!("<html><body>{}", "&".repeat(1_000_000)).into_bytes(),
    ];
    for body in cases {
        let refused = match format::read(&body, None, None) {
            Ok(pieces) => pieces.into_iter().find_map(Result::err).unwrap(),
            Err(error) => error,
        };
        assert!(matches!(refused, format::FormatError::TooLarge(_)), "{refused}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(format::read(deep.as_bytes(), Some("application/json"), None).is_err());
    assert!(started.elapsed().as_secs() < 10, "{:?}", started.elapsed());
}

/// Twice as much of the same takes about twice as long, not four times.
#[test]
fn no_repetition_makes_reading_quadratic() {
    let took = |hostile: &str, bytes: usize| {
        let body = format!("<html><body><p>一段话，{}", hostile.repeat(bytes / hostile.len()));
        let before = std::time::Instant::now();
        send(body.into_bytes(), Some("text/html".to_owned()), None);
        before.elapsed()
    };
    for hostile in ["<a", "<a x=\">\" ", "<a x='", "((者", "<br>x", "&", "<!-", "<b><i>", "]]>", "<p title=\"", "<p>x"]
    {
        let (small, large) = (took(hostile, 16 * 1024), took(hostile, 64 * 1024));
        eprintln!("{hostile}: {small:?}, four times as much {large:?}");
        assert!(large < small * 10 + std::time::Duration::from_millis(300), "{hostile}: {small:?}, {large:?}");
    }
}
