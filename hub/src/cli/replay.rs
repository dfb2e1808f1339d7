//! `replay`: runs a part of the log through the hub again, with a progress bar.

use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Method;
use serde_json::{Value, json};

use super::lines::each_line;
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
    let bar = progress_bar(output);
    let mut notes: Vec<Value> = Vec::new();
    let hear = |line: &Value| {
        notes.extend(line.get("note").cloned());
        advance(output, &bar, line);
    };
    let mut last = each_line(hub, hub.request(Method::POST, "/v1/replays").json(&document), hear).await?;
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
