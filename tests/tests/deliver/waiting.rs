//! What is not sent yet, or not at all.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use lianbo_connectors::partner::Failure;
use lianbo_hub::deliver::LaneState;
use lianbo_schemas::ReceiptState;
use lianbo_schemas::ninjs::PubStatus;

use crate::partner::Behaviour;
use crate::world::{World, hold, morning, withdraw};

fn in_an_hour() -> Timestamp {
    morning() + SignedDuration::from_hours(1)
}

#[tokio::test(start_paused = true)]
async fn nothing_goes_before_its_time_and_all_on_the_second() {
    let mut world = World::new(&["portal"]);
    world.publish("a", 1);
    world.want("portal", [hold("a", 1).not_before(in_an_hour())]).await;
    world.start();
    world.settled("portal").await;
    let went = world.partner("portal").calls()[0].at - world.began;
    assert!(went >= Duration::from_secs(3600), "{went:?}");
    assert!(went < Duration::from_secs(3601), "{went:?}");
}

#[tokio::test(start_paused = true)]
async fn what_comes_to_an_idle_lane_with_a_date_goes_on_the_second() {
    let mut world = World::new(&["portal"]);
    world.publish("a", 1);
    world.publish("b", 1);
    world.start();
    world.want("portal", [hold("a", 1)]).await;
    world.settled("portal").await;
    world.want("portal", [hold("b", 1).not_before(in_an_hour())]).await;
    world.until("both are held", |world| world.receipts().len() == 2).await;
    let went = world.partner("portal").calls()[1].at - world.began;
    assert!((3600..3602).contains(&went.as_secs()), "{went:?}");
}

#[tokio::test(start_paused = true)]
async fn an_embargo_of_the_article_holds_whatever_the_delivery_says() {
    let mut world = World::new(&["portal"]);
    world.publish_with("a", 1, |article| article.news.embargoed_until = Some(in_an_hour()));
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.settled("portal").await;
    let went = world.partner("portal").calls()[0].at - world.began;
    assert!((3600..3601).contains(&went.as_secs()), "{went:?}");
}

#[tokio::test(start_paused = true)]
async fn a_withheld_article_is_not_sent_whatever_the_delivery_says() {
    let mut world = World::new(&["portal"]);
    world.publish_with("a", 1, |article| article.news.pub_status = PubStatus::Withheld);
    world.publish("b", 1);
    world.want("portal", [hold("a", 1), hold("b", 1)]).await;
    world.start();
    world.until("the other", |world| world.receipts().len() == 1).await;
    tokio::time::advance(Duration::from_secs(600)).await;
    world.until("it waits", |world| world.lane("portal").unwrap().backlog == 1).await;
    assert_eq!(world.partner("portal").seen(), [("b".to_owned(), 1)]);
}

#[tokio::test(start_paused = true)]
async fn a_view_that_is_behind_is_waited_for_and_costs_no_try() {
    let mut world = World::new(&["portal"]);
    world.register("portal", |partner| partner.limits.attempts = 2);
    world.want("portal", [hold("a", 2)]).await;
    world.publish("a", 1);
    world.start();
    world.until("the lane runs", |world| world.lane("portal").is_some_and(|lane| lane.backlog == 1)).await;
    let later = tokio::time::Instant::now() + Duration::from_secs(60);
    world.until("a minute went by", |_| tokio::time::Instant::now() > later).await;
    assert_eq!(world.partner("portal").calls(), []);
    world.publish("a", 2);
    world.settled("portal").await;
    assert_eq!(world.receipts()[0].attempts, 1);
}

#[tokio::test(start_paused = true)]
async fn a_version_nobody_has_decided_on_is_not_sent() {
    let mut world = World::new(&["portal"]);
    world.publish("a", 2);
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.until("the lane runs", |world| world.lane("portal").is_some_and(|lane| lane.backlog == 1)).await;
    let later = tokio::time::Instant::now() + Duration::from_secs(60);
    world.until("a minute went by", |_| tokio::time::Instant::now() > later).await;
    assert_eq!(world.partner("portal").calls(), []);
    world.want("portal", [hold("a", 2)]).await;
    world.settled("portal").await;
    assert_eq!(world.partner("portal").seen(), [("a".to_owned(), 2)]);
}

#[tokio::test(start_paused = true)]
async fn a_paused_partner_gets_nothing_and_loses_nothing() {
    let mut world = World::new(&["portal"]);
    world.register("portal", |partner| partner.paused = true);
    for name in ["a", "b", "c"] {
        world.publish(name, 1);
        world.want("portal", [hold(name, 1)]).await;
    }
    world.start();
    world
        .until("it is shown", |world| {
            world.lane("portal").is_some_and(|lane| lane.state == LaneState::PausedByOperator && lane.backlog == 3)
        })
        .await;
    assert_eq!(world.partner("portal").calls(), []);
    world.register("portal", |partner| partner.paused = false);
    world.settled("portal").await;
    assert_eq!(world.partner("portal").shows().len(), 3);
}

#[tokio::test(start_paused = true)]
async fn the_rate_is_kept_to() {
    let mut world = World::new(&["portal"]);
    world.register("portal", |partner| partner.limits.per_second = 10);
    let names: Vec<String> = (0..50).map(|number| format!("a{number}")).collect();
    names.iter().for_each(|name| world.publish(name, 1));
    world.want("portal", names.iter().map(|name| hold(name, 1))).await;
    world.start();
    world.settled("portal").await;
    let calls = world.partner("portal").calls();
    for pair in calls.windows(11) {
        let took = pair[10].at - pair[0].at;
        assert!(took >= Duration::from_secs(1), "eleven in {took:?}");
    }
    let all = calls[49].at - calls[0].at;
    assert!(all < Duration::from_secs(6), "fifty took {all:?}");
}

#[tokio::test(start_paused = true)]
async fn never_more_in_flight_than_the_window() {
    let mut world = World::new(&["portal"]);
    world.register("portal", |partner| partner.limits.window = 3);
    world.partner("portal").behave(|_| Behaviour::TakeAfter(Duration::from_secs(1)));
    let names: Vec<String> = (0..30).map(|number| format!("a{number}")).collect();
    names.iter().for_each(|name| world.publish(name, 1));
    world.want("portal", names.iter().map(|name| hold(name, 1))).await;
    world.start();
    world.settled("portal").await;
    let calls = world.partner("portal").calls();
    for pair in calls.windows(4) {
        assert!(pair[3].at - pair[0].at >= Duration::from_secs(1));
    }
    let all = calls[29].at - calls[0].at;
    assert!(all < Duration::from_secs(11), "ten rounds took {all:?}");
}

#[tokio::test(start_paused = true)]
async fn in_quiet_hours_only_withdrawals_go() {
    let mut world = World::new(&["portal"]);
    // It is eight in the morning.
    world.register("portal", |partner| partner.limits.quiet_hours = Some("07:00-09:00".parse().unwrap()));
    world.publish("a", 1);
    world.publish("b", 1);
    world.want("portal", [hold("a", 1)]).await;
    world.start();
    world.until("it waits", |world| world.lane("portal").is_some_and(|lane| lane.state == LaneState::QuietHours)).await;
    world.cancel("b", 2);
    world.want("portal", [withdraw("b", 2)]).await;
    world.settled("portal").await;
    let calls = world.partner("portal").calls();
    let went: Vec<u64> = calls.iter().map(|call| (call.at - world.began).as_secs()).collect();
    let held = went.last().copied().unwrap();
    assert!((3_600..3_620).contains(&held), "{went:?}");
    assert!(calls.len() == 1 || went[0] < 60, "{went:?}");
}

#[tokio::test(start_paused = true)]
async fn a_kill_that_used_up_its_tries_does_not_wait_for_the_end_of_quiet_hours() {
    let mut world = World::new(&["portal"]);
    // It is eight in the morning.
    world.register("portal", |partner| {
        partner.limits.quiet_hours = Some("07:00-09:00".parse().unwrap());
        partner.limits.attempts = 2;
    });
    let down = || Behaviour::Refuse(Failure::Transient { retry_after: None, reason: "503".to_owned() });
    world.partner("portal").behave(move |_| down());
    world.publish("news", 1);
    world.cancel("b", 2);
    world.want("portal", [hold("news", 1), withdraw("b", 2)]).await;
    world.start();
    world.until("the breaker is open", |world| world.partner("portal").calls().len() == 5).await;
    world.partner("portal").behave(|_| Behaviour::Take);
    let withdrawn =
        |world: &World| world.receipts().iter().any(|receipt| matches!(receipt.state, ReceiptState::Withdrawn));
    world.until("it is withdrawn", withdrawn).await;
    assert!(world.began.elapsed() < Duration::from_secs(1_800), "{:?}", world.began.elapsed());
    assert_eq!(world.partner("portal").shows().len(), 0, "news wait");
}

#[tokio::test(start_paused = true)]
async fn what_comes_back_at_the_same_version_says_when_that_was_decided_and_what_was_never_gone_does_not() {
    let mut world = World::new(&["portal"]);
    world.publish("a", 1);
    world.start();
    let mut again = hold("a", 1);
    again.delivery.decided = in_an_hour();
    for (want, receipts) in [(hold("a", 1), 1), (withdraw("a", 1), 2), (again, 3)] {
        world.want("portal", [want]).await;
        world.until("it is answered", |world| world.receipts().len() == receipts).await;
    }
    let calls = world.partner("portal").calls();
    let returned: Vec<Option<Timestamp>> = calls.iter().map(|call| call.returned).collect();
    assert_eq!(returned, [None, None, Some(in_an_hour())]);
    assert_ne!(calls[0].delivery_id, calls[2].delivery_id, "a receiver may drop what it had before");
}
