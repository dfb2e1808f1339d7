//! A puller that runs, and what it brought.
// Each test binary uses a part of it; what fails here fails the test.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::sync::Arc;

use lianbo_connectors::http::HttpClient;
use lianbo_hub::log::Record;
use lianbo_hub::pull::{self, CmsFactory, Parts, Settings};
use lianbo_hub::stage::machine_clock;
use serde_json::json;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::ingest_hub::{Hub, PATIENCE};

/// A running puller.
pub struct Puller {
    task: JoinHandle<()>,
    shutdown: CancellationToken,
}

impl Puller {
    /// A puller of feeds.
    pub fn start(hub: &Hub, folder: &Path, settings: Settings) -> Self {
        Self::start_with(hub, folder, settings, Arc::new(|_| Err("this test has no CMS".to_owned())))
    }

    /// A puller of feeds and of CMSes that `cms` opens.
    pub fn start_with(hub: &Hub, folder: &Path, settings: Settings, cms: CmsFactory) -> Self {
        let shutdown = CancellationToken::new();
        let parts = Parts {
            log: hub.log.clone(),
            registry: hub.registry.clone(),
            fetch: Arc::new(HttpClient::new(&lianbo_connectors::http::Settings::with_loopback()).unwrap()),
            cms,
            clock: machine_clock(),
            data_dir: folder.to_owned(),
        };
        let task = tokio::spawn(pull::run(parts, settings, shutdown.clone()));
        Self { task, shutdown }
    }

    pub async fn stop(self) {
        self.shutdown.cancel();
        tokio::time::timeout(PATIENCE, self.task).await.expect("the puller does not stop").unwrap();
    }
}

pub fn quick() -> Settings {
    Settings { page_delay_ms: 1, ..Settings::default() }
}

pub async fn outlet(hub: &Hub, source: serde_json::Value) {
    let put = hub.admin("PUT", "/v1/outlets/cdrb", &json!({ "name": "成都日报", "source": source })).await;
    assert!(matches!(put.status, 200 | 201), "{}", put.body);
}

/// Waits until a topic has so many records.
pub async fn records(hub: &Hub, topic: &str, wanted: usize) -> Vec<Record> {
    let reading = async {
        loop {
            let found = hub.records(topic).await;
            if found.len() >= wanted {
                return found;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.unwrap_or_else(|_| panic!("no {wanted} records in {topic}"))
}

pub fn text(record: &Record) -> String {
    String::from_utf8(record.value.clone().unwrap().to_vec()).unwrap()
}
