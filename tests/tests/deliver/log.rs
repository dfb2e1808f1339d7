//! A log in memory, one partition a topic, one member a group. It lives inside the test's runtime, so that turned time
//! stays exact; the real engines are held to the log's contract elsewhere.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use lianbo_hub::log::{
    Bounds, Lag, Log, LogError, Member, NewRecord, Offset, Partition, Polled, Reader, Record, Result, Start,
    Subscription, TopicSpec, TopicStatus,
};
use tokio::sync::watch;

#[derive(Clone)]
pub(crate) struct MemoryLog {
    state: Arc<Mutex<State>>,
    ticks: watch::Sender<u64>,
}

#[derive(Default)]
struct State {
    topics: BTreeMap<String, Vec<Record>>,
    /// Members of an older epoch have lost their assignment.
    epoch: u64,
    /// Appends to these topics do not answer.
    held_back: Vec<String>,
    appends: usize,
    committed: BTreeMap<String, Offset>,
}

fn partition(topic: &str) -> Partition {
    Partition { topic: topic.to_owned(), number: 0 }
}

impl MemoryLog {
    pub(crate) fn new(topics: &[&str]) -> Self {
        let topics = topics.iter().map(|topic| ((*topic).to_owned(), Vec::new())).collect();
        Self { state: Arc::new(Mutex::new(State { topics, ..State::default() })), ticks: watch::Sender::new(0) }
    }

    pub(crate) fn records(&self, topic: &str) -> Vec<Record> {
        self.state.lock().unwrap().topics.get(topic).cloned().unwrap_or_default()
    }

    /// How many appends there were.
    pub(crate) fn appends(&self) -> usize {
        self.state.lock().unwrap().appends
    }

    /// From now on appends to `topic` never answer.
    pub(crate) fn hold_back(&self, topic: &str) {
        self.state.lock().unwrap().held_back.push(topic.to_owned());
    }

    pub(crate) fn let_go(&self) {
        self.state.lock().unwrap().held_back.clear();
        self.ticks.send_modify(|tick| *tick += 1);
    }

    /// Every member loses its assignment.
    pub(crate) fn lose(&self) {
        self.state.lock().unwrap().epoch += 1;
        self.ticks.send_modify(|tick| *tick += 1);
    }

    fn push(&self, records: Vec<NewRecord>) -> Result<Vec<(Partition, Offset)>> {
        let mut state = self.state.lock().unwrap();
        state.appends += 1;
        let mut places = Vec::new();
        for record in records {
            let topic = record.topic.clone();
            let kept = state.topics.get_mut(&topic).ok_or_else(|| LogError::NoTopic(topic.clone()))?;
            let offset = Offset::try_from(kept.len()).unwrap();
            kept.push(Record {
                partition: partition(&topic),
                offset,
                time: Timestamp::UNIX_EPOCH,
                key: record.key,
                headers: record.headers,
                value: record.value,
            });
            places.push((partition(&topic), offset));
        }
        drop(state);
        self.ticks.send_modify(|tick| *tick += 1);
        Ok(places)
    }
}

#[async_trait]
impl Log for MemoryLog {
    async fn ensure(&self, topics: &[TopicSpec]) -> Result<()> {
        for topic in topics {
            self.state.lock().unwrap().topics.entry(topic.name.clone()).or_default();
        }
        Ok(())
    }

    async fn append(&self, records: Vec<NewRecord>) -> Result<Vec<(Partition, Offset)>> {
        let mut ticks = self.ticks.subscribe();
        let is_held = || {
            let state = self.state.lock().unwrap();
            records.iter().any(|record| state.held_back.contains(&record.topic))
        };
        while is_held() {
            ticks.changed().await.unwrap();
        }
        self.push(records)
    }

    async fn join(&self, _group: &str, subscription: Subscription) -> Result<Box<dyn Member>> {
        let epoch = self.state.lock().unwrap().epoch;
        Ok(Box::new(MemoryMember { log: self.clone(), subscription, epoch, next: BTreeMap::new() }))
    }

    async fn read(
        &self,
        subscription: Subscription,
        _start: Start,
        positions: BTreeMap<Partition, Offset>,
    ) -> Result<Box<dyn Reader>> {
        let next = positions.into_iter().map(|(partition, next)| (partition.topic, next)).collect();
        Ok(Box::new(MemoryReader { log: self.clone(), subscription, next }))
    }

    async fn all_bounds(&self, of: &Subscription) -> Result<BTreeMap<Partition, Bounds>> {
        let state = self.state.lock().unwrap();
        if let Subscription::Topics(topics) = of
            && let Some(missing) = topics.iter().find(|topic| !state.topics.contains_key(*topic))
        {
            return Err(LogError::NoTopic(missing.clone()));
        }
        let kept = state.topics.iter().filter(|(topic, _)| matches(of, topic));
        let bounds = kept.map(|(topic, records)| (partition(topic), Offset::try_from(records.len()).unwrap()));
        Ok(bounds.map(|(partition, end)| (partition, Bounds { start: 0, end })).collect())
    }

    async fn offset_at(&self, _partition: &Partition, _time: Timestamp) -> Result<Offset> {
        Ok(0)
    }

    async fn topics(&self, _prefix: &str) -> Result<Vec<TopicStatus>> {
        Ok(Vec::new())
    }

    async fn lag(&self, _group: &str) -> Result<Vec<Lag>> {
        let state = self.state.lock().unwrap();
        let lag =
            |(topic, next): (&String, &Offset)| Lag { partition: partition(topic), committed: Some(*next), end: 0 };
        Ok(state.committed.iter().map(lag).collect())
    }

    async fn compact(&self) -> Result<()> {
        Ok(())
    }
}

fn matches(subscription: &Subscription, topic: &str) -> bool {
    match subscription {
        Subscription::Topics(topics) => topics.iter().any(|name| name == topic),
        Subscription::Prefix(prefix) => topic.starts_with(prefix.as_str()),
    }
}

struct MemoryMember {
    log: MemoryLog,
    subscription: Subscription,
    epoch: u64,
    next: BTreeMap<String, Offset>,
}

impl MemoryMember {
    fn look(&mut self) -> Result<Option<Polled>> {
        let state = self.log.state.lock().unwrap();
        if state.epoch != self.epoch {
            return Err(LogError::Lost("the test took it away".to_owned()));
        }
        let new = |topic: &&String| matches(&self.subscription, topic) && !self.next.contains_key(*topic);
        let fresh: Vec<String> = state.topics.keys().filter(new).cloned().collect();
        if !fresh.is_empty() {
            self.next.extend(fresh.iter().map(|topic| (topic.clone(), 0)));
            return Ok(Some(Polled::Assigned(fresh.iter().map(|topic| partition(topic)).collect())));
        }
        let records = take(&state, &mut self.next);
        Ok((!records.is_empty()).then_some(Polled::Records(records)))
    }
}

fn take(state: &State, next: &mut BTreeMap<String, Offset>) -> Vec<Record> {
    let mut taken = Vec::new();
    for (topic, next) in next {
        let Some(kept) = state.topics.get(topic) else { continue };
        let from = usize::try_from(*next).unwrap();
        let records: Vec<Record> = kept.iter().skip(from).take(500).cloned().collect();
        *next += Offset::try_from(records.len()).unwrap();
        taken.extend(records);
    }
    taken
}

#[async_trait]
impl Member for MemoryMember {
    async fn poll(&mut self, wait: Duration) -> Result<Polled> {
        let mut ticks = self.log.ticks.subscribe();
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            if let Some(polled) = self.look()? {
                return Ok(polled);
            }
            if tokio::time::timeout_at(deadline, ticks.changed()).await.is_err() {
                return Ok(Polled::Idle);
            }
        }
    }

    async fn seek(&mut self, partition: &Partition, offset: Offset) -> Result<()> {
        self.next.insert(partition.topic.clone(), offset);
        Ok(())
    }

    async fn commit(&mut self, outputs: Vec<NewRecord>) -> Result<Vec<(Partition, Offset)>> {
        {
            let mut state = self.log.state.lock().unwrap();
            if state.epoch != self.epoch {
                return Err(LogError::Lost("the test took it away".to_owned()));
            }
            state.committed.extend(self.next.clone());
        }
        if outputs.is_empty() { Ok(Vec::new()) } else { self.log.push(outputs) }
    }
}

struct MemoryReader {
    log: MemoryLog,
    subscription: Subscription,
    next: BTreeMap<String, Offset>,
}

#[async_trait]
impl Reader for MemoryReader {
    async fn next(&mut self, wait: Duration) -> Result<Vec<Record>> {
        let mut ticks = self.log.ticks.subscribe();
        let deadline = tokio::time::Instant::now() + wait;
        loop {
            {
                let state = self.log.state.lock().unwrap();
                for topic in state.topics.keys().filter(|topic| matches(&self.subscription, topic)) {
                    self.next.entry(topic.clone()).or_insert(0);
                }
                let records = take(&state, &mut self.next);
                if !records.is_empty() {
                    return Ok(records);
                }
            }
            if tokio::time::timeout_at(deadline, ticks.changed()).await.is_err() {
                return Ok(Vec::new());
            }
        }
    }

    fn positions(&self) -> BTreeMap<Partition, Offset> {
        let partition = |topic: &String| Partition { topic: topic.clone(), number: 0 };
        self.next.iter().map(|(topic, next)| (partition(topic), *next)).collect()
    }
}
