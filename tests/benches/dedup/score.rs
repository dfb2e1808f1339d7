//! Pairs of documents: how many of those put together belong together, and how many of those that belong together were
//! put together. Pairs that the labels leave open count neither way.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use serde::Deserialize;

/// What belongs together.
pub(crate) struct Labels {
    cluster: HashMap<String, String>,
    open: BTreeSet<(String, String)>,
}

#[derive(Deserialize)]
struct Label {
    id: String,
    cluster: String,
}

#[derive(Deserialize)]
struct Open {
    clusters: (String, String),
}

impl Labels {
    /// Reads the labels beside the documents.
    pub(crate) fn read(folder: &Path) -> Self {
        let labels: Vec<Label> = lines(&folder.join("dev.labels.jsonl"));
        let open: Vec<Open> = lines(&folder.join("dev.ignore.jsonl"));
        let both = |Open { clusters: (one, other) }| [(one.clone(), other.clone()), (other, one)];
        Self {
            cluster: labels.into_iter().map(|label| (label.id, label.cluster)).collect(),
            open: open.into_iter().flat_map(both).collect(),
        }
    }

    /// Pairwise F1 of a clustering: for each document any name of its cluster.
    pub(crate) fn f1(&self, ids: &[String], found: &[String]) -> f64 {
        let found: HashMap<&String, &String> = ids.iter().zip(found).collect();
        let mut clusters: BTreeMap<&str, BTreeMap<&str, u64>> = BTreeMap::new();
        let mut sizes: BTreeMap<&str, u64> = BTreeMap::new();
        for (id, cluster) in &self.cluster {
            *sizes.entry(cluster).or_default() += 1;
            *clusters.entry(found.get(id).copied().unwrap_or(id)).or_default().entry(cluster).or_default() += 1;
        }
        let pairs = |count: u64| count * count.saturating_sub(1) / 2;
        let (mut right, mut wrong) = (0, 0);
        for parts in clusters.values() {
            right += parts.values().copied().map(pairs).sum::<u64>();
            for (one, count) in parts {
                let closed = |other: &str| !self.open.contains(&((*one).to_owned(), other.to_owned()));
                let others = parts.range(..*one).filter(|(other, _)| closed(other));
                wrong += others.map(|(_, other)| count * other).sum::<u64>();
            }
        }
        let all = sizes.into_values().map(pairs).sum::<u64>();
        2.0 * right as f64 / (right + wrong + all) as f64
    }
}

fn lines<T: for<'de> Deserialize<'de>>(path: &Path) -> Vec<T> {
    let text = std::fs::read_to_string(path).expect("the labels");
    text.lines().map(|line| serde_json::from_str(line).expect("a label")).collect()
}
