//! `lianbo check`: which settings are in force, and a try of every outside thing they and the registry name.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use lianbo_connectors::http::HttpClient;
use lianbo_connectors::source::Fetch;
use lianbo_connectors::source::cms::Cms;
use lianbo_schemas::{FeedSource, OutletId, Source};
use reqwest::header::HeaderMap;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::adapters::{check_connector, check_rule, check_template, open_log};
use super::connectors::connectors;
use super::{cms, media_store};
use crate::cli::Output;
use crate::log::Log;
use crate::registry::{Checks, Registry, Snapshot};
use crate::route::Rule;
use crate::secrets::Secrets;
use crate::settings::{Role, Settings};

/// How long one thing is tried.
const PATIENCE: Duration = Duration::from_secs(20);
/// The most bytes of a feed that are read to see that it answers.
const FEED_BYTES: usize = 20_000_000;

/// One thing that was tried.
#[derive(Debug, Serialize)]
struct Tried {
    what: String,
    fine: bool,
    /// One sentence: what was found, or what to do.
    found: String,
}

/// Prints what is in force and tries everything; fails when one thing fails.
pub async fn check(settings: Settings, output: &Output) -> ExitCode {
    let lines = in_force(&settings);
    let mut tried = vec![data_folder(&settings)];
    match open(&settings).await {
        Ok(log) => {
            tried.push(log_answers(&settings, log.as_ref()).await);
            tried.extend(registered(&settings, log).await);
        }
        Err(found) => tried.push(Tried { what: "log".to_owned(), fine: false, found }),
    }
    let fine = tried.iter().all(|one| one.fine);
    if !output.json(&serde_json::json!({"in_force": lines.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(), "tried": tried, "fine": fine})) {
        for (key, value) in &lines {
            output.line(format!("{key:<22} {}", if value.is_empty() { "-" } else { value }));
        }
        output.line("");
        for one in &tried {
            output.line(format!("{} {}: {}", if one.fine { "ok  " } else { "FAIL" }, one.what, one.found));
        }
        output.line(if fine { "\nEverything answers." } else { "\nSee to the lines that begin with FAIL." });
    }
    if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What an operator asks first. Everything else stands in `lianbo check --defaults`.
fn in_force(settings: &Settings) -> Vec<(&'static str, String)> {
    let roles: Vec<String> = settings.roles.iter().map(|role| format!("{role:?}").to_lowercase()).collect();
    let key =
        if settings.server.admin_key.is_empty() { "in admin.key of the data folder" } else { "from the settings" };
    let mut lines = vec![
        ("data", settings.data.display().to_string()),
        ("authority", settings.authority.clone()),
        ("roles", roles.join(", ")),
        ("server.listen", settings.server.listen.to_string()),
        ("server.public_url", settings.server.url()),
        ("server.admin_key", key.to_owned()),
        ("secrets", settings.secrets.keys().cloned().collect::<Vec<_>>().join(", ")),
    ];
    lines.extend(settings.log.in_force());
    lines
}

fn data_folder(settings: &Settings) -> Tried {
    let probe = settings.data.join(".check");
    let written = std::fs::create_dir_all(&settings.data)
        .and_then(|()| std::fs::write(&probe, b""))
        .and_then(|()| std::fs::remove_file(&probe));
    let what = format!("data folder `{}`", settings.data.display());
    match written {
        Ok(()) => Tried { what, fine: true, found: "can be written".to_owned() },
        Err(error) => {
            Tried { what, fine: false, found: format!("{error}; set `data` to a folder this user may write") }
        }
    }
}

async fn open(settings: &Settings) -> Result<Arc<dyn Log>, String> {
    let opened = tokio::time::timeout(PATIENCE, open_log(settings)).await;
    let opened = opened.map_err(|_late| format!("no answer within {} s", PATIENCE.as_secs()))?;
    opened.map_err(|error| error.to_string())
}

async fn log_answers(settings: &Settings, log: &dyn Log) -> Tried {
    let what = format!("log ({})", settings.log.engine());
    match tokio::time::timeout(PATIENCE, log.topics("")).await {
        Ok(Ok(topics)) => Tried { what, fine: true, found: format!("answers, {} topics", topics.len()) },
        Ok(Err(error)) => Tried { what, fine: false, found: error.to_string() },
        Err(_late) => Tried { what, fine: false, found: format!("no answer within {} s", PATIENCE.as_secs()) },
    }
}

/// Everything the registry names: rules, outlets' sources, partners.
async fn registered(settings: &Settings, log: Arc<dyn Log>) -> Vec<Tried> {
    let shutdown = CancellationToken::new();
    let checks = Checks { rule: check_rule, connector: check_connector, template: check_template };
    let (registry, following) = Registry::start(log, checks, settings.registry.clone(), shutdown.clone());
    let read = async {
        let ready = tokio::time::timeout(PATIENCE, registry.ready()).await.is_ok();
        shutdown.cancel();
        ready
    };
    let (ready, ()) = tokio::join!(read, following);
    if !ready {
        return vec![Tried {
            what: "registry".to_owned(),
            fine: false,
            found: "cannot be read from the log".to_owned(),
        }];
    }
    let snapshot = registry.snapshot();
    let counts = format!(
        "{} outlets, {} channels, {} partners, {} grants",
        snapshot.outlets.len(),
        snapshot.channels.len(),
        snapshot.partners.len(),
        snapshot.grants.len()
    );
    let mut tried = vec![Tried { what: "registry".to_owned(), fine: true, found: counts }];
    tried.extend(rules(&snapshot));
    tried.push(media_answers(settings).await);
    match HttpClient::new(&settings.http) {
        Ok(http) => {
            tried.extend(sources(settings, &snapshot, &http).await);
            tried.extend(partners(settings, &snapshot, http).await);
        }
        Err(error) => tried.push(Tried { what: "http".to_owned(), fine: false, found: error.to_string() }),
    }
    tried
}

async fn media_answers(settings: &Settings) -> Tried {
    let (what, fine) = ("media store".to_owned(), "takes and gives back".to_owned());
    let checked = match media_store(settings) {
        Ok(store) => store.check().await,
        Err(error) => Err(error),
    };
    let is_fine = checked.is_ok();
    Tried { what, fine: is_fine, found: checked.map_or_else(|error| error.to_string(), |()| fine) }
}

fn rules(snapshot: &Snapshot) -> Vec<Tried> {
    let tried = snapshot.channels.values().map(|channel| {
        let compiled = Rule::compile(&channel.rule);
        let found = compiled.as_ref().map_or_else(ToString::to_string, |_rule| "its rule compiles".to_owned());
        Tried { what: format!("channel `{}`", channel.id), fine: compiled.is_ok(), found }
    });
    tried.collect()
}

async fn sources(settings: &Settings, snapshot: &Snapshot, http: &HttpClient) -> Vec<Tried> {
    let secrets = Secrets::new(settings.secrets.clone(), settings.data.join("secrets"));
    let connect = cms(secrets, http.clone());
    let mut tried = Vec::new();
    let pulled = snapshot.outlets.values().filter_map(|outlet| outlet.source.as_ref().map(|source| (outlet, source)));
    for (outlet, source) in pulled.filter(|_| settings.has(Role::Pull)) {
        let (kind, outcome) = match source {
            Source::Feed(feed) => ("feed", feed_answers(http, feed, &outlet.id).await),
            Source::WordPress(_) => ("WordPress", site_answers(connect(source)).await),
            Source::Ghost(_) => ("Ghost", site_answers(connect(source)).await),
        };
        let fine = outcome.is_ok();
        let found = outcome.unwrap_or_else(|error| error);
        tried.push(Tried { what: format!("{kind} of `{}`, {}", outlet.id, source.url()), fine, found });
    }
    tried
}

async fn feed_answers(http: &HttpClient, feed: &FeedSource, outlet: &OutletId) -> Result<String, String> {
    let answer = Fetch::get(http, &feed.url, HeaderMap::new(), FEED_BYTES).await.map_err(|error| error.to_string())?;
    if answer.status.is_success() {
        return Ok(format!("{} bytes", answer.body.len()));
    }
    Err(format!("it answers {}; correct --feed of `lianbo outlet add {outlet}`", answer.status))
}

async fn site_answers(opened: Result<Arc<dyn Cms>, String>) -> Result<String, String> {
    let answer = tokio::time::timeout(PATIENCE, opened?.check()).await;
    let answer = answer.map_err(|_late| format!("no answer within {} s", PATIENCE.as_secs()))?;
    answer.map_err(|error| error.to_string())
}

async fn partners(settings: &Settings, snapshot: &Snapshot, http: HttpClient) -> Vec<Tried> {
    let secrets = Secrets::new(settings.secrets.clone(), settings.data.join("secrets"));
    let connect = connectors(secrets, http.into(), settings.server.url());
    let mut tried = Vec::new();
    for partner in snapshot.partners.values() {
        let what = format!("partner `{}` ({}, {})", partner.id, partner.connector.kind, partner.connector.url);
        let (fine, found) = match connect(partner) {
            Err(error) => (false, error),
            Ok(connector) => match tokio::time::timeout(PATIENCE, connector.check()).await {
                Ok(Ok(found)) => (true, found),
                Ok(Err(failure)) => (false, failure.to_string()),
                Err(_late) => (false, format!("no answer within {} s", PATIENCE.as_secs())),
            },
        };
        tried.push(Tried { what, fine, found });
    }
    tried
}
