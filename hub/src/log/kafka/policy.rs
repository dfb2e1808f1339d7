//! Topics as Kafka configures them.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, ConfigResource, NewTopic, ResourceSpecifier, TopicReplication};
use rdkafka::error::RDKafkaErrorCode;

use super::client::{Listening, consumer, largest_message, name};
use super::cluster::Cluster;
use super::failure::sort;
use super::settings::Settings;
use crate::log::{LogError, Result, Retention, TopicSpec};

/// Replicas of a topic unless the settings say otherwise: one may be lost and one be under maintenance.
const REPLICAS: usize = 3;
/// With three replicas an append is acknowledged when two have it.
const IN_SYNC: &str = "2";

/// Makes topics and reads how they are configured.
pub(super) struct Policy {
    admin: AdminClient<Listening>,
}

impl Policy {
    pub(super) fn new(settings: &Settings) -> Result<Self> {
        let config = consumer(settings, &name(settings, "questions"));
        let admin = config.create_with_context(Listening).map_err(|error| sort(settings, "make a client", &error))?;
        Ok(Self { admin })
    }

    /// Makes the topics that do not exist; returns once all of them can be written.
    pub(super) async fn ensure(&self, cluster: &Cluster, brokers: usize, missing: &[&TopicSpec]) -> Result<()> {
        let settings = &cluster.settings;
        let usual = i32::try_from(brokers.clamp(1, REPLICAS)).unwrap_or(1);
        let replicas = settings.replication.unwrap_or(usual);
        let configured: Vec<_> = missing.iter().map(|spec| (*spec, configuration(spec, replicas, settings))).collect();
        let topics: Vec<_> =
            configured.iter().map(|(spec, configuration)| new_topic(spec, replicas, configuration)).collect();
        let options = options(settings);
        let results = self.admin.create_topics(&topics, &options).await;
        for result in results.map_err(|error| sort(settings, "make topics", &error))? {
            match result {
                Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((topic, RDKafkaErrorCode::RequestTimedOut)) => {
                    return Err(LogError::Unavailable(format!("Kafka did not make the topic `{topic}` in time")));
                }
                Err((topic, code)) => return Err(LogError::Broken(format!("cannot make the topic `{topic}`: {code}"))),
            }
        }
        Ok(())
    }

    /// What topics keep.
    pub(super) async fn retentions(
        &self,
        settings: &Settings,
        topics: &[String],
    ) -> Result<HashMap<String, Retention>> {
        let resources: Vec<_> = topics.iter().map(|topic| ResourceSpecifier::Topic(topic)).collect();
        if resources.is_empty() {
            return Ok(HashMap::new());
        }
        let described = self.admin.describe_configs(&resources, &options(settings)).await;
        let described = described.map_err(|error| sort(settings, "ask what topics keep", &error))?;
        let retentions = described.into_iter().flatten().filter_map(|resource| {
            let retention = retention(&resource);
            match resource.specifier {
                rdkafka::admin::OwnedResourceSpecifier::Topic(topic) => Some((topic, retention)),
                _ => None,
            }
        });
        Ok(retentions.collect())
    }
}

fn options(settings: &Settings) -> AdminOptions {
    let patience = Duration::from_millis(settings.request_timeout_ms.max(1));
    AdminOptions::new().request_timeout(Some(patience)).operation_timeout(Some(patience))
}

fn new_topic<'a>(spec: &'a TopicSpec, replicas: i32, configuration: &'a BTreeMap<&str, String>) -> NewTopic<'a> {
    let topic = NewTopic::new(&spec.name, spec.partitions, TopicReplication::Fixed(replicas));
    configuration.iter().fold(topic, |topic, (key, value)| topic.set(key, value))
}

fn configuration(spec: &TopicSpec, replicas: i32, settings: &Settings) -> BTreeMap<&'static str, String> {
    let mut configuration = BTreeMap::from([("max.message.bytes", largest_message(settings).to_string())]);
    if replicas >= 3 {
        configuration.insert("min.insync.replicas", IN_SYNC.to_owned());
    }
    match spec.retention {
        Retention::Forever => {
            configuration.insert("cleanup.policy", "delete".to_owned());
            configuration.insert("retention.ms", "-1".to_owned());
            configuration.insert("retention.bytes", "-1".to_owned());
        }
        Retention::For(time) => {
            configuration.insert("cleanup.policy", "delete".to_owned());
            configuration.insert("retention.ms", time.as_millis().to_string());
        }
        Retention::Compacted => {
            configuration.insert("cleanup.policy", "compact".to_owned());
            configuration.insert("segment.ms", settings.segment_ms.to_string());
            configuration.insert("min.cleanable.dirty.ratio", settings.min_cleanable_dirty_ratio.clone());
            configuration.insert("max.compaction.lag.ms", settings.max_compaction_lag_ms.to_string());
            configuration.insert("delete.retention.ms", settings.tombstone_retention_ms.to_string());
        }
    }
    configuration
}

fn retention(resource: &ConfigResource) -> Retention {
    let value = |key: &str| resource.get(key).and_then(|entry| entry.value.clone()).unwrap_or_default();
    if value("cleanup.policy").contains("compact") {
        return Retention::Compacted;
    }
    match value("retention.ms").parse::<u64>() {
        Ok(milliseconds) => Retention::For(Duration::from_millis(milliseconds)),
        Err(_) => Retention::Forever,
    }
}

/// Blocks until all these topics have leaders for all their partitions.
pub(super) fn wait_for(cluster: &Cluster, topics: &[TopicSpec]) -> Result<()> {
    let names: Vec<&str> = topics.iter().map(|spec| spec.name.as_str()).collect();
    let there = cluster.topics_with(&names, cluster.patience());
    there.map(drop).map_err(|error| match error {
        LogError::NoTopic(missing) => LogError::Unavailable(format!("the topic `{missing}` has no leader yet")),
        other => other,
    })
}
