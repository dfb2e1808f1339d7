//! `reconcile`: compares the ledger with what stands at a partner, and mends.

use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::Method;
use serde_json::{Value, json};

use super::ask::segment;
use super::lines::each_line;
use super::output::text;
use super::{CliError, Hub, Output};

/// Which partner, and what may be done.
#[derive(Debug, Args)]
pub(super) struct ReconcileArguments {
    /// The partner.
    partner: String,
    /// Only say what is found.
    #[arg(long)]
    dry_run: bool,
    /// Take down articles of this hub that the ledger does not know to be there.
    #[arg(long)]
    take_down_strangers: bool,
}

pub(super) async fn reconcile(hub: &Hub, output: &Output, arguments: ReconcileArguments) -> Result<ExitCode, CliError> {
    let ReconcileArguments { partner, dry_run, take_down_strangers } = arguments;
    let document = json!({"dry_run": dry_run, "take_down_strangers": take_down_strangers});
    let request = hub.request(Method::POST, &format!("/v1/partners/{}/reconcile", segment(&partner))).json(&document);
    let bar = progress(output);
    let mut rows: Vec<Value> = Vec::new();
    let hear = |line: &Value| {
        bar.set_position(line["done"].as_u64().unwrap_or(0));
        let Some(row) = line.get("row").filter(|row| !row.is_null()) else { return };
        bar.suspend(|| print_row(output, row));
        if output.is_json() {
            rows.push(row.clone());
        }
    };
    let mut last = each_line(hub, request, hear).await?;
    bar.finish_and_clear();
    if let Some(error) = last.get("error") {
        return Err(CliError::Failed(format!("comparing stopped: {}", error.as_str().unwrap_or_default())));
    }
    if let Some(members) = last.as_object_mut() {
        members.insert("rows".to_owned(), rows.into());
    }
    if !output.json(&last) {
        print_summary(output, &last);
    }
    Ok(ExitCode::SUCCESS)
}

fn print_row(output: &Output, row: &Value) {
    let article = text(row, "/article");
    let article = super::show::short(&article);
    let place = [text(row, "/remote_id"), text(row, "/url")].join(" ");
    let outcome = text(row, "/outcome");
    output.line(format!(
        "{:9} {article}  {}  {}  {outcome}",
        text(row, "/finding"),
        text(row, "/headline"),
        place.trim()
    ));
}

fn print_summary(output: &Output, last: &Value) {
    let counts = last["counts"].as_object().into_iter().flatten();
    let counts: Vec<String> = counts.map(|(found, count)| format!("{count} {found}")).collect();
    let counts = if counts.is_empty() { "nothing".to_owned() } else { counts.join(", ") };
    let mended = match (last["dry_run"] == true, &last["mended"]) {
        (true, _) => "nothing was changed".to_owned(),
        (false, mended) => format!("{mended} sent on their way again"),
    };
    output.line(format!("{} articles looked at: {counts}; {mended}", last["done"]));
}

fn progress(output: &Output) -> ProgressBar {
    if output.is_json() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{spinner} {pos} articles {per_sec}");
    ProgressBar::no_length().with_style(style.unwrap_or_else(|_template| ProgressStyle::default_spinner()))
}
