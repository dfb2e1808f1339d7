//! `outlet`: members that publish, and their keys.

use std::process::ExitCode;

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use super::draft::Draft;
use super::source::{self, SourceArguments};
use super::{address, all, one, remove};
use crate::cli::ask::segment;
use crate::cli::output::{list, text};
use crate::cli::{CliError, Hub, Output};
use crate::registry::Kind;

/// What can be done with outlets.
#[derive(Debug, Subcommand)]
pub(in crate::cli) enum OutletCommand {
    /// Add a member and print its API key, or change one: what is not given stays as it is.
    Add(Box<OutletArguments>),
    /// List the members.
    List,
    /// Show one.
    Show {
        /// Its id.
        id: String,
    },
    /// Remove one; what it published stays.
    Remove {
        /// Its id.
        id: String,
    },
    /// Make another API key for one, list its keys, or take one away.
    Key(KeyArguments),
}

/// A member.
#[derive(Debug, Args)]
pub(in crate::cli) struct OutletArguments {
    /// Its id, e.g. `cdrb`.
    id: String,
    /// As readers know it, e.g. 成都日报.
    #[arg(long)]
    name: Option<String>,
    /// Another name it is credited under; may be given several times.
    #[arg(long)]
    alias: Vec<String>,
    /// Host name of its site; may be given several times.
    #[arg(long)]
    domain: Vec<String>,
    /// GB/T 2260 code of its area.
    #[arg(long)]
    area: Option<String>,
    #[command(flatten)]
    source: SourceArguments,
}

/// Keys of a member.
#[derive(Debug, Args)]
pub(in crate::cli) struct KeyArguments {
    /// Its id.
    id: String,
    /// Only list its keys, each by the beginning of its hash.
    #[arg(long, conflicts_with = "remove")]
    list: bool,
    /// Take a key away, named as --list names it.
    #[arg(long, value_name = "KEY")]
    remove: Option<String>,
}

pub(in crate::cli) async fn outlet(hub: &Hub, output: &Output, command: OutletCommand) -> Result<ExitCode, CliError> {
    match command {
        OutletCommand::Add(arguments) => add(hub, output, *arguments).await,
        OutletCommand::List => all(hub, output, Kind::Outlet).await,
        OutletCommand::Show { id } => one(hub, output, Kind::Outlet, &id).await,
        OutletCommand::Remove { id } => remove(hub, output, Kind::Outlet, &id).await,
        OutletCommand::Key(arguments) => key(hub, output, arguments).await,
    }
}

async fn add(hub: &Hub, output: &Output, arguments: OutletArguments) -> Result<ExitCode, CliError> {
    let mut draft = Draft::open(hub, Kind::Outlet, &arguments.id).await?;
    draft.set("name", arguments.name);
    draft.need("name", "--name")?;
    draft.set_list("aliases", arguments.alias);
    draft.set_list("domains", arguments.domain);
    draft.set("area", arguments.area);
    let found = source::put(hub, &mut draft, &arguments.id, arguments.source).await?;
    let written = draft.put(hub).await?;
    output.line(&written.sentence);
    let mut entry = written.entry;
    source::tell(hub, output, &arguments.id, &found, &entry).await;
    let pulled = entry.get("source").is_some_and(Value::is_object);
    if pulled {
        output.line(format!(
            "`lianbo articles` shows what came; `lianbo outlet key {}` makes a key if it also pushes.",
            arguments.id
        ));
    } else if written.is_new || keys(hub, &arguments.id).await?.is_empty() {
        let made = make_key(hub, &arguments.id).await?;
        tell_key(hub, output, &arguments.id, &made);
        if let (Some(members), Some(key)) = (entry.as_object_mut(), made.get("key")) {
            members.insert("key".to_owned(), key.clone());
        }
    }
    if written.is_new {
        output.line(format!(
            "Next: `lianbo grant add {0}-all --outlet {0} --channel all`; nothing goes out without a grant.",
            arguments.id
        ));
    }
    output.json(&entry);
    Ok(ExitCode::SUCCESS)
}

async fn key(hub: &Hub, output: &Output, arguments: KeyArguments) -> Result<ExitCode, CliError> {
    let id = &arguments.id;
    if arguments.list {
        let keys = keys(hub, id).await?;
        if !output.json(&json!({"keys": keys})) {
            let rows = keys.iter().map(|key| vec![text(key, "/id")]).collect();
            output.table(&["key"], rows, &format!("It has no key; `lianbo outlet key {id}` makes one."));
        }
    } else if let Some(key) = &arguments.remove {
        let path = format!("{}/keys/{}", address(Kind::Outlet, id), segment(key));
        let _empty: Value = hub.send(Method::DELETE, &path, None::<&Value>).await?;
        if !output.json(&json!({"removed": key, "kind": "key"})) {
            output.line(format!("Key `{key}` of `{id}` is removed: it opens nothing any more."));
        }
    } else {
        let made = make_key(hub, id).await?;
        if !output.json(&made) {
            tell_key(hub, output, id, &made);
            output.line("Keys it already has stay valid; --list shows them, --remove takes one away.");
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn keys(hub: &Hub, id: &str) -> Result<Vec<Value>, CliError> {
    let answer: Value = hub.get(&format!("{}/keys", address(Kind::Outlet, id))).await?;
    Ok(list(&answer, "/keys").to_vec())
}

async fn make_key(hub: &Hub, id: &str) -> Result<Value, CliError> {
    Ok(hub.send(Method::POST, &format!("{}/keys", address(Kind::Outlet, id)), None::<&Value>).await?)
}

fn tell_key(hub: &Hub, output: &Output, id: &str, made: &Value) {
    output.line(format!("Its API key, shown this once: {}", text(made, "/key")));
    output.line(format!("It posts to {}/v1/outlets/{id}/submissions with `Authorization: Bearer <key>`.", hub.url()));
}
