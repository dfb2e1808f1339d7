//! What becomes of take-downs: looked at where readers saw the article, until it is proven or overdue.

use std::time::Duration;

use lianbo_schemas::takedown::{Finding, Proof};
use lianbo_schemas::{TakeDown, Then, topic};

use crate::world::{World, hold, morning, withdraw};

const PAGE: &str = "https://partner.example/a";
const WORDS: &str = "<h1>标题</h1><p>正文的第一句话在这里</p>";

/// The looks so far, in order.
fn looks(world: &World) -> Vec<TakeDown> {
    let records = world.log.records(topic::TAKEDOWNS).into_iter();
    records.map(|record| serde_json::from_slice(&record.value.unwrap()).unwrap()).collect()
}

/// Article `a` is held, and then killed.
async fn killed() -> World {
    let mut world = World::new(&["portal"]);
    world.publish_with("a", 1, |article| article.news.bodies[0].value = "<p>正文的第一句话在这里。</p>".to_owned());
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.settled("portal").await;
    world.pages.keep(PAGE, WORDS);
    kill(&world, 2).await;
    world
}

async fn kill(world: &World, version: u32) {
    world.publish_with("a", version, |article| {
        article.news.pub_status = lianbo_schemas::ninjs::PubStatus::Canceled;
        article.news.bodies[0].value = "<p>正文的第一句话在这里。</p>".to_owned();
    });
    world.want("portal", [withdraw("a", version)]).await;
    world.settled("portal").await;
}

#[tokio::test(start_paused = true)]
async fn a_take_down_is_proven_when_the_page_is_gone_and_stays_so() {
    let mut world = killed().await;
    world.pages.drop(PAGE);
    world.until("proven", |world| looks(world).last().is_some_and(|look| look.proof == Proof::Gone)).await;
    let found = looks(&world);
    assert_eq!((found.len(), found[1].last.finding, found[1].url.as_str()), (2, Finding::Gone, PAGE));
    assert!(found[1].last.at.duration_since(found[0].last.at).as_secs() >= 300, "{found:?}");
    let receipt = world.receipts().pop().unwrap();
    assert_eq!(found[1].acknowledged, receipt.at);

    // Neither a restart nor a lost ledger begins again.
    world.stop().await;
    world.lose_ledger();
    world.start();
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    assert_eq!(world.pages.asked().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn what_readers_still_see_is_overdue_and_looked_at_on_across_a_lost_ledger() {
    let mut world = killed().await;
    world.until("overdue", |world| looks(world).last().is_some_and(|look| look.proof == Proof::Overdue)).await;
    let before = looks(&world);
    assert_eq!(before.last().unwrap().last.finding, Finding::Standing);
    assert!(before.last().unwrap().last.detail.contains("words of the article"), "{before:?}");
    world.crash().await;
    world.lose_ledger();
    world.start();
    world.pages.drop(PAGE);
    world.until("proven late", |world| looks(world).last().is_some_and(|look| look.proof == Proof::Gone)).await;
    let after = looks(&world);
    let numbers: Vec<u32> = after.iter().map(|look| look.looks).collect();
    assert_eq!(numbers, (1..=u32::try_from(after.len()).unwrap()).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_second_kill_is_looked_at_anew_and_what_was_never_held_is_not() {
    let world = killed().await;
    world.pages.drop(PAGE);
    world.until("proven", |world| looks(world).len() == 2).await;
    world.publish("a", 3);
    world.want("portal", [hold("a", 3)]).await;
    world.settled("portal").await;
    kill(&world, 4).await;
    world.cancel("b", 1);
    world.want("portal", [withdraw("b", 1)]).await;
    world.until("proven again", |world| looks(world).len() == 4).await;
    let found = looks(&world);
    assert_eq!((found[2].looks, found[3].proof), (1, Proof::Gone));
    assert!(found[2].acknowledged > found[1].acknowledged);
    tokio::time::sleep(Duration::from_secs(3_600)).await;
    assert!(world.pages.asked().iter().all(|url| url == PAGE), "{:?}", world.pages.asked());
}

#[tokio::test(start_paused = true)]
async fn every_receipt_tells_what_was_held_when_also_after_a_lost_ledger() {
    let mut world = World::new(&["portal"]);
    for version in 1..=3 {
        world.publish("a", version);
        world.want("portal", [hold("a", version)]).await;
        if version > 1 {
            world.stop().await;
            world.lose_ledger();
        }
        world.start();
        world.settled("portal").await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        if version == 1 {
            assert_eq!(world.receipts()[0].history, None, "the receipt alone says it");
        }
    }
    world.cancel("a", 4);
    world.want("portal", [withdraw("a", 4)]).await;
    world.settled("portal").await;
    let receipts = world.receipts();
    let history = receipts.last().unwrap().history();
    for receipt in &receipts {
        let held = match history.at(receipt.at) {
            Then::Held(_, copy) => Some(copy.version),
            Then::Nothing => None,
            Then::Unknown => panic!("{history:?}"),
        };
        assert_eq!(held, Some(receipt.version).filter(|version| *version < 4), "{history:?}");
    }
    assert_eq!(history.at(morning() - Duration::from_secs(1)), Then::Nothing);
}
