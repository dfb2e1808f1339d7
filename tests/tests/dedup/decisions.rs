//! An editor overrules what dedup made of items, and it stays so.

use lianbo_hub::dedup::Outcome;
use lianbo_hub::page::{Language, reason};
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{
    ArticleChange, ArticleUri, Cause, Decision, DecisionId, ItemUri, Order, Reason, Relation, Ruling,
};

use crate::story::{FIRE, METRO, Piece, Story, article, kinds, minute, piece, word};

fn uri_of(story: &Story, piece: &Piece) -> ArticleUri {
    story.dedup.item(&piece.uri()).unwrap().article.clone().unwrap()
}

fn order(number: u32, article: &ArticleUri, ruling: Ruling, words: Option<&Piece>) -> Order {
    let decision = Decision {
        id: DecisionId::new(format!("decision-{number}")).unwrap(),
        article: article.clone(),
        ruling,
        by: "wang".to_owned(),
        at: minute(60),
        note: Some("核对过原稿".to_owned()),
    };
    Order { decision, item: words.map(|piece| Box::new(piece.normalised().item)) }
}

fn split(number: u32, article: &ArticleUri, piece: &Piece) -> Order {
    order(number, article, Ruling::Split { item: piece.uri() }, Some(piece))
}

fn merge(number: u32, article: &ArticleUri, into: &ArticleUri) -> Order {
    order(number, article, Ruling::Merge { into: into.clone() }, None)
}

fn original(number: u32, article: &ArticleUri, piece: &Piece) -> Order {
    order(number, article, Ruling::Original { item: piece.uri() }, Some(piece))
}

fn decided(outcome: &Outcome) -> (&ArticleUri, u32, Vec<ItemUri>) {
    let found = outcome.changes.iter().find_map(|change| match change {
        ArticleChange::Decided { result, version, moved, .. } => Some((result, *version, moved.clone())),
        _ => None,
    });
    found.expect("the decision is on record")
}

/// An original at cdrb, a reprint at other, and at third a copy of that reprint.
fn family() -> (Story, [Piece; 3]) {
    let mut story = Story::new();
    let pieces = [
        piece("cdrb", "1", FIRE, 0),
        piece("other", "2", FIRE, 5).titled("新余火灾39人遇难"),
        piece("third", "3", FIRE, 9).titled("新余火灾39人遇难"),
    ];
    for one in &pieces {
        story.send(one);
    }
    assert_eq!(story.dedup.item(&pieces[2].uri()).unwrap().verdict.parent(), Some(&pieces[1].uri()));
    (story, pieces)
}

/// Nothing that is sent or restarted afterwards changes what was decided.
fn stays(story: &mut Story, pieces: &[Piece]) {
    let restarted = story.restarted();
    assert!(restarted.records().eq(story.dedup.records()));
    assert!(restarted.settled().eq(story.dedup.settled()));
    for _ in 0..2 {
        for one in pieces {
            let replayed = story.send(one);
            assert!(replayed.changes.is_empty() && replayed.settled.is_empty(), "{replayed:?}");
        }
        story.dedup = story.restarted();
    }
}

#[test]
fn a_split_off_item_is_an_article_of_its_own_and_its_copies_go_with_it() {
    let (mut story, pieces) = family();
    let from = uri_of(&story, &pieces[0]);
    let outcome = story.decide(&split(1, &from, &pieces[1])).unwrap();
    assert_eq!(kinds(&outcome), ["published", "decided"]);
    let ArticleChange::Version { cause: Cause::Published, article: own } = &outcome.changes[0] else { panic!() };
    assert_ne!(own.uri, from);
    for said in &own.sightings[0].evidence.reasons {
        assert_ne!(reason(Language::Chinese, said), *said);
    }
    assert_eq!((own.version, own.original.clone(), own.outlet.as_str()), (1, pieces[1].uri(), "other"));
    let members: Vec<(ItemUri, Relation)> =
        own.sightings.iter().map(|sighting| (sighting.item.clone(), sighting.relation)).collect();
    assert_eq!(members, [(pieces[1].uri(), Relation::Original), (pieces[2].uri(), Relation::Reprint)]);
    assert_eq!(decided(&outcome), (&own.uri, 1, vec![pieces[1].uri(), pieces[2].uri()]));
    stays(&mut story, &pieces);
    assert_eq!(uri_of(&story, &pieces[1]), own.uri);
    assert_eq!(uri_of(&story, &pieces[0]), from);
}

#[test]
fn a_correction_after_a_split_changes_only_its_own_article() {
    let (mut story, pieces) = family();
    let from = uri_of(&story, &pieces[0]);
    story.decide(&split(1, &from, &pieces[1])).unwrap();
    let own = uri_of(&story, &pieces[1]);
    let newer = story.send(&piece("other", "2", FIRE, 70).titled("新余火灾：又有新进展"));
    assert_eq!((word(&newer), kinds(&newer)), ("correction", vec!["corrected"]));
    assert_eq!((&article(&newer).uri, article(&newer).version), (&own, 2));
    assert_eq!(newer.settled.len(), 1, "the article's state is written where it stands now");
    let theirs = story.send(&piece("cdrb", "1", &FIRE.replace("9人", "8人"), 71));
    assert_eq!((&article(&theirs).uri, article(&theirs).version), (&from, 2));
}

#[test]
fn a_new_copy_joins_the_article_whose_item_it_is_most_like() {
    let (mut story, pieces) = family();
    let from = uri_of(&story, &pieces[0]);
    story.decide(&split(1, &from, &pieces[1])).unwrap();
    let own = uri_of(&story, &pieces[1]);
    let copy = piece("third", "8", FIRE, 80).titled("新余火灾39人遇难");
    assert_eq!(word(&story.send(&copy)), "reprint");
    assert_eq!(uri_of(&story, &copy), own);
}

#[test]
fn the_founding_item_can_be_split_off_once_another_is_the_original() {
    let (mut story, pieces) = family();
    let from = uri_of(&story, &pieces[0]);
    let refused = story.decide(&split(1, &from, &pieces[0])).unwrap_err();
    assert_eq!(refused.code, "is-the-original");
    story.decide(&original(2, &from, &pieces[1])).unwrap();
    let outcome = story.decide(&split(3, &from, &pieces[0])).unwrap();
    let own = decided(&outcome).0.clone();
    assert_ne!(own, from, "receivers hold the article under its uri, which stays");
    stays(&mut story, &pieces);
    assert_eq!(uri_of(&story, &pieces[0]), own);
    assert_eq!(uri_of(&story, &pieces[1]), from);
    let newer = story.send(&piece("other", "2", &FIRE.replace("9人", "8人"), 90).titled("新余火灾39人遇难"));
    assert_eq!((&article(&newer).uri, article(&newer).version), (&from, 3));
}

#[test]
fn merged_articles_are_one_and_the_former_is_withdrawn() {
    let mut story = Story::new();
    let pieces = [piece("cdrb", "1", FIRE, 0), piece("other", "2", METRO, 5), piece("third", "3", METRO, 9)];
    for one in &pieces {
        story.send(one);
    }
    let (stays_there, goes) = (uri_of(&story, &pieces[0]), uri_of(&story, &pieces[1]));
    let outcome = story.decide(&merge(1, &goes, &stays_there)).unwrap();
    assert_eq!(kinds(&outcome), ["sighted", "sighted", "decided", "withheld"]);
    let ArticleChange::Sighted { uri, sighting } = &outcome.changes[0] else { panic!() };
    assert_eq!((uri, &sighting.item, sighting.relation), (&stays_there, &pieces[1].uri(), Relation::Reprint));
    assert_eq!(sighting.parent, Some(pieces[0].uri()));
    let ArticleChange::Withdrawn { uri, version, .. } = &outcome.changes[3] else { panic!() };
    assert_eq!((uri, *version), (&goes, 2));
    stays(&mut story, &pieces);
    let newer = story.send(&piece("other", "2", &METRO.replace("二十万", "三十万"), 70));
    assert_eq!(kinds(&newer), ["sighted"], "the former original is a sighting now");
    let copy = piece("third", "8", METRO, 80);
    assert_eq!(word(&story.send(&copy)), "reprint");
    assert_eq!(uri_of(&story, &copy), stays_there);
}

#[test]
fn a_split_undoes_a_merge_under_the_former_uri() {
    let mut story = Story::new();
    let pieces = [piece("cdrb", "1", FIRE, 0), piece("other", "2", METRO, 5)];
    for one in &pieces {
        story.send(one);
    }
    let (into, former) = (uri_of(&story, &pieces[0]), uri_of(&story, &pieces[1]));
    story.decide(&merge(1, &former, &into)).unwrap();
    let outcome = story.decide(&split(2, &into, &pieces[1])).unwrap();
    let ArticleChange::Version { cause: Cause::Corrected, article } = &outcome.changes[0] else {
        panic!("{outcome:?}")
    };
    assert_eq!((&article.uri, article.version, article.status()), (&former, 3, PubStatus::Usable));
    stays(&mut story, &pieces);
}

#[test]
fn an_original_an_editor_has_set_is_taken_over_by_nobody() {
    let mut story = Story::new();
    let credited = |piece: Piece| piece.with(|piece| piece.stated_source = Some("第三网"));
    let pieces = [credited(piece("cdrb", "1", FIRE, 0)), credited(piece("other", "2", FIRE, 5))];
    for one in &pieces {
        story.send(one);
    }
    let uri = uri_of(&story, &pieces[0]);
    let outcome = story.decide(&original(1, &uri, &pieces[1])).unwrap();
    assert_eq!(kinds(&outcome), ["attributed", "decided"]);
    let ArticleChange::Version { article, .. } = &outcome.changes[0] else { panic!() };
    assert_eq!((&article.uri, article.version, article.outlet.as_str()), (&uri, 2, "other"));
    let relations: Vec<Relation> = article.sightings.iter().map(|sighting| sighting.relation).collect();
    assert_eq!(relations, [Relation::Original, Relation::Reprint]);
    stays(&mut story, &pieces);
    let named = story.send(&piece("third", "3", FIRE, 70));
    assert_eq!(kinds(&named), ["sighted"], "without the decision it would be the original by its credit");
}

#[test]
fn a_decision_that_comes_twice_is_carried_out_once() {
    let (mut story, pieces) = family();
    let from = uri_of(&story, &pieces[0]);
    let decision = split(1, &from, &pieces[1]);
    story.decide(&decision).unwrap();
    assert_eq!(story.decide(&decision).unwrap(), Outcome::default());
    story.dedup = story.restarted();
    assert_eq!(story.decide(&decision).unwrap(), Outcome::default());
}

#[test]
fn what_cannot_be_carried_out_is_refused_with_the_reason() {
    let (mut story, pieces) = family();
    let from = uri_of(&story, &pieces[0]);
    let stranger = piece("cdrb", "7", METRO, 20);
    story.send(&stranger);
    let other = uri_of(&story, &stranger);
    let unknown = ArticleUri::new("tag:alliance.example,2026:article:none").unwrap();
    let older = pieces[1].clone();
    story.send(&piece("other", "2", FIRE, 30).titled("更正后的标题"));
    let code = |outcome: Result<Outcome, Reason>| outcome.unwrap_err().code;
    let before: Vec<_> = story.dedup.records().collect();
    assert_eq!(code(story.decide(&split(1, &unknown, &pieces[1]))), "unknown-article");
    assert_eq!(code(story.decide(&split(2, &from, &stranger))), "not-in-article");
    assert_eq!(code(story.decide(&split(3, &from, &older))), "newer-version");
    assert_eq!(code(story.decide(&merge(4, &from, &from))), "same-article");
    assert_eq!(code(story.decide(&merge(5, &from, &unknown))), "unknown-article");
    assert_eq!(code(story.decide(&original(6, &from, &pieces[0]))), "is-the-original");
    assert!(story.dedup.records().eq(before));
    story.send(&piece("cdrb", "7", METRO, 40).with(|piece| piece.status = PubStatus::Canceled));
    assert_eq!(code(story.decide(&merge(7, &other, &from))), "withdrawn");
    assert_eq!(code(story.decide(&merge(8, &from, &other))), "withdrawn");
}
