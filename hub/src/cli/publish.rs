//! `publish`: sends files as an outlet would, and waits to say what became of them.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use reqwest::Method;
use serde_json::Value;
use tokio::time::Instant;

use super::output::{list, text};
use super::{CliError, Hub, Output};
use crate::secrets::Secret;

/// How long to wait for a verdict before only the submission's address is printed.
const PATIENCE: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(50);

/// Files to be sent.
#[derive(Debug, Args)]
pub(super) struct PublishArguments {
    /// The outlet they come from.
    #[arg(long)]
    outlet: String,
    /// The outlet's API key; without it the admin key is used.
    #[arg(long, env = "LIANBO_OUTLET_KEY", hide_env_values = true)]
    key: Option<String>,
    /// The media type, when the file name does not tell (.json, .html, .txt, .xml, .nitf, .wxr, .rss, .atom).
    #[arg(long)]
    content_type: Option<String>,
    /// Do not wait for the verdicts.
    #[arg(long)]
    no_wait: bool,
    /// ninjs, NewsML-G2, NITF, RSS, Atom, JSON Feed, a WordPress export (WXR), HTML or plain text.
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

pub(super) async fn publish(hub: &Hub, output: &Output, arguments: PublishArguments) -> Result<ExitCode, CliError> {
    let mut answers = Vec::new();
    let mut refused = false;
    let key = arguments.key.as_deref().map(Secret::new);
    for file in &arguments.files {
        let name = file.display().to_string();
        let body = tokio::fs::read(file).await.map_err(|cause| CliError::File { file: name.clone(), cause })?;
        let path = format!("/v1/outlets/{}/submissions", arguments.outlet);
        let mut request = hub.request_as(key.as_ref().or(hub.key()), Method::POST, &path).body(body);
        if let Some(media_type) = arguments.content_type.as_deref().or(media_type(&name)) {
            request = request.header("content-type", media_type);
        }
        let accepted: Value = hub.read(request).await?;
        let id = text(&accepted, "/submission");
        let status = if arguments.no_wait { accepted } else { verdict(hub, &id).await? };
        refused |= !list(&status, "/refusals").is_empty();
        tell(output, &name, &id, &status);
        answers.push(status);
    }
    output.json(&answers);
    Ok(if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

pub(super) fn media_type(name: &str) -> Option<&'static str> {
    let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
    match ending.as_str() {
        "json" | "ninjs" => Some("application/json"),
        "html" | "htm" => Some("text/html"),
        "txt" => Some("text/plain"),
        "rss" => Some("application/rss+xml"),
        "atom" => Some("application/atom+xml"),
        "xml" | "nitf" | "wxr" => Some("application/xml"),
        _ => None,
    }
}

async fn verdict(hub: &Hub, id: &str) -> Result<Value, CliError> {
    let until = Instant::now() + PATIENCE;
    loop {
        let status: Value = hub.get(&format!("/v1/submissions/{id}")).await?;
        if text(&status, "/pending") != "true" || Instant::now() > until {
            return Ok(status);
        }
        tokio::time::sleep(STEP).await;
    }
}

fn tell(output: &Output, file: &str, id: &str, status: &Value) {
    output.line(format!("{file}: submission {id}"));
    for item in list(status, "/items") {
        output.line(format!("  {}  {}  {}", text(item, "/verdict"), text(item, "/article"), text(item, "/headline")));
    }
    for refusal in list(status, "/refusals") {
        output.line(format!("  refused ({}): {}", text(refusal, "/code"), text(refusal, "/detail")));
    }
}
