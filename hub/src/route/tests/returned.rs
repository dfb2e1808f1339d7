//! A partner that was taken out of the registry and comes back: what it holds follows the outlets again.

use super::*;

impl World {
    /// Takes the partner out of the registry; the stage sees it.
    async fn leave(&mut self, partner: &str, now: Timestamp) {
        self.register(|snapshot| assert!(snapshot.remove(Kind::Partner, partner)));
        assert_eq!(self.clock(now).await, []);
    }

    fn come_back(&mut self, id: &str) {
        self.register(|snapshot| snapshot.put(partner(id)));
    }
}

#[tokio::test]
async fn a_partner_that_is_back_is_told_of_the_corrections_it_missed_once() {
    for restarts in [false, true] {
        let mut world = World::new(&[json!({"id": "g", "partners": "all"})]).await;
        for name in ["a", "b"] {
            world.publish(name, 1, at(10)).await;
        }
        world.leave("one", at(20)).await;
        assert_eq!(brief(&world.publish("a", 2, at(30)).await), [("two", Action::Hold, 2)]);
        world.come_back("one");
        if restarts {
            world.restart().await;
        }
        let told = world.clock(at(40)).await;
        assert_eq!(brief(&told), [("one", Action::Hold, 2)], "{restarts}");
        assert!(told[0].delivery.redelivery.as_ref().unwrap().starts_with("returned-"));
        world.restart().await;
        assert_eq!(world.clock(at(50)).await, []);
    }
}

#[tokio::test]
async fn a_partner_that_is_away_is_told_to_take_down_and_one_without_a_grant_by_now_when_it_is_back() {
    let mut world = World::new(&[json!({"id": "g", "partners": "all"})]).await;
    for name in ["a", "b"] {
        world.publish(name, 1, at(10)).await;
    }
    world.leave("one", at(20)).await;
    assert_eq!(brief(&world.kill("a", 2, at(30)).await), [("one", Action::Withdraw, 2), ("two", Action::Withdraw, 2)]);
    world.grant(&json!({"id": "g", "partners": ["two"]}));
    world.come_back("one");
    assert_eq!(brief(&world.clock(at(40)).await), [("one", Action::Withdraw, 1)]);
}

#[tokio::test]
async fn a_file_made_anew_takes_nobody_for_one_that_is_back() {
    let mut world = World::new(&[json!({"id": "g", "partners": "all"})]).await;
    world.publish("a", 1, at(10)).await;
    world.leave("two", at(20)).await;
    world.stage.revoked(&[]);
    std::fs::remove_file(world.folder.path().join("holdings.db")).unwrap();
    world.restart().await;
    world.publish("a", 2, at(30)).await;
    assert_eq!(world.clock(at(40)).await, []);
    world.come_back("two");
    assert_eq!(brief(&world.clock(at(50)).await), [("two", Action::Hold, 2)]);
}
