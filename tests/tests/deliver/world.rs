//! A hub with partners, as far as delivering goes.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use lianbo_connectors::partner::PartnerConnector;
use lianbo_hub::deliver::{ArticleStore, ArticleStoreError, DeliverStatus, Deliverer, LaneStatus, Settings, run};
use lianbo_hub::log::{Log, NewRecord};
use lianbo_hub::registry::{Entry, Snapshot};
use lianbo_hub::stage::Clock;
use lianbo_schemas::ninjs::{Headline, NewsItem, PubStatus, Text};
use lianbo_schemas::registry::{Connector, Limits};
use lianbo_schemas::{
    Action, Article, ArticleUri, Content, DeadLetter, Delivery, ItemUri, OutletId, Partner, PartnerId, Receipt,
    ReceiptState, topic,
};
use lianbo_tests::all_of_it;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::log::MemoryLog;
use crate::pages::FakePages;
use crate::partner::FakePartner;

/// When every story begins.
pub(crate) fn morning() -> Timestamp {
    "2026-11-20T08:00:00+08:00".parse().unwrap()
}

/// A `deliveries` record in the making.
pub(crate) struct Want {
    pub(crate) delivery: Delivery,
}

pub(crate) fn uri(name: &str) -> ArticleUri {
    ArticleUri::new(format!("tag:hub.example,2026:article:{name}")).unwrap()
}

pub(crate) fn hold(article: &str, version: u32) -> Want {
    Want {
        delivery: Delivery {
            article: uri(article),
            version,
            action: Action::Hold,
            not_before: None,
            terms: Some(all_of_it("来源：成都日报")),
            redelivery: None,
            status: None,
            note: None,
            decided: morning(),
        },
    }
}

pub(crate) fn withdraw(article: &str, version: u32) -> Want {
    let mut want = hold(article, version);
    want.delivery.action = Action::Withdraw;
    want.delivery.status = Some(PubStatus::Canceled);
    want.delivery.terms = None;
    want
}

impl Want {
    pub(crate) fn again(mut self, redelivery: &str) -> Self {
        self.delivery.redelivery = Some(redelivery.to_owned());
        self
    }

    pub(crate) fn not_before(mut self, at: Timestamp) -> Self {
        self.delivery.not_before = Some(at);
        self
    }

    pub(crate) fn content(mut self, content: Content) -> Self {
        self.delivery.terms.as_mut().unwrap().content = content;
        self
    }
}

#[derive(Default)]
struct Articles(Mutex<BTreeMap<ArticleUri, Arc<Article>>>);

#[async_trait]
impl ArticleStore for Articles {
    async fn article(&self, uri: &ArticleUri) -> Result<Option<Arc<Article>>, ArticleStoreError> {
        Ok(self.0.lock().unwrap().get(uri).cloned())
    }
}

pub(crate) struct World {
    pub(crate) log: MemoryLog,
    /// The log that is used: `log`, unless the story is about a real one.
    pub(crate) engine: Arc<dyn Log>,
    pub(crate) settings: Settings,
    pub(crate) ledger: PathBuf,
    /// What readers of the partners see.
    pub(crate) pages: FakePages,
    /// When the story began, in the runtime's own time.
    pub(crate) began: Instant,
    folder: tempfile::TempDir,
    articles: Arc<Articles>,
    partners: BTreeMap<PartnerId, FakePartner>,
    registry: Arc<Mutex<Arc<Snapshot>>>,
    changes: watch::Sender<u64>,
    status: DeliverStatus,
    running: Option<(CancellationToken, JoinHandle<()>)>,
}

impl World {
    pub(crate) fn new(partners: &[&str]) -> Self {
        let topics: Vec<String> = partners.iter().map(|id| format!("deliveries.{id}")).collect();
        let mut names: Vec<&str> = topics.iter().map(String::as_str).collect();
        names.extend([topic::RECEIPTS, topic::TAKEDOWNS, topic::DEAD]);
        let folder = tempfile::tempdir().unwrap();
        let log = MemoryLog::new(&names);
        let mut world = Self {
            engine: Arc::new(log.clone()),
            log,
            settings: Settings::default(),
            ledger: folder.path().join("ledger.db"),
            pages: FakePages::default(),
            began: Instant::now(),
            folder,
            articles: Arc::new(Articles::default()),
            partners: BTreeMap::new(),
            registry: Arc::new(Mutex::new(Arc::new(Snapshot::default()))),
            changes: watch::Sender::new(0),
            status: DeliverStatus::new(),
            running: None,
        };
        for id in partners {
            world.partners.insert(PartnerId::new(id).unwrap(), FakePartner::new());
            world.register(id, |_| {});
        }
        world
    }

    /// Puts a partner's entry into the registry, and tells.
    pub(crate) fn register(&self, id: &str, change: impl FnOnce(&mut Partner)) {
        let id = PartnerId::new(id).unwrap();
        let mut registry = self.registry.lock().unwrap();
        let before = registry.partners.get(&id).map(|partner| (**partner).clone());
        let mut partner = before.unwrap_or_else(|| Partner {
            id: id.clone(),
            name: id.to_string(),
            channels: Vec::new(),
            connector: Connector {
                kind: "fake".to_owned(),
                url: "http://partner.example".to_owned(),
                user: None,
                secret: None,
                options: BTreeMap::new(),
            },
            outlet: None,
            limits: Limits::default(),
            template: None,
            paused: false,
        });
        change(&mut partner);
        let mut snapshot = (**registry).clone();
        snapshot.put(Entry::Partner(partner));
        *registry = Arc::new(snapshot);
        drop(registry);
        self.touch();
    }

    /// Something changed that may concern partners, e.g. a secret.
    pub(crate) fn touch(&self) {
        self.changes.send_modify(|tick| *tick += 1);
    }

    pub(crate) fn partner(&self, id: &str) -> FakePartner {
        self.partners.get(&PartnerId::new(id).unwrap()).unwrap().clone()
    }

    /// The article is now at this version, in every node's view.
    pub(crate) fn publish(&self, article: &str, version: u32) {
        self.publish_with(article, version, |_| {});
    }

    pub(crate) fn publish_with(&self, article: &str, version: u32, change: impl FnOnce(&mut Article)) {
        let uri = uri(article);
        let mut news = NewsItem::new(uri.as_str());
        news.headlines = vec![Headline::main(format!("标题 {article}"))];
        news.bodies = vec![Text::new("main", "text/html", format!("<p>正文 {article} {version}</p>"))];
        let mut made = Article {
            uri: uri.clone(),
            version,
            outlet: OutletId::new("cdrb").unwrap(),
            original: ItemUri::new(format!("tag:hub.example,2026:item:cdrb:{article}")).unwrap(),
            first_seen: morning(),
            news,
            sightings: Vec::new(),
            links: Vec::new(),
        };
        change(&mut made);
        self.articles.0.lock().unwrap().insert(uri, Arc::new(made));
    }

    pub(crate) fn cancel(&self, article: &str, version: u32) {
        self.publish_with(article, version, |article| {
            article.news.pub_status = PubStatus::Canceled;
            article.news.ed_note = Some("更正：撤稿".to_owned());
        });
    }

    /// Decides what a partner should hold.
    pub(crate) async fn want(&self, partner: &str, wants: impl IntoIterator<Item = Want>) {
        let record = |want: Want| NewRecord {
            topic: format!("deliveries.{partner}"),
            key: Some(Bytes::from(want.delivery.article.to_string())),
            headers: Vec::new(),
            value: Some(Bytes::from(serde_json::to_vec(&want.delivery).unwrap())),
        };
        self.engine.append(wants.into_iter().map(record).collect()).await.unwrap();
    }

    pub(crate) fn clock(&self) -> Clock {
        let began = self.began;
        Arc::new(move || morning() + SignedDuration::try_from(began.elapsed()).unwrap())
    }

    pub(crate) fn start(&mut self) {
        assert!(self.running.is_none());
        self.running = Some(self.start_node(self.ledger.clone(), self.status.clone()));
    }

    /// Another node of the same hub, with a ledger of its own.
    pub(crate) fn start_node(&self, ledger: PathBuf, status: DeliverStatus) -> (CancellationToken, JoinHandle<()>) {
        let (partners, registry) = (self.partners.clone(), Arc::clone(&self.registry));
        let deliverer = Deliverer {
            log: Arc::clone(&self.engine),
            clock: self.clock(),
            articles: self.articles.clone(),
            connectors: Arc::new(move |partner| match partners.get(&partner.id) {
                Some(fake) => Ok(Arc::new(fake.clone()) as Arc<dyn PartnerConnector>),
                None => Err("no such fake".to_owned()),
            }),
            pages: Arc::new(self.pages.clone()),
            registry: Arc::new(move || registry.lock().unwrap().clone()),
            changes: self.changes.subscribe(),
            ledger,
            settings: self.settings.clone(),
            status,
        };
        let shutdown = CancellationToken::new();
        (shutdown.clone(), tokio::spawn(run(deliverer, shutdown)))
    }

    /// As at an orderly end.
    pub(crate) async fn stop(&mut self) {
        let (shutdown, task) = self.running.take().unwrap();
        shutdown.cancel();
        task.await.unwrap();
    }

    /// As at a power cut: nothing in flight is heard of again.
    pub(crate) async fn crash(&mut self) {
        let (_, task) = self.running.take().unwrap();
        task.abort();
        assert!(task.await.unwrap_err().is_cancelled());
    }

    /// The next start finds no ledger.
    pub(crate) fn lose_ledger(&mut self) {
        self.ledger = self.folder.path().join(format!("ledger-{}.db", self.began.elapsed().as_nanos()));
    }

    pub(crate) fn lane(&self, partner: &str) -> Option<LaneStatus> {
        self.status.lane(&PartnerId::new(partner).unwrap())
    }

    pub(crate) fn receipts(&self) -> Vec<Receipt> {
        let records = self.log.records(topic::RECEIPTS).into_iter();
        records.map(|record| serde_json::from_slice(&record.value.unwrap()).unwrap()).collect()
    }

    pub(crate) fn letters(&self) -> Vec<DeadLetter> {
        let records = self.log.records(topic::DEAD).into_iter();
        records.map(|record| serde_json::from_slice(&record.value.unwrap()).unwrap()).collect()
    }

    /// Receipts of one state.
    pub(crate) fn count(&self, is: impl Fn(&ReceiptState) -> bool) -> usize {
        self.receipts().iter().filter(|receipt| is(&receipt.state)).count()
    }

    /// Waits until it is so: a day of turned time at most, five minutes of real time.
    pub(crate) async fn until(&self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let (begun, really) = (Instant::now(), std::time::Instant::now());
        while !is_so(self) {
            let waited = begun.elapsed();
            assert!(really.elapsed() < Duration::from_secs(300), "not within five minutes: {what}");
            assert!(waited < Duration::from_secs(86_400), "never: {what}; lanes {:?}", self.status.lanes());
            tokio::time::sleep((waited / 100).clamp(Duration::from_millis(10), Duration::from_secs(10))).await;
        }
    }

    /// Waits until a lane has nothing left to do.
    pub(crate) async fn settled(&self, partner: &str) {
        let ends = self.log.records(&format!("deliveries.{partner}")).len();
        assert!(ends > 0, "nothing was decided");
        self.until("settled", |world| {
            let lane = world.lane(partner);
            lane.is_some_and(|lane| lane.backlog == 0 && lane.in_flight == 0) && world.answered(partner)
        })
        .await;
    }

    /// Whether the newest receipt of each article answers the newest decision on it.
    fn answered(&self, partner: &str) -> bool {
        let mut wanted = BTreeMap::new();
        for record in self.log.records(&format!("deliveries.{partner}")) {
            let Ok(delivery) = serde_json::from_slice::<Delivery>(&record.value.unwrap()) else { continue };
            wanted.insert(delivery.article.clone(), (delivery.version, delivery.redelivery));
        }
        let mut answered = BTreeMap::new();
        for receipt in self.receipts().into_iter().filter(|receipt| receipt.partner.as_str() == partner) {
            answered.insert(receipt.article.clone(), (receipt.version, receipt.redelivery));
        }
        wanted.iter().all(|(article, what)| answered.get(article) == Some(what))
    }
}
