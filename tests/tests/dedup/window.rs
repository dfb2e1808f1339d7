//! The near window: what leaves it, what is known of it afterwards, and that its memory comes back.

use lianbo_hub::dedup::{Dedup, Settings};
use lianbo_schemas::Verdict;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_tests::corpus;

use crate::story::{AUTHORITY, FIRE, METRO, Piece, Story, kinds, minute, piece, registry, word};

const DAY: i64 = 60 * 24;

#[test]
fn what_has_left_the_near_window_is_still_known_by_its_exact_text() {
    let mut story = Story::new();
    let old = piece("cdrb", "1", FIRE, 0);
    story.send(&old);
    story.send(&piece("third", "9", METRO, DAY * 100));
    assert_eq!(story.dedup.size(), (2, 1));
    assert!(story.dedup.item(&old.uri()).unwrap().memory.fingerprint.is_none());
    let nearly = FIRE.replace("39人", "41人");
    assert_eq!(word(&story.send(&piece("other", "2", &nearly, DAY * 100 + 1))), "new", "only exact copies are found");
}

#[test]
fn an_exact_copy_of_a_two_year_old_text_is_a_reprint_of_it_also_after_a_restart() {
    let mut story = Story::new();
    let old = piece("cdrb", "1", FIRE, 0);
    let published = story.send(&old);
    for month in 1..24 {
        let (title, text) = corpus::article(month, 400);
        story.send(&piece("third", &month.to_string(), &text, DAY * 30 * month as i64).titled(&title));
    }
    assert!(story.dedup.size().1 <= 4, "{:?}", story.dedup.size());
    let mut restarted = story.restarted();
    let copy = piece("other", "2", FIRE, DAY * 730);
    let outcome = story.send(&copy);
    assert_eq!(outcome.judged[0].verdict, Verdict::Reprint { of: old.uri() });
    assert_eq!(outcome.judged[0].article.as_ref(), Some(published.changes[0].uri()));
    assert_eq!(kinds(&outcome), ["sighted"]);
    assert_eq!(restarted.step(copy.normalised(), &story.registry, copy.received), outcome);
}

#[test]
fn an_item_corrected_after_it_left_the_window_is_near_again_in_its_old_place() {
    let mut story = Story::new();
    let old = piece("cdrb", "1", FIRE, 0);
    story.send(&old);
    story.send(&piece("third", "9", METRO, DAY * 100));
    let corrected = FIRE.replace("39人", "41人");
    let outcome = story.send(&piece("cdrb", "1", &corrected, DAY * 101));
    assert_eq!((word(&outcome), kinds(&outcome)), ("correction", vec!["corrected"]));
    assert_eq!(outcome.judged[0].memory.order, 1);
    assert_eq!(story.dedup.size(), (2, 2));
    let copy = story.send(&piece("other", "2", &format!("本报综合消息\n{corrected}"), DAY * 101 + 5));
    assert_eq!(copy.judged[0].verdict, Verdict::Reprint { of: old.uri() });
    let former = story.send(&piece("other", "3", FIRE, DAY * 101 + 6));
    assert_ne!(word(&former), "reprint", "its former words are not the article's any more");
}

#[test]
fn an_item_killed_after_it_left_the_window_is_withdrawn() {
    let mut story = Story::new();
    story.send(&piece("cdrb", "1", FIRE, 0));
    story.send(&piece("third", "9", METRO, DAY * 100));
    let kill = piece("cdrb", "1", "", DAY * 101).with(|piece| piece.status = PubStatus::Canceled);
    assert_eq!(kinds(&story.send(&kill)), ["canceled"]);
    assert_eq!(kinds(&story.send(&piece("other", "2", FIRE, DAY * 102))), ["sighted"], "a copy of it goes nowhere");
}

#[test]
fn the_near_window_is_a_setting() {
    let settings = Settings { near_days: 1 };
    let mut dedup = Dedup::new(AUTHORITY, &settings);
    let registry = registry();
    dedup.step(piece("cdrb", "1", FIRE, 0).normalised(), &registry, minute(0));
    dedup.step(piece("cdrb", "2", METRO, 60 * 30).normalised(), &registry, minute(60 * 30));
    assert_eq!(dedup.size(), (2, 1));
}

/// Pieces of one day: mostly new ones, some of them copies, all with a line of the page.
fn day(day: u64) -> impl Iterator<Item = Piece> {
    (0..PIECES).map(move |number| {
        let of = if number % 5 == 4 { number - 1 } else { number };
        let (title, text) = corpus::article(day * PIECES + of, 400);
        let outlet = ["cdrb", "other", "third"][(number % 3) as usize];
        let text = format!("{text}\n版权所有，未经许可不得转载，欢迎扫码关注。");
        piece(outlet, &format!("{day}-{number}"), &text, DAY * day as i64 + number as i64).titled(&title)
    })
}

const PIECES: u64 = 40;

#[test]
fn as_the_window_slides_its_memory_stays_what_it_was() {
    let (settings, registry) = (Settings { near_days: 10 }, registry());
    let mut dedup = Dedup::new(AUTHORITY, &settings);
    let mut tell = |days: std::ops::Range<u64>| {
        for piece in days.flat_map(day) {
            dedup.step(piece.normalised(), &registry, piece.received);
        }
        dedup.stats()
    };
    let full = tell(0..12);
    let later = tell(12..60);
    assert_eq!(later.items, 60 * PIECES as usize);
    let near = |stats: &lianbo_hub::dedup::Stats| stats.bytes.texts + stats.bytes.postings + stats.bytes.lines;
    let counts = [(full.near, later.near), (full.shingles, later.shingles), (full.lines, later.lines)];
    for (before, after) in counts.into_iter().chain([(near(&full), near(&later))]) {
        assert!(before > 0 && after.abs_diff(before) * 10 < before, "{before} became {after}");
    }
    assert_eq!((full.furniture, later.furniture), (3, 3), "the page's line is learned at each outlet");

    // A year of silence, and one piece: everything else has left.
    let late = piece("cdrb", "late", METRO, DAY * 500);
    dedup.step(late.normalised(), &registry, late.received);
    let left = dedup.stats();
    assert_eq!((left.near, left.furniture, left.lists), (1, 0, (0, 0)));
    assert!(left.shingles < 100 && left.lines < 10, "{left:?}");
    assert!(near(&left) * 5 < near(&later), "{} of {}", near(&left), near(&later));
    assert_eq!(left.window.oldest, Some(late.received));
}
