//! Articles that their outlets let be shown until a moment.

use lianbo_schemas::ArticleChange;
use lianbo_schemas::ninjs::PubStatus;

use crate::story::{FIRE, Piece, Story, article, kinds, minute, piece, word};

fn until(received: i64, expires: i64) -> Piece {
    piece("cdrb", "1", FIRE, received).with(|piece| piece.expires = Some(minute(expires)))
}

#[test]
fn an_article_expires_at_its_second_and_a_later_expiry_lets_it_live_again() {
    let mut story = Story::new();
    assert_eq!(kinds(&story.send(&until(0, 30))), ["published"]);
    assert_eq!(story.restarted().wakes_at(), Some(minute(30)));
    assert!(story.clock(minute(29)).changes.is_empty());
    let expired = story.clock(minute(30));
    let [ArticleChange::Expired { version, at, .. }] = expired.changes.as_slice() else { panic!("{expired:?}") };
    assert_eq!((*version, *at), (2, minute(30)));
    assert_eq!(story.restarted().wakes_at(), None);
    assert_eq!(word(&story.send(&until(31, 30))), "unchanged", "the same piece once more brings nothing back");
    let again = story.send(&until(40, 60));
    assert_eq!((kinds(&again), article(&again).version), (vec!["corrected"], 3));
    assert_eq!(article(&again).status(), PubStatus::Usable);
    assert_eq!(kinds(&story.clock(minute(60))), ["expired"]);
}

#[test]
fn an_outlet_may_put_the_end_off_or_away() {
    let mut story = Story::new();
    story.send(&until(0, 30));
    story.send(&until(10, 50));
    assert_eq!(story.dedup.wakes_at(), Some(minute(50)));
    story.send(&piece("cdrb", "1", FIRE, 20));
    assert_eq!(story.dedup.wakes_at(), None);
}

#[test]
fn what_arrives_expired_is_known_and_goes_nowhere() {
    let mut story = Story::new();
    story.send(&until(10, 5));
    assert_eq!(kinds(&story.clock(minute(10))), ["expired"]);
    let reprint = story.send(&piece("other", "2", FIRE, 20));
    assert_eq!((word(&reprint), kinds(&reprint)), ("reprint", vec!["sighted"]));
    let corrected = story.send(&until(30, 6));
    assert_eq!(kinds(&corrected), ["corrected"]);
    assert_eq!(kinds(&story.clock(minute(30))), ["expired"], "a correction that has expired as well");
}

#[test]
fn an_end_before_the_release_is_the_end() {
    let mut story = Story::new();
    story.send(&until(0, 20).with(|piece| piece.embargo = Some(minute(30))));
    assert_eq!(kinds(&story.clock(minute(40))), ["expired"]);
    assert_eq!(story.dedup.wakes_at(), None);
    let mut both = Story::new();
    both.send(&until(0, 30).with(|piece| piece.embargo = Some(minute(20))));
    assert_eq!(kinds(&both.clock(minute(40))), ["embargo-lifted", "expired"]);
}

#[test]
fn a_kill_is_final_for_an_expired_article_too() {
    let mut story = Story::new();
    story.send(&until(0, 30));
    story.clock(minute(30));
    let kill = piece("cdrb", "1", "", 35).with(|piece| piece.status = PubStatus::Canceled);
    assert_eq!(kinds(&story.send(&kill)), ["canceled"]);
    assert_eq!(word(&story.send(&until(40, 90))), "stale");
}

#[test]
fn an_expired_newcomer_takes_nothing_over() {
    let mut story = Story::new();
    story.send(&piece("other", "2", FIRE, 0).with(|piece| piece.stated_source = Some("成都日报")));
    let original = story.send(&until(20, 10));
    assert_eq!((word(&original), kinds(&original)), ("reprint", vec!["sighted"]));
}
