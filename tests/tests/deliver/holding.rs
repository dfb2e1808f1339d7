//! What partners come to hold.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use lianbo_connectors::partner::Failure;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Content, ReceiptState};
use rand::{RngExt, SeedableRng};

use crate::partner::{Behaviour, What};
use crate::world::{World, hold, withdraw};

fn shown(pairs: &[(&str, u32)]) -> BTreeMap<String, u32> {
    pairs.iter().map(|(article, version)| ((*article).to_owned(), *version)).collect()
}

#[tokio::test(start_paused = true)]
async fn an_article_is_delivered_once() {
    let mut world = World::new(&["portal"]);
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.settled("portal").await;
    assert_eq!(world.partner("portal").seen(), [("a".to_owned(), 1)]);
    let receipts = world.receipts();
    assert_eq!(receipts.len(), 1);
    assert_eq!((receipts[0].version, &receipts[0].state, receipts[0].attempts), (1, &ReceiptState::Held, 1));
    assert_eq!(receipts[0].remote.as_ref().unwrap().id, "post-a");
    let lane = world.lane("portal").unwrap();
    assert_eq!((lane.held, lane.backlog, lane.last_error), (1, 0, None));
    assert!(lane.last_success.is_some());
    world.stop().await;
    assert!(world.lane("portal").is_none());
}

#[tokio::test(start_paused = true)]
async fn a_correction_replaces_the_post() {
    let mut world = World::new(&["portal"]);
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.settled("portal").await;
    world.publish("a", 2);
    world.want("portal", [hold("a", 2)]).await;
    world.settled("portal").await;
    let partner = world.partner("portal");
    assert_eq!((partner.shows(), partner.created()), (shown(&[("a", 2)]), 1));
    assert_eq!(partner.calls()[1].held.as_ref().unwrap().remote.id, "post-a");
    assert_eq!(partner.calls()[1].held.as_ref().unwrap().content_hash.as_str().split('-').next(), Some("hash"));
}

#[tokio::test(start_paused = true)]
async fn only_the_newest_of_several_versions_goes_out() {
    let mut world = World::new(&["portal"]);
    world.publish("a", 3);
    world.want("portal", [hold("a", 1), hold("a", 2), hold("a", 3)]).await;
    world.start();
    world.settled("portal").await;
    assert_eq!(world.partner("portal").seen(), [("a".to_owned(), 3)]);
}

#[tokio::test(start_paused = true)]
async fn an_older_version_in_flight_ends_and_the_newest_follows() {
    let mut world = World::new(&["portal"]);
    world.partner("portal").behave(|_| Behaviour::TakeAfter(Duration::from_secs(10)));
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.until("the first is in flight", |world| world.partner("portal").calls().len() == 1).await;
    world.publish("a", 3);
    world.want("portal", [hold("a", 2), hold("a", 3)]).await;
    world.settled("portal").await;
    assert_eq!(world.partner("portal").seen(), [("a".to_owned(), 1), ("a".to_owned(), 3)]);
    let calls = world.partner("portal").calls();
    assert!(calls[1].at >= calls[0].at + Duration::from_secs(10), "never two calls about one article at once");
}

#[tokio::test(start_paused = true)]
async fn a_kill_overtakes_the_backlog_and_the_rate() {
    let mut world = World::new(&["portal"]);
    world.register("portal", |partner| (partner.limits.window, partner.limits.per_second) = (1, 1));
    world.publish("bad", 1);
    world.want("portal", [hold("bad", 1)]).await;
    world.start();
    world.settled("portal").await;
    let names: Vec<String> = (0..200).map(|number| format!("a{number}")).collect();
    names.iter().for_each(|name| world.publish(name, 1));
    world.want("portal", names.iter().map(|name| hold(name, 1))).await;
    world.until("some went", |world| world.partner("portal").calls().len() > 3).await;
    // The view does not show it yet: the delivery says all that the partner is to be told.
    let asked = tokio::time::Instant::now();
    world.want("portal", [withdraw("bad", 2)]).await;
    world.until("the kill", |world| !world.partner("portal").shows().contains_key("bad")).await;
    let calls = world.partner("portal").calls();
    let kill = calls.iter().find(|call| call.what == What::Withdraw(PubStatus::Canceled)).unwrap();
    assert!(kill.at < asked + Duration::from_millis(100), "it waited {:?}", kill.at - asked);
    assert!(calls.len() < 10, "the backlog went first");
}

#[tokio::test(start_paused = true)]
async fn news_overtake_a_replay_however_much_of_it_waits() {
    for many in [30, 400] {
        let mut world = World::new(&["portal"]);
        world.register("portal", |partner| partner.limits.window = 2);
        world.partner("portal").behave(|_| Behaviour::TakeAfter(Duration::from_millis(200)));
        let names: Vec<String> = (0..many).map(|number| format!("a{number}")).collect();
        names.iter().for_each(|name| world.publish(name, 1));
        world.want("portal", names.iter().map(|name| hold(name, 1))).await;
        world.start();
        world.settled("portal").await;
        world.want("portal", names.iter().map(|name| hold(name, 1).again("replay-1"))).await;
        world.until("some went again", |world| world.partner("portal").calls().len() > many + 3).await;
        // A correction of what waits, asked for again as well, is news like any other.
        let last = names.last().expect("a name");
        world.publish(last, 2);
        world.want("portal", [hold(last, 2), hold(last, 2).again("replay-2")]).await;
        for number in 0..40 {
            let (name, before) = (format!("n{number}"), world.partner("portal").calls().len());
            world.publish(&name, 1);
            world.want("portal", [hold(&name, 1)]).await;
            world.until("the news", |world| world.partner("portal").shows().contains_key(&name)).await;
            let between = world.partner("portal").calls().len() - before;
            assert!(between <= 8, "{between} calls until news were taken");
        }
        assert_eq!(world.partner("portal").shows()[last], 2);
        assert!(many < 100 || world.partner("portal").calls().len() < 2 * many, "the replay went first");
        world.settled("portal").await;
        assert_eq!(world.partner("portal").calls().len(), 2 * many + 40, "each once, and once more");
        world.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn whatever_comes_in_whatever_order_goes_once() {
    for seed in 0..20 {
        let mut chance = rand::rngs::StdRng::seed_from_u64(seed);
        let mut world = World::new(&["portal"]);
        world.register("portal", |partner| partner.limits.window = chance.random_range(1..20));
        let takes = chance.random_range(0..6);
        world.partner("portal").behave(move |_| Behaviour::TakeAfter(Duration::from_millis(takes)));
        world.start();
        let mut versions: BTreeMap<String, u32> = BTreeMap::new();
        for round in 0..150 {
            let mut wants = Vec::new();
            for _ in 0..chance.random_range(0..12) {
                let name = format!("a{}", chance.random_range(0..300));
                let version = versions.get(&name).map_or(1, |version| version + chance.random_range(0..2));
                world.publish(&name, version);
                wants.push(match chance.random_range(0..10) {
                    0..5 => hold(&name, version).again(&format!("replay-{seed}-{round}")),
                    _ => hold(&name, version),
                });
                versions.insert(name, version);
            }
            world.want("portal", wants).await;
            tokio::time::sleep(Duration::from_millis(chance.random_range(0..4))).await;
        }
        world.settled("portal").await;
        assert_eq!(world.partner("portal").shows(), versions, "seed {seed}");
        let calls = world.partner("portal").calls();
        let sent: BTreeSet<&String> = calls.iter().map(|call| &call.delivery_id).collect();
        assert_eq!(sent.len(), calls.len(), "seed {seed}: something went twice");
        world.stop().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_kill_of_what_is_in_flight_goes_right_after_it() {
    let mut world = World::new(&["portal"]);
    world.register("portal", |partner| partner.limits.window = 2);
    world.partner("portal").behave(|_| Behaviour::TakeAfter(Duration::from_secs(5)));
    let names: Vec<String> = (0..50).map(|number| format!("a{number}")).collect();
    names.iter().for_each(|name| world.publish(name, 1));
    world.want("portal", names.iter().map(|name| hold(name, 1))).await;
    world.start();
    world.until("two are in flight", |world| world.partner("portal").calls().len() == 2).await;
    world.cancel("a0", 2);
    world.want("portal", [withdraw("a0", 2)]).await;
    world
        .until("the kill", |world| {
            world.partner("portal").calls().iter().any(|call| matches!(call.what, What::Withdraw(_)))
        })
        .await;
    let calls = world.partner("portal").calls();
    let kill = calls.iter().find(|call| matches!(call.what, What::Withdraw(_))).unwrap();
    let after = kill.at - calls[0].at;
    assert!((5_000..5_100).contains(&after.as_millis()), "it went {after:?} after what it kills");
    assert!(kill.held.is_some(), "the receipt of what was in flight is known to the kill");
    world.settled("portal").await;
    assert!(!world.partner("portal").shows().contains_key("a0"));
}

#[tokio::test(start_paused = true)]
async fn a_kill_of_what_was_never_tried_needs_no_call() {
    let mut world = World::new(&["portal"]);
    world.start();
    world.until("the lane runs", |world| world.lane("portal").is_some()).await;
    world.register("portal", |partner| partner.paused = true);
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.until("it waits", |world| world.lane("portal").unwrap().backlog == 1).await;
    world.cancel("a", 2);
    world.want("portal", [withdraw("a", 2)]).await;
    world.register("portal", |partner| partner.paused = false);
    world.settled("portal").await;
    assert_eq!(world.partner("portal").calls(), []);
    assert_eq!(world.receipts().last().unwrap().state, ReceiptState::Withdrawn);
}

#[tokio::test(start_paused = true)]
async fn a_kill_after_a_try_of_unknown_outcome_is_called() {
    let mut world = World::new(&["portal"]);
    world.partner("portal").behave(|call| match call.what {
        What::Put => Behaviour::Refuse(Failure::Transient { retry_after: None, reason: "no answer".to_owned() }),
        What::Withdraw(_) | What::Check => Behaviour::Take,
    });
    world.start();
    world.until("the lane runs", |world| world.lane("portal").is_some()).await;
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.until("it was tried", |world| !world.partner("portal").calls().is_empty()).await;
    world.cancel("a", 2);
    world.want("portal", [withdraw("a", 2)]).await;
    world.settled("portal").await;
    assert_eq!(world.partner("portal").calls().last().unwrap().what, What::Withdraw(PubStatus::Canceled));
}

#[tokio::test(start_paused = true)]
async fn a_kill_after_it_came_back_with_unknown_outcome_is_called() {
    let mut world = World::new(&["portal"]);
    world.start();
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.settled("portal").await;
    world.cancel("a", 2);
    world.want("portal", [withdraw("a", 2)]).await;
    world.settled("portal").await;
    world.partner("portal").behave(|call| match call.what {
        What::Put => Behaviour::TakeUnheard,
        What::Withdraw(_) | What::Check => Behaviour::Take,
    });
    world.publish("a", 3);
    world.want("portal", [hold("a", 3)]).await;
    world.until("it is back", |world| !world.partner("portal").shows().is_empty()).await;
    world.cancel("a", 4);
    world.want("portal", [withdraw("a", 4)]).await;
    world.settled("portal").await;
    assert!(world.partner("portal").shows().is_empty(), "{:?}", world.partner("portal").calls());
}

#[tokio::test(start_paused = true)]
async fn a_kill_whose_history_this_node_does_not_know_is_called() {
    let mut world = World::new(&["portal"]);
    world.cancel("a", 2);
    world.want("portal", [hold("a", 1), withdraw("a", 2)]).await;
    world.start();
    world.settled("portal").await;
    assert_eq!(world.partner("portal").calls().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_redelivery_sends_what_the_partner_holds_once_more() {
    let mut world = World::new(&["portal"]);
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.settled("portal").await;
    world.want("portal", [hold("a", 1).again("replay-1")]).await;
    world.settled("portal").await;
    let calls = world.partner("portal").calls();
    assert_eq!(calls.len(), 2);
    assert_ne!(calls[0].delivery_id, calls[1].delivery_id);
    assert_eq!(world.receipts().last().unwrap().redelivery.as_deref(), Some("replay-1"));
    assert_eq!(world.partner("portal").created(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_decision_that_changes_nothing_for_the_partner_is_answered_without_a_call() {
    let mut world = World::new(&["portal"]);
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.settled("portal").await;
    world.publish_with("a", 2, |article| article.news.bodies[0].value = "<p>正文 a 1</p>".to_owned());
    world.want("portal", [hold("a", 2)]).await;
    world.settled("portal").await;
    assert_eq!(world.partner("portal").calls().len(), 1);
    assert_eq!(world.receipts().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn new_terms_for_the_same_version_are_carried_out() {
    let mut world = World::new(&["portal"]);
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.settled("portal").await;
    world.want("portal", [hold("a", 1).content(Content::Link)]).await;
    world.until("it was put again", |world| world.partner("portal").calls().len() == 2).await;
}
