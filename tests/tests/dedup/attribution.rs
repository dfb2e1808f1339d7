//! The original that turns up after its reprint.

use lianbo_hub::registry::{Entry, Kind};
use lianbo_schemas::Relation;

use crate::story::{FIRE, Story, article, kinds, minute, piece};

#[test]
fn the_outlet_named_as_source_takes_the_article_over() {
    let mut story = Story::new();
    let first = story.send(&piece("other", "2", FIRE, 0).with(|piece| piece.stated_source = Some("成都日报")));
    let outcome = story.send(&piece("cdrb", "1", FIRE, 5));
    assert_eq!(kinds(&outcome), ["attributed"]);
    let after = article(&outcome);
    assert_eq!((&after.uri, after.version, after.outlet.as_str()), (&article(&first).uri, 2, "cdrb"));
    let relations: Vec<_> =
        after.sightings.iter().map(|sighting| (sighting.outlet.as_str(), sighting.relation)).collect();
    assert_eq!(relations, [("cdrb", Relation::Original), ("other", Relation::Reprint)]);
}

#[test]
fn the_target_of_a_canonical_link_takes_the_article_over() {
    let mut story = Story::new();
    let link = "https://www.cdrb.example/news/77";
    story.send(&piece("other", "2", FIRE, 0).with(|piece| piece.canonical_url = Some(link.to_owned())));
    assert_eq!(kinds(&story.send(&piece("cdrb", "77", FIRE, 5))), ["attributed"]);
}

#[test]
fn the_earlier_one_takes_over_from_one_that_claims_nothing() {
    let mut story = Story::new();
    story.send(&piece("other", "2", FIRE, 0).with(|piece| piece.stated_time = Some(minute(-10))));
    let earlier = piece("cdrb", "1", FIRE, 5).with(|piece| piece.stated_time = Some(minute(-60)));
    assert_eq!(kinds(&story.send(&earlier)), ["attributed"]);
}

#[test]
fn neither_a_later_one_nor_one_that_credits_another_takes_over() {
    let mut story = Story::new();
    story.send(&piece("other", "2", FIRE, 0).with(|piece| piece.stated_time = Some(minute(-10))));
    let later = piece("cdrb", "1", FIRE, 5).with(|piece| piece.stated_time = Some(minute(-5)));
    assert_eq!(kinds(&story.send(&later)), ["sighted"]);
    let copy = piece("third", "3", FIRE, 6).with(|piece| {
        piece.stated_time = Some(minute(-60));
        piece.stated_source = Some("新华社");
    });
    assert_eq!(kinds(&story.send(&copy)), ["sighted"]);
}

#[test]
fn where_time_says_nothing_the_one_that_grants_its_pieces_takes_over_from_one_that_grants_nothing() {
    let grant = br#"{"id":"all","outlet":"cdrb","channels":"all"}"#;
    let grant = Entry::read(Kind::Grant, grant).unwrap();
    let mut story = Story::new();
    story.registry.put(grant.clone());
    story.send(&piece("other", "2", FIRE, 0));
    assert_eq!(kinds(&story.send(&piece("third", "3", FIRE, 3))), ["sighted"], "neither grants anything");
    assert_eq!(kinds(&story.send(&piece("cdrb", "1", FIRE, 5))), ["attributed"]);
    let mut later = Story::new();
    later.registry.put(grant);
    later.send(&piece("other", "2", FIRE, 0).with(|piece| piece.stated_time = Some(minute(-60))));
    let copy = piece("cdrb", "1", FIRE, 5).with(|piece| piece.stated_time = Some(minute(-5)));
    assert_eq!(kinds(&later.send(&copy)), ["sighted"], "it was clearly later");
}

#[test]
fn after_a_change_of_hands_corrections_follow_the_new_original() {
    let mut story = Story::new();
    story.send(&piece("other", "2", FIRE, 0).with(|piece| piece.stated_source = Some("成都日报")));
    story.send(&piece("cdrb", "1", FIRE, 5));
    let by_reprint = story.send(&piece("other", "2", FIRE, 9).titled("另一个标题"));
    assert_eq!(kinds(&by_reprint), ["sighted"]);
    let by_original = story.send(&piece("cdrb", "1", &FIRE.replace("39人", "40人"), 10));
    assert_eq!((kinds(&by_original), article(&by_original).version), (vec!["corrected"], 3));
}

#[test]
fn of_equal_copies_the_one_of_the_stated_source_is_the_parent() {
    let mut story = Story::new();
    story.send(&piece("cdrb", "1", FIRE, 0));
    let stated = piece("third", "3", FIRE, 5);
    story.send(&stated);
    let outcome = story.send(&piece("other", "2", FIRE, 9).with(|piece| piece.stated_source = Some("第三网")));
    assert_eq!(outcome.judged[0].verdict, lianbo_schemas::Verdict::Reprint { of: stated.uri() });
}
