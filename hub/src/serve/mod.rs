//! How the roles of one process are put together: log, registry and view first, then the stages, then the doors.
//!
//! # Layout
//! [`Running`] is a running process; `adapters` let one part be seen by another as the trait it asks for; `doors` is
//! the HTTP server; `channels` keeps the view's channels in step with the registry, `connectors` makes the partners'
//! connectors; `check` tries everything.

mod adapters;
mod channels;
mod check;
mod connectors;
mod doors;
mod login;
mod reference;

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::Duration;

use lianbo_connectors::http::HttpClient;
use lianbo_connectors::media::Media;
use lianbo_connectors::media::store::{Store, StoreError};
use lianbo_connectors::partner::Outside;
use lianbo_connectors::source::cms::{self, Cms};
use lianbo_schemas::{Source, topic};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

pub use check::check;

use crate::cli::Output;
use crate::dedup::DedupStatus;
use crate::deliver::{ConnectorFactory, DeliverStatus, Deliverer};
use crate::log::{Log, LogError, Retention, TopicSpec};
use crate::pull::CmsFactory;
use crate::registry::{Checks, Registry};
use crate::secrets::Secrets;
use crate::settings::{Role, Settings, SettingsError};
use crate::stage::{self, Clock, Stage, machine_clock};
use crate::view::{View, ViewError};

/// Why the hub does not start, or had to stop.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The settings.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The log.
    #[error("the log cannot be opened: {0}; `lianbo check` tells more")]
    Log(#[from] LogError),
    /// The view.
    #[error("the view cannot be opened: {0}; it is disposable: remove `view.db` in the data folder and start again")]
    View(#[from] ViewError),
    /// A section of the settings.
    #[error("the settings are not usable: {0}")]
    Section(String),
    /// The port.
    #[error("cannot listen on {address}: {cause}; set `server.listen` to a free address")]
    Listen {
        /// Where.
        address: std::net::SocketAddr,
        /// Why.
        cause: std::io::Error,
    },
}

/// A running process of the hub.
pub struct Running {
    url: String,
    shutdown: CancellationToken,
    tasks: JoinSet<()>,
    view: Arc<View>,
}

/// What every role is handed.
struct Parts {
    settings: Settings,
    log: Arc<dyn Log>,
    registry: Registry,
    view: Arc<View>,
    http: HttpClient,
    media: Media,
    secrets: Secrets,
    connectors: ConnectorFactory,
    clock: Clock,
    status: DeliverStatus,
    dedup: DedupStatus,
}

/// How long tasks get to end at shutdown before the process ends without them: longer than the deliverer's own grace.
const GRACE: Duration = Duration::from_secs(15);
/// How long a log that does not answer is waited for at the start: a broker that restarts takes a minute, and a process
/// that was stopped for a while with the embedded log's file in its hand gives it back when it goes on.
const LOG_PATIENCE: Duration = Duration::from_secs(300);
/// How long it is then left alone between two tries.
const LOG_PAUSE: Duration = Duration::from_secs(1);
const DEAD_KEPT: Duration = Duration::from_secs(365 * 86_400);
const NORMALISED_KEPT: Duration = Duration::from_secs(7 * 86_400);

impl Running {
    /// Starts everything the settings ask for, and returns when it answers.
    pub async fn start(settings: Settings) -> Result<Self, ServeError> {
        let address = settings.server.listen;
        let listener = TcpListener::bind(address).await.map_err(|cause| ServeError::Listen { address, cause })?;
        let bound = listener.local_addr().map_err(|cause| ServeError::Listen { address, cause })?;
        let mut settings = settings;
        settings.server.listen = bound;
        let admin_key = settings.make_admin_key()?;

        let shutdown = CancellationToken::new();
        let mut tasks = JoinSet::new();
        let parts = Parts::open(settings, &shutdown, &mut tasks).await?;
        parts.start_roles(&shutdown, &mut tasks);
        let router = doors::router(&parts, &admin_key)?;
        let stop = shutdown.clone();
        tasks.spawn(async move {
            if let Err(error) = axum::serve(listener, router).with_graceful_shutdown(stop.cancelled_owned()).await {
                tracing::error!(%error, "the HTTP server has stopped");
            }
        });
        Ok(Self { url: parts.settings.server.local_url(), shutdown, tasks, view: parts.view })
    }

    /// Where it answers.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops everything: work in hand reaches a safe state first.
    pub async fn stop(mut self) {
        self.shutdown.cancel();
        let joined = tokio::time::timeout(GRACE, async { while self.tasks.join_next().await.is_some() {} }).await;
        if joined.is_err() {
            tracing::warn!(
                grace_seconds = GRACE.as_secs(),
                "some tasks did not end in time; the log has all that counts"
            );
            self.tasks.shutdown().await;
        }
        self.view.close().await;
    }
}

impl Parts {
    async fn open(
        settings: Settings,
        shutdown: &CancellationToken,
        tasks: &mut JoinSet<()>,
    ) -> Result<Self, ServeError> {
        let log = open_log(&settings).await?;
        let checks = Checks {
            rule: adapters::check_rule,
            connector: adapters::check_connector,
            template: adapters::check_template,
        };
        let (registry, following) = Registry::start(log.clone(), checks, settings.registry.clone(), shutdown.clone());
        tasks.spawn(following);
        registry.ready().await;
        let clock = machine_clock();
        let (selector, keeper) = channels::keep(registry.clone(), clock.clone());
        let view = View::open(settings.view.path(&settings.data), selector, clock.clone(), &settings.view).await?;
        tasks.spawn(crate::view::run(view.clone(), log.clone(), clock.clone(), shutdown.clone()));
        tasks.spawn(keeper.run(view.clone(), shutdown.clone()));
        let http = HttpClient::new(&settings.http).map_err(|error| ServeError::Section(error.to_string()))?;
        let store = media_store(&settings).map_err(|error| ServeError::Section(error.to_string()))?;
        let media = Media::new(http.clone(), store, settings.media.clone());
        let secrets = Secrets::new(settings.secrets.clone(), settings.data.join("secrets"));
        let outside = Outside { http: http.clone(), media: media.clone() };
        let connectors = connectors::connectors(secrets.clone(), outside, settings.server.url());
        let (status, dedup) = (DeliverStatus::default(), DedupStatus::default());
        Ok(Self { settings, log, registry, view, http, media, secrets, connectors, clock, status, dedup })
    }

    fn start_roles(&self, shutdown: &CancellationToken, tasks: &mut JoinSet<()>) {
        let authority = self.settings.authority.clone();
        if self.settings.has(Role::Pull) {
            let parts = crate::pull::Parts {
                log: self.log.clone(),
                registry: self.registry.clone(),
                fetch: Arc::new(self.http.clone()),
                cms: cms(self.secrets.clone(), self.http.clone()),
                clock: self.clock.clone(),
                data_dir: self.settings.data.clone(),
            };
            tasks.spawn(crate::pull::run(parts, self.settings.pull.clone(), shutdown.clone()));
        }
        let mut stages: Vec<Box<dyn Stage>> = Vec::new();
        if self.settings.has(Role::Normalise) {
            stages.push(Box::new(crate::normalise::stage::NormaliseStage::new(
                authority.clone(),
                self.snapshots(),
                &self.settings.normalise_within_the_log(),
            )));
        }
        if self.settings.has(Role::Dedup) {
            let dedup = crate::dedup::DedupStage::new(authority, self.settings.dedup.clone(), self.snapshots());
            stages.push(Box::new(dedup.keeping(&self.settings.data).reporting(self.dedup.clone())));
        }
        if self.settings.has(Role::Route) {
            let articles = Arc::new(adapters::Bodies(self.view.clone()));
            let file = self.settings.data.join("holdings.db");
            stages.push(Box::new(crate::route::RouteStage::new(self.snapshots(), articles, file)));
        }
        for stage in stages {
            tasks.spawn(stage::run(stage, self.log.clone(), self.clock.clone(), shutdown.clone()));
        }
        if self.settings.has(Role::Deliver) {
            tasks.spawn(crate::deliver::run(self.deliverer(), shutdown.clone()));
            tasks.spawn(sweep(self.media.clone(), shutdown.clone()));
        }
    }

    fn deliverer(&self) -> Deliverer {
        Deliverer {
            log: self.log.clone(),
            clock: self.clock.clone(),
            articles: Arc::new(adapters::Bodies(self.view.clone())),
            connectors: self.connectors.clone(),
            pages: Arc::new(self.http.clone()),
            registry: self.snapshots(),
            changes: self.registry.changes(),
            ledger: self.settings.data.join("ledger.db"),
            settings: self.settings.deliver.clone(),
            status: self.status.clone(),
        }
    }

    fn snapshots(&self) -> Arc<dyn Fn() -> Arc<crate::registry::Snapshot> + Send + Sync> {
        let registry = self.registry.clone();
        Arc::new(move || registry.snapshot())
    }
}

/// Opens the log, with the topics that every hub has; waits for one that does not answer.
async fn open_log(settings: &Settings) -> Result<Arc<dyn Log>, LogError> {
    let started = Instant::now();
    loop {
        let opened = match adapters::open_log(settings).await {
            Ok(log) => log.ensure(&topics()).await.map(|()| log),
            Err(error) => Err(error),
        };
        match opened {
            Err(LogError::Unavailable(cause)) if started.elapsed() < LOG_PATIENCE => {
                tracing::warn!(cause, "the log does not answer, the hub starts as soon as it does");
                tokio::time::sleep(LOG_PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

/// Where pictures are kept: as the settings say, else in the data folder.
fn media_store(settings: &Settings) -> Result<Store, StoreError> {
    match settings.media.store.as_str() {
        "" => Store::in_folder(&settings.data.join("media")),
        named => Store::open(named),
    }
}

/// Drops pictures that are kept no longer, once a day.
async fn sweep(media: Media, shutdown: CancellationToken) {
    let mut days = tokio::time::interval(Duration::from_secs(86_400));
    loop {
        tokio::select! {
            () = shutdown.cancelled() => return,
            _ = days.tick() => {}
        }
        match media.sweep().await {
            Ok(0) => {}
            Ok(dropped) => tracing::info!(dropped, "pictures that nobody has asked for lately are dropped"),
            Err(error) => tracing::warn!(%error, "old pictures cannot be dropped; it is tried again tomorrow"),
        }
    }
}

/// Opens an outlet's CMS, with its secret.
fn cms(secrets: Secrets, http: HttpClient) -> CmsFactory {
    Arc::new(move |source: &Source| {
        let secret =
            source.secret().map(|name| secrets.resolve(name)).transpose().map_err(|error| error.to_string())?;
        let secret = secret.map(|secret| secret.expose().to_owned());
        let opened = cms::open(source, secret, http.clone()).map_err(|error| error.to_string())?;
        opened.map(Arc::<dyn Cms>::from).ok_or_else(|| format!("`{}` is a feed and has no API", source.url()))
    })
}

/// The topics every hub has. Outlets and partners get theirs when they are registered.
fn topics() -> Vec<TopicSpec> {
    let kept = BTreeMap::from([
        (topic::NORMALISED, Retention::For(NORMALISED_KEPT)),
        (topic::ARTICLES, Retention::Forever),
        (topic::FINGERPRINTS, Retention::Compacted),
        (topic::RECEIPTS, Retention::Compacted),
        (topic::TAKEDOWNS, Retention::Compacted),
        (topic::REGISTRY, Retention::Compacted),
        (topic::DEAD, Retention::For(DEAD_KEPT)),
    ]);
    kept.into_iter().map(|(name, retention)| TopicSpec { name: name.to_owned(), partitions: 1, retention }).collect()
}

/// `lianbo serve`: runs until Ctrl-C or SIGTERM.
pub async fn serve(settings: Settings, output: &Output) -> Result<(), ServeError> {
    tracing_subscriber::fmt()
        .with_ansi(std::io::stderr().is_terminal())
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_unset| "info".into()))
        .with_writer(std::io::stderr)
        // Else a line that cannot be written is complained about on the same stderr, in a way that panics: with its
        // output on the disk that is full, the hub would die of it.
        .log_internal_errors(false)
        .init();
    let data = settings.data.display().to_string();
    let running = Running::start(settings).await?;
    if !output.json(&serde_json::json!({"url": running.url(), "data": data})) {
        let url = running.url();
        output.line(format!("Lianbo is up: {url} (status page; operators log in at {url}/login)."));
        output.line(format!("Its data and the operators' key, `admin.key`, are in `{data}`."));
        output.line(
            "Next: `lianbo outlet add --help`, or `lianbo demo` to see a whole alliance at work. Ctrl-C stops it.",
        );
    }
    until_told_to_stop().await;
    output.line("Stopping: work in hand reaches a safe state first.");
    running.stop().await;
    Ok(())
}

/// Waits for Ctrl-C or SIGTERM.
pub(crate) async fn until_told_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    if let Err(error) = interrupted.await {
        tracing::error!(%error, "cannot wait for Ctrl-C");
    }
}
