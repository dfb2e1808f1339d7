//! `replay`: runs a part of the log through the hub again, with a progress bar.

use std::process::ExitCode;

use clap::Args;
use futures_util::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Method;
use serde_json::{Value, json};

use super::ask::AskError;
use super::output::text;
use super::{CliError, Hub, Output};

/// A part of the log, and what to do with it.
#[derive(Debug, Args)]
pub(super) struct ReplayArguments {
    /// `outlet.<id>`: normalise and judge again, changing only what really differs. `articles` or
    /// `deliveries.<partner>`: deliver again.
    #[arg(long)]
    topic: String,
    /// From this offset or moment (RFC 3339), or `start`.
    #[arg(long, default_value = "start")]
    from: String,
    /// To this offset or moment, not included; without it, to what is there now.
    #[arg(long)]
    to: Option<String>,
    /// Only to this partner.
    #[arg(long)]
    partner: Option<String>,
    /// Only articles credited to this outlet.
    #[arg(long)]
    outlet: Option<String>,
    /// Only say what would happen.
    #[arg(long)]
    dry_run: bool,
    /// Records a second at most.
    #[arg(long)]
    rate: Option<u32>,
}

pub(super) async fn replay(hub: &Hub, output: &Output, arguments: ReplayArguments) -> Result<ExitCode, CliError> {
    let document = json!({
        "topic": arguments.topic, "from": arguments.from, "to": arguments.to, "partner": arguments.partner,
        "outlet": arguments.outlet, "dry_run": arguments.dry_run, "rate": arguments.rate,
    });
    let response = hub.open(hub.request(Method::POST, "/v1/replays").json(&document)).await;
    let response = response.map_err(AskError::about_admin_key)?;
    let mut stream = response.bytes_stream();
    let bar = progress_bar(output);
    let mut pending: Vec<u8> = Vec::new();
    let mut last = Value::Null;
    let mut notes: Vec<Value> = Vec::new();
    while let Some(piece) = stream.next().await {
        pending.extend(piece.map_err(|error| unreadable(hub, &error.to_string()))?);
        while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            last = serde_json::from_slice(&line).map_err(|error| unreadable(hub, &error.to_string()))?;
            notes.extend(last.get("note").cloned());
            advance(output, &bar, &last);
        }
    }
    bar.finish_and_clear();
    if let Some(error) = last.get("error") {
        return Err(CliError::Failed(format!("the replay stopped: {}", error.as_str().unwrap_or_default())));
    }
    if let (Some(members), false) = (last.as_object_mut(), notes.is_empty()) {
        members.insert("notes".to_owned(), notes.into());
    }
    if !output.json(&last) {
        output.line(text(&last, "/summary"));
    }
    Ok(ExitCode::SUCCESS)
}

fn progress_bar(output: &Output) -> ProgressBar {
    if output.is_json() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {per_sec} {eta} {wide_msg}");
    ProgressBar::new(0).with_style(style.unwrap_or_else(|_template| ProgressStyle::default_bar()))
}

fn advance(output: &Output, bar: &ProgressBar, progress: &Value) {
    if let Some(note) = progress["note"].as_str() {
        // Without a terminal there is no bar to print above.
        if bar.is_hidden() {
            output.line(note)
        } else {
            bar.println(note)
        }
        return;
    }
    bar.set_length(progress["total"].as_u64().unwrap_or(0));
    bar.set_position(progress["done"].as_u64().unwrap_or(0));
}

fn unreadable(hub: &Hub, cause: &str) -> AskError {
    AskError::Unreadable { url: hub.url().to_owned(), cause: cause.to_owned() }
}
