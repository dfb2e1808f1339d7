//! The same on the embedded log, in real time: two nodes share the partners, one dies.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use lianbo_hub::deliver::DeliverStatus;
use lianbo_hub::log::embedded::{EmbeddedLog, Settings};
use lianbo_hub::log::{Log, Retention, TopicSpec};
use lianbo_schemas::topic;

use crate::partner::Behaviour;
use crate::world::{World, hold};

const PARTNERS: [&str; 6] = ["p0", "p1", "p2", "p3", "p4", "p5"];
const ARTICLES: usize = 60;

async fn embedded(directory: &std::path::Path) -> Arc<dyn Log> {
    let log = EmbeddedLog::open(directory, Settings::default()).unwrap();
    let mut names: Vec<String> = PARTNERS.iter().map(|id| format!("deliveries.{id}")).collect();
    names.extend([topic::RECEIPTS, topic::TAKEDOWNS, topic::DEAD].map(str::to_owned));
    let spec = |name| TopicSpec { name, partitions: 1, retention: Retention::Compacted };
    log.ensure(&names.into_iter().map(spec).collect::<Vec<_>>()).await.unwrap();
    Arc::new(log)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn when_a_node_dies_another_carries_on_where_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = World::new(&PARTNERS);
    world.engine = embedded(&folder.path().join("log")).await;
    for id in PARTNERS {
        world.partner(id).behave(|_| Behaviour::TakeAfter(Duration::from_millis(20)));
    }
    world.start();
    world.until("all lanes run", |world| PARTNERS.iter().all(|id| world.lane(id).is_some())).await;
    let other = DeliverStatus::new();
    let (shutdown, second) = world.start_node(folder.path().join("second.db"), other.clone());
    world
        .until("both have lanes", |world| {
            let first = PARTNERS.iter().filter(|id| world.lane(id).is_some()).count();
            first > 0 && !other.lanes().is_empty() && first + other.lanes().len() == PARTNERS.len()
        })
        .await;
    let names: Vec<String> = (0..ARTICLES).map(|number| format!("a{number}")).collect();
    names.iter().for_each(|name| world.publish(name, 1));
    for id in PARTNERS {
        world.want(id, names.iter().map(|name| hold(name, 1))).await;
    }
    let shown = |world: &World| PARTNERS.iter().map(|id| world.partner(id).shows().len()).sum::<usize>();
    world.until("it is under way", |world| shown(world) > 40).await;
    world.crash().await;
    world.until("all is delivered", |world| shown(world) == PARTNERS.len() * ARTICLES).await;
    world.until("all is known", |_| other.lanes().iter().map(|lane| lane.held).sum::<u64>() == 360).await;
    let mut repeated = 0;
    for id in PARTNERS {
        let mut ids: BTreeMap<String, String> = BTreeMap::new();
        for call in world.partner(id).calls() {
            if let Some(before) = ids.insert(call.article, call.delivery_id.clone()) {
                assert_eq!(before, call.delivery_id);
                repeated += 1;
            }
        }
    }
    // What was in flight, or waited for its receipt, on the lanes of the dead node: window 8, four receipts a place.
    assert!(repeated <= PARTNERS.len() * 8 * 4, "{repeated} came twice");
    eprintln!("{repeated} of 360 came twice after the crash");
    shutdown.cancel();
    second.await.unwrap();
}
