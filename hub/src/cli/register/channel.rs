//! `channel`: named selections that others pull or subscribe to.

use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::draft::Draft;
use super::{all, one, remove};
use crate::cli::{CliError, Hub, Output};
use crate::registry::Kind;

/// What can be done with channels.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum ChannelCommand {
    /// Add a channel, or change one: what is not given stays as it is.
    Add(ChannelArguments),
    /// List the channels.
    List,
    /// Show one.
    Show {
        /// Its id.
        id: String,
    },
    /// Remove one.
    Remove {
        /// Its id.
        id: String,
    },
}

/// A channel.
#[derive(Debug, Args)]
pub(in crate::cli) struct ChannelArguments {
    /// Its id, e.g. `chengdu-release`; part of its feeds' addresses.
    id: String,
    /// In Chinese, e.g. 成都发布.
    #[arg(long)]
    title: Option<String>,
    /// In English.
    #[arg(long)]
    title_en: Option<String>,
    /// One sentence.
    #[arg(long)]
    description: Option<String>,
    /// A CEL expression over `article`, e.g. `article.areas.exists(a, a.startsWith('5101'))`; `true`, which takes
    /// everything, at first.
    #[arg(long)]
    rule: Option<String>,
}

pub(in crate::cli) async fn channel(hub: &Hub, output: &Output, command: ChannelCommand) -> Result<ExitCode, CliError> {
    match command {
        ChannelCommand::Add(arguments) => add(hub, output, arguments).await,
        ChannelCommand::List => all(hub, output, Kind::Channel).await,
        ChannelCommand::Show { id } => one(hub, output, Kind::Channel, &id).await,
        ChannelCommand::Remove { id } => remove(hub, output, Kind::Channel, &id).await,
    }
}

async fn add(hub: &Hub, output: &Output, arguments: ChannelArguments) -> Result<ExitCode, CliError> {
    let mut draft = Draft::open(hub, Kind::Channel, &arguments.id).await?;
    draft.set("title", arguments.title);
    draft.need("title", "--title")?;
    draft.set("title_en", arguments.title_en);
    draft.set("description", arguments.description);
    let at_first = draft.is_new().then(|| "true".to_owned());
    draft.set("rule", arguments.rule.or(at_first));
    let written = draft.put(hub).await?;
    if !output.json(&written.entry) {
        output.line(&written.sentence);
        output.line(format!("Its feeds: {}/channels/{}/feed.rss (.atom, .json, .ninjs)", hub.url(), arguments.id));
    }
    Ok(ExitCode::SUCCESS)
}
