//! The binary as an operator first meets it: clear answers when there is no hub, and when something is mistyped.

// A test may unwrap: that is how it fails.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::process::{Command, Output};

fn lianbo(arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lianbo"));
    command.current_dir(folder.path()).env_remove("LIANBO_HUB").args(arguments).output().unwrap()
}

#[test]
fn without_a_hub_it_says_how_to_start_one() {
    let output = lianbo(&["articles", "--hub", "http://127.0.0.1:9"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("lianbo serve"), "{said}");
}

#[test]
fn a_misspelt_setting_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("hub.toml");
    std::fs::write(&file, "autority = \"x.example\"\n").unwrap();
    let output = lianbo(&["articles", "--config", file.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(said.contains("autority"), "{said}");
}
