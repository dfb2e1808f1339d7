//! One process of the hub: started, killed, stopped, let go on.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::{Child, Command};

/// How to start one.
#[derive(Debug, Clone)]
pub(super) struct Recipe {
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<String>,
    pub(super) roles: &'static str,
    pub(super) listen: String,
    pub(super) data: PathBuf,
    pub(super) environment: Vec<(String, OsString)>,
    pub(super) output: PathBuf,
}

/// A running one; killed when dropped.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) recipe: Recipe,
    child: Child,
}

impl Process {
    pub(super) fn start(recipe: Recipe) -> std::io::Result<Self> {
        let mut command = Command::new("sh");
        // A write beyond a limit is then an error, as on a full disk, and not a signal.
        command.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(&recipe.program).args(&recipe.arguments);
        command.args(["serve", "--roles", recipe.roles]).current_dir(&recipe.data);
        command.env("LIANBO__DATA", &recipe.data).env("LIANBO__SERVER__LISTEN", &recipe.listen);
        command.envs(recipe.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(output(&recipe.output)?);
        let child = command.kill_on_drop(true).spawn()?;
        Ok(Self { recipe, child })
    }

    /// As `kill -9` does.
    pub(super) async fn kill(mut self) -> std::io::Result<Recipe> {
        self.child.kill().await?;
        Ok(self.recipe)
    }

    /// Asks it to stop, and waits.
    pub(super) async fn stop(mut self) -> std::io::Result<Recipe> {
        self.signal("TERM").await?;
        self.child.wait().await?;
        Ok(self.recipe)
    }

    /// `STOP`, `CONT`, `TERM`.
    pub(super) async fn signal(&self, name: &str) -> std::io::Result<()> {
        run("kill", &[&format!("-{name}"), &self.id()?]).await
    }

    /// No file may grow beyond so many bytes, or as large as the disk allows.
    pub(super) async fn limit_files(&self, bytes: Option<u64>) -> std::io::Result<()> {
        let limit = bytes.map_or_else(|| "unlimited".to_owned(), |bytes| bytes.to_string());
        run("prlimit", &[&format!("--fsize={limit}:unlimited"), "--pid", &self.id()?]).await
    }

    /// How it has ended, if it has: a code, or the signal it died of.
    pub(super) fn ended(&mut self) -> Option<String> {
        match self.child.try_wait() {
            Ok(None) => None,
            Ok(Some(status)) => Some(status.to_string()),
            Err(error) => Some(error.to_string()),
        }
    }

    /// Never 0, which to `kill` means the harness and all it has started.
    fn id(&self) -> std::io::Result<String> {
        let id = self.child.id().ok_or_else(|| std::io::Error::other("a process of the hub has ended by itself"))?;
        Ok(id.to_string())
    }
}

fn output(file: &Path) -> std::io::Result<Stdio> {
    Ok(std::fs::File::options().create(true).append(true).open(file)?.into())
}

async fn run(program: &str, arguments: &[&str]) -> std::io::Result<()> {
    let status = Command::new(program).args(arguments).status().await?;
    let failed = || std::io::Error::other(format!("`{program} {}` failed", arguments.join(" ")));
    if status.success() { Ok(()) } else { Err(failed()) }
}
