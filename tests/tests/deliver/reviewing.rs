//! Partners that accept an article and show it later.

use std::time::Duration;

use lianbo_connectors::partner::Failure;
use lianbo_hub::deliver::LaneState;
use lianbo_schemas::ReceiptState;
use tokio::time::Instant;

use crate::partner::{Behaviour, What};
use crate::world::{World, hold, withdraw};

fn pending() -> Behaviour {
    Behaviour::Refuse(Failure::Pending { after: Duration::from_secs(30), reason: "in review".to_owned() })
}

/// What is accepted is in review for so long.
fn review_of(duration: Duration) -> impl Fn(&str) -> Behaviour + Send + 'static {
    let began = Instant::now();
    move |_| if began.elapsed() < duration { pending() } else { Behaviour::Take }
}

#[tokio::test(start_paused = true)]
async fn a_review_of_hours_ends_well_and_counts_as_one_try() {
    let mut world = World::new(&["account"]);
    let review = review_of(Duration::from_secs(5 * 3_600));
    world.partner("account").behave(move |call| review(&call.article));
    world.publish("a", 1);
    world.want("account", [hold("a", 1)]).await;
    world.start();
    world.settled("account").await;
    let receipts = world.receipts();
    assert_eq!((receipts.len(), receipts[0].attempts), (1, 1));
    assert!(matches!(receipts[0].state, ReceiptState::Held));
    assert!(world.partner("account").calls().len() > 400, "it is looked at every half minute");
}

#[tokio::test(start_paused = true)]
async fn articles_in_review_stop_neither_news_nor_kills() {
    let mut world = World::new(&["account"]);
    world.partner("account").behave(|call| match call.what {
        What::Put if call.article.starts_with("slow") => pending(),
        What::Put | What::Withdraw(_) | What::Check => Behaviour::Take,
    });
    let slow: Vec<String> = (0..20).map(|number| format!("slow{number}")).collect();
    for name in &slow {
        world.publish(name, 1);
        world.want("account", [hold(name, 1)]).await;
    }
    world.publish("shown", 1);
    world.want("account", [hold("shown", 1)]).await;
    world.start();
    world.until("the other article is shown", |world| world.receipts().len() == 1).await;
    let told = Instant::now();
    world.want("account", [withdraw("shown", 2)]).await;
    world.until("the kill has gone through", |world| world.receipts().len() == 2).await;
    assert!(told.elapsed() < Duration::from_secs(2), "{:?}", told.elapsed());
    assert!(world.lane("account").is_some_and(|lane| lane.state != LaneState::WaitingBreaker));
}

#[tokio::test(start_paused = true)]
async fn a_review_without_end_becomes_a_dead_letter() {
    let mut world = World::new(&["account"]);
    world.partner("account").behave(|_| pending());
    world.publish("a", 1);
    world.want("account", [hold("a", 1)]).await;
    world.start();
    world.until("most of a day is over", |world| world.began.elapsed() > Duration::from_secs(23 * 3_600)).await;
    assert_eq!(world.receipts().len(), 0);
    world.settled("account").await;
    let waited = Instant::now() - world.began;
    assert!((24 * 3_600..25 * 3_600).contains(&waited.as_secs()), "{waited:?}");
    assert!(matches!(&world.receipts()[0].state, ReceiptState::Refused { reason } if reason == "in review"));
}
