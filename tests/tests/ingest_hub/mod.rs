//! A hub of log, registry, operators' API and ingest, served on a port.
// Each test binary uses a part of it; what fails here fails the test.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use lianbo_connectors::http::HttpClient;
use lianbo_hub::admin::{Admin, AdminKey};
use lianbo_hub::ingest::{IdempotencyStore, Ingest, NoStatus, NoStore, Parts, Settings, SubmissionStatus};
use lianbo_hub::log::embedded::{EmbeddedLog, Settings as LogSettings};
use lianbo_hub::log::{
    Bounds, Lag, Log, LogError, Member, NewRecord, Offset, Partition, Reader, Record, Result, Start, Subscription,
    TopicSpec, TopicStatus,
};
use lianbo_hub::registry::{Checks, Registry, Settings as RegistrySettings};
use lianbo_hub::secrets::{Secret, Secrets};
use lianbo_hub::sources::Sources;
use lianbo_hub::stage::{Clock, machine_clock};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub const ADMIN: &str = "operator-key";
/// Long enough for a slow machine; no test waits that long when it passes.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// The embedded log, with a switch that makes appends fail and a gate that holds them.
pub struct FlakyLog {
    inner: EmbeddedLog,
    pub fails: AtomicBool,
    pub open: watch::Sender<bool>,
    pub waiting: watch::Sender<usize>,
}

#[async_trait]
impl Log for FlakyLog {
    async fn append(&self, records: Vec<NewRecord>) -> Result<Vec<(Partition, Offset)>> {
        if self.fails.load(Ordering::SeqCst) {
            return Err(LogError::Unavailable("the test says so".to_owned()));
        }
        if !*self.open.borrow() {
            self.waiting.send_modify(|waiting| *waiting += 1);
            self.open.subscribe().wait_for(|open| *open).await.unwrap();
        }
        self.inner.append(records).await
    }

    async fn ensure(&self, topics: &[TopicSpec]) -> Result<()> {
        self.inner.ensure(topics).await
    }

    async fn join(&self, group: &str, subscription: Subscription) -> Result<Box<dyn Member>> {
        self.inner.join(group, subscription).await
    }

    async fn read(
        &self,
        subscription: Subscription,
        start: Start,
        positions: BTreeMap<Partition, Offset>,
    ) -> Result<Box<dyn Reader>> {
        self.inner.read(subscription, start, positions).await
    }

    async fn all_bounds(&self, of: &Subscription) -> Result<BTreeMap<Partition, Bounds>> {
        self.inner.all_bounds(of).await
    }

    async fn offset_at(&self, partition: &Partition, time: Timestamp) -> Result<Offset> {
        self.inner.offset_at(partition, time).await
    }

    async fn topics(&self, prefix: &str) -> Result<Vec<TopicStatus>> {
        self.inner.topics(prefix).await
    }

    async fn lag(&self, group: &str) -> Result<Vec<Lag>> {
        self.inner.lag(group).await
    }

    async fn compact(&self) -> Result<()> {
        self.inner.compact().await
    }
}

pub struct Hub {
    pub log: Arc<FlakyLog>,
    pub registry: Registry,
    pub secrets: Secrets,
    pub address: String,
    pub client: reqwest::Client,
    pub shutdown: CancellationToken,
    pub tasks: JoinSet<()>,
    pub folder: Arc<TempDir>,
}

pub struct Builder {
    pub settings: Settings,
    pub idempotency: Arc<dyn IdempotencyStore>,
    pub status: Arc<dyn SubmissionStatus>,
    pub folder: Arc<TempDir>,
    pub clock: Clock,
}

pub fn builder() -> Builder {
    Builder {
        settings: Settings::default(),
        idempotency: Arc::new(NoStore),
        status: Arc::new(NoStatus),
        folder: Arc::new(TempDir::new().unwrap()),
        clock: machine_clock(),
    }
}

fn check_rule(rule: &str) -> std::result::Result<(), String> {
    if rule.contains("((") { Err("unbalanced".to_owned()) } else { Ok(()) }
}

fn check_connector(connector: &lianbo_schemas::registry::Connector) -> std::result::Result<(), String> {
    if connector.kind == "webhook" { Ok(()) } else { Err(format!("`{}` is not a kind", connector.kind)) }
}

impl Builder {
    pub async fn start(self) -> Hub {
        let inner = EmbeddedLog::open(self.folder.path(), LogSettings::default()).unwrap();
        let log = Arc::new(FlakyLog {
            inner,
            fails: AtomicBool::new(false),
            open: watch::Sender::new(true),
            waiting: watch::Sender::new(0),
        });
        let shutdown = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let checks = Checks { rule: check_rule, connector: check_connector, template: |_| Ok(()) };
        let shared: Arc<dyn Log> = log.clone();
        let (registry, following) =
            Registry::start(Arc::clone(&shared), checks, RegistrySettings::default(), shutdown.clone());
        tasks.spawn(following);
        registry.ready().await;
        let secrets = Secrets::new(BTreeMap::new(), self.folder.path().join("secrets"));
        let admin_key = AdminKey::of(&Secret::new(ADMIN));
        let parts = Parts {
            log: shared,
            registry: registry.clone(),
            admin_key: admin_key.clone(),
            idempotency: self.idempotency,
            secrets: secrets.clone(),
            status: self.status,
            clock: self.clock,
            authority: "ingest.example".to_owned(),
        };
        let ingest = Ingest::new(parts, self.settings).unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let http = HttpClient::new(&lianbo_connectors::http::Settings::with_loopback()).unwrap();
        let sources = Sources { registry: registry.clone(), secrets: secrets.clone(), http, url: address.clone() };
        let admin = Admin::new(registry.clone(), secrets.clone(), admin_key.clone());
        let router = admin.router().merge(ingest.router()).merge(sources.router(admin_key));
        let stop = shutdown.clone().cancelled_owned();
        tasks.spawn(async move { axum::serve(listener, router).with_graceful_shutdown(stop).await.unwrap() });
        let folder = self.folder;
        Hub { log, registry, secrets, address, client: client(), shutdown, tasks, folder }
    }
}

/// The HTTP client of the hub installs the TLS provider that this one needs too.
pub fn client() -> reqwest::Client {
    drop(HttpClient::new(&lianbo_connectors::http::Settings::with_loopback()).unwrap());
    reqwest::Client::builder().timeout(PATIENCE).build().unwrap()
}

pub struct Answer {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Answer {
    pub async fn of(request: reqwest::RequestBuilder) -> Self {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body = response.bytes().await.unwrap();
        Self { status, headers, body: serde_json::from_slice(&body).unwrap_or(Value::Null) }
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The answer is a problem of this status and complete as RFC 9457 asks; returns its detail.
    pub fn problem(&self, status: u16) -> String {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        assert_eq!(self.body["status"], status);
        for member in ["type", "title", "detail"] {
            assert!(self.body[member].as_str().is_some_and(|text| !text.is_empty()), "{member}: {}", self.body);
        }
        self.body["detail"].as_str().unwrap().to_owned()
    }
}

impl Hub {
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.address)
    }

    /// A request with the operator's key.
    pub async fn admin(&self, method: &str, path: &str, body: &Value) -> Answer {
        let request = self.client.request(method.parse().unwrap(), self.url(path)).bearer_auth(ADMIN);
        Answer::of(if body.is_null() { request } else { request.body(body.to_string()) }).await
    }

    /// Adds an outlet and returns a key of it.
    pub async fn outlet(&self, id: &str) -> String {
        let put = self.admin("PUT", &format!("/v1/outlets/{id}"), &json!({ "name": id })).await;
        assert_eq!(put.status, 201, "{}", put.body);
        let key = self.admin("POST", &format!("/v1/outlets/{id}/keys"), &Value::Null).await;
        assert_eq!(key.status, 201, "{}", key.body);
        key.body["key"].as_str().unwrap().to_owned()
    }

    pub fn submit(&self, outlet: &str, key: &str, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
        self.client.post(self.url(&format!("/v1/outlets/{outlet}/submissions"))).bearer_auth(key).body(body)
    }

    pub fn submit_with(&self, query: &str, key: &str, body: impl Into<reqwest::Body>) -> reqwest::RequestBuilder {
        self.client.post(self.url(&format!("/v1/outlets/cdrb/submissions?{query}"))).bearer_auth(key).body(body)
    }

    /// All that stands in a topic.
    pub async fn records(&self, topic: &str) -> Vec<Record> {
        records(self.log.as_ref(), topic).await
    }

    /// Stops everything and waits for it.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        while self.tasks.join_next().await.is_some() {}
    }
}

pub async fn records(log: &dyn Log, topic: &str) -> Vec<Record> {
    let Ok(bounds) = log.bounds(topic).await else { return Vec::new() };
    let wanted: i64 = bounds.values().map(|bounds| bounds.end - bounds.start).sum();
    let subscription = Subscription::Topics(vec![topic.to_owned()]);
    let mut reader = log.read(subscription, Start::Earliest, BTreeMap::new()).await.unwrap();
    let mut found = Vec::new();
    while (found.len() as i64) < wanted {
        let more = reader.next(PATIENCE).await.unwrap();
        assert!(!more.is_empty(), "{} of {wanted} records of {topic}", found.len());
        found.extend(more);
    }
    found
}

pub fn header_of(record: &Record, name: &str) -> Option<String> {
    let found = record.headers.iter().find(|(key, _)| key == name);
    found.map(|(_, value)| String::from_utf8(value.to_vec()).unwrap())
}
