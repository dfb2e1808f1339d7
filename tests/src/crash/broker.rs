//! The run's own Kafka, through `deploy/dev/kafka.sh`: one broker, or three if `KAFKA_BROKERS` says so.

use std::path::{Path, PathBuf};

use tokio::process::Command;

/// A broker, or a cluster of which one by chance is struck; stopped when dropped.
#[derive(Debug)]
pub(super) struct Broker {
    directory: PathBuf,
    /// Where it answers.
    pub(super) bootstrap: String,
}

impl Broker {
    pub(super) async fn start(directory: &Path) -> std::io::Result<Self> {
        let bootstrap = script("start", directory).await?;
        Ok(Self { directory: directory.to_owned(), bootstrap })
    }

    /// As `kill -9` does.
    pub(super) async fn kill(&self) -> std::io::Result<()> {
        script("kill", &self.directory).await.map(drop)
    }

    /// It answers nobody until [`Broker::thaw`], and its cluster takes it for dead meanwhile.
    pub(super) async fn freeze(&self) -> std::io::Result<()> {
        script("freeze", &self.directory).await.map(drop)
    }

    /// It goes on.
    pub(super) async fn thaw(&self) -> std::io::Result<()> {
        script("thaw", &self.directory).await.map(drop)
    }

    /// Same data, same port.
    pub(super) async fn start_again(&self) -> std::io::Result<()> {
        script("start", &self.directory).await.map(drop)
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let stopped = std::process::Command::new("bash").arg(path()).arg("stop").arg(&self.directory).status();
        if let Err(error) = stopped {
            eprintln!("the broker is not stopped: {error}");
        }
    }
}

fn path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/dev/kafka.sh")
}

/// What it prints goes to a file: a pipe would stay open as long as the broker it starts.
async fn script(command: &str, directory: &Path) -> std::io::Result<String> {
    let said = directory.with_extension("said");
    let output = std::fs::File::create(&said)?;
    let status = Command::new("bash").arg(path()).arg(command).arg(directory).stdout(output).status().await?;
    if !status.success() {
        return Err(std::io::Error::other(format!("`kafka.sh {command}` failed")));
    }
    Ok(std::fs::read_to_string(&said)?.trim().to_owned())
}
