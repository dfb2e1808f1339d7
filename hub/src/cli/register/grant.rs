//! `grant`: what outlets allow, and to whom.

use std::process::ExitCode;

use clap::{Args, Subcommand, ValueEnum};
use serde_json::Value;

use super::draft::Draft;
use super::{all, one, remove};
use crate::cli::{CliError, Hub, Output};
use crate::registry::Kind;

/// What can be done with grants.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum GrantCommand {
    /// Add a grant, or change one: what is not given stays as it is.
    Add(GrantArguments),
    /// List the grants.
    List,
    /// Show one.
    Show {
        /// Its id.
        id: String,
    },
    /// Remove one; nothing more goes out under it.
    Remove {
        /// Its id.
        id: String,
    },
}

/// A grant.
#[derive(Debug, Args)]
pub(in crate::cli) struct GrantArguments {
    /// Its id.
    id: String,
    /// Whose articles.
    #[arg(long)]
    outlet: Option<String>,
    /// A channel that may have them, or `all`; may be given several times.
    #[arg(long)]
    channel: Vec<String>,
    /// A partner that may have them, or `all`; may be given several times.
    #[arg(long)]
    partner: Vec<String>,
    /// From when, RFC 3339; `--from ""`: from the beginning.
    #[arg(long)]
    from: Option<String>,
    /// Until when, RFC 3339; `--until ""`: for ever.
    #[arg(long)]
    until: Option<String>,
    /// What becomes of partners' copies when it ends; taken down at first.
    #[arg(long)]
    on_end: Option<Ending>,
    /// How much; full at first.
    #[arg(long)]
    content: Option<Content>,
    /// Leave pictures out.
    #[arg(long)]
    no_images: bool,
    /// Let pictures go along, as at first.
    #[arg(long, conflicts_with = "no_images")]
    images: bool,
    /// Seconds after release before others may show it; 0 at first.
    #[arg(long, value_name = "SECONDS")]
    embargo: Option<u32>,
    /// Let what came through another hub go on to a third one.
    #[arg(long)]
    reexport: bool,
    /// Keep what came through another hub, as at first.
    #[arg(long, conflicts_with = "reexport")]
    no_reexport: bool,
    /// The credit line; {outlet} is the outlet's name; `来源：{outlet}` at first.
    #[arg(long)]
    attribution: Option<String>,
}

/// What becomes of partners' copies when a grant ends.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Ending {
    /// They are taken down, unless another grant allows them.
    TakeDown,
    /// They may stay as they are.
    Keep,
}

/// How much of an article may go out.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Content {
    /// All of it.
    Full,
    /// Headline, summary and a link.
    Excerpt,
    /// Headline and a link.
    Link,
}

pub(in crate::cli) async fn grant(hub: &Hub, output: &Output, command: GrantCommand) -> Result<ExitCode, CliError> {
    match command {
        GrantCommand::Add(arguments) => add(hub, output, arguments).await,
        GrantCommand::List => all(hub, output, Kind::Grant).await,
        GrantCommand::Show { id } => one(hub, output, Kind::Grant, &id).await,
        GrantCommand::Remove { id } => remove(hub, output, Kind::Grant, &id).await,
    }
}

async fn add(hub: &Hub, output: &Output, arguments: GrantArguments) -> Result<ExitCode, CliError> {
    let mut draft = Draft::open(hub, Kind::Grant, &arguments.id).await?;
    draft.set("outlet", arguments.outlet);
    draft.need("outlet", "--outlet")?;
    if draft.is_new() && arguments.channel.is_empty() && arguments.partner.is_empty() {
        return Err(draft.lacks("--channel or --partner (`all` for everybody)"));
    }
    draft.set("channels", audience(arguments.channel));
    draft.set("partners", audience(arguments.partner));
    draft.set("from", arguments.from);
    draft.set("until", arguments.until);
    draft.set("on_end", arguments.on_end.map(Ending::word));
    draft.set("content", arguments.content.map(Content::word));
    draft.set("images", arguments.no_images.then_some(false).or(arguments.images.then_some(true)));
    draft.set("embargo_seconds", arguments.embargo);
    draft.set("reexport", arguments.no_reexport.then_some(false).or(arguments.reexport.then_some(true)));
    draft.set("attribution", arguments.attribution);
    let written = draft.put(hub).await?;
    if !output.json(&written.entry) {
        output.line(written.sentence);
    }
    Ok(ExitCode::SUCCESS)
}

/// What was typed as the registry writes it; nothing typed changes nothing, one empty word means nobody.
fn audience(names: Vec<String>) -> Option<Value> {
    if names.is_empty() {
        return None;
    }
    if names.iter().any(|name| name == "all") {
        return Some("all".into());
    }
    let names: Vec<String> = names.into_iter().filter(|name| !name.is_empty()).collect();
    Some(names.into())
}

impl Ending {
    fn word(self) -> &'static str {
        match self {
            Self::TakeDown => "take-down",
            Self::Keep => "keep",
        }
    }
}

impl Content {
    fn word(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Excerpt => "excerpt",
            Self::Link => "link",
        }
    }
}
