//! Documents made to hurt, and real ones with damage: an answer, never a panic.

use std::time::Instant;

use lianbo_connectors::format::{self, FormatError, ninjs};
use proptest::prelude::{Strategy, any, proptest};
use proptest::sample::Index;

use crate::samples::SAMPLES;

/// A sample with some of its bytes changed, taken out or put in twice.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    let damage = proptest::collection::vec((any::<Index>(), any::<Index>(), any::<u8>(), 0..4_u8), 1..8);
    (any::<Index>(), damage).prop_map(|(sample, damage)| {
        let mut bytes = SAMPLES[sample.index(SAMPLES.len())].1.as_bytes().to_vec();
        for (from, to, byte, kind) in damage {
            let (from, to) = (from.index(bytes.len()), to.index(bytes.len()));
            let range = from.min(to)..from.max(to).min(from.min(to) + 400);
            match kind {
                0 => bytes[from] = byte,
                1 => bytes.drain(range.start..range.end.max(range.start + 1).min(bytes.len() - 1)).for_each(drop),
                2 => bytes.insert(from, b"<>&\"'/[]"[usize::from(byte) % 8]),
                _ => {
                    let copy = bytes[range].to_vec();
                    bytes.splice(from..from, copy);
                }
            }
            if bytes.len() < 8 {
                break;
            }
        }
        bytes
    })
}

proptest! {
    #[test]
    fn damaged_documents_are_answered(bytes in damaged()) {
        let _read = format::read(&bytes, None, None);
        if let Some(document) = ninjs::document(&bytes, None) {
            ninjs::validate(&document, None);
        }
    }
}

fn refused(text: &str) -> FormatError {
    match format::read(text.as_bytes(), Some("application/xml"), None) {
        Ok(read) => read.into_iter().find_map(Result::err).unwrap(),
        Err(error) => error,
    }
}

#[test]
fn entities_are_never_expanded() {
    let mut bomb = String::from("<!DOCTYPE nitf [<!ENTITY a0 'boom'>");
    for level in 1..30 {
        bomb.push_str(&format!("<!ENTITY a{level} '{}'>", format!("&a{};", level - 1).repeat(10)));
    }
    let outside = "<!DOCTYPE x [<!ENTITY file SYSTEM 'file:///etc/passwd'>]>";
    let documents = [
        format!("{bomb}]><nitf><body><body.content><p>&a29;</p></body.content></body></nitf>"),
        format!("{outside}<newsItem guid='a'><itemMeta><title>&file;</title></itemMeta></newsItem>"),
        format!(
            "{outside}<rss xmlns:wp='http://wordpress.org/export/1.2/'><channel><item><title>&file;</title></item></channel></rss>"
        ),
    ];
    for document in documents {
        let error = refused(&document);
        assert!(matches!(&error, FormatError::Malformed { cause, .. } if cause.contains("entities")), "{error}");
    }
}

#[test]
fn depth_and_number_are_bounded_and_nothing_is_quadratic() {
    let wordpress = "<rss xmlns:wp='http://wordpress.org/export/1.2/'><channel>";
    let post = "<item><title>题</title><guid>1</guid><wp:post_type>post</wp:post_type><wp:status>publish</wp:status>";
    let content = "xmlns:content='http://purl.org/rss/1.0/modules/content/'";
    let posts = |text: &str| {
        format!("{wordpress}{post}<content:encoded {content}>{text}</content:encoded></item></channel></rss>")
    };
    let started = Instant::now();
    for (document, what) in [
        (format!("<nitf>{}", "<block>".repeat(500_000)), "deep"),
        (format!("<newsItem>{}</newsItem>", "<x/>".repeat(1_000_000)), "XML elements"),
        (format!("<newsMessage><itemSet>{}</itemSet></newsMessage>", "<newsItem guid='a'/>".repeat(3_000)), "items"),
        (format!("{wordpress}{}</channel></rss>", format!("{post}</item>").repeat(3_000)), "posts"),
        (
            format!("<newsItem {}/>", (0..5_000).map(|at| format!("xmlns:a{at}='u:{at}' ")).collect::<String>()),
            "namespaces",
        ),
    ] {
        let error = refused(&document);
        assert!(matches!(&error, FormatError::TooLarge(why) if why.contains(what)), "{what}: {error}");
    }
    for hostile in ["[", "[caption]", "[caption]<img", "[gallery", "\n\n<p", "&amp;[", "]"] {
        let _read = format::read(posts(&hostile.repeat(200_000)).as_bytes(), None, None);
    }
    assert!(started.elapsed().as_secs() < 30, "{:?}", started.elapsed());
}

#[test]
fn one_broken_item_of_an_export_takes_down_no_other() {
    let broken = crate::samples::WXR.replace("<wp:post_id>102</wp:post_id>", "<wp:post_id>102</wp:id>");
    assert_ne!(broken, crate::samples::WXR);
    let read = format::read(broken.as_bytes(), None, None).unwrap();
    assert!(read.iter().any(|piece| matches!(piece, Err(FormatError::Malformed { .. }))));
    assert!(read.iter().flatten().count() > 1);
}
