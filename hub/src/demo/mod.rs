//! The demo: a whole alliance at work on one machine. The hub runs in this process on the embedded log; the receiving
//! sites are processes of their own; everything goes in and out through the front door.

mod alliance;
mod disguise;
mod pieces;
mod site;
mod story;
mod world;

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

pub use site::{SiteArguments, site};

use crate::cli::{CliError, Output};

/// How the demo is run.
#[derive(Debug, Args)]
pub struct DemoArguments {
    /// Where the hub listens.
    #[arg(long, default_value = "127.0.0.1:8600")]
    listen: SocketAddr,
    /// Where its data goes; without it a fresh folder that is removed at the end.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// The language of the story: en or zh.
    #[arg(long, default_value_t = Language::from_environment())]
    language: Language,
    /// End with the story instead of staying up.
    #[arg(long)]
    once: bool,
}

/// The story's language.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Language {
    /// English.
    En,
    /// 简体中文.
    Zh,
}

impl Language {
    /// The language of the terminal.
    fn from_environment() -> Self {
        let names = ["LC_ALL", "LC_MESSAGES", "LANG"];
        let set = names.iter().find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        if set.is_some_and(|value| value.starts_with("zh")) { Self::Zh } else { Self::En }
    }
}

impl std::fmt::Display for Language {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::En => "en",
            Self::Zh => "zh",
        })
    }
}

/// Tells the story, then stays up until Ctrl-C, which ends it at any time.
pub async fn run(arguments: DemoArguments, output: &Output) -> Result<(), CliError> {
    let once = arguments.once;
    let mut world = world::World::start(arguments, *output).await?;
    let told = tokio::select! {
        biased;
        () = crate::serve::until_told_to_stop() => Ok(()),
        told = telling(&mut world, once) => told,
    };
    world.say("\nEnding the demo.", "\n演示结束。");
    world.stop().await;
    told
}

async fn telling(world: &mut world::World, once: bool) -> Result<(), CliError> {
    story::tell(world).await?;
    if !once {
        std::future::pending::<()>().await;
    }
    Ok(())
}
