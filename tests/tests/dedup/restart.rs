//! What a restart and a replay leave as it was.

use jiff::Timestamp;
use lianbo_hub::dedup::{Bytes, Dedup, Outcome, Settings, Shelf, Stats};
use lianbo_hub::page::{Language, reason};
use lianbo_schemas::Judged;
use lianbo_schemas::ninjs::PubStatus;
use proptest::prelude::{Just, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};

use crate::story::{AUTHORITY, FIRE, METRO, Piece, Story, minute, piece, word};

/// One thing that happens: a piece is sent, or only time passes.
#[derive(Debug, Clone)]
enum Event {
    Sent(Box<Piece>),
    Waited,
}

fn event() -> impl Strategy<Value = Event> {
    let outlet = prop_oneof![Just("cdrb"), Just("other"), Just("third")];
    let status =
        prop_oneof![6 => Just(PubStatus::Usable), 1 => Just(PubStatus::Withheld), 1 => Just(PubStatus::Canceled)];
    let source = prop_oneof![3 => Just(None), 1 => Just(Some("成都日报")), 1 => Just(Some("新华社"))];
    let sent = (outlet, 0..3u8, 0..6usize, 0..3u64, status, source, any::<bool>(), any::<bool>(), 0..120i64, 0..240i64);
    let sent = sent.prop_map(|(outlet, id, text, version, status, source, canonical, returns, embargo, expires)| {
        let texts = [
            FIRE.to_owned(),
            METRO.to_owned(),
            FIRE.replace("39人", "41人"),
            format!("{FIRE}\n（责任编辑：王某）"),
            METRO.replace("二十万", "三十万"),
            String::new(),
        ];
        let piece = piece(outlet, &id.to_string(), &texts[text], 0).with(|piece| {
            piece.version = version;
            piece.status = status;
            piece.stated_source = source;
            piece.canonical_url = canonical.then(|| "https://cdrb.example/1".to_owned());
            piece.has_passed = (returns && canonical).then_some(AUTHORITY);
            piece.embargo = (embargo > 60).then(|| minute(embargo));
            piece.expires = (expires > 120).then(|| minute(expires - 120));
        });
        Event::Sent(Box::new(piece))
    });
    prop_oneof![8 => sent, 1 => Just(Event::Waited)]
}

/// Tells the events, one every five minutes; day by day when `slow`, so that the near window moves.
fn tell(events: &[Event], slow: bool) -> (Story, Vec<Piece>, Vec<Outcome>) {
    tell_on(Story::new(), events, slow)
}

fn tell_on(mut story: Story, events: &[Event], slow: bool) -> (Story, Vec<Piece>, Vec<Outcome>) {
    let (mut sent, mut outcomes) = (Vec::new(), Vec::new());
    for (event, step) in events.iter().zip(1i64..) {
        let now = minute(step * if slow { 60 * 24 * 20 } else { 5 });
        outcomes.push(story.clock(now));
        if let Event::Sent(piece) = event {
            let piece = piece.as_ref().clone().with(|piece| piece.received = now);
            outcomes.push(story.send(&piece));
            sent.push(piece);
        }
    }
    (story, sent, outcomes)
}

/// All that can be seen of a state. What it takes in bytes, and which shingles still have a list that has become short,
/// hangs on how it came about.
fn seen(dedup: &Dedup) -> (Vec<Judged>, Stats, Option<Timestamp>) {
    let bytes = Bytes { items: 0, texts: 0, postings: 0, lines: 0, memory: 0, shelf: 0 };
    (dedup.records().collect(), Stats { bytes, lists: (0, 0), ..dedup.stats() }, dedup.wakes_at())
}

proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(200))]

    #[test]
    fn a_restart_restores_exactly_the_same_state(
        before in prop::collection::vec(event(), 1..24),
        after in prop::collection::vec(event(), 0..6),
        slow in any::<bool>(),
    ) {
        let (mut story, _, _) = tell(&before, slow);
        let mut restarted = story.restarted();
        prop_assert_eq!(seen(&restarted), seen(&story.dedup));
        let end = story.dedup.records().map(|judged| judged.memory.received).max();
        for (event, step) in after.iter().zip(1..) {
            let Event::Sent(piece) = event else { continue };
            let pace = if slow { 60 * 24 * 40 } else { 200 };
            let now = end.unwrap_or_else(|| minute(0)) + jiff::SignedDuration::from_mins(step * pace);
            prop_assert_eq!(restarted.due(now), story.dedup.due(now));
            let piece = piece.as_ref().clone().with(|piece| piece.received = now);
            let expected = story.dedup.step(piece.normalised(), &story.registry, now);
            prop_assert_eq!(restarted.step(piece.normalised(), &story.registry, now), expected);
            prop_assert_eq!(seen(&restarted), seen(&story.dedup));
        }
    }

    #[test]
    fn records_may_come_back_in_any_order_and_more_than_once(
        events in prop::collection::vec(event(), 1..24),
        slow in any::<bool>(),
    ) {
        let (story, _, outcomes) = tell(&events, slow);
        let newest = story.memory.values().rev().cloned();
        prop_assert_eq!(seen(&Dedup::restore(AUTHORITY, &Settings::default(), newest)), seen(&story.dedup));
        let every = outcomes.into_iter().flat_map(|outcome| outcome.judged);
        prop_assert_eq!(seen(&Dedup::restore(AUTHORITY, &Settings::default(), every)), seen(&story.dedup));
    }

    #[test]
    fn a_shelf_in_a_file_changes_nothing(events in prop::collection::vec(event(), 1..12), slow in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        let (in_memory, _, _) = tell(&events, slow);
        let mut on_file = Story::new();
        let shelf = Shelf::in_folder(folder.path()).unwrap();
        on_file.dedup = Dedup::on(shelf, AUTHORITY, &Settings::default());
        let on_file = tell_on(on_file, &events, slow).0;
        prop_assert_eq!(&on_file.changes, &in_memory.changes);
        prop_assert_eq!(seen(&on_file.dedup), seen(&in_memory.dedup));
        prop_assert_eq!(on_file.dedup.fault(), None);
    }

    #[test]
    fn a_replay_changes_nothing(events in prop::collection::vec(event(), 1..24)) {
        let (mut story, sent, _) = tell(&events, false);
        for piece in &sent {
            let outcome = story.send(piece);
            prop_assert!(outcome.changes.is_empty(), "{:?}", outcome);
            prop_assert!(matches!(word(&outcome), "unchanged" | "stale"), "{:?}", outcome);
        }
    }

    #[test]
    fn every_reason_can_be_said_in_chinese(events in prop::collection::vec(event(), 1..24)) {
        let (_, _, outcomes) = tell(&events, false);
        for judged in outcomes.iter().flat_map(|outcome| &outcome.judged) {
            for said in &judged.evidence.reasons {
                prop_assert!(reason(Language::Chinese, said) != *said, "not known to the page: {}", said);
            }
        }
    }

    #[test]
    fn versions_of_an_article_rise_and_nothing_follows_a_kill(events in prop::collection::vec(event(), 1..24)) {
        use lianbo_schemas::ArticleChange::{Decided, Expired, Lifted, Sighted, Version, Withdrawn};
        let (story, _, _) = tell(&events, false);
        let mut versions = std::collections::BTreeMap::new();
        for change in &story.changes {
            let last: &mut (u32, bool) = versions.entry(change.uri().clone()).or_default();
            match change {
                Version { article, .. } => {
                    prop_assert!(article.version > last.0 && !last.1, "{:?}", change);
                    last.0 = article.version;
                }
                Withdrawn { version, status, .. } => {
                    prop_assert!(*version > last.0 && !last.1, "{:?}", change);
                    *last = (*version, *status == PubStatus::Canceled);
                }
                Expired { version, .. } => {
                    prop_assert!(*version > last.0 && !last.1, "{:?}", change);
                    last.0 = *version;
                }
                Lifted { version, .. } => prop_assert!(*version == last.0 && !last.1, "{:?}", change),
                Sighted { .. } | Decided { .. } => prop_assert!(last.0 > 0, "{:?}", change),
            }
        }
    }
}
