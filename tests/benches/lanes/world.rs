//! Lanes and nothing else: deliveries are appended to a real embedded log, bodies come out of memory, partners are
//! reached through the real webhook connector.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use lianbo_connectors::http::{HttpClient, Network, Settings as HttpSettings};
use lianbo_connectors::partner::{PartnerConnector, open};
use lianbo_hub::deliver::{ArticleStore, ArticleStoreError, DeliverStatus, Deliverer, Settings, run};
use lianbo_hub::log::embedded::{EmbeddedLog, Settings as LogSettings};
use lianbo_hub::log::{Log, NewRecord, Retention, TopicSpec};
use lianbo_hub::registry::{Entry, Snapshot};
use lianbo_schemas::ninjs::{Headline, NewsItem, Text};
use lianbo_schemas::registry::{Connector, Limits};
use lianbo_schemas::{Article, ArticleUri, ItemUri, OutletId, Partner, PartnerId, SecretName, topic};
use lianbo_tests::corpus::article;
use lianbo_tests::wanted;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

const SECRET: &str = "whsec_c2VjcmV0LW9mLXRoZS1zaXRlcy1pbi10aGUtc3Rvcmllcw==";

/// Every article there could be: one text under whatever uri is asked for.
struct Bodies(String);

#[async_trait]
impl ArticleStore for Bodies {
    async fn article(&self, uri: &ArticleUri) -> Result<Option<Arc<Article>>, ArticleStoreError> {
        let mut news = NewsItem::new(uri.as_str());
        news.headlines = vec![Headline::main(uri.short())];
        news.bodies = vec![Text::new("main", "text/html", self.0.clone())];
        Ok(Some(Arc::new(Article {
            uri: uri.clone(),
            version: 1,
            outlet: OutletId::new("bench").expect("an id"),
            original: ItemUri::new("tag:bench.example,2026:item:bench:1").expect("a uri"),
            first_seen: Timestamp::UNIX_EPOCH,
            news,
            sightings: Vec::new(),
            links: Vec::new(),
        })))
    }
}

/// A log with partners.
pub(crate) struct World {
    log: Arc<dyn Log>,
    registry: Arc<Snapshot>,
    /// The hub's own: what measures it is not kept waiting by it.
    runtime: Option<Runtime>,
    running: Option<(CancellationToken, JoinHandle<()>)>,
    _changes: watch::Sender<u64>,
    changed: watch::Receiver<u64>,
    folder: TempDir,
}

impl World {
    /// Partners by name, each with its address and limits.
    pub(crate) async fn new(partners: Vec<(String, String, Limits)>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let log: Arc<dyn Log> = Arc::new(EmbeddedLog::open(folder.path(), LogSettings::default()).expect("a log"));
        let mut registry = Snapshot::default();
        let mut topics: Vec<String> = [topic::RECEIPTS, topic::TAKEDOWNS, topic::DEAD].map(str::to_owned).to_vec();
        for (id, url, limits) in partners {
            topics.push(format!("{}{id}", topic::DELIVERIES_PREFIX));
            registry.put(Entry::Partner(partner(&id, url, limits)));
        }
        let spec = |name: String| TopicSpec { name, partitions: 1, retention: Retention::Compacted };
        log.ensure(&topics.into_iter().map(spec).collect::<Vec<_>>()).await.expect("topics");
        let (changes, changed) = watch::channel(0);
        let runtime = Builder::new_multi_thread().enable_all().build().expect("a runtime");
        Self {
            log,
            registry: Arc::new(registry),
            runtime: Some(runtime),
            running: None,
            _changes: changes,
            changed,
            folder,
        }
    }

    /// Decides that a partner should hold these.
    pub(crate) async fn want(&self, partner: &str, articles: impl IntoIterator<Item = String>) {
        self.append(articles.into_iter().map(|name| wanted(partner, &name)).collect()).await;
    }

    /// Decides that each of these partners should hold all of these, article by article as `route` does: so the log and
    /// its readers get them in pieces of one size, however many partners there are.
    pub(crate) async fn want_all(&self, partners: &[String], articles: &[String]) {
        let mut records = Vec::with_capacity(partners.len() * articles.len());
        for article in articles {
            records.extend(partners.iter().map(|partner| wanted(partner, article)));
        }
        self.append(records).await;
    }

    async fn append(&self, records: Vec<NewRecord>) {
        for piece in records.chunks(1_000) {
            self.log.append(piece.to_vec()).await.expect("an append");
        }
    }

    /// Begins to deliver.
    pub(crate) fn start(&mut self) {
        let settings =
            HttpSettings { allow: Network::loopback().to_vec(), idle_per_host: 256, ..HttpSettings::default() };
        let http = HttpClient::new(&settings).expect("a client");
        let pages = Arc::new(http.clone());
        let registry = Arc::clone(&self.registry);
        let deliverer = Deliverer {
            log: Arc::clone(&self.log),
            clock: Arc::new(Timestamp::now),
            articles: Arc::new(Bodies(text())),
            connectors: Arc::new(move |partner| {
                let opened = open(&partner.connector, Some(SECRET.to_owned()), &http.clone().into(), None);
                opened.map(Arc::<dyn PartnerConnector>::from).map_err(|error| error.to_string())
            }),
            pages,
            registry: Arc::new(move || Arc::clone(&registry)),
            changes: self.changed.clone(),
            ledger: self.folder.path().join("ledger.db"),
            settings: Settings::default(),
            status: DeliverStatus::new(),
        };
        let shutdown = CancellationToken::new();
        let runtime = self.runtime.as_ref().expect("a runtime");
        self.running = Some((shutdown.clone(), runtime.spawn(run(deliverer, shutdown))));
    }

    /// Ends; what hangs is not waited for.
    pub(crate) async fn stop(mut self) {
        if let Some((shutdown, task)) = self.running.take() {
            shutdown.cancel();
            let ended = tokio::time::timeout(Duration::from_secs(10), task).await;
            assert!(ended.is_ok(), "delivering did not end");
        }
        self.runtime.take().expect("a runtime").shutdown_background();
    }
}

/// An article's body: 1,200 characters, the usual length.
pub(crate) fn text() -> String {
    article(1, 1_200).1.lines().map(|line| format!("<p>{line}</p>")).collect()
}

fn partner(id: &str, url: String, limits: Limits) -> Partner {
    let secret = Some(SecretName::new("sites").expect("a name"));
    Partner {
        id: PartnerId::new(id).expect("an id"),
        name: id.to_owned(),
        channels: Vec::new(),
        connector: Connector { kind: "webhook".to_owned(), url, user: None, secret, options: BTreeMap::new() },
        outlet: None,
        limits,
        template: None,
        paused: false,
    }
}
