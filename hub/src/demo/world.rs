//! What the demo runs: the hub in this process, two receiving sites in theirs.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use tokio::process::{Child, Command};
use tokio::time::Instant;

use super::alliance::{APP, Keys, PORTAL, found};
use super::disguise::Parcel;
use super::{DemoArguments, Language};
use crate::cli::{CliError, Hub, Output};
use crate::secrets::Secret;
use crate::serve::Running;
use crate::settings::Settings;

/// How long any one thing in the demo may take before it says what it waits for and gives up.
const PATIENCE: Duration = Duration::from_secs(60);
const STEP: Duration = Duration::from_millis(25);

/// The running demo.
pub(super) struct World {
    pub(super) hub: Hub,
    running: Running,
    data: PathBuf,
    keep_data: bool,
    keys: Keys,
    pub(super) portal: Site,
    pub(super) app: Site,
    pub(super) language: Language,
    pub(super) output: Output,
}

/// A receiving site.
pub(super) struct Site {
    pub(super) url: String,
    name: &'static str,
    address: SocketAddr,
    secret: String,
    process: Option<Child>,
}

impl World {
    /// Starts everything and writes the alliance into the registry.
    pub(super) async fn start(arguments: DemoArguments, output: Output) -> Result<Self, CliError> {
        let keep_data = arguments.data.is_some();
        let data =
            arguments.data.unwrap_or_else(|| std::env::temp_dir().join(format!("lianbo-demo-{}", std::process::id())));
        let mut settings = Settings::defaults(&data)?;
        settings.server.listen = arguments.listen;
        // The demo's sites are on this machine.
        settings.http.allow = lianbo_connectors::http::Network::loopback().to_vec();
        settings.server.open_console = true;
        // They have no caches either, and whoever watches does not wait for five minutes.
        settings.deliver.takedown_settle_seconds = 1;
        let running = match start(settings).await {
            Ok(started) => started,
            Err(error) => {
                remove(&data, keep_data).await;
                return Err(error);
            }
        };
        let (running, admin_key) = running;
        let hub = Hub::at(running.url(), Some(admin_key));
        let secret = format!("whsec_{}", data_encoding::BASE64.encode(&rand::random::<[u8; 24]>()));
        let mut portal = Site::new("天府门户 Tianfu Portal", &secret)?;
        let mut app = Site::new("西部客户端 West App", &secret)?;
        portal.start().await?;
        app.start().await?;
        let keys = found(&hub, &portal.url, &app.url, &secret).await?;
        Ok(Self { hub, running, data, keep_data, keys, portal, app, language: arguments.language, output })
    }

    /// Says one sentence of the story, in the language asked for.
    pub(super) fn say(&self, english: impl AsRef<str>, chinese: impl AsRef<str>) {
        self.output.line(if self.language == Language::Zh { chinese.as_ref() } else { english.as_ref() });
    }

    /// Posts a parcel as an outlet and waits for the verdict: the status document.
    pub(super) async fn post(&self, outlet: &str, parcel: Parcel, url: &str) -> Result<Value, CliError> {
        let path = format!("/v1/outlets/{outlet}/submissions");
        let request = self.hub.request_as(self.keys.get(outlet), reqwest::Method::POST, &path);
        let mut request = request.header("content-type", parcel.media_type).body(parcel.bytes);
        if !url.is_empty() {
            request = request.header("content-location", url);
        }
        let accepted: Value = self.hub.read(request).await?;
        let path = format!("/v1/submissions/{}", accepted["submission"].as_str().unwrap_or_default());
        self.until("the hub to judge a submission", async || {
            let status: Value = self.hub.get(&path).await.ok()?;
            (status["pending"] == false).then_some(status)
        })
        .await
    }

    /// Waits until `probe` finds what it looks for.
    pub(super) async fn until<T>(&self, what: &str, mut probe: impl AsyncFnMut() -> Option<T>) -> Result<T, CliError> {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = probe().await {
                return Ok(found);
            }
            if Instant::now() > end {
                return Err(CliError::Failed(format!("waited {} s in vain for {what}", PATIENCE.as_secs())));
            }
            tokio::time::sleep(STEP).await;
        }
    }

    /// Stops everything; a folder of the demo's own is removed.
    pub(super) async fn stop(mut self) {
        self.portal.stop().await;
        self.app.stop().await;
        self.running.stop().await;
        remove(&self.data, self.keep_data).await;
    }

    /// Which partner ids the two sites have.
    pub(super) fn partners() -> [&'static str; 2] {
        [PORTAL, APP]
    }
}

/// Starts the hub of the demo; the port is the one thing that often fails.
async fn start(settings: Settings) -> Result<(Running, Secret), CliError> {
    let address = settings.server.listen;
    if let Err(cause) = TcpListener::bind(address) {
        return Err(CliError::Failed(format!(
            "cannot listen on {address}: {cause}; is another hub or demo running? `--listen 127.0.0.1:0` takes a free port"
        )));
    }
    let admin_key = settings.make_admin_key()?;
    Ok((Running::start(settings).await?, admin_key))
}

async fn remove(data: &Path, keep: bool) {
    if !keep
        && let Err(error) = tokio::fs::remove_dir_all(data).await
        && error.kind() != std::io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "cannot remove the demo's data");
    }
}

impl Site {
    fn new(name: &'static str, secret: &str) -> Result<Self, CliError> {
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let address = free.map_err(|cause| CliError::File { file: "a free port".to_owned(), cause })?;
        Ok(Self { url: format!("http://{address}"), name, address, secret: secret.to_owned(), process: None })
    }

    /// Starts the site's process and waits until it answers.
    pub(super) async fn start(&mut self) -> Result<(), CliError> {
        let program =
            std::env::current_exe().map_err(|cause| CliError::File { file: "this program".to_owned(), cause })?;
        let child = Command::new(program)
            .args(["demo-site", "--name", self.name, "--listen", &self.address.to_string()])
            .env("LIANBO_SITE_SECRET", &self.secret)
            .stdin(Stdio::piped())
            .kill_on_drop(true)
            .spawn();
        self.process = Some(child.map_err(|cause| CliError::File { file: "the demo's site".to_owned(), cause })?);
        let end = Instant::now() + PATIENCE;
        while tokio::net::TcpStream::connect(self.address).await.is_err() && Instant::now() < end {
            tokio::time::sleep(STEP).await;
        }
        Ok(())
    }

    /// Kills the site's process.
    pub(super) async fn stop(&mut self) {
        if let Some(mut process) = self.process.take()
            && let Err(error) = process.kill().await
        {
            tracing::warn!(%error, "cannot stop the demo's site");
        }
    }

    /// The posts it shows; none when it does not answer.
    pub(super) async fn posts(&self) -> Vec<Value> {
        let site = Hub::at(&self.url, None);
        let answer: Value = site.get("/posts.json").await.unwrap_or_default();
        answer["posts"].as_array().cloned().unwrap_or_default()
    }
}
