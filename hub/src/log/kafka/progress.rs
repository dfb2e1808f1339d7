//! How far groups are. All of this blocks.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::topic_partition_list::Offset as Place;

use super::client::{Listening, consumer, name};
use super::cluster::Cluster;
use super::failure::sort;
use super::rebalance::{list, partition_of};
use crate::log::{Lag, Offset, Partition, Result, Subscription};

/// Asks for groups: with a consumer for each, which joins nothing and is kept, since a new one takes a while to find its
/// brokers.
#[derive(Default)]
pub(super) struct Progress {
    asking: Mutex<HashMap<String, Arc<BaseConsumer<Listening>>>>,
}

impl Progress {
    /// How far a group is behind, in all it owns now and all it ever committed.
    pub(super) fn lag(&self, cluster: &Cluster, group: &str) -> Result<Vec<Lag>> {
        let group = name(&cluster.settings, group);
        let asking = self.asking(cluster, &group)?;
        let owned = owned(cluster, &asking, &group)?;
        let committed = committed(cluster, &asking)?;
        let concerned: BTreeSet<Partition> = owned.into_iter().chain(committed.keys().cloned()).collect();
        let bounds = cluster.bounds(&concerned.into_iter().collect::<Vec<_>>())?.into_iter();
        let lags = bounds.map(|(partition, bounds)| Lag {
            committed: committed.get(&partition).copied(),
            partition,
            end: bounds.end,
        });
        Ok(lags.collect())
    }

    fn asking(&self, cluster: &Cluster, group: &str) -> Result<Arc<BaseConsumer<Listening>>> {
        let mut all = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(asking) = all.get(group) {
            return Ok(Arc::clone(asking));
        }
        let mut config = consumer(&cluster.settings, group);
        // Only looks: it need not wait for transactions that are just being committed.
        config.set("isolation.level", "read_uncommitted");
        let made = config.create_with_context(Listening);
        let asking = Arc::new(made.map_err(|error| sort(&cluster.settings, "make a client", &error))?);
        all.insert(group.to_owned(), Arc::clone(&asking));
        Ok(asking)
    }
}

fn committed(cluster: &Cluster, asking: &BaseConsumer<Listening>) -> Result<BTreeMap<Partition, Offset>> {
    let all = cluster.partitions(&Subscription::Prefix(String::new()))?;
    if all.is_empty() {
        return Ok(BTreeMap::new());
    }
    let offsets = asking.committed_offsets(list(&all), cluster.patience());
    let offsets = offsets.map_err(|error| sort(&cluster.settings, "ask for a group's offsets", &error))?;
    let mut committed = BTreeMap::new();
    for element in offsets.elements() {
        element.error().map_err(|error| sort(&cluster.settings, "ask for a group's offsets", &error))?;
        if let Place::Offset(offset) = element.offset() {
            committed.insert(partition_of(&element), offset);
        }
    }
    Ok(committed)
}

fn owned(cluster: &Cluster, asking: &BaseConsumer<Listening>, group: &str) -> Result<Vec<Partition>> {
    let listed = asking.fetch_group_list(Some(group), cluster.patience());
    let listed = listed.map_err(|error| sort(&cluster.settings, "ask for a group", &error))?;
    let members = listed.groups().iter().flat_map(|group| group.members());
    Ok(members.filter_map(|member| member.assignment()).flat_map(|bytes| assigned(bytes).unwrap_or_default()).collect())
}

fn partition(topic: &str, number: i32) -> Partition {
    Partition { topic: topic.to_owned(), number }
}

/// Reads `ConsumerProtocolAssignment`: a version, then topics, each with its partitions, all big-endian.
/// <https://github.com/apache/kafka/blob/4.1/clients/src/main/resources/common/message/ConsumerProtocolAssignment.json>
fn assigned(bytes: &[u8]) -> Option<Vec<Partition>> {
    let mut rest = bytes.get(2..)?;
    let mut take = |count: usize| {
        let (head, tail) = rest.split_at_checked(count)?;
        rest = tail;
        Some(head)
    };
    let mut partitions = Vec::new();
    for _ in 0..i32::from_be_bytes(take(4)?.try_into().ok()?) {
        let length = i16::from_be_bytes(take(2)?.try_into().ok()?);
        let topic = std::str::from_utf8(take(usize::try_from(length).ok()?)?).ok()?.to_owned();
        for _ in 0..i32::from_be_bytes(take(4)?.try_into().ok()?) {
            partitions.push(partition(&topic, i32::from_be_bytes(take(4)?.try_into().ok()?)));
        }
    }
    Some(partitions)
}

#[cfg(test)]
mod tests {
    use super::{assigned, partition};

    #[test]
    fn an_assignment_is_read() {
        let mut bytes = vec![0, 1, 0, 0, 0, 1, 0, 2];
        bytes.extend_from_slice(b"ab");
        bytes.extend_from_slice(&[0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 7, 255, 255, 255, 255]);
        assert_eq!(assigned(&bytes), Some(vec![partition("ab", 0), partition("ab", 7)]));
    }

    #[test]
    fn what_is_cut_off_is_not_read() {
        assert_eq!(assigned(&[0, 1, 0, 0, 0, 9]), None);
        assert_eq!(assigned(&[]), None);
    }
}
