//! Consumer groups: who owns what, and what happens when members come and go.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use lianbo_hub::log::{Log, Member, Partition, Polled, Retention, Subscription, TopicSpec};

use crate::engine::{
    Engine, PATIENCE, append_numbers, assigned, first, has_committed, joined, numbers, only, poll_records, record,
    shows, text, texts, topic, unique,
};

pub(crate) async fn a_member_is_told_its_partitions_before_any_record(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "assigned", 3).await;
    append_numbers(log.as_ref(), &topic, 0..10).await;
    let mut member = log.join("group", only(&topic)).await.unwrap();
    let mut partitions = assigned(member.as_mut()).await;
    partitions.sort();
    assert_eq!(partitions.len(), 3);
    assert_eq!(partitions[0], first(&topic));
    assert_eq!(texts(&poll_records(member.as_mut(), 10).await), numbers(0..10));
}

/// A member and what it believes to own; any record of another partition is an error.
struct Watched {
    member: Box<dyn Member>,
    owned: BTreeSet<Partition>,
    came: Vec<String>,
}

impl Watched {
    async fn join(log: &dyn Log, group: &str, topic: &str) -> Self {
        let member = log.join(group, only(topic)).await.unwrap();
        Self { member, owned: BTreeSet::new(), came: Vec::new() }
    }

    async fn step(&mut self) {
        match self.member.poll(Duration::from_millis(50)).await.unwrap() {
            Polled::Assigned(partitions) => {
                for partition in partitions {
                    assert!(self.owned.insert(partition.clone()), "{partition:?} was assigned twice");
                }
            }
            Polled::Revoked(partitions) => {
                for partition in &partitions {
                    assert!(self.owned.remove(partition), "{partition:?} was revoked but never assigned");
                }
            }
            Polled::Records(records) => {
                for record in &records {
                    assert!(self.owned.contains(&record.partition), "a record of a partition that is not owned");
                }
                self.member.commit(Vec::new()).await.unwrap();
                self.came.extend(records.iter().map(text));
            }
            Polled::Idle => {}
        }
    }
}

pub(crate) async fn two_members_share_the_partitions(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "shared", 4).await;
    let mut one = Watched::join(log.as_ref(), "group", &topic).await;
    let deadline = Instant::now() + PATIENCE;
    while one.owned.len() < 4 {
        assert!(Instant::now() < deadline, "the first has {:?}", one.owned);
        one.step().await;
    }
    let other = engine.open();
    let mut two = Watched::join(other.as_ref(), "group", &topic).await;
    while one.owned.len() != 2 || two.owned.len() != 2 {
        assert!(Instant::now() < deadline, "{:?} and {:?}", one.owned, two.owned);
        one.step().await;
        two.step().await;
    }
    assert!(one.owned.is_disjoint(&two.owned));
    drop(one);
    while two.owned.len() < 4 {
        assert!(Instant::now() < deadline, "the second has {:?}", two.owned);
        two.step().await;
    }
}

pub(crate) async fn a_second_member_that_joins_before_the_first_polls_gets_its_share(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "early", 4).await;
    let mut one = Watched::join(log.as_ref(), "group", &topic).await;
    let mut two = Watched::join(log.as_ref(), "group", &topic).await;
    let deadline = Instant::now() + PATIENCE;
    while one.owned.len() != 2 || two.owned.len() != 2 {
        assert!(Instant::now() < deadline, "{:?} and {:?}", one.owned, two.owned);
        one.step().await;
        two.step().await;
    }
    assert!(one.owned.is_disjoint(&two.owned));
}

pub(crate) async fn members_that_come_and_go_lose_and_double_nothing(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "churn", 4).await;
    let mut members: Vec<Watched> = vec![Watched::join(log.as_ref(), "group", &topic).await];
    let mut came = Vec::new();
    for round in 0..6 {
        let records = (0..50).map(|number| record(&topic, &format!("k{}", number % 8), &format!("{round}-{number}")));
        log.append(records.collect()).await.unwrap();
        if round % 3 < 2 {
            members.push(Watched::join(log.as_ref(), "group", &topic).await);
        } else {
            came.extend(members.remove(0).came);
        }
        for _ in 0..10 {
            for member in &mut members {
                member.step().await;
            }
        }
    }
    let deadline = Instant::now() + PATIENCE;
    while came.len() + members.iter().map(|member| member.came.len()).sum::<usize>() < 300 {
        assert!(Instant::now() < deadline, "some records never came");
        for member in &mut members {
            member.step().await;
        }
    }
    came.extend(members.into_iter().flat_map(|member| member.came));
    came.sort();
    let expected: BTreeSet<String> =
        (0..6).flat_map(|round| (0..50).map(move |number| format!("{round}-{number}"))).collect();
    assert_eq!(came, expected.into_iter().collect::<Vec<_>>());
}

pub(crate) async fn a_standby_takes_over_when_the_owner_leaves(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "standby", 1).await;
    append_numbers(log.as_ref(), &topic, 0..10).await;
    let mut owner = joined(log.as_ref(), "group", &topic).await;
    let mut standby = engine.open().join("group", only(&topic)).await.unwrap();
    assert_eq!(standby.poll(Duration::from_millis(300)).await.unwrap(), Polled::Idle);
    assert_eq!(poll_records(owner.as_mut(), 10).await.len(), 10);
    owner.commit(Vec::new()).await.unwrap();
    append_numbers(log.as_ref(), &topic, 10..15).await;
    assert_eq!(poll_records(owner.as_mut(), 5).await.len(), 5);
    let left = Instant::now();
    drop(owner);
    assert_eq!(assigned(standby.as_mut()).await, [first(&topic)]);
    eprintln!("the standby took over after {:?}", left.elapsed());
    // From the committed offset on: what the owner had polled only comes again.
    assert_eq!(texts(&poll_records(standby.as_mut(), 5).await), numbers(10..15));
}

pub(crate) async fn a_member_reads_from_where_it_seeks(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "seek", 1).await;
    append_numbers(log.as_ref(), &topic, 0..2_000).await;
    let mut member = joined(log.as_ref(), "group", &topic).await;
    member.seek(&first(&topic), 1_990).await.unwrap();
    assert_eq!(texts(&poll_records(member.as_mut(), 10).await), numbers(1_990..2_000));
    member.seek(&first(&topic), 5).await.unwrap();
    let again = poll_records(member.as_mut(), 1_995).await;
    assert_eq!(texts(&again), numbers(5..2_000));
    member.commit(Vec::new()).await.unwrap();
    has_committed(log.as_ref(), "group", 2_000).await;
}

pub(crate) async fn topics_that_appear_later_are_shared_out_too(engine: Engine) {
    let log = engine.open();
    let prefix = unique("outlet.");
    let spec = |name: &str| TopicSpec { name: format!("{prefix}{name}"), partitions: 1, retention: Retention::Forever };
    let mut member = log.join("group", Subscription::Prefix(prefix.clone())).await.unwrap();
    assert_eq!(member.poll(Duration::from_millis(100)).await.unwrap(), Polled::Idle);
    let other = engine.open();
    other.ensure(&[spec("a")]).await.unwrap();
    assert_eq!(assigned(member.as_mut()).await, [first(&spec("a").name)]);
    other.ensure(&[spec("b"), TopicSpec { name: unique("elsewhere"), ..spec("c") }]).await.unwrap();
    other.append(vec![record(&spec("b").name, "k", "new")]).await.unwrap();
    assert_eq!(assigned(member.as_mut()).await, [first(&spec("b").name)]);
    assert_eq!(texts(&poll_records(member.as_mut(), 1).await), ["new"]);
}

pub(crate) async fn lag_is_what_is_not_committed(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "lag", 2).await;
    let keys: Vec<String> = (0..30).map(|number| format!("k{number}")).collect();
    log.append(keys.iter().map(|key| record(&topic, key, key)).collect()).await.unwrap();
    assert!(log.lag("group").await.unwrap().is_empty());
    let mut member = joined(log.as_ref(), "group", &topic).await;
    let before: BTreeMap<_, _> =
        log.lag("group").await.unwrap().into_iter().map(|lag| (lag.partition, lag.committed)).collect();
    assert_eq!(before.len(), 2);
    assert!(before.values().all(Option::is_none));
    poll_records(member.as_mut(), 30).await;
    member.commit(Vec::new()).await.unwrap();
    append_numbers(log.as_ref(), &topic, 0..4).await;
    let lags = log.lag("group").await.unwrap();
    let behind: i64 = lags.iter().map(|lag| lag.end - lag.committed.unwrap()).sum();
    assert_eq!(behind, 4);
}

pub(crate) async fn a_poll_given_up_half_way_loses_nothing(engine: Engine) {
    let log = engine.open();
    let topic = topic(log.as_ref(), "given-up", 1).await;
    append_numbers(log.as_ref(), &topic, 0..3_000).await;
    let mut member = log.join("group", only(&topic)).await.unwrap();
    let (mut came, mut assignments) = (Vec::new(), 0);
    let deadline = Instant::now() + PATIENCE;
    let mut round = 0;
    while came.len() < 3_000 {
        assert!(Instant::now() < deadline, "{} records came", came.len());
        round += 1;
        let wait = Duration::from_micros(round % 100 * 40);
        match tokio::time::timeout(wait, member.poll(Duration::from_secs(1))).await {
            Ok(Ok(Polled::Records(records))) => came.extend(records),
            Ok(Ok(Polled::Assigned(_))) => assignments += 1,
            Ok(Ok(Polled::Idle)) | Err(_) => {}
            Ok(other) => panic!("{other:?}"),
        }
    }
    assert_eq!(texts(&came), numbers(0..3_000));
    assert_eq!(assignments, 1);
    member.commit(Vec::new()).await.unwrap();
    has_committed(log.as_ref(), "group", 3_000).await;
}

pub(crate) async fn a_standby_that_joins_does_not_disturb_the_owner(engine: Engine) {
    let log = engine.open();
    let (topic, output) = (topic(log.as_ref(), "calm", 1).await, topic(log.as_ref(), "calm-out", 1).await);
    let mut owner = joined(log.as_ref(), "group", &topic).await;
    let mut standbys = Vec::new();
    for number in 0..60 {
        append_numbers(log.as_ref(), &topic, number..number + 1).await;
        let deadline = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < deadline, "record {number} did not come");
            match owner.poll(Duration::from_millis(500)).await.unwrap() {
                Polled::Records(records) => {
                    assert_eq!(texts(&records), [number.to_string()]);
                    break;
                }
                Polled::Idle => {}
                Polled::Assigned(changed) | Polled::Revoked(changed) => panic!("disturbed: {changed:?}"),
            }
        }
        // The group is being shared out anew in the middle of the owner's work.
        if number % 20 == 10 {
            standbys.push(engine.open().join("group", only(&topic)).await.unwrap());
        }
        for standby in &mut standbys {
            assert_eq!(standby.poll(Duration::from_millis(1)).await.unwrap(), Polled::Idle);
        }
        owner.commit(vec![record(&output, "k", &number.to_string())]).await.unwrap();
    }
    shows(log.as_ref(), &output, &numbers(0..60)).await;
}
