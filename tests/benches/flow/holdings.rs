//! Route's start, with what was decided about many articles for twenty partners: with all of it to read, and with what
//! came since the last start.

use std::sync::Arc;
use std::time::Instant;

use async_trait::async_trait;
use lianbo_hub::log::embedded::{EmbeddedLog, Settings};
use lianbo_hub::log::{Log, Retention, TopicSpec};
use lianbo_hub::registry::Snapshot;
use lianbo_hub::route::{Articles, RouteStage};
use lianbo_hub::stage::Stage;
use lianbo_schemas::{Article, ArticleUri, topic};
use lianbo_tests::wanted;

use super::memory_megabytes;

/// As many as an alliance has in some weeks.
pub(super) const ARTICLES: u64 = 50_000;
const PARTNERS: u64 = 20;

struct Nothing;

#[async_trait]
impl Articles for Nothing {
    async fn newest(&self, _: &ArticleUri) -> Result<Option<Arc<Article>>, String> {
        Ok(None)
    }
}

pub(super) async fn start_up(articles: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let log = EmbeddedLog::open(folder.path(), Settings::default()).expect("a log");
    let partners: Vec<String> = (0..PARTNERS).map(|number| format!("p-{number}")).collect();
    let spec = |partner: &String| {
        let name = format!("{}{partner}", topic::DELIVERIES_PREFIX);
        TopicSpec { name, partitions: 1, retention: Retention::Compacted }
    };
    log.ensure(&partners.iter().map(spec).collect::<Vec<_>>()).await.expect("topics");
    let started = Instant::now();
    for article in 0..articles / 100 {
        let decided = (0..100).flat_map(|number| {
            let name = format!("a{article}-{number}");
            partners.iter().map(move |partner| wanted(partner, &name))
        });
        log.append(decided.collect()).await.expect("an append");
    }
    let many = articles * PARTNERS;
    println!("{many} decisions written in {:.1} s", started.elapsed().as_secs_f64());
    for what in ["all of them to read", "nothing new"] {
        let registry = Arc::new(Snapshot::default());
        let registry = Arc::new(move || Arc::clone(&registry));
        let mut stage = RouteStage::new(registry, Arc::new(Nothing), folder.path().join("holdings.db"));
        let (before, started) = (memory_megabytes(), Instant::now());
        stage.assigned(&log, &[]).await.expect("a start");
        let (took, memory) = (started.elapsed().as_secs_f64(), memory_megabytes().saturating_sub(before));
        let file = std::fs::metadata(folder.path().join("holdings.db")).map_or(0, |file| file.len() / 1_000_000);
        println!("route starts with {what} in {took:.2} s, {memory} MB more of memory, {file} MB of file");
    }
}
