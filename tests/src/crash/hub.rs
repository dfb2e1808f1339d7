//! The system under test: the hub in three processes, and more for a while, on a log they share.

use std::ffi::OsString;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lianbo_hub::cli::Hub;
use lianbo_hub::secrets::Secret;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::broker::Broker;
use super::options::{Log, Options};
use super::process::{Process, Recipe};
use super::receiver::Receiver;
use crate::until;

const KEY: &str = "lb_admin_of_the_crash_harness";
/// The member that publishes.
pub(super) const OUTLET: &str = "mianzhou";

/// A part of the hub, in a process of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// What outlets and readers speak to.
    Front,
    /// What judges and routes.
    Middle,
    /// What delivers.
    Back,
}

/// All of them.
pub(super) const PARTS: [Part; 3] = [Part::Front, Part::Middle, Part::Back];

impl Part {
    fn roles(self) -> &'static str {
        match self {
            Self::Front => "ingest,feed",
            Self::Middle => "normalise,dedup,route",
            Self::Back => "deliver",
        }
    }

    /// As faults are named.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Front => "front",
            Self::Middle => "middle",
            Self::Back => "back",
        }
    }
}

/// The hub's processes and all they stand on.
pub(super) struct System {
    /// The door.
    pub(super) hub: Arc<Hub>,
    /// One process each, in the order of [`PARTS`]; `None` while it is down.
    processes: [Option<Process>; 3],
    /// Processes beyond that, numbered.
    made: usize,
    pub(super) broker: Option<Broker>,
    folder: TempDir,
    options: Options,
}

impl System {
    /// Starts broker and processes.
    pub(super) async fn start(options: &Options) -> std::io::Result<Self> {
        let folder = tempfile::tempdir()?;
        std::fs::create_dir(folder.path().join("log"))?;
        let broker = match options.log {
            Log::Embedded => None,
            Log::Kafka => Some(Broker::start(&folder.path().join("kafka")).await?),
        };
        let hub = Arc::new(Hub::at("http://127.0.0.1:0", None));
        let mut system = Self { hub, processes: [None, None, None], made: 0, broker, folder, options: options.clone() };
        for part in PARTS {
            let process = system.another(part)?;
            if part == Part::Front {
                let url = format!("http://{}", process.recipe.listen);
                system.hub = Arc::new(Hub::at(&url, Some(Secret::new(KEY))));
            }
            system.put(part, process);
        }
        Ok(system)
    }

    /// One more process of a part.
    pub(super) fn another(&mut self, part: Part) -> std::io::Result<Process> {
        self.made += 1;
        let data = self.folder.path().join(format!("{}-{}", part.name(), self.made));
        std::fs::create_dir(&data)?;
        // One log for all processes; view and ledger are each one's own.
        std::os::unix::fs::symlink(self.folder.path().join("log"), data.join("log"))?;
        let listen = TcpListener::bind("127.0.0.1:0")?.local_addr()?.to_string();
        let (program, arguments) = self.options.program.clone();
        Process::start(Recipe {
            program,
            arguments,
            roles: part.roles(),
            listen,
            data,
            environment: self.environment(),
            output: self.output(),
        })
    }

    fn output(&self) -> PathBuf {
        self.options.output.clone().unwrap_or_else(|| self.folder.path().join("output"))
    }

    /// How much the hub has said so far.
    pub(super) fn said(&self) -> u64 {
        std::fs::metadata(self.output()).map_or(0, |file| file.len())
    }

    /// The last warnings and errors that the hub has said since, and what was said by others in its processes, as a C
    /// library does before it aborts.
    pub(super) fn complaints(&self, since: u64) -> Vec<String> {
        /// Lines shown.
        const MOST: usize = 40;
        let said = std::fs::read(self.output()).unwrap_or_default();
        let said = said.get(usize::try_from(since).unwrap_or(0)..).unwrap_or_default();
        let said = String::from_utf8_lossy(said);
        let is_complaint = |line: &&str| ![" INFO ", " DEBUG ", " TRACE "].iter().any(|word| line.contains(word));
        let complaints: Vec<String> = said.lines().filter(is_complaint).map(str::to_owned).collect();
        complaints[complaints.len().saturating_sub(MOST)..].to_vec()
    }

    fn environment(&self) -> Vec<(String, OsString)> {
        let mut pairs = vec![
            ("SERVER__ADMIN_KEY", KEY.to_owned()),
            ("HTTP__ALLOW", "127.0.0.0/8".to_owned()),
            ("SECRETS__SITES", "whsec_c2VjcmV0LW9mLXRoZS1zaXRlcy1pbi10aGUtc3Rvcmllcw==".to_owned()),
            // What is tested is what is kept, not how a member is slowed down.
            ("INGEST__PER_SECOND", "100000".to_owned()),
            ("INGEST__BURST", "100000".to_owned()),
            ("INGEST__IN_FLIGHT", "1024".to_owned()),
        ];
        if let Some(broker) = &self.broker {
            pairs.push(("LOG__ENGINE", "kafka".to_owned()));
            pairs.push(("LOG__KAFKA__BOOTSTRAP", broker.bootstrap.clone()));
            pairs.push(("LOG__KAFKA__SESSION_TIMEOUT_MS", "6000".to_owned()));
            pairs.push(("DELIVER__LEASE_MS", "4000".to_owned()));
        }
        let own = self.options.settings.iter().map(|(name, value)| (name.as_str(), value.clone()));
        pairs.into_iter().chain(own).map(|(name, value)| (format!("LIANBO__{name}"), value.into())).collect()
    }

    /// Stops all processes, and starts them with these settings beside the harness's own.
    pub(super) async fn restart_with(&mut self, settings: Vec<(String, String)>) -> std::io::Result<()> {
        self.options.settings = settings;
        for part in PARTS {
            let process = self.take(part).ok_or_else(|| missing(part))?;
            let recipe = process.stop().await?;
            self.put(part, Process::start(Recipe { environment: self.environment(), ..recipe })?);
        }
        Ok(())
    }

    /// The log itself, as an outlet's own producer has it.
    pub(super) fn log(&self) -> lianbo_hub::log::Result<Arc<dyn lianbo_hub::log::Log>> {
        let mut settings = lianbo_hub::log::Settings::default();
        if let Some(broker) = &self.broker {
            settings.engine = lianbo_hub::log::Engine::Kafka;
            settings.kafka.bootstrap.clone_from(&broker.bootstrap);
        }
        lianbo_hub::log::open(&settings, self.folder.path())
    }

    /// The operators' API of a part's process, if it is up.
    pub(super) fn operators(&self, part: Part) -> Option<Hub> {
        let listen = &self.process(part)?.recipe.listen;
        Some(Hub::at(&format!("http://{listen}"), Some(Secret::new(KEY))))
    }

    /// The process of a part, if it is up.
    pub(super) fn process(&self, part: Part) -> Option<&Process> {
        self.processes[part as usize].as_ref()
    }

    /// Takes the process of a part out.
    pub(super) fn take(&mut self, part: Part) -> Option<Process> {
        self.processes[part as usize].take()
    }

    /// Puts a process in.
    pub(super) fn put(&mut self, part: Part, process: Process) {
        self.processes[part as usize] = Some(process);
    }

    /// Where the time of all processes under a turned clock is read from.
    pub(super) fn clock_file(&self) -> PathBuf {
        self.folder.path().join("clock")
    }

    /// Processes that ended without being told to, and how.
    pub(super) fn ended(&mut self) -> Vec<String> {
        let ended = |part: &Part| match self.processes[*part as usize].as_mut() {
            None => Some(format!("the {} is not running", part.name())),
            Some(process) => process.ended().map(|how| format!("the {} has ended by itself: {how}", part.name())),
        };
        PARTS.iter().filter_map(ended).collect()
    }

    /// Registers the outlet, its channel and the partners.
    pub(super) async fn found(&self, receivers: &[Receiver]) {
        until("the hub", async || self.hub.get::<Value>("/v1/outlets").await.ok()).await;
        self.register("outlets", OUTLET, json!({"id": OUTLET, "name": "绵州日报"})).await;
        // No line of ours in the text: what partners show is then what was issued, to the byte.
        self.register("grants", "all", json!({"id": "all", "outlet": OUTLET, "channels": "all", "attribution": ""}))
            .await;
        self.register("channels", "city", json!({"id": "city", "title": "city", "rule": "true"})).await;
        for receiver in receivers {
            let connector = json!({"kind": "webhook", "url": receiver.url(), "secret": "sites"});
            let limits = json!({"window": WINDOW, "timeout_ms": 5000, "attempts": 1000});
            self.partner(&receiver.name, connector, limits).await;
        }
    }

    /// Registers a partner of the channel.
    pub(super) async fn partner(&self, id: &str, connector: Value, limits: Value) {
        let entry = json!({"id": id, "name": id, "channels": ["city"], "connector": connector, "limits": limits});
        self.register("partners", id, entry).await;
    }

    async fn register(&self, kind: &str, id: &str, document: Value) {
        let path = format!("/v1/{kind}/{id}");
        until("the registry", async || self.hub.send::<Value>(Method::PUT, &path, Some(&document)).await.ok()).await;
    }
}

/// A part that should be up and is not.
pub(super) fn missing(part: Part) -> std::io::Error {
    std::io::Error::other(format!("the {} is not running", part.name()))
}

/// Calls in flight for each partner.
pub(super) const WINDOW: usize = 8;

/// The library that turns a process's clock, where it is installed (Debian: `faketime`).
pub(super) fn clock_library() -> Option<PathBuf> {
    let folders = ["/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"];
    folders.iter().map(|folder| Path::new(folder).join("faketime/libfaketimeMT.so.1")).find(|path| path.exists())
}
