//! `article split`, `merge`, `original`: an editor overrules which items are one article.

use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Subcommand};
use lianbo_schemas::DecisionId;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::Instant;

use super::ask::segment;
use super::output::{list, text};
use super::show::short;
use super::{AskError, CliError, Hub, Output};

/// How long to wait until the decision shows, before only its address is printed.
const PATIENCE: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(50);

/// What an editor may decide.
#[derive(Debug, Subcommand)]
pub(super) enum ArticleCommand {
    /// The item is no reprint of this article: it becomes an article of its own, and copies of it go with it.
    Split {
        /// The article's uri, or the last part of it.
        uri: String,
        /// The item: its uri, its address, or its outlet when that has only one item in the article.
        #[arg(long)]
        item: String,
        #[command(flatten)]
        decision: DecisionArguments,
    },
    /// These two articles are one: the items of the first become part of the second, and the first is withdrawn in
    /// favour of it.
    Merge {
        /// The article that goes, by its uri or the last part of it.
        uri: String,
        /// The article that stays.
        #[arg(long, value_name = "URI")]
        into: String,
        #[command(flatten)]
        decision: DecisionArguments,
    },
    /// The item is the article's original: every receiver gets its words and its credit, in the same post.
    Original {
        /// The article's uri, or the last part of it.
        uri: String,
        /// The item: its uri, its address, or its outlet when that has only one item in the article.
        #[arg(long)]
        item: String,
        #[command(flatten)]
        decision: DecisionArguments,
    },
}

/// Who decides, and why.
#[derive(Debug, Args)]
pub(super) struct DecisionArguments {
    /// Who decides.
    #[arg(long, env = "USER", value_name = "NAME")]
    by: String,
    /// Why, for those who ask later.
    #[arg(long)]
    note: Option<String>,
    /// Only say what would happen.
    #[arg(long)]
    dry_run: bool,
    /// Do not wait until it has happened.
    #[arg(long)]
    no_wait: bool,
}

pub(super) async fn decide(hub: &Hub, output: &Output, command: ArticleCommand) -> Result<ExitCode, CliError> {
    let (uri, mut document, decision) = match command {
        ArticleCommand::Split { uri, item, decision } => (uri, json!({"ruling": "split", "item": item}), decision),
        ArticleCommand::Merge { uri, into, decision } => (uri, json!({"ruling": "merge", "into": into}), decision),
        ArticleCommand::Original { uri, item, decision } => {
            (uri, json!({"ruling": "original", "item": item}), decision)
        }
    };
    document["by"] = json!(decision.by);
    document["note"] = json!(decision.note);
    document["dry_run"] = json!(decision.dry_run);
    // The same id, should the request have to be sent again.
    document["id"] = json!(DecisionId::fresh());
    let path = format!("/v1/articles/{}/decisions", segment(short(&uri)));
    let answer: Value = hub.send(Method::POST, &path, Some(&document)).await?;
    if decision.dry_run {
        if !output.json(&answer) {
            for sentence in list(&answer, "/would") {
                output.line(sentence.as_str().unwrap_or_default());
            }
        }
        return Ok(ExitCode::SUCCESS);
    }
    let status = if decision.no_wait { None } else { outcome(hub, &text(&answer, "/watch")).await? };
    Ok(tell(output, &answer, status.as_ref()))
}

/// What became of it; `None` when that takes longer than an editor waits.
async fn outcome(hub: &Hub, watch: &str) -> Result<Option<Value>, CliError> {
    let until = Instant::now() + PATIENCE;
    while Instant::now() < until {
        match hub.get(watch).await {
            Ok(status) => return Ok(Some(status)),
            Err(AskError::Refused { status: 404, .. }) => tokio::time::sleep(STEP).await,
            Err(error) => return Err(error.into()),
        }
    }
    Ok(None)
}

fn tell(output: &Output, answer: &Value, status: Option<&Value>) -> ExitCode {
    let refused = status.is_some_and(|status| text(status, "/state") == "refused");
    if !output.json(status.unwrap_or(answer)) {
        output.line(match status {
            None => format!(
                "decision {} is on its way; GET {} says when it is done",
                text(answer, "/decision"),
                text(answer, "/watch")
            ),
            Some(status) if refused => {
                format!("refused ({}): {}", text(status, "/reason/code"), text(status, "/reason/detail"))
            }
            Some(status) => {
                format!("done; `lianbo show {}` shows what came of it", short(&text(status, "/decision/result")))
            }
        });
    }
    if refused { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
