//! Posts as the APIs of CMSes tell them: one with all that counts of each, and how each can stand.

use lianbo_connectors::format::post::{GHOST, WORDPRESS};
use lianbo_connectors::format::{self, Body, FormatError, Piece};
use lianbo_connectors::source::cms::seen;
use lianbo_schemas::ninjs::PubStatus;
use serde_json::{Value, json};

const WORDPRESS_POST: &str = include_str!("data/wordpress_post.json");
const GHOST_POST: &str = include_str!("data/ghost_post.json");

fn read(text: &str, media_type: &str) -> Result<Piece, FormatError> {
    format::read(text.as_bytes(), Some(media_type), None)?.remove(0)
}

/// A sample with something else in one place.
fn with(sample: &str, pointer: &str, value: Value) -> String {
    let mut document: Value = serde_json::from_str(sample).unwrap();
    *document.pointer_mut(pointer).unwrap() = value;
    document.to_string()
}

/// What a webhook of Ghost sends about the sample.
fn event(name: &str, status: &str) -> String {
    let document: Value = serde_json::from_str(&with(GHOST_POST, "/posts/0/status", status.into())).unwrap();
    json!({"event": name, "post": {"current": document["posts"][0], "previous": {"status": "published"}}}).to_string()
}

#[test]
fn posts_are_read_as_before() {
    insta::assert_debug_snapshot!("wordpress_post", read(WORDPRESS_POST, WORDPRESS));
    insta::assert_debug_snapshot!("ghost_post", read(GHOST_POST, GHOST));
}

#[test]
fn a_wordpress_post_keeps_identity_words_and_pictures() {
    let piece = read(WORDPRESS_POST, WORDPRESS).unwrap();
    assert_eq!(piece.own_id.as_deref(), Some("https://yunxi.example/?p=311&lang=zh"));
    assert_eq!(piece.title.as_deref(), Some("新桥通车 & 夜市开街"));
    assert_eq!(piece.summary.as_deref(), Some("新桥全长 320 米。"));
    assert_eq!(piece.subjects, ["民生", "交通 & 出行"]);
    assert_eq!(piece.byline.as_deref(), Some("记者 王某"));
    assert_eq!(piece.pictures[0].caption.as_deref(), Some("新桥全景。摄影 <李某>"));
    let account = with(WORDPRESS_POST, "/_embedded/author/0/name", "Wang".into());
    assert_eq!(read(&account, WORDPRESS).unwrap().byline, None);
}

#[test]
fn what_wordpress_does_not_show_is_withheld_without_its_text_and_what_is_deleted_is_canceled() {
    let withheld = ["draft", "pending", "private", "future", "trash", "hidden", "pitch"];
    let stands = |text: &str| {
        let piece = read(text, WORDPRESS).unwrap();
        assert_eq!((&piece.body, &piece.url), (&Body::Empty, &None), "{text}");
        piece.status
    };
    for status in withheld {
        assert_eq!(stands(&with(WORDPRESS_POST, "/status", status.into())), PubStatus::Withheld, "{status}");
    }
    assert_eq!(stands(&with(WORDPRESS_POST, "/content/protected", true.into())), PubStatus::Withheld);
    assert_eq!(stands(&with(WORDPRESS_POST, "/status", "deleted".into())), PubStatus::Canceled);
}

#[test]
fn a_ghost_post_keeps_identity_words_and_pictures() {
    let piece = read(GHOST_POST, GHOST).unwrap();
    assert_eq!(piece.own_id.as_deref(), Some("6b023fe3a772fa3371f0bb01"));
    assert_eq!(piece.title.as_deref(), Some("茶旅节开幕 <预告>"));
    assert_eq!(piece.canonical_url.as_deref(), Some("https://origin.example/cha"));
    assert_eq!(piece.subjects, ["农业"]);
    assert_eq!(piece.byline.as_deref(), Some("王某 李某"));
    assert_eq!(piece.pictures[0].caption.as_deref(), Some("摄影 李某"));
}

#[test]
fn a_ghost_post_is_the_same_whether_asked_for_or_told_of() {
    let told = event("post.published.edited", "published");
    assert_eq!(read(&told, GHOST), read(GHOST_POST, GHOST));
    let (asked, told) = (seen(GHOST, GHOST_POST.as_bytes()).unwrap(), seen(GHOST, told.as_bytes()).unwrap());
    assert_eq!(asked, told);
    // A save alone is no change.
    let saved = with(GHOST_POST, "/posts/0/updated_at", "2026-11-25T09:00:00.000Z".into());
    assert_eq!(seen(GHOST, saved.as_bytes()).unwrap(), asked);
    let changed = with(GHOST_POST, "/posts/0/title", "茶旅节闭幕".into());
    assert_ne!(seen(GHOST, changed.as_bytes()).unwrap().digest, asked.digest);
}

#[test]
fn what_ghost_does_not_show_to_everybody_is_withheld_and_what_is_deleted_is_canceled() {
    for (name, status) in [("post.unpublished", "draft"), ("post.published.edited", "scheduled"), ("x", "sent")] {
        let piece = read(&event(name, status), GHOST).unwrap();
        assert_eq!((piece.status, piece.body), (PubStatus::Withheld, Body::Empty), "{status}");
    }
    for visibility in ["members", "paid", "tiers"] {
        let piece = read(&with(GHOST_POST, "/posts/0/visibility", visibility.into()), GHOST).unwrap();
        assert_eq!((piece.status, piece.body), (PubStatus::Withheld, Body::Empty), "{visibility}");
    }
    let deleted = r#"{"event":"post.deleted","post":{"current":{},"previous":{"id":"6b023fe3a772fa3371f0bb01","html":"<p>x</p>"}}}"#;
    let piece = read(deleted, GHOST).unwrap();
    assert_eq!((piece.status, piece.own_id.as_deref()), (PubStatus::Canceled, Some("6b023fe3a772fa3371f0bb01")));
}

#[test]
fn what_is_no_post_is_refused() {
    let documents = ["", "[]", "{}", "<html>", r#"{"id":1,"status":"publish"}"#, r#"{"id":"x"}"#, r#"{"posts":[]}"#];
    for media_type in [WORDPRESS, GHOST] {
        for text in documents {
            assert!(matches!(read(text, media_type), Err(FormatError::Malformed { .. })), "{media_type} {text}");
        }
    }
}
