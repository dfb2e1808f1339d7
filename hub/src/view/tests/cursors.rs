//! Cursors: every change once, in order, whatever the pages and whatever comes meanwhile.

use proptest::prelude::{Strategy, any, prop, proptest};
use proptest::test_runner::Config;

use crate::view::sample::{Fixture, Rule, article, change, corrected, killed, open_channel, published};
use crate::view::{Cursor, CursorError, Generation};

#[derive(Debug, Clone)]
enum Step {
    Publish(u32),
    Correct(u32),
    Kill(u32),
    Pull(u32),
    Wait(i64),
    Clock,
}

fn step() -> impl Strategy<Value = Step> {
    (0..10_u32, 1..6_u32, 1..5_u32, any::<bool>()).prop_map(|(kind, number, limit, quiet)| match kind {
        0..=2 => Step::Publish(number),
        3..=4 => Step::Correct(number),
        5 => Step::Kill(number),
        6..=7 => Step::Pull(limit),
        8 => Step::Wait(i64::from(limit) * 10),
        _ if quiet => Step::Clock,
        _ => Step::Pull(limit),
    })
}

struct Walk {
    fixture: Fixture,
    offset: i64,
    seconds: i64,
    versions: Vec<u32>,
    cursor: Cursor,
    seen: Vec<(String, u32, String)>,
}

impl Walk {
    async fn take(&mut self, step: &Step) {
        match step {
            Step::Publish(number) => {
                self.append(*number, |one, version| match version {
                    1 => published(one),
                    version => corrected(one, version, "再次发布"),
                })
                .await
            }
            Step::Correct(number) => self.append(*number, |one, version| corrected(one, version, "更正")).await,
            Step::Kill(number) => self.append(*number, killed).await,
            Step::Pull(limit) => drop(self.pull(*limit).await),
            Step::Wait(seconds) => self.seconds += seconds,
            Step::Clock => self.fixture.view.release(crate::view::sample::after(self.seconds)).await.unwrap(),
        }
    }

    async fn append(
        &mut self,
        number: u32,
        make: impl Fn(&lianbo_schemas::Article, u32) -> lianbo_schemas::ArticleChange,
    ) {
        let version = &mut self.versions[number as usize];
        *version += 1;
        let mut one = article(number);
        one.version = *version;
        let made = make(&one, *version);
        self.seconds += 1;
        self.fixture.view.fold(vec![change(self.offset, self.seconds, &made)]).await.unwrap();
        self.offset += 1;
    }

    async fn pull(&mut self, limit: u32) -> bool {
        let page = self.fixture.view.changes(&open_channel("mixed").channel, self.cursor, limit).await.unwrap();
        let told =
            |change: &crate::view::ChannelChange| (change.uri.to_string(), change.version, change.change.clone());
        self.seen.extend(page.changes.iter().map(told));
        self.cursor = page.next.to_string().parse().unwrap();
        page.more
    }
}

async fn walk(steps: Vec<Step>) {
    let rules = vec![
        Rule { word: "第1".to_owned(), embargo: 30, ..open_channel("mixed") },
        Rule { word: "第2".to_owned(), embargo: 75, ..open_channel("mixed") },
        Rule { word: "第3".to_owned(), ..open_channel("mixed") },
        Rule { word: "第4".to_owned(), ..open_channel("mixed") },
        Rule { word: "更正".to_owned(), ..open_channel("mixed") },
    ];
    let fixture = Fixture::new(rules).await;
    let (versions, cursor) = (vec![0; 6], Cursor::start());
    let mut walk = Walk { fixture, offset: 0, seconds: 0, versions, cursor, seen: Vec::new() };
    for step in &steps {
        walk.take(step).await;
    }
    while walk.pull(3).await {}
    let in_pieces = std::mem::take(&mut walk.seen);
    walk.cursor = Cursor::start();
    walk.pull(1_000).await;
    assert_eq!(in_pieces, walk.seen, "{steps:?}");
    let mut once = in_pieces.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), in_pieces.len(), "a change came twice: {in_pieces:?}");
}

proptest! {
    #![proptest_config(Config { cases: 40, failure_persistence: None, ..Config::default() })]
    #[test]
    fn a_chain_of_cursors_tells_every_change_once(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
        runtime.block_on(walk(steps));
    }
}

#[test]
fn a_cursor_comes_back_as_it_went_and_nothing_else_is_one() {
    let start = Cursor::start();
    assert_eq!(start.to_string().parse::<Cursor>().unwrap(), start);
    for wrong in ["", "0", "AQ", "AAAA", "成都", "AQAAAAAAAAAA"] {
        assert!(matches!(wrong.parse::<Cursor>(), Err(CursorError { .. })), "{wrong}");
    }
}

#[tokio::test]
async fn after_a_rebuild_an_old_cursor_starts_again_rather_than_miss_what_joined() {
    let fixture = Fixture::new(vec![open_channel("all")]).await;
    let generation = |registry| Generation { registry, as_of: 0 };
    fixture.view.reselect(generation(1)).await.unwrap();
    fixture.view.wait_for_generation(generation(1)).await.unwrap();
    fixture.fold(0, &[published(&article(1))]).await;
    let channel = open_channel("all").channel;
    let old = fixture.view.changes(&channel, Cursor::start(), 10).await.unwrap().next;
    let rebuilt = Fixture::new(vec![open_channel("all")]).await;
    rebuilt.view.reselect(generation(2)).await.unwrap();
    rebuilt.view.wait_for_generation(generation(2)).await.unwrap();
    rebuilt.fold(0, &[published(&article(1))]).await;
    assert_eq!(rebuilt.view.changes(&channel, old, 10).await.unwrap().changes.len(), 1);
}
