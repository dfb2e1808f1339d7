//! `dedup stats`: what dedup remembers, what that takes, and how it came back after the start.

use std::process::ExitCode;

use clap::Subcommand;
use serde_json::Value;

use super::output::{moment, size, text};
use super::{CliError, Hub, Output};

/// What to ask about dedup.
#[derive(Debug, Subcommand)]
pub(super) enum DedupCommand {
    /// Items and articles known, the near window, memory by part, and how long the last start took to remember.
    Stats,
}

pub(super) async fn dedup(hub: &Hub, output: &Output, command: &DedupCommand) -> Result<ExitCode, CliError> {
    let DedupCommand::Stats = command;
    let answer: Value = hub.get("/v1/dedup/stats").await?;
    let state = text(&answer, "/state");
    if output.json(&answer) {
        return Ok(exit(&state));
    }
    match state.as_str() {
        "running" => running(hub, output, &answer),
        "restoring" => {
            let since = moment(&answer, "/since");
            output.line(format!("Dedup has been reading its memory back from the log since {since}; ask again."));
        }
        _ => output.line(format!("At {}: {}.", hub.url(), text(&answer, "/advice"))),
    }
    Ok(exit(&state))
}

/// Whether there was something to tell.
fn exit(state: &str) -> ExitCode {
    if state == "running" { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn running(hub: &Hub, output: &Output, answer: &Value) {
    let at = |pointer: &str| text(answer, pointer);
    let bytes = |part: &str| size(&at(&format!("/bytes/{part}")));
    output.line(format!("Dedup runs in process {} at {}.", at("/process"), hub.url()));
    output.line(format!(
        "It knows {} items, which form {} articles; {} embargoes run, {} articles will expire.",
        at("/items"),
        at("/articles"),
        at("/embargoes"),
        at("/expiries")
    ));
    let window = format!("{} days, {} to {}", at("/window/days"), day(answer, "from"), day(answer, "to"));
    output.line(format!(
        "Near window ({window}): {} texts, the oldest of {}; {} shingles, {} of them in lists of {} texts in all; {} \
         lines, {} of them page furniture.",
        at("/near"),
        day(answer, "oldest"),
        at("/shingles"),
        at("/lists/0"),
        at("/lists/1"),
        at("/lines"),
        at("/furniture")
    ));
    output.line(format!(
        "Memory: {} (items {}, texts {}, postings {}, lines {}); beside it {} in a file of the data folder.",
        bytes("memory"),
        bytes("items"),
        bytes("texts"),
        bytes("postings"),
        bytes("lines"),
        bytes("shelf")
    ));
    let seconds = answer.pointer("/restored/seconds").and_then(Value::as_f64).unwrap_or_default();
    output.line(format!(
        "Restored from {} records in {seconds:.1} s at {}.",
        at("/restored/records"),
        moment(answer, "/restored/at")
    ));
}

/// A moment of the window; before anything was judged there is none.
fn day(answer: &Value, name: &str) -> String {
    let moment = moment(answer, &format!("/window/{name}"));
    if moment.is_empty() { "-".to_owned() } else { moment }
}
