//! Further submissions of one piece.

use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{ArticleChange, Relation};

use crate::story::{FIRE, METRO, Story, article, kinds, piece, word};

#[test]
fn a_newer_version_corrects_the_article_and_carries_the_note() {
    let mut story = Story::new();
    let first = story.send(&piece("cdrb", "1", FIRE, 0));
    let corrected = FIRE.replace("39人", "40人");
    let outcome = story.send(&piece("cdrb", "1", &corrected, 5).with(|piece| piece.note = Some("更正死亡人数")));
    assert_eq!((word(&outcome), kinds(&outcome)), ("correction", vec!["corrected"]));
    assert_eq!((&article(&outcome).uri, article(&outcome).version), (&article(&first).uri, 2));
    assert_eq!(article(&outcome).news.ed_note.as_deref(), Some("更正死亡人数"));
    assert!(outcome.judged[0].evidence.reasons[0].contains("更正死亡人数"));
}

#[test]
fn sending_again_changes_nothing_and_an_older_version_is_stale() {
    let mut story = Story::new();
    let (old, new) = (piece("cdrb", "1", FIRE, 0), piece("cdrb", "1", METRO, 5));
    story.send(&old);
    story.send(&new);
    let again = story.send(&new.clone().with(|piece| piece.received = crate::story::minute(9)));
    assert_eq!((word(&again), kinds(&again)), ("unchanged", vec![]));
    let older = story.send(&old);
    assert_eq!((word(&older), kinds(&older)), ("stale", vec![]));
}

#[test]
fn an_outlets_own_version_number_goes_before_arrival() {
    let mut story = Story::new();
    story.send(&piece("cdrb", "1", FIRE, 0).with(|piece| piece.version = 2));
    let late = story.send(&piece("cdrb", "1", METRO, 5).with(|piece| piece.version = 1));
    assert_eq!(word(&late), "stale");
}

#[test]
fn the_same_revision_normalised_otherwise_is_a_correction() {
    let mut story = Story::new();
    story.send(&piece("cdrb", "1", FIRE, 0));
    assert_eq!(word(&story.send(&piece("cdrb", "1", FIRE, 0).titled("一店铺起火"))), "correction");
}

#[test]
fn a_reprints_new_headline_is_a_sighting() {
    let mut story = Story::new();
    story.send(&piece("cdrb", "1", FIRE, 0));
    story.send(&piece("other", "2", FIRE, 5));
    let outcome = story.send(&piece("other", "2", FIRE, 9).titled("新余火灾：39人遇难"));
    let [ArticleChange::Sighted { sighting, .. }] = outcome.changes.as_slice() else { panic!("{outcome:?}") };
    assert_eq!((sighting.headline.as_str(), sighting.relation), ("新余火灾：39人遇难", Relation::Reprint));
}

#[test]
fn a_kill_withdraws_the_article_for_good() {
    let mut story = Story::new();
    story.send(&piece("cdrb", "1", FIRE, 0));
    let kill = piece("cdrb", "1", "", 5).with(|piece| {
        piece.status = PubStatus::Canceled;
        piece.note = Some("撤稿");
    });
    let outcome = story.send(&kill);
    let [ArticleChange::Withdrawn { version, status, note, .. }] = outcome.changes.as_slice() else {
        panic!("{outcome:?}")
    };
    assert_eq!((*version, *status, note.as_deref()), (2, PubStatus::Canceled, Some("撤稿")));
    let late = story.send(&piece("cdrb", "1", METRO, 9));
    assert_eq!((word(&late), kinds(&late)), ("stale", vec![]));
    let copy = story.send(&piece("other", "2", FIRE, 10));
    assert_eq!(kinds(&copy), ["sighted"], "a copy of a killed piece goes nowhere");
}

#[test]
fn a_kill_is_never_stale() {
    let mut story = Story::new();
    story.send(&piece("cdrb", "1", FIRE, 5).with(|piece| piece.version = 3));
    let outcome = story.send(&piece("cdrb", "1", "", 1).with(|piece| piece.status = PubStatus::Canceled));
    assert_eq!(kinds(&outcome), ["canceled"]);
}

#[test]
fn a_kill_of_a_piece_never_seen_keeps_its_late_first_version_back() {
    let mut story = Story::new();
    let kill = story.send(&piece("cdrb", "1", "", 5).with(|piece| piece.status = PubStatus::Canceled));
    assert_eq!((kinds(&kill), &kill.judged[0].article), (vec![], &None));
    let late = story.send(&piece("cdrb", "1", FIRE, 9));
    assert_eq!((word(&late), kinds(&late)), ("stale", vec![]));
}

#[test]
fn a_withheld_article_comes_back_as_a_correction() {
    let mut story = Story::new();
    story.send(&piece("cdrb", "1", FIRE, 0));
    let held = story.send(&piece("cdrb", "1", FIRE, 5).with(|piece| piece.status = PubStatus::Withheld));
    assert_eq!(kinds(&held), ["withheld"]);
    let back = story.send(&piece("cdrb", "1", FIRE, 9));
    assert_eq!((kinds(&back), article(&back).version), (vec!["corrected"], 3));
}

#[test]
fn a_withheld_first_version_waits_for_a_usable_one() {
    let mut story = Story::new();
    let held = story.send(&piece("cdrb", "1", FIRE, 0).with(|piece| piece.status = PubStatus::Withheld));
    assert_eq!(kinds(&held), Vec::<&str>::new());
    assert_eq!(kinds(&story.send(&piece("cdrb", "1", FIRE, 5))), ["published"]);
}

#[test]
fn a_reprint_taken_down_is_a_withdrawn_sighting() {
    let mut story = Story::new();
    story.send(&piece("cdrb", "1", FIRE, 0));
    story.send(&piece("other", "2", FIRE, 5));
    let outcome = story.send(&piece("other", "2", "", 9).with(|piece| piece.status = PubStatus::Canceled));
    let [ArticleChange::Sighted { sighting, .. }] = outcome.changes.as_slice() else { panic!("{outcome:?}") };
    assert!(sighting.withdrawn);
}
