//! A secret on its way to the hub: it is read from standard input, so that it stands in no history of a shell.

use std::io::{IsTerminal, Read};

use reqwest::Method;
use serde_json::Value;

use crate::cli::ask::segment;
use crate::cli::{CliError, Hub};
use crate::secrets::Secret;

/// What standard input holds.
pub(super) fn read_secret() -> Result<Secret, CliError> {
    let mut input = std::io::stdin();
    if input.is_terminal() {
        eprintln!("The secret, then Enter and Ctrl-D:");
    }
    let mut text = String::new();
    let read = input.read_to_string(&mut text);
    read.map_err(|cause| CliError::File { file: "standard input".to_owned(), cause })?;
    if text.trim().is_empty() {
        return Err(CliError::Usage("--secret-stdin: standard input is empty; pipe the secret in".to_owned()));
    }
    Ok(Secret::new(&text))
}

/// Stores a secret on the hub's machine, and gives its name back.
pub(super) async fn store_secret(hub: &Hub, name: &str, secret: &Secret) -> Result<String, CliError> {
    let path = format!("/v1/secrets/{}", segment(name));
    let request = hub.request(Method::PUT, &path).body(secret.expose().to_owned());
    let _empty: Value = hub.read(request).await?;
    Ok(name.to_owned())
}
