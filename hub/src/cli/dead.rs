//! `dead`: refusals, ready to be sent on their way again.

use std::process::ExitCode;

use clap::Subcommand;
use reqwest::Method;
use serde_json::Value;

use super::ask::segment;
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
}

pub(super) async fn dead(hub: &Hub, output: &Output, command: DeadCommand) -> Result<ExitCode, CliError> {
    match command {
        DeadCommand::List { all } => {
            let answer: Value = hub.get(&format!("/v1/dead?all={all}")).await?;
            if !output.json(&answer) {
                let rows = list(&answer, "/dead").iter().map(|letter| {
                    vec![
                        text(letter, "/id"),
                        moment(letter, "/at"),
                        moment(letter, "/redriven"),
                        text(letter, "/reason/code"),
                        text(letter, "/reason/detail"),
                    ]
                });
                output.table(
                    &["id", "at", "redriven", "reason", "detail"],
                    rows.collect(),
                    "No dead letter: nothing was refused.",
                );
            }
        }
        DeadCommand::Show { id } => {
            let answer: Value = hub.get(&format!("/v1/dead/{}", segment(&id))).await?;
            output.document(&answer);
        }
        DeadCommand::Redrive { id, all: _ } => {
            let path =
                id.map_or_else(|| "/v1/dead/redrive".to_owned(), |id| format!("/v1/dead/{}/redrive", segment(&id)));
            let answer: Value = hub.send(Method::POST, &path, None::<&Value>).await?;
            let left = list(&answer, "/left");
            if !output.json(&answer) {
                output.line(format!(
                    "Sent on their way again: {}; `lianbo dead list` shows what is refused once more.",
                    text(&answer, "/redriven")
                ));
                for letter in left {
                    output.line(format!("left: {}: {}", text(letter, "/id"), text(letter, "/detail")));
                }
            }
            if !left.is_empty() {
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
