//! Articles as receivers see them: the piece, its sightings and links, its embargo, the hub's own copy coming back.

use lianbo_schemas::sighting::LinkRelation;
use lianbo_schemas::{ArticleChange, ArticleUri};

use crate::story::{AUTHORITY, FIRE, Story, article, kinds, minute, piece, word};

#[test]
fn a_published_article_stands_under_its_own_uri_with_the_hubs_member_filled_in() {
    let mut story = Story::new();
    let first = piece("cdrb", "1", FIRE, 3);
    let outcome = story.send(&first);
    let article = article(&outcome);
    assert_eq!(article.uri, ArticleUri::of(AUTHORITY, &first.uri()));
    assert_eq!((article.news.uri.as_str(), article.news.version.as_deref()), (article.uri.as_str(), Some("1")));
    let hub = article.news.hub.as_ref().unwrap();
    assert_eq!((hub.received_at, hub.cluster.as_str()), (minute(3), article.uri.as_str()));
    assert_eq!(hub.canonical_url.as_deref(), Some("https://cdrb.example/1"));
    assert_eq!(hub.hops.last().unwrap().party, AUTHORITY);
    assert!(hub.content_digest.as_ref().unwrap().starts_with("sha-256=:"));
    assert_eq!(article.sightings.len(), 1);
}

#[test]
fn a_corrected_article_carries_all_its_sightings() {
    let mut story = Story::new();
    story.send(&piece("cdrb", "1", FIRE, 0));
    story.send(&piece("other", "2", FIRE, 5));
    let outcome = story.send(&piece("cdrb", "1", &FIRE.replace("39人", "40人"), 9));
    let outlets: Vec<_> = article(&outcome).sightings.iter().map(|sighting| sighting.outlet.as_str()).collect();
    assert_eq!(outlets, ["cdrb", "other"]);
}

#[test]
fn an_update_is_linked_to_what_it_updates() {
    let mut story = Story::new();
    let first = story.send(&piece("cdrb", "1", FIRE, 0));
    let second = story.send(&piece("cdrb", "2", &FIRE.replace("39人", "41人"), 9));
    let [link] = article(&second).links.as_slice() else { panic!("{second:?}") };
    assert_eq!((&link.article, link.relation), (&article(&first).uri, LinkRelation::Update));
}

#[test]
fn a_foreign_source_is_credited_first() {
    let mut story = Story::new();
    let outcome = story.send(&piece("cdrb", "1", FIRE, 0).with(|piece| piece.stated_source = Some("新华社")));
    assert_eq!(article(&outcome).news.info_sources[0].name.as_deref(), Some("新华社"));
    let own =
        story.send(&piece("cdrb", "2", crate::story::METRO, 1).with(|piece| piece.stated_source = Some("成都日报社")));
    assert!(article(&own).news.info_sources.is_empty());
}

#[test]
fn an_embargo_is_lifted_at_its_second_and_a_correction_arms_it_anew() {
    let mut story = Story::new();
    let embargoed =
        |minutes, until| piece("cdrb", "1", FIRE, minutes).with(|piece| piece.embargo = Some(minute(until)));
    assert_eq!(kinds(&story.send(&embargoed(0, 30))), ["published"]);
    assert_eq!(story.dedup.wakes_at(), Some(minute(30)));
    story.send(&embargoed(5, 60));
    assert_eq!(story.dedup.wakes_at(), Some(minute(60)));
    assert!(story.clock(minute(59)).changes.is_empty());
    let lifted = story.clock(minute(60));
    let [ArticleChange::Lifted { version, at, .. }] = lifted.changes.as_slice() else { panic!("{lifted:?}") };
    assert_eq!((*version, *at), (2, minute(60)));
    assert_eq!(story.dedup.wakes_at(), None);
    assert!(story.restarted().wakes_at().is_none());
}

#[test]
fn an_embargo_ends_with_the_article() {
    let mut story = Story::new();
    story.send(&piece("cdrb", "1", FIRE, 0).with(|piece| piece.embargo = Some(minute(30))));
    story.send(&piece("cdrb", "1", "", 5).with(|piece| piece.status = lianbo_schemas::ninjs::PubStatus::Canceled));
    assert_eq!(story.dedup.wakes_at(), None);
}

#[test]
fn the_hubs_own_copy_coming_back_is_no_new_article() {
    let mut story = Story::new();
    story.send(&piece("cdrb", "1", FIRE, 0));
    let back = piece("other", "9", FIRE, 5).with(|piece| piece.has_passed = Some(AUTHORITY));
    assert_eq!((word(&story.send(&back)), back.outlet), ("reprint", "other"));
    let unknown = piece("other", "10", crate::story::METRO, 6).with(|piece| piece.has_passed = Some(AUTHORITY));
    let outcome = story.send(&unknown);
    assert_eq!((word(&outcome), kinds(&outcome)), ("unchanged", vec![]));
}

#[test]
fn the_hubs_own_copy_rewritten_is_found_by_its_link() {
    let mut story = Story::new();
    let first = piece("cdrb", "1", FIRE, 0);
    story.send(&first);
    let back = piece("other", "9", crate::story::METRO, 5).with(|piece| {
        piece.has_passed = Some(AUTHORITY);
        piece.canonical_url = Some("https://cdrb.example/1".to_owned());
    });
    assert_eq!(kinds(&story.send(&back)), ["sighted"]);
}
