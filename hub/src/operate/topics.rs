//! `GET /v1/topics`: sizes, and how far each stage is behind.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use futures_util::future::try_join_all;
use serde_json::{Value, json};

use super::{Operate, unread};
use crate::log::{Retention, TopicStatus};
use crate::problem::Problem;
use crate::route::ROUTE;

/// The groups that read topics.
const GROUPS: [&str; 4] = ["normalise", "dedup", ROUTE, "deliver"];

pub(super) async fn list(State(operate): State<Operate>) -> Result<Json<Value>, Problem> {
    let topics = operate.log.topics("").await.map_err(unread)?;
    let mut behind: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    let lags = try_join_all(GROUPS.map(|group| operate.log.lag(group))).await.map_err(unread)?;
    for (group, lags) in GROUPS.into_iter().zip(lags) {
        let mut sums: BTreeMap<String, i64> = BTreeMap::new();
        for lag in lags {
            let missing = lag.end - lag.committed.unwrap_or(0).min(lag.end);
            *sums.entry(lag.partition.topic).or_default() += missing;
        }
        for (topic, sum) in sums {
            behind.entry(topic).or_default().push(json!({"group": group, "behind": sum}));
        }
    }
    let rows: Vec<Value> =
        topics.iter().map(|topic| row(topic, behind.remove(&topic.name).unwrap_or_default())).collect();
    Ok(Json(json!({"topics": rows})))
}

fn row(topic: &TopicStatus, lag: Vec<Value>) -> Value {
    let start: i64 = topic.partitions.values().map(|bounds| bounds.start).sum();
    let end: i64 = topic.partitions.values().map(|bounds| bounds.end).sum();
    let kept = match topic.retention {
        Retention::Forever => "for ever".to_owned(),
        Retention::For(time) => format!("{} days", time.as_secs() / 86_400),
        Retention::Compacted => "newest of each key".to_owned(),
    };
    json!({
        "name": topic.name, "partitions": topic.partitions.len(), "start": start, "end": end, "bytes": topic.bytes,
        "kept": kept, "lag": lag,
    })
}
