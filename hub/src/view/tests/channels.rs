//! What channels show.

use lianbo_schemas::Content;

use crate::view::sample::{Fixture, Rule, after, article, change, corrected, killed, open_channel, published};
use crate::view::{Cursor, Generation};

async fn words(fixture: &Fixture, channel: &str, from: Cursor) -> (Vec<String>, Cursor) {
    let channel = open_channel(channel).channel;
    let page = fixture.view.changes(&channel, from, 100).await.unwrap();
    let words = page.changes.iter().map(|change| {
        let body = if change.article.is_some() { "" } else { " -" };
        format!("{}@{}{body}", change.change, change.version)
    });
    (words.collect(), page.next)
}

#[tokio::test]
async fn an_article_no_rule_takes_is_in_no_channel() {
    let fixture = Fixture::new(vec![Rule { word: "体育".to_owned(), ..open_channel("sport") }]).await;
    fixture.fold(0, &[published(&article(1))]).await;
    assert!(fixture.view.shown(&article(1).uri).await.unwrap().is_empty());
    assert_eq!(words(&fixture, "sport", Cursor::start()).await.0, [""; 0]);
}

#[tokio::test]
async fn a_correction_that_leaves_the_rule_is_told_as_removed() {
    let fixture = Fixture::new(vec![Rule { word: "防汛".to_owned(), ..open_channel("flood") }]).await;
    let one = article(1);
    fixture.fold(0, &[published(&one), corrected(&one, 2, "抗旱会议召开")]).await;
    assert_eq!(words(&fixture, "flood", Cursor::start()).await.0, ["published@1 -", "removed@2 -"]);
    fixture.fold(2, &[corrected(&one, 3, "防汛会议召开")]).await;
    let told = words(&fixture, "flood", Cursor::start()).await.0;
    assert_eq!(told, ["published@1", "removed@2 -", "published@3"]);
}

#[tokio::test]
async fn nobody_is_handed_the_text_of_a_killed_article() {
    let fixture = Fixture::new(vec![open_channel("all")]).await;
    let one = article(1);
    fixture.fold(0, &[published(&one)]).await;
    let (before, cursor) = words(&fixture, "all", Cursor::start()).await;
    assert_eq!(before, ["published@1"]);
    fixture.fold(1, &[killed(&one, 2)]).await;
    assert_eq!(words(&fixture, "all", cursor).await.0, ["canceled@2 -"]);
    assert_eq!(words(&fixture, "all", Cursor::start()).await.0, ["published@1 -", "canceled@2 -"]);
}

#[tokio::test]
async fn a_grants_embargo_ends_with_the_next_later_record() {
    let fixture = Fixture::new(vec![Rule { embargo: 100, ..open_channel("late") }]).await;
    let (one, two) = (article(1), article(2));
    fixture.view.fold(vec![change(0, 0, &published(&one)), change(1, 99, &killed(&two, 9))]).await.unwrap();
    assert_eq!(words(&fixture, "late", Cursor::start()).await.0, [""; 0]);
    fixture.view.fold(vec![change(2, 101, &killed(&two, 9))]).await.unwrap();
    assert_eq!(words(&fixture, "late", Cursor::start()).await.0, ["published@1"]);
    let newest = fixture.view.newest(&open_channel("late").channel, 1).await.unwrap();
    assert_eq!(newest.items[0].1.since, after(100));
}

#[tokio::test]
async fn on_a_quiet_log_the_clock_ends_a_grants_embargo_at_the_same_place() {
    let by_clock = Fixture::new(vec![Rule { embargo: 100, ..open_channel("late") }]).await;
    let by_log = Fixture::new(vec![Rule { embargo: 100, ..open_channel("late") }]).await;
    let one = article(1);
    by_clock.fold(0, &[published(&one)]).await;
    by_clock.view.release(after(100)).await.unwrap();
    let (told, cursor) = words(&by_clock, "late", Cursor::start()).await;
    assert_eq!(told, ["published@1"]);
    by_log.view.fold(vec![change(0, 0, &published(&one)), change(1, 150, &killed(&article(2), 9))]).await.unwrap();
    let (told, same) = words(&by_log, "late", Cursor::start()).await;
    assert_eq!((told, same), (vec!["published@1".to_owned()], cursor));
}

#[tokio::test]
async fn a_record_that_comes_late_after_the_clock_let_an_entry_out_is_not_missed() {
    let rules = vec![Rule { embargo: 100, word: "1".to_owned(), ..open_channel("mixed") }, {
        Rule { word: "2".to_owned(), ..open_channel("mixed") }
    }];
    let fixture = Fixture::new(rules).await;
    fixture.fold(0, &[published(&article(1))]).await;
    fixture.view.release(after(100)).await.unwrap();
    let (told, cursor) = words(&fixture, "mixed", Cursor::start()).await;
    assert_eq!(told, ["published@1"]);
    // Its time is before the embargo's end: another machine's clock runs late.
    fixture.view.fold(vec![change(1, 99, &published(&article(2)))]).await.unwrap();
    let page = fixture.view.changes(&open_channel("mixed").channel, cursor, 100).await.unwrap();
    assert_eq!(page.changes[0].uri, article(2).uri);
}

#[tokio::test]
async fn a_kill_before_the_grants_embargo_ends_is_told_to_nobody() {
    let fixture = Fixture::new(vec![Rule { embargo: 100, ..open_channel("late") }]).await;
    let one = article(1);
    fixture.fold(0, &[published(&one), killed(&one, 2)]).await;
    fixture.view.release(after(1000)).await.unwrap();
    assert_eq!(words(&fixture, "late", Cursor::start()).await.0, [""; 0]);
}

#[tokio::test]
async fn a_change_of_the_registry_tells_pullers_what_joined_and_left() {
    let fixture = Fixture::new(vec![Rule { word: "1".to_owned(), ..open_channel("one") }]).await;
    let generation = |registry| Generation { registry, as_of: 0 };
    fixture.view.reselect(generation(1)).await.unwrap();
    fixture.view.wait_for_generation(generation(1)).await.unwrap();
    fixture.fold(0, &[published(&article(1)), published(&article(2))]).await;
    let (told, cursor) = words(&fixture, "one", Cursor::start()).await;
    assert_eq!(told, ["published@1"]);
    *fixture.rules.lock().unwrap() = vec![Rule { word: "2".to_owned(), ..open_channel("one") }];
    fixture.view.reselect(generation(2)).await.unwrap();
    fixture.view.wait_for_generation(generation(2)).await.unwrap();
    let page = fixture.view.changes(&open_channel("one").channel, cursor, 100).await.unwrap();
    let told: Vec<_> = page.changes.iter().map(|change| (change.change.as_str(), &change.uri)).collect();
    assert_eq!(told, [("removed", &article(1).uri), ("published", &article(2).uri)]);
    let again = fixture.view.changes(&open_channel("one").channel, page.next, 100).await.unwrap();
    assert!(again.changes.is_empty() && !again.more);
    assert_eq!(words(&fixture, "one", Cursor::start()).await.0, ["published@1"]);
}

#[tokio::test]
async fn terms_follow_the_grant_of_today() {
    let fixture = Fixture::new(vec![open_channel("all")]).await;
    fixture.fold(0, &[published(&article(1))]).await;
    let stamp = fixture.view.channel_stamp(&open_channel("all").channel);
    *fixture.rules.lock().unwrap() = vec![Rule { content: Content::Link, images: false, ..open_channel("all") }];
    let to = Generation { registry: 9, as_of: 0 };
    fixture.view.reselect(to).await.unwrap();
    fixture.view.wait_for_generation(to).await.unwrap();
    let shown = fixture.view.shown(&article(1).uri).await.unwrap();
    assert_eq!((shown[0].content, shown[0].images), (Content::Link, false));
    assert_ne!(fixture.view.channel_stamp(&open_channel("all").channel), stamp);
}
