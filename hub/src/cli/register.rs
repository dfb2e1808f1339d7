//! `outlet`, `channel`, `partner`, `grant`: add, list, show, remove. Adding again under the same id changes it.

use std::io::Read;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Map, Value, json};

use super::output::{list, text};
use super::{CliError, Hub, Output};
use crate::registry::Kind;

/// What can be done with outlets.
#[derive(Debug, Subcommand)]
pub(super) enum OutletCommand {
    /// Add a member, or change one; prints its API key when it is new.
    Add(OutletArguments),
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
    /// Make another API key for one; the older ones stay valid.
    Key {
        /// Its id.
        id: String,
    },
}

/// A member.
#[derive(Debug, Args)]
pub(super) struct OutletArguments {
    /// Its id, e.g. `cdrb`.
    id: String,
    /// As readers know it, e.g. 成都日报.
    #[arg(long)]
    name: String,
    /// Another name it is credited under; may be given several times.
    #[arg(long)]
    alias: Vec<String>,
    /// Host name of its site; may be given several times.
    #[arg(long)]
    domain: Vec<String>,
    /// GB/T 2260 code of its area.
    #[arg(long)]
    area: Option<String>,
    /// A feed to pull (RSS, Atom, JSON Feed), for an outlet that does not push.
    #[arg(long, value_name = "URL")]
    feed: Option<String>,
    /// Seconds between polls of that feed.
    #[arg(long, default_value_t = 300)]
    every: u32,
}

/// What can be done with channels.
#[derive(Debug, Subcommand)]
pub(super) enum ChannelCommand {
    /// Add a channel, or change one.
    Add {
        /// Its id, e.g. `chengdu-release`.
        id: String,
        /// In Chinese, e.g. 成都发布.
        #[arg(long)]
        title: String,
        /// In English.
        #[arg(long)]
        title_en: Option<String>,
        /// One sentence.
        #[arg(long)]
        description: Option<String>,
        /// A CEL expression over `article`, e.g. `article.areas.exists(a, a.startsWith('5101'))`.
        #[arg(long, default_value = "true")]
        rule: String,
    },
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

/// What can be done with partners.
#[derive(Debug, Subcommand)]
pub(super) enum PartnerCommand {
    /// Add a partner, or change one.
    Add(Box<PartnerArguments>),
    /// List the partners and how their lanes are.
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
pub(super) struct PartnerArguments {
    /// Its id.
    id: String,
    /// As operators know it; the id, when not given.
    #[arg(long)]
    name: Option<String>,
    /// The connector: webhook, wordpress.
    #[arg(long)]
    kind: String,
    /// Where it is.
    #[arg(long)]
    url: String,
    /// The user name there (WordPress).
    #[arg(long)]
    user: Option<String>,
    /// The name of a secret the hub's machine already has.
    #[arg(long, conflicts_with = "secret_stdin")]
    secret: Option<String>,
    /// Read the secret (application password, signing key) from standard input and store it on the hub.
    #[arg(long)]
    secret_stdin: bool,
    /// A channel it takes; may be given several times.
    #[arg(long, required = true)]
    channel: Vec<String>,
    /// The member whose own site this is.
    #[arg(long)]
    outlet: Option<String>,
    /// An option of the connector, e.g. `status=draft`; the value may be JSON; may be given several times.
    #[arg(long, value_name = "NAME=VALUE")]
    option: Vec<String>,
    /// Articles in flight at once.
    #[arg(long)]
    window: Option<u32>,
    /// Requests a second at most.
    #[arg(long)]
    rate: Option<u32>,
}

/// What can be done with grants.
#[derive(Debug, Subcommand)]
pub(super) enum GrantCommand {
    /// Add a grant, or change one.
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
pub(super) struct GrantArguments {
    /// Its id.
    id: String,
    /// Whose articles.
    #[arg(long)]
    outlet: String,
    /// A channel that may have them, or `all`; may be given several times.
    #[arg(long)]
    channel: Vec<String>,
    /// A partner that may have them, or `all`; may be given several times.
    #[arg(long)]
    partner: Vec<String>,
    /// From when, RFC 3339.
    #[arg(long)]
    from: Option<String>,
    /// Until when, RFC 3339.
    #[arg(long)]
    until: Option<String>,
    /// full, excerpt or link.
    #[arg(long, default_value = "full")]
    content: String,
    /// Leave pictures out.
    #[arg(long)]
    no_images: bool,
    /// Seconds after release before others may show it.
    #[arg(long, default_value_t = 0)]
    embargo: u32,
    /// The credit line; {outlet} is the outlet's name.
    #[arg(long, default_value = "来源：{outlet}")]
    attribution: String,
}

pub(super) async fn outlet(hub: &Hub, output: &Output, command: OutletCommand) -> Result<ExitCode, CliError> {
    match command {
        OutletCommand::Add(arguments) => add_outlet(hub, output, arguments).await,
        OutletCommand::List => all(hub, output, Kind::Outlet).await,
        OutletCommand::Show { id } => one(hub, output, Kind::Outlet, &id).await,
        OutletCommand::Remove { id } => remove(hub, output, Kind::Outlet, &id).await,
        OutletCommand::Key { id } => new_key(hub, output, &id).await,
    }
}

pub(super) async fn channel(hub: &Hub, output: &Output, command: ChannelCommand) -> Result<ExitCode, CliError> {
    match command {
        ChannelCommand::Add { id, title, title_en, description, rule } => {
            let document =
                json!({"id": id, "title": title, "title_en": title_en, "description": description, "rule": rule});
            put(hub, output, Kind::Channel, &id, &document).await?;
            output.line(format!("Its feeds: {}/channels/{id}/feed.rss (.atom, .json, .ninjs)", hub.url()));
            Ok(ExitCode::SUCCESS)
        }
        ChannelCommand::List => all(hub, output, Kind::Channel).await,
        ChannelCommand::Show { id } => one(hub, output, Kind::Channel, &id).await,
        ChannelCommand::Remove { id } => remove(hub, output, Kind::Channel, &id).await,
    }
}

pub(super) async fn partner(hub: &Hub, output: &Output, command: PartnerCommand) -> Result<ExitCode, CliError> {
    match command {
        PartnerCommand::Add(arguments) => add_partner(hub, output, *arguments).await,
        PartnerCommand::List => all(hub, output, Kind::Partner).await,
        PartnerCommand::Show { id } => show_partner(hub, output, &id).await,
        PartnerCommand::Remove { id } => remove(hub, output, Kind::Partner, &id).await,
        PartnerCommand::Pause { id } => set_paused(hub, output, &id, true).await,
        PartnerCommand::Resume { id } => set_paused(hub, output, &id, false).await,
    }
}

pub(super) async fn grant(hub: &Hub, output: &Output, command: GrantCommand) -> Result<ExitCode, CliError> {
    match command {
        GrantCommand::Add(arguments) => add_grant(hub, output, arguments).await,
        GrantCommand::List => all(hub, output, Kind::Grant).await,
        GrantCommand::Show { id } => one(hub, output, Kind::Grant, &id).await,
        GrantCommand::Remove { id } => remove(hub, output, Kind::Grant, &id).await,
    }
}

async fn add_outlet(hub: &Hub, output: &Output, arguments: OutletArguments) -> Result<ExitCode, CliError> {
    let source = arguments.feed.map(|url| json!({"url": url, "every_seconds": arguments.every}));
    let document = json!({
        "id": arguments.id, "name": arguments.name, "aliases": arguments.alias, "domains": arguments.domain,
        "area": arguments.area, "source": source,
    });
    let answer = put(hub, output, Kind::Outlet, &arguments.id, &document).await?;
    let pushes = answer.pointer("/source").is_none_or(Value::is_null);
    if pushes && list(&answer, "/keys").is_empty() {
        return new_key(hub, output, &arguments.id).await;
    }
    Ok(ExitCode::SUCCESS)
}

async fn new_key(hub: &Hub, output: &Output, id: &str) -> Result<ExitCode, CliError> {
    let answer: Value = hub.send(Method::POST, &format!("/v1/outlets/{id}/keys"), None::<&Value>).await?;
    if !output.json(&answer) {
        println!("Its API key, shown this once: {}", text(&answer, "/key"));
        println!("It posts to {}/v1/outlets/{id}/submissions, `Authorization: Bearer <key>`.", hub.url());
    }
    Ok(ExitCode::SUCCESS)
}

async fn add_partner(hub: &Hub, output: &Output, arguments: PartnerArguments) -> Result<ExitCode, CliError> {
    let secret = match (arguments.secret, arguments.secret_stdin) {
        (_, true) => Some(store_secret(hub, &arguments.id).await?),
        (secret, false) => secret,
    };
    let mut limits = Map::new();
    limits.extend(arguments.window.map(|window| ("window".to_owned(), window.into())));
    limits.extend(arguments.rate.map(|rate| ("per_second".to_owned(), rate.into())));
    let mut connector = json!({"kind": arguments.kind, "url": arguments.url, "options": options(&arguments.option)?});
    if let Some(members) = connector.as_object_mut() {
        members.extend(arguments.user.map(|user| ("user".to_owned(), user.into())));
        members.extend(secret.map(|secret| ("secret".to_owned(), secret.into())));
    }
    let document = json!({
        "id": arguments.id, "name": arguments.name.as_deref().unwrap_or(&arguments.id), "channels": arguments.channel,
        "connector": connector, "outlet": arguments.outlet, "limits": limits,
    });
    put(hub, output, Kind::Partner, &arguments.id, &document).await?;
    Ok(ExitCode::SUCCESS)
}

async fn store_secret(hub: &Hub, partner: &str) -> Result<String, CliError> {
    let mut secret = String::new();
    let read = std::io::stdin().read_to_string(&mut secret);
    read.map_err(|cause| CliError::File { file: "standard input".to_owned(), cause })?;
    if secret.trim().is_empty() {
        return Err(CliError::Usage("--secret-stdin: standard input is empty; pipe the secret in".to_owned()));
    }
    let request = hub.request(Method::PUT, &format!("/v1/secrets/{partner}")).body(secret.trim().to_owned());
    let _empty: Value = hub.read(request).await?;
    Ok(partner.to_owned())
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

async fn set_paused(hub: &Hub, output: &Output, id: &str, paused: bool) -> Result<ExitCode, CliError> {
    let mut document: Value = hub.get(&format!("/v1/partners/{id}")).await?;
    if let Some(members) = document.as_object_mut() {
        members.remove("lane");
        members.insert("paused".to_owned(), paused.into());
    }
    put(hub, output, Kind::Partner, id, &document).await?;
    Ok(ExitCode::SUCCESS)
}

async fn add_grant(hub: &Hub, output: &Output, arguments: GrantArguments) -> Result<ExitCode, CliError> {
    let document = json!({
        "id": arguments.id, "outlet": arguments.outlet,
        "channels": audience(arguments.channel), "partners": audience(arguments.partner),
        "from": arguments.from, "until": arguments.until, "content": arguments.content,
        "images": !arguments.no_images, "embargo_seconds": arguments.embargo, "attribution": arguments.attribution,
    });
    put(hub, output, Kind::Grant, &arguments.id, &document).await?;
    Ok(ExitCode::SUCCESS)
}

fn audience(names: Vec<String>) -> Value {
    if names.iter().any(|name| name == "all") { "all".into() } else { names.into() }
}

async fn put(hub: &Hub, output: &Output, kind: Kind, id: &str, document: &Value) -> Result<Value, CliError> {
    let mut document = document.clone();
    if let Some(members) = document.as_object_mut() {
        members.retain(|_, value| !value.is_null());
    }
    let answer: Value = hub.send(Method::PUT, &format!("/v1/{}/{id}", kind.plural()), Some(&document)).await?;
    if !output.json(&answer) {
        println!("{} `{id}` stands in the registry.", kind.word());
    }
    Ok(answer)
}

async fn remove(hub: &Hub, output: &Output, kind: Kind, id: &str) -> Result<ExitCode, CliError> {
    let answer: Value = hub.send(Method::DELETE, &format!("/v1/{}/{id}", kind.plural()), None::<&Value>).await?;
    if !output.json(&answer) {
        println!("{} `{id}` is removed.", kind.word());
    }
    Ok(ExitCode::SUCCESS)
}

async fn one(hub: &Hub, output: &Output, kind: Kind, id: &str) -> Result<ExitCode, CliError> {
    let answer: Value = hub.get(&format!("/v1/{}/{id}", kind.plural())).await?;
    if !output.json(&answer) {
        println!("{}", toml::to_string_pretty(&answer).unwrap_or_else(|_unprintable| answer.to_string()).trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

async fn show_partner(hub: &Hub, output: &Output, id: &str) -> Result<ExitCode, CliError> {
    let mut answer: Value = hub.get(&format!("/v1/partners/{id}")).await?;
    let lanes: Value = hub.get("/v1/lanes").await?;
    let lane = list(&lanes, "/lanes").iter().find(|lane| text(lane, "/partner") == id).cloned();
    if let (Some(members), Some(lane)) = (answer.as_object_mut(), lane) {
        members.insert("lane".to_owned(), lane);
    }
    if !output.json(&answer) {
        println!("{}", toml::to_string_pretty(&answer).unwrap_or_else(|_unprintable| answer.to_string()).trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

async fn all(hub: &Hub, output: &Output, kind: Kind) -> Result<ExitCode, CliError> {
    let answer: Value = hub.get(&format!("/v1/{}", kind.plural())).await?;
    if output.json(&answer) {
        return Ok(ExitCode::SUCCESS);
    }
    let (header, fields): (&[&str], &[&str]) = match kind {
        Kind::Outlet => (&["id", "name", "area", "feed"], &["/id", "/name", "/area", "/source/url"]),
        Kind::Channel => (&["id", "title", "rule"], &["/id", "/title", "/rule"]),
        Kind::Partner => (
            &["id", "name", "kind", "url", "channels", "paused"],
            &["/id", "/name", "/connector/kind", "/connector/url", "/channels", "/paused"],
        ),
        Kind::Grant => (
            &["id", "outlet", "channels", "partners", "content", "until"],
            &["/id", "/outlet", "/channels", "/partners", "/content", "/until"],
        ),
    };
    let entries = list(&answer, &format!("/{}", kind.plural()));
    let rows = entries.iter().map(|entry| fields.iter().map(|field| text(entry, field)).collect()).collect();
    output.table(
        header,
        rows,
        &format!("No {} yet; `lianbo {} add --help` tells how to add one.", kind.word(), kind.word()),
    );
    Ok(ExitCode::SUCCESS)
}
