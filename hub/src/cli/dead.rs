//! `dead`: refusals, to be sent on their way again or put away.

use std::process::ExitCode;

use clap::Subcommand;
use reqwest::Method;
use serde_json::{Value, json};

use super::ask::{AskError, segment};
use super::output::{list, moment, text};
use super::{CliError, Hub, Output};

/// What can be done with dead letters.
#[derive(Debug, Subcommand)]
pub(super) enum DeadCommand {
    /// List the open ones.
    List {
        /// The closed ones too.
        #[arg(long)]
        all: bool,
    },
    /// Show one.
    Show {
        /// Its id, as `list` prints it.
        id: String,
    },
    /// Send one, or all that are open, on its way again.
    Redrive {
        /// Its id.
        #[arg(required_unless_present = "all")]
        id: Option<String>,
        /// All that are open.
        #[arg(long, conflicts_with = "id")]
        all: bool,
    },
    /// Put one away of which nothing will come.
    Dismiss {
        /// Its id.
        id: String,
        /// Why, for whoever looks at it later.
        #[arg(long)]
        note: String,
    },
}

pub(super) async fn dead(hub: &Hub, output: &Output, command: DeadCommand) -> Result<ExitCode, CliError> {
    match command {
        DeadCommand::List { all } => {
            let answer: Value = hub.get(&format!("/v1/dead?all={all}")).await?;
            if !output.json(&answer) {
                listed(output, &answer);
            }
        }
        DeadCommand::Show { id } => {
            let answer: Value = hub.get(&format!("/v1/dead/{}", segment(&id))).await?;
            output.document(&answer);
        }
        DeadCommand::Redrive { id: Some(id), all: _ } => {
            let path = format!("/v1/dead/{}/redrive", segment(&id));
            let answer: Value = hub.send(Method::POST, &path, None::<&Value>).await?;
            return Ok(redriven(output, &answer));
        }
        DeadCommand::Redrive { id: None, all: _ } => {
            let tells = |sent| output.line(format!("{sent} sent on their way again, and more to come"));
            return Ok(redriven(output, &redrive_all(hub, tells).await?));
        }
        DeadCommand::Dismiss { id, note } => {
            let path = format!("/v1/dead/{}/dismiss", segment(&id));
            let answer: Value = hub.send(Method::POST, &path, Some(&json!({"note": note}))).await?;
            if !output.json(&answer) {
                output.line(format!("Put away: {id}; `lianbo dead list --all` still lists it."));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn listed(output: &Output, answer: &Value) {
    let letters = list(answer, "/dead");
    let row = |letter: &Value| {
        let closed = match letter.pointer("/dismissed") {
            Some(_) => format!("{} put away", moment(letter, "/dismissed/at")),
            None => moment(letter, "/redriven"),
        };
        vec![
            text(letter, "/id"),
            moment(letter, "/at"),
            closed,
            text(letter, "/reason/code"),
            text(letter, "/reason/detail"),
        ]
    };
    output.table(
        &["id", "at", "closed", "reason", "detail"],
        letters.iter().map(row).collect(),
        "No dead letter: nothing was refused.",
    );
    if answer.get("next").is_some_and(|next| !next.is_null()) {
        let (shown, open) = (letters.len(), text(answer, "/open"));
        output.line(format!("The newest {shown}; {open} are open. `lianbo dead redrive --all` takes all of those."));
    }
}

/// Sends all open letters on their way again, some at a time, each once; `tells` hears after each step how many. The
/// whole as one answer.
pub async fn redrive_all(hub: &Hub, tells: impl Fn(u64)) -> Result<Value, AskError> {
    let (mut redriven, mut left) = (0, Vec::new());
    let mut path = "/v1/dead/redrive".to_owned();
    loop {
        let answer: Value = hub.send(Method::POST, &path, None::<&Value>).await?;
        redriven += answer["redriven"].as_u64().unwrap_or(0);
        left.extend(list(&answer, "/left").iter().cloned());
        let Some(next) = answer["next"].as_str() else {
            return Ok(json!({"redriven": redriven, "left": left}));
        };
        tells(redriven);
        path = format!("/v1/dead/redrive?behind={}", segment(next));
    }
}

fn redriven(output: &Output, answer: &Value) -> ExitCode {
    let left = list(answer, "/left");
    if !output.json(answer) {
        output.line(format!(
            "Sent on their way again: {}; `lianbo dead list` shows what is refused once more.",
            text(answer, "/redriven")
        ));
        for letter in left {
            output.line(format!("left: {}: {}", text(letter, "/id"), text(letter, "/detail")));
        }
    }
    if left.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
