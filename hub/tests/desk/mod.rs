//! An operator's desk: a hub in this process, and the `lianbo` binary to talk to it with.

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use lianbo_hub::serve::Running;
use lianbo_hub::settings::Settings;
use serde_json::Value;
use tempfile::TempDir;

/// The hub, its operators' key, and a folder for files.
pub(crate) struct Desk {
    running: Running,
    key: String,
    folder: TempDir,
}

impl Desk {
    /// Starts a hub on a free port, with fresh data.
    pub(crate) async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::defaults(&folder.path().join("data")).unwrap();
        settings.server.listen = "127.0.0.1:0".parse().unwrap();
        let key = settings.make_admin_key().unwrap().expose().to_owned();
        let running = Running::start(settings).await.unwrap();
        Self { running, key, folder }
    }

    pub(crate) fn url(&self) -> &str {
        self.running.url()
    }

    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// Writes a file to be published.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    /// Types a command.
    pub(crate) fn type_in(&self, arguments: &[&str]) -> Output {
        self.type_with(arguments, "")
    }

    /// Types a command with something on its standard input.
    pub(crate) fn type_with(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_lianbo"));
        command.current_dir(self.folder.path()).args(arguments).env("LIANBO_HUB", self.url());
        command.env("LIANBO__SERVER__ADMIN_KEY", &self.key).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Types a command that works; what it says.
    pub(crate) fn says(&self, arguments: &[&str]) -> String {
        let output = self.type_in(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// Types a command with `--json`: one document, and nothing else.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.type_in(&[arguments, &["--json"]].concat());
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_str(&said).unwrap_or_else(|error| panic!("{arguments:?} printed {error}: {said}"))
    }

    /// Types a command that fails with this exit code and prints nothing but an error; the error.
    pub(crate) fn refused(&self, code: i32, arguments: &[&str]) -> String {
        let output = self.type_in(arguments);
        let error = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {error}");
        assert!(output.stdout.is_empty(), "{arguments:?} prints beside its error");
        error
    }

    pub(crate) async fn close(self) {
        self.running.stop().await;
    }
}
