//! Partners that fail, and what others feel of it.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lianbo_connectors::partner::Failure;
use lianbo_hub::deliver::LaneState;
use lianbo_hub::log::{Log, NewRecord};
use lianbo_schemas::{Origin, ReceiptState};
use tokio::time::Instant;

use crate::partner::{Behaviour, What};
use crate::world::{Want, World, hold, withdraw};

fn transient() -> Behaviour {
    Behaviour::Refuse(Failure::Transient { retry_after: None, reason: "500 Internal Server Error".to_owned() })
}

#[tokio::test(start_paused = true)]
async fn a_failed_delivery_is_tried_again_with_growing_waits() {
    let mut world = World::new(&["portal"]);
    let failures = AtomicUsize::new(4);
    world.partner("portal").behave(move |_| {
        let left = failures.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        if left.is_ok() { transient() } else { Behaviour::Take }
    });
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.settled("portal").await;
    let calls = world.partner("portal").calls();
    assert_eq!(calls.len(), 5);
    for (pair, seconds) in calls.windows(2).zip([1.0, 2.0, 4.0, 8.0]) {
        let waited = (pair[1].at - pair[0].at).as_secs_f64();
        assert!((seconds * 0.8..seconds * 1.2 + 0.1).contains(&waited), "{waited} instead of about {seconds}");
    }
    assert!(calls.iter().all(|call| call.delivery_id == calls[0].delivery_id), "every try carries one id");
    assert_eq!(world.receipts()[0].attempts, 5);
}

#[tokio::test(start_paused = true)]
async fn a_retry_after_is_kept_to_by_the_whole_lane() {
    let mut world = World::new(&["portal"]);
    world.register("portal", |partner| partner.limits.window = 1);
    let first = AtomicUsize::new(0);
    world.partner("portal").behave(move |_| {
        if first.fetch_add(1, Ordering::SeqCst) > 0 {
            return Behaviour::Take;
        }
        let retry_after = Some(Duration::from_secs(90));
        Behaviour::Refuse(Failure::Transient { retry_after, reason: "429 Too Many Requests".to_owned() })
    });
    for name in ["a", "b"] {
        world.publish(name, 1);
        world.want("portal", [hold(name, 1)]).await;
    }
    world.start();
    world
        .until("it waits", |world| {
            world
                .lane("portal")
                .is_some_and(|lane| lane.state == LaneState::WaitingBreaker && lane.next_probe.is_some())
        })
        .await;
    world.settled("portal").await;
    let calls = world.partner("portal").calls();
    assert!(calls[1].at - calls[0].at >= Duration::from_secs(90));
    assert!(calls[1].at - calls[0].at < Duration::from_secs(100));
    assert_eq!(world.partner("portal").shows().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn after_its_tries_an_article_becomes_a_dead_letter_and_others_go_on() {
    let mut world = World::new(&["portal"]);
    world.register("portal", |partner| partner.limits.attempts = 3);
    world.partner("portal").behave(|call| if call.article == "bad" { transient() } else { Behaviour::Take });
    for name in ["bad", "good"] {
        world.publish(name, 1);
        world.want("portal", [hold(name, 1)]).await;
    }
    world.start();
    world.settled("portal").await;
    assert_eq!(world.partner("portal").calls().iter().filter(|call| call.article == "bad").count(), 3);
    let letters = world.letters();
    assert_eq!(letters.len(), 1);
    assert_eq!((letters[0].reason.code.as_str(), letters[0].key().as_str()), ("exhausted", "delivery:portal:bad"));
    assert_eq!(world.count(|state| matches!(state, ReceiptState::Refused { .. })), 1);
    assert_eq!(world.count(|state| *state == ReceiptState::Held), 1);
}

#[tokio::test(start_paused = true)]
async fn a_rejected_article_is_a_dead_letter_at_once_and_a_correction_has_its_chance() {
    let mut world = World::new(&["portal"]);
    world.partner("portal").behave(|call| match call.version {
        1 => Behaviour::Refuse(Failure::Rejected { reason: "413 too large".to_owned() }),
        _ => Behaviour::Take,
    });
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.settled("portal").await;
    assert_eq!(world.letters()[0].reason.code, "rejected");
    assert_eq!(world.partner("portal").calls().len(), 1);
    world.publish("a", 2);
    world.want("portal", [hold("a", 2)]).await;
    world.settled("portal").await;
    assert_eq!(world.partner("portal").shows().get("a"), Some(&2));
}

#[tokio::test(start_paused = true)]
async fn an_unreadable_record_is_a_dead_letter_and_the_next_one_goes() {
    let mut world = World::new(&["portal"]);
    let topic = "deliveries.portal".to_owned();
    let poison = NewRecord { topic, key: None, headers: Vec::new(), value: Some("{}".into()) };
    world.log.append(vec![poison]).await.unwrap();
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.settled("portal").await;
    let letters = world.letters();
    assert!(matches!(&letters[0].origin, Origin::Record { topic, offset: 0, .. } if topic == "deliveries.portal"));
    assert_eq!(letters[0].reason.code, "malformed");
    world.stop().await;
    world.lose_ledger();
    world.publish("b", 1);
    world.want("portal", [hold("b", 1)]).await;
    world.start();
    world.settled("portal").await;
    assert_eq!(world.letters().len(), 1, "a rebuild writes no letter again");
}

#[tokio::test(start_paused = true)]
async fn a_partner_that_denies_us_is_left_alone_until_it_takes_us_again() {
    let mut world = World::new(&["portal"]);
    world.register("portal", |partner| partner.limits.window = 1);
    let denied = || Behaviour::Refuse(Failure::Denied { reason: "401 Unauthorized".to_owned() });
    world.partner("portal").behave(move |_| denied());
    for number in 0..10 {
        let name = format!("a{number}");
        world.publish(&name, 1);
        world.want("portal", [hold(&name, 1)]).await;
    }
    world.start();
    world.until("it looked three times", |world| world.partner("portal").checks() == 3).await;
    assert_eq!(world.partner("portal").calls().len(), 1, "nothing is sent to who denies us");
    let lane = world.lane("portal").unwrap();
    assert_eq!(lane.state, LaneState::PausedDenied { reason: "401 Unauthorized".to_owned() });
    assert!(lane.advice.unwrap().contains("lianbo partner show portal"));
    assert_eq!(lane.backlog, 10);
    world.partner("portal").behave(|_| Behaviour::Take);
    let changed = Instant::now();
    world.touch();
    world.settled("portal").await;
    assert!(changed.elapsed() < Duration::from_secs(5), "a changed secret is tried at once");
    assert_eq!(world.partner("portal").shows().len(), 10);
    assert!(world.receipts().iter().all(|receipt| receipt.attempts == 1), "being denied costs no tries");
    assert_eq!(world.letters(), []);
}

#[tokio::test(start_paused = true)]
async fn a_partner_that_is_gone_pauses_its_lane() {
    let mut world = World::new(&["portal"]);
    world.partner("portal").behave(|_| Behaviour::Refuse(Failure::Gone { reason: "410 Gone".to_owned() }));
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world
        .until("it is shown", |world| {
            let state = world.lane("portal").map(|lane| lane.state);
            state == Some(LaneState::PausedGone { reason: "410 Gone".to_owned() })
        })
        .await;
    assert_eq!(world.letters(), []);
}

/// When each article of a healthy partner arrived, with a neighbour that behaves so.
async fn arrivals_beside(neighbour: Option<Behaviour>) -> Vec<Duration> {
    let mut world = World::new(&["healthy", "neighbour"]);
    if let Some(behaviour) = neighbour {
        world.partner("neighbour").behave(move |_| behaviour.clone());
    }
    world.partner("healthy").behave(|_| Behaviour::TakeAfter(Duration::from_millis(50)));
    world.start();
    world
        .until("the lanes run", |world| world.lane("healthy").is_some_and(|lane| lane.state == LaneState::Running))
        .await;
    let begun = Instant::now();
    for number in 0..300 {
        let name = format!("a{number}");
        world.publish(&name, 1);
        world.want("healthy", [hold(&name, 1)]).await;
        world.want("neighbour", [hold(&name, 1)]).await;
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    world.settled("healthy").await;
    world.partner("healthy").calls().iter().map(|call| call.at - begun).collect()
}

#[tokio::test(start_paused = true)]
async fn a_dead_partner_is_felt_by_nobody_else() {
    let alone = arrivals_beside(None).await;
    for behaviour in [Behaviour::Hang, transient(), Behaviour::TakeAfter(Duration::from_secs(5))] {
        let beside = arrivals_beside(Some(behaviour.clone())).await;
        assert_eq!(alone.len(), beside.len());
        for (alone, beside) in alone.iter().zip(&beside) {
            let later = beside.saturating_sub(*alone);
            assert!(later < Duration::from_millis(20), "{later:?} later beside {behaviour:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_article_uses_up_its_tries_in_an_outage_of_an_hour() {
    let mut world = World::new(&["portal"]);
    for number in 0..100 {
        let name = format!("a{number}");
        world.publish(&name, 1);
        world.want("portal", [hold(&name, 1)]).await;
    }
    world.partner("portal").behave(|_| transient());
    world.start();
    let healed = world.began + Duration::from_secs(3600);
    world.until("an hour went by", |_| Instant::now() > healed).await;
    world.partner("portal").behave(|_| Behaviour::Take);
    world.settled("portal").await;
    assert_eq!(world.letters(), []);
    assert_eq!(world.partner("portal").shows().len(), 100);
}

#[tokio::test(start_paused = true)]
async fn the_only_article_there_is_outlives_the_outage_too() {
    let mut world = World::new(&["portal"]);
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.partner("portal").behave(|_| transient());
    world.start();
    let healed = world.began + Duration::from_secs(6 * 3600);
    world.until("six hours went by", |_| Instant::now() > healed).await;
    world.partner("portal").behave(|_| Behaviour::Take);
    world.settled("portal").await;
    assert_eq!(world.letters(), []);
    assert_eq!(world.partner("portal").shows().len(), 1);
}

/// A partner that is well but for what is about `bad`, and five good articles behind that.
async fn denying_one(bad: Want) -> World {
    let mut world = World::new(&["portal"]);
    world.register("portal", |partner| partner.limits.window = 1);
    world.partner("portal").behave(|call| match call.what {
        What::Put | What::Withdraw(_) if call.article.contains("bad") => {
            Behaviour::Refuse(Failure::Denied { reason: "403 rest_cannot_edit".to_owned() })
        }
        _ => Behaviour::Take,
    });
    world.publish("bad", 1);
    world.want("portal", [bad]).await;
    for number in 0..5 {
        let name = format!("good{number}");
        world.publish(&name, 1);
        world.want("portal", [hold(&name, 1)]).await;
    }
    world.start();
    world.until("all others went", |world| world.partner("portal").shows().len() == 5).await;
    world.until("an operator is told", |world| world.letters().len() == 1).await;
    world.publish("last", 1);
    world.want("portal", [hold("last", 1)]).await;
    let asked = Instant::now();
    world.until("what comes later goes", |world| world.partner("portal").shows().len() == 6).await;
    assert!(asked.elapsed() < Duration::from_secs(1), "{:?}", asked.elapsed());
    world
}

#[tokio::test(start_paused = true)]
async fn an_article_that_alone_is_denied_becomes_a_dead_letter_and_others_go_on() {
    let world = denying_one(hold("bad", 1)).await;
    assert!(world.letters()[0].reason.detail.contains("rest_cannot_edit"), "{:?}", world.letters());
    assert_eq!(world.partner("portal").checks(), 1, "the lane was paused once");
}

#[tokio::test(start_paused = true)]
async fn a_kill_that_alone_is_denied_keeps_neither_news_nor_other_kills_back() {
    let world = denying_one(withdraw("bad", 2)).await;
    world.cancel("good0", 2);
    world.want("portal", [withdraw("good0", 2)]).await;
    world.until("the other kill went", |world| world.partner("portal").shows().len() == 5).await;
    world.partner("portal").behave(|_| Behaviour::Take);
    world.settled("portal").await;
    let letters = world.letters();
    assert!(letters.last().unwrap().redriven.is_some(), "withdrawn after all: {letters:?}");
}

#[tokio::test(start_paused = true)]
async fn a_kill_reaches_a_partner_after_however_long_an_outage() {
    let mut world = World::new(&["portal"]);
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.settled("portal").await;
    world.partner("portal").behave(|_| transient());
    world.cancel("a", 2);
    world.want("portal", [withdraw("a", 2)]).await;
    world.until("an operator is told", |world| world.letters().len() == 1).await;
    let healed = Instant::now() + Duration::from_secs(6 * 3600);
    world.until("six hours went by", |_| Instant::now() > healed).await;
    assert_eq!(world.letters().len(), 1, "told once");
    world.partner("portal").behave(|_| Behaviour::Take);
    world.settled("portal").await;
    assert!(world.partner("portal").shows().is_empty());
    let letters = world.letters();
    assert!(letters[0].redriven.is_none() && letters[1].redriven.is_some(), "{letters:?}");
    assert_eq!(letters[0].key(), letters[1].key());
}

#[tokio::test(start_paused = true)]
async fn a_kill_that_always_fails_does_not_keep_the_lane_shut() {
    let mut world = World::new(&["portal"]);
    world.register("portal", |partner| partner.limits.attempts = 3);
    world.partner("portal").behave(|call| match call.what {
        What::Withdraw(_) => transient(),
        What::Put | What::Check => Behaviour::Take,
    });
    world.cancel("bad", 2);
    world.want("portal", [withdraw("bad", 2)]).await;
    world.start();
    world.until("it was tried ten times", |world| world.partner("portal").calls().len() == 10).await;
    world.publish("good", 1);
    world.want("portal", [hold("good", 1)]).await;
    world.until("the other went", |world| world.partner("portal").shows().len() == 1).await;
    assert_eq!(world.letters().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_partner_that_never_answers_is_given_up_on_in_time() {
    let mut world = World::new(&["portal"]);
    world.register("portal", |partner| (partner.limits.timeout_ms, partner.limits.attempts) = (2_000, 1));
    world.partner("portal").behave(|_| Behaviour::Hang);
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.settled("portal").await;
    assert!(world.began.elapsed() < Duration::from_secs(4));
    assert!(world.letters()[0].reason.detail.contains("2000 ms"));
}

#[tokio::test(start_paused = true)]
async fn a_connector_that_panics_costs_one_try() {
    let mut world = World::new(&["portal"]);
    let first = AtomicUsize::new(0);
    world.partner("portal").behave(move |call| match (call.what, first.fetch_add(1, Ordering::SeqCst)) {
        (What::Put, 0) => Behaviour::Panic,
        _ => Behaviour::Take,
    });
    world.publish("a", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.settled("portal").await;
    assert_eq!(world.receipts()[0].attempts, 2);
}
