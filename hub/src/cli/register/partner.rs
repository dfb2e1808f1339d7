//! `partner`: systems the hub pushes to, and how their lanes are.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Map, Value};

use super::draft::Draft;
use super::secret::{read_secret, store_secret};
use super::{address, all, one, remove};
use crate::cli::output::{list, text};
use crate::cli::{CliError, Hub, Output};
use crate::registry::Kind;

/// What can be done with partners.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum PartnerCommand {
    /// Add a partner, or change one: what is not given stays as it is.
    Add(Box<PartnerArguments>),
    /// List the partners.
    List,
    /// Show one, with its lane.
    Show {
        /// Its id.
        id: String,
    },
    /// Remove one; what it holds stays with it.
    Remove {
        /// Its id.
        id: String,
    },
    /// Hold a partner's lane: everything waits.
    Pause {
        /// Its id.
        id: String,
    },
    /// Let a held lane go on.
    Resume {
        /// Its id.
        id: String,
    },
}

/// A partner.
#[derive(Debug, Args)]
pub(in crate::cli) struct PartnerArguments {
    /// Its id.
    id: String,
    /// As operators know it; the id, when not given.
    #[arg(long)]
    name: Option<String>,
    /// The connector: webhook, wordpress, ghost, wagtail, directus, wechat, lianbo.
    #[arg(long)]
    kind: Option<String>,
    /// Where it is.
    #[arg(long)]
    url: Option<String>,
    /// The user name there (WordPress), the AppID (wechat), or what we are there as a member (lianbo).
    #[arg(long)]
    user: Option<String>,
    /// The name of a secret the hub's machine already has.
    #[arg(long, conflicts_with = "secret_stdin")]
    secret: Option<String>,
    /// Read the secret (application password, API key, token, signing key) from standard input and store it on the hub.
    #[arg(long)]
    secret_stdin: bool,
    /// A channel it takes; may be given several times; those given replace those it had.
    #[arg(long)]
    channel: Vec<String>,
    /// The member whose own site this is.
    #[arg(long)]
    outlet: Option<String>,
    /// An option of the connector, e.g. `status=draft`; the value may be JSON, an empty one takes the option away; may
    /// be given several times.
    #[arg(long, value_name = "NAME=VALUE")]
    option: Vec<String>,
    /// The template that lays its articles out, of the form html; `--template ""`: as they stand.
    #[arg(long)]
    template: Option<String>,
    /// Articles in flight at once.
    #[arg(long)]
    window: Option<u32>,
    /// Requests a second at most; 0: no limit.
    #[arg(long)]
    rate: Option<u32>,
    /// Milliseconds to reach its server; 0: as the hub's settings say, as at first.
    #[arg(long, value_name = "MILLISECONDS")]
    connect_ms: Option<u64>,
    /// Milliseconds until its answer begins; 0: as the hub's settings say, as at first.
    #[arg(long, value_name = "MILLISECONDS")]
    first_byte_ms: Option<u64>,
    /// Milliseconds for an attempt in all; 30000 at first.
    #[arg(long, value_name = "MILLISECONDS")]
    timeout_ms: Option<u64>,
    /// Hours of every day in which nothing but withdrawals goes there, e.g. `22:30-06:00`.
    #[arg(long, value_name = "HH:MM-HH:MM")]
    quiet_hours: Option<String>,
    /// Minutes after its release before an article goes there; 0: at once.
    #[arg(long, value_name = "MINUTES")]
    delay: Option<u32>,
}

pub(in crate::cli) async fn partner(hub: &Hub, output: &Output, command: PartnerCommand) -> Result<ExitCode, CliError> {
    match command {
        PartnerCommand::Add(arguments) => add(hub, output, *arguments).await,
        PartnerCommand::List => all(hub, output, Kind::Partner).await,
        PartnerCommand::Show { id } => show(hub, output, &id).await,
        PartnerCommand::Remove { id } => remove(hub, output, Kind::Partner, &id).await,
        PartnerCommand::Pause { id } => set_paused(hub, output, &id, true).await,
        PartnerCommand::Resume { id } => set_paused(hub, output, &id, false).await,
    }
}

async fn add(hub: &Hub, output: &Output, arguments: PartnerArguments) -> Result<ExitCode, CliError> {
    let mut draft = Draft::open(hub, Kind::Partner, &arguments.id).await?;
    let options = options(&arguments.option)?;
    let id_as_name = draft.is_new().then(|| arguments.id.clone());
    draft.set("name", arguments.name.or(id_as_name));
    draft.set_list("channels", arguments.channel);
    draft.need("channels", "--channel")?;
    draft.set("outlet", arguments.outlet);
    draft.set("template", arguments.template);
    let mut limits = draft.part("limits");
    limits.set("window", arguments.window);
    limits.set("per_second", arguments.rate);
    limits.set("connect_ms", own(arguments.connect_ms));
    limits.set("first_byte_ms", own(arguments.first_byte_ms));
    limits.set("timeout_ms", arguments.timeout_ms);
    limits.set("quiet_hours", arguments.quiet_hours);
    limits.set("delay_minutes", arguments.delay);
    let mut connector = draft.part("connector");
    connector.set("kind", arguments.kind);
    connector.set("url", arguments.url);
    connector.set("user", arguments.user);
    connector.set("secret", arguments.secret);
    let missing = ["kind", "url"].into_iter().find(|name| !connector.has(name));
    if let Some(missing) = missing {
        return Err(draft.lacks(&format!("--{missing}")));
    }
    connector.set_all("options", options);
    if arguments.secret_stdin {
        let name = store_secret(hub, &arguments.id, &read_secret()?).await?;
        draft.part("connector").set("secret", Some(name));
    }
    let written = draft.put(hub).await?;
    if !output.json(&written.entry) {
        output.line(written.sentence);
        output.line(format!(
            "`lianbo check`, beside the hub, tries it; `lianbo partner show {}` tells how its lane is.",
            arguments.id
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// A partner's own limit; 0 takes it away.
fn own(limit: Option<u64>) -> Option<Value> {
    limit.map(|limit| if limit == 0 { "".into() } else { limit.into() })
}

fn options(pairs: &[String]) -> Result<Map<String, Value>, CliError> {
    let mut options = Map::new();
    for pair in pairs {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(CliError::Usage(format!("--option `{pair}` is not NAME=VALUE")));
        };
        let value = serde_json::from_str(value).unwrap_or_else(|_not_json| Value::String(value.to_owned()));
        options.insert(name.to_owned(), value);
    }
    Ok(options)
}

async fn show(hub: &Hub, output: &Output, id: &str) -> Result<ExitCode, CliError> {
    let mut answer: Value = hub.get(&address(Kind::Partner, id)).await?;
    let lanes: Value = hub.get("/v1/lanes").await?;
    let lane = list(&lanes, "/lanes").iter().find(|lane| text(lane, "/partner") == id).cloned();
    if let (Some(members), Some(lane)) = (answer.as_object_mut(), lane) {
        members.insert("lane".to_owned(), lane);
    }
    output.document(&answer);
    Ok(ExitCode::SUCCESS)
}

async fn set_paused(hub: &Hub, output: &Output, id: &str, paused: bool) -> Result<ExitCode, CliError> {
    let mut draft = Draft::open(hub, Kind::Partner, id).await?;
    if draft.is_new() {
        // The hub's own words for it.
        return one(hub, output, Kind::Partner, id).await;
    }
    draft.set("paused", Some(paused));
    let written = draft.put(hub).await?;
    if !output.json(&written.entry) {
        output.line(if paused {
            format!("The lane of `{id}` is held, everything waits; `lianbo partner resume {id}` lets it go on.")
        } else {
            format!("The lane of `{id}` goes on.")
        });
    }
    Ok(ExitCode::SUCCESS)
}
