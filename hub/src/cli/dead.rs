//! `dead`: refusals, ready to be sent on their way again.

use std::process::ExitCode;

use clap::Subcommand;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde_json::Value;

use super::output::{list, text};
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
                let fields = ["/id", "/reason/code", "/reason/detail", "/at", "/redriven"];
                let rows = list(&answer, "/dead")
                    .iter()
                    .map(|letter| fields.iter().map(|field| text(letter, field)).collect());
                output.table(
                    &["id", "reason", "detail", "at", "redriven"],
                    rows.collect(),
                    "No dead letter: nothing was refused.",
                );
            }
        }
        DeadCommand::Show { id } => {
            let answer: Value = hub.get(&format!("/v1/dead/{}", escape(&id))).await?;
            if !output.json(&answer) {
                println!(
                    "{}",
                    toml::to_string_pretty(&answer).unwrap_or_else(|_unprintable| answer.to_string()).trim_end()
                );
            }
        }
        DeadCommand::Redrive { id, all: _ } => {
            let path =
                id.map_or_else(|| "/v1/dead/redrive".to_owned(), |id| format!("/v1/dead/{}/redrive", escape(&id)));
            let answer: Value = hub.send(Method::POST, &path, None::<&Value>).await?;
            if !output.json(&answer) {
                println!("{} sent on their way again.", text(&answer, "/redriven"));
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn escape(id: &str) -> String {
    utf8_percent_encode(id, NON_ALPHANUMERIC).to_string()
}
