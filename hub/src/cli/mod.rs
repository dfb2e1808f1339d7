//! The command line: what an operator types. `serve`, `demo`, `check`, `cluster` and `validate` work on this machine;
//! every other command talks to a running hub over its API, so that it works from anywhere and checks in one place.

mod article;
mod ask;
mod cluster;
mod compare;
mod dead;
mod dedup;
mod holds;
mod lines;
mod output;
mod publish;
mod reconcile;
mod register;
mod render;
mod replay;
mod show;
mod takedown;
mod topics;
mod validate;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

pub use ask::{AskError, Hub};
pub use dead::redrive_all;
pub use output::Output;

use crate::settings::{Settings, SettingsError};

/// Lianbo 联播: one hub for the stories that news outlets share.
#[derive(Debug, Parser)]
#[command(name = "lianbo", version, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
pub struct Common {
    /// The settings file; without it `lianbo.toml` in this folder, if there is one.
    #[arg(long, global = true, env = "LIANBO_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// The running hub to talk to; without it the one these settings describe.
    #[arg(long, global = true, env = "LIANBO_HUB", value_name = "URL")]
    hub: Option<String>,
    /// Print JSON, for programs.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the hub, or some of its roles.
    Serve {
        /// Which roles this process takes: ingest, pull, normalise, dedup, route, deliver, feed; without it what the
        /// settings say (all).
        #[arg(long, value_delimiter = ',', value_name = "ROLE,…")]
        roles: Vec<crate::settings::Role>,
    },
    /// Show a whole alliance at work on this machine, with nothing to install.
    Demo(crate::demo::DemoArguments),
    /// Say which settings are in force, and try every outside thing they name.
    Check {
        /// Only print every setting there is, with its default and its reason.
        #[arg(long)]
        defaults: bool,
    },
    /// Find which documents of an archive are one article, by the hub's own rules; prints a line for each document:
    /// id, cluster, verdict, parent, score, language.
    Cluster(cluster::ClusterArguments),
    /// Members that publish.
    #[command(subcommand)]
    Outlet(register::OutletCommand),
    /// Named selections that others pull or subscribe to.
    #[command(subcommand)]
    Channel(register::ChannelCommand),
    /// Systems the hub pushes to.
    #[command(subcommand)]
    Partner(register::PartnerCommand),
    /// What outlets allow, and to whom.
    #[command(subcommand)]
    Grant(register::GrantCommand),
    /// How articles are laid out for each medium: print, radio, a crawl line …
    #[command(subcommand)]
    Template(register::TemplateCommand),
    /// Show an article as a template lays it out.
    Render(render::RenderArguments),
    /// Send files as an outlet would: ninjs, NewsML-G2, NITF, a feed, a WordPress export, an HTML page or plain text.
    Publish(publish::PublishArguments),
    /// Say what is wrong with documents before they are sent: file, place and cause.
    Validate(validate::ValidateArguments),
    /// List the newest articles.
    Articles {
        /// How many.
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=500))]
        limit: u32,
        /// Only those whose text or headline holds this.
        #[arg(long)]
        search: Option<String>,
    },
    /// Overrule which items are one article: split, merge, set the original.
    #[command(subcommand)]
    Article(article::ArticleCommand),
    /// Show one article: lineage, versions, deliveries.
    Show {
        /// Its uri, or the last part of it.
        uri: String,
    },
    /// Set an item, or a linked article, beside an article, sentence by sentence, with what differs marked.
    Compare {
        /// The article's uri, or the last part of it.
        uri: String,
        /// The item: its uri, its address, or its outlet when that has only one item in the article.
        #[arg(long, required_unless_present = "article")]
        item: Option<String>,
        /// A linked article instead.
        #[arg(long, value_name = "URI", conflicts_with = "item")]
        article: Option<String>,
    },
    /// Say in sentences why the items of an article are one; with --partner, why that partner holds it, or does not.
    Why {
        /// Its uri, or the last part of it.
        uri: String,
        /// The partner.
        #[arg(long)]
        partner: Option<String>,
    },
    /// List what a partner holds, now or at a moment: version, remote id, address, since when.
    Holds(holds::HoldsArguments),
    /// Compare what a partner should hold with what really stands there, and deliver again what is missing or old.
    Reconcile(reconcile::ReconcileArguments),
    /// Report how far a take-down is at every partner that held the article; the exit code says whether it is closed.
    Takedown {
        /// Its uri, or the last part of it.
        uri: String,
    },
    /// List the topics with their sizes and how far each stage is behind.
    Topics,
    /// What dedup remembers, and what that takes.
    #[command(subcommand)]
    Dedup(dedup::DedupCommand),
    /// Run a part of the log through the hub again.
    Replay(replay::ReplayArguments),
    /// Refusals: list them, look at one, send it on its way again.
    #[command(subcommand)]
    Dead(dead::DeadCommand),
    /// Serve the receiving site of the demo.
    #[command(hide = true)]
    DemoSite(crate::demo::SiteArguments),
}

/// Why a command failed, for the person who typed it.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The settings are not usable.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The hub did not do what was asked.
    #[error(transparent)]
    Ask(#[from] AskError),
    /// A file cannot be read.
    #[error("cannot read `{file}`: {cause}")]
    File {
        /// Which.
        file: String,
        /// Why.
        cause: std::io::Error,
    },
    /// What was typed does not fit together.
    #[error("{0}")]
    Usage(String),
    /// It began, and did not come to its end.
    #[error("{0}")]
    Failed(String),
    /// The hub itself failed.
    #[error(transparent)]
    Serve(#[from] crate::serve::ServeError),
}

/// Runs one command line; the exit code says whether it worked: 0 yes, 1 no, 2 what was typed is wrong.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("lianbo: cannot start the runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    match runtime.block_on(run(cli)) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("lianbo: {error}");
            ExitCode::from(if matches!(error, CliError::Usage(_) | CliError::Settings(_)) { 2 } else { 1 })
        }
    }
}

async fn run(cli: Cli) -> Result<ExitCode, CliError> {
    let Cli { common, command } = cli;
    let output = Output::new(common.json);
    match command {
        Command::Serve { roles } => {
            let mut settings = Settings::load(common.config.as_deref())?;
            if !roles.is_empty() {
                settings.roles = roles;
            }
            crate::serve::serve(settings, &output).await?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Demo(arguments) => {
            crate::demo::run(arguments, &output).await?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::DemoSite(arguments) => {
            crate::demo::site(arguments).await?;
            return Ok(ExitCode::SUCCESS);
        }
        Command::Cluster(arguments) => return cluster::cluster(output, arguments).await,
        Command::Validate(arguments) => return validate::validate(&output, &arguments),
        Command::Check { defaults: true } => {
            return defaults(&output);
        }
        Command::Check { defaults: false } => {
            return Ok(crate::serve::check(Settings::load(common.config.as_deref())?, &output).await);
        }
        _ => {}
    }
    let hub = Hub::of(&common)?;
    match command {
        Command::Outlet(command) => register::outlet(&hub, &output, command).await,
        Command::Channel(command) => register::channel(&hub, &output, command).await,
        Command::Partner(command) => register::partner(&hub, &output, command).await,
        Command::Grant(command) => register::grant(&hub, &output, command).await,
        Command::Template(command) => register::template(&hub, &output, command).await,
        Command::Render(arguments) => render::render(&hub, &output, arguments).await,
        Command::Publish(arguments) => publish::publish(&hub, &output, arguments).await,
        Command::Articles { limit, search } => show::articles(&hub, &output, limit, search.as_deref()).await,
        Command::Article(command) => article::decide(&hub, &output, command).await,
        Command::Show { uri } => show::show(&hub, &output, &uri).await,
        Command::Why { uri, partner } => show::why(&hub, &output, &uri, partner.as_deref()).await,
        Command::Compare { uri, item, article } => {
            compare::compare(&hub, &output, &uri, item.as_deref(), article.as_deref()).await
        }
        Command::Holds(arguments) => holds::holds(&hub, &output, arguments).await,
        Command::Reconcile(arguments) => reconcile::reconcile(&hub, &output, arguments).await,
        Command::Takedown { uri } => takedown::takedown(&hub, &output, &uri).await,
        Command::Topics => topics::topics(&hub, &output).await,
        Command::Dedup(command) => dedup::dedup(&hub, &output, &command).await,
        Command::Replay(arguments) => replay::replay(&hub, &output, arguments).await,
        Command::Dead(command) => dead::dead(&hub, &output, command).await,
        Command::Serve { .. }
        | Command::Demo(_)
        | Command::DemoSite(_)
        | Command::Cluster(_)
        | Command::Validate(_)
        | Command::Check { .. } => Ok(ExitCode::SUCCESS),
    }
}

/// Every setting as it stands in the commented file, or as JSON.
fn defaults(output: &Output) -> Result<ExitCode, CliError> {
    let parsed: Result<toml::Table, _> = crate::settings::DEFAULTS.parse();
    let parsed = parsed.map_err(|error| SettingsError::Unusable(error.to_string()))?;
    if !output.json(&parsed) {
        output.line(crate::settings::DEFAULTS.trim_end());
    }
    Ok(ExitCode::SUCCESS)
}

impl Common {
    fn settings(&self) -> Result<Settings, SettingsError> {
        Settings::load(self.config.as_deref())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
