//! Crashes, hand-overs and rebuilds: doing it twice equals doing it once.

use std::time::Duration;

use lianbo_hub::deliver::dump;
use lianbo_hub::log::NewRecord;
use lianbo_schemas::topic;

use crate::partner::Behaviour;
use crate::world::{World, hold, withdraw};

#[tokio::test(start_paused = true)]
async fn a_crash_between_effect_and_receipt_repeats_the_same_delivery() {
    for ledger_is_lost in [false, true] {
        let mut world = World::new(&["portal"]);
        world.log.hold_back(topic::RECEIPTS);
        world.publish("a", 1);
        world.want("portal", [hold("a", 1)]).await;
        world.start();
        world.until("the effect", |world| world.partner("portal").shows().contains_key("a")).await;
        world.crash().await;
        if ledger_is_lost {
            world.lose_ledger();
        }
        world.log.let_go();
        world.start();
        world.settled("portal").await;
        let calls = world.partner("portal").calls();
        assert_eq!(calls.len(), 2);
        assert_eq!(calls[0].delivery_id, calls[1].delivery_id);
        assert_eq!(calls[1].held, None, "the connector is left to look");
        assert_eq!(world.partner("portal").created(), 1);
    }
}

#[tokio::test(start_paused = true)]
async fn a_restart_sends_nothing_again() {
    for ledger_is_lost in [false, true] {
        let mut world = World::new(&["portal"]);
        for number in 0..20 {
            let name = format!("a{number}");
            world.publish(&name, 1);
            world.want("portal", [hold(&name, 1)]).await;
        }
        world.start();
        world.settled("portal").await;
        world.stop().await;
        if ledger_is_lost {
            world.lose_ledger();
        }
        world.publish("new", 1);
        world.want("portal", [hold("new", 1)]).await;
        world.start();
        world.settled("portal").await;
        assert_eq!(world.partner("portal").calls().len(), 21);
    }
}

#[tokio::test(start_paused = true)]
async fn a_ledger_rebuilt_from_the_log_is_the_same() {
    let mut world = World::new(&["portal", "paper"]);
    for number in 0..30 {
        let name = format!("a{number}");
        world.publish(&name, 1);
        world.want("portal", [hold(&name, 1)]).await;
        world.want("paper", [hold(&name, 1)]).await;
    }
    world.start();
    world.settled("portal").await;
    world.settled("paper").await;
    world.register("paper", |partner| partner.paused = true);
    for number in 0..10 {
        let name = format!("a{number}");
        world.cancel(&name, 2);
        world.want("portal", [withdraw(&name, 2)]).await;
        world.want("paper", [withdraw(&name, 2)]).await;
    }
    world.settled("portal").await;
    world.until("the other waits", |world| world.lane("paper").unwrap().backlog == 10).await;
    world.stop().await;
    let kept = dump(&world.ledger).unwrap();
    assert_eq!(kept.len(), 10 + 60);
    world.lose_ledger();
    world.start();
    world.until("rebuilt", |world| world.lane("paper").is_some_and(|lane| lane.backlog == 10)).await;
    world.until("rebuilt", |world| world.lane("portal").is_some_and(|lane| lane.held == 20)).await;
    world.stop().await;
    assert_eq!(dump(&world.ledger).unwrap(), kept);
}

#[tokio::test(start_paused = true)]
async fn a_damaged_ledger_is_rebuilt() {
    let mut world = World::new(&["portal"]);
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.settled("portal").await;
    world.stop().await;
    std::fs::write(&world.ledger, b"this is no database, but long enough to be read as one".repeat(100)).unwrap();
    world.publish("b", 1);
    world.want("portal", [hold("b", 1)]).await;
    world.start();
    world.settled("portal").await;
    assert_eq!(world.partner("portal").calls().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_lost_assignment_stops_the_lanes_and_joins_again() {
    let mut world = World::new(&["portal"]);
    world.partner("portal").behave(|_| Behaviour::TakeAfter(Duration::from_secs(10)));
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.until("it is in flight", |world| world.partner("portal").calls().len() == 1).await;
    world.log.lose();
    world.settled("portal").await;
    let calls = world.partner("portal").calls();
    assert_eq!(calls.len(), 2, "the call in flight was dropped and made again");
    assert!(calls[1].at - calls[0].at < Duration::from_secs(5));
    assert_eq!(calls[0].delivery_id, calls[1].delivery_id);
}

#[tokio::test(start_paused = true)]
async fn a_shutdown_lets_calls_in_flight_end() {
    let mut world = World::new(&["portal"]);
    world.register("portal", |partner| partner.limits.window = 1);
    world.partner("portal").behave(|_| Behaviour::TakeAfter(Duration::from_secs(2)));
    for name in ["a", "b"] {
        world.publish(name, 1);
        world.want("portal", [hold(name, 1)]).await;
    }
    world.start();
    world.until("it is in flight", |world| world.partner("portal").calls().len() == 1).await;
    world.stop().await;
    assert_eq!((world.partner("portal").calls().len(), world.receipts().len()), (1, 1));
}

/// Twenty partners, as many articles as fit into a few seconds, in real time: each delivered once, receipts bundled.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_deliveries_share_their_receipts_writes() {
    const PARTNERS: usize = 20;
    const ARTICLES: usize = 100;
    let names: Vec<String> = (0..PARTNERS).map(|number| format!("p{number}")).collect();
    let mut world = World::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let articles: Vec<String> = (0..ARTICLES).map(|number| format!("a{number}")).collect();
    articles.iter().for_each(|article| world.publish(article, 1));
    for name in &names {
        world.want(name, articles.iter().map(|article| hold(article, 1))).await;
    }
    let before = world.log.appends();
    let begun = std::time::Instant::now();
    world.start();
    world.until("all", |world| world.log.records(topic::RECEIPTS).len() == PARTNERS * ARTICLES).await;
    let took = begun.elapsed();
    let appends = world.log.appends() - before;
    eprintln!("{} deliveries in {took:?} with {appends} appends", PARTNERS * ARTICLES);
    for name in &names {
        assert_eq!(world.partner(name).calls().len(), ARTICLES);
    }
    assert!(appends < PARTNERS * ARTICLES, "receipts went one by one");
    world.stop().await;
}

/// Kilobytes of this process, where the system tells.
fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[tokio::test(start_paused = true)]
async fn a_thousand_idle_partners_are_cheap() {
    let names: Vec<String> = (0..1_000).map(|number| format!("p{number}")).collect();
    let mut world = World::new(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let before = resident();
    world.start();
    world.until("all lanes run", |world| names.iter().all(|name| world.lane(name).is_some())).await;
    world.publish("a", 1);
    world.want("p999", [hold("a", 1)]).await;
    world.settled("p999").await;
    if let (Some(before), Some(after)) = (before, resident()) {
        let each = after.saturating_sub(before) / 1_000;
        eprintln!("{each} KiB for each idle lane");
        assert!(each < 100, "{each} KiB for each idle lane");
    }
    world.stop().await;
}

#[tokio::test(start_paused = true)]
async fn a_receipt_that_comes_late_does_not_undo_a_newer_one() {
    let mut world = World::new(&["portal"]);
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.settled("portal").await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    world.cancel("a", 2);
    world.want("portal", [withdraw("a", 2)]).await;
    world.settled("portal").await;
    world.stop().await;
    let kept = dump(&world.ledger).unwrap();
    // A node that was stopped between answer and log goes on.
    let late = world.log.records(topic::RECEIPTS).swap_remove(0);
    let (topic, key, headers, value) = (topic::RECEIPTS.to_owned(), late.key, late.headers, late.value);
    world.engine.append(vec![NewRecord { topic, key, headers, value }]).await.unwrap();
    world.start();
    world.publish("b", 1);
    world.want("portal", [hold("b", 1)]).await;
    world.until("the other is there", |world| world.partner("portal").shows().len() == 1).await;
    world.stop().await;
    let held = dump(&world.ledger).unwrap();
    assert!(held.contains(&kept[0]), "{kept:?} {held:?}");
}
