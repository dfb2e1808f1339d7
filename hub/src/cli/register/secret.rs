//! A secret on its way to the hub: it is read from standard input, so that it stands in no history of a shell.

use std::io::{IsTerminal, Read};

use reqwest::Method;
use serde_json::Value;

use crate::cli::ask::segment;
use crate::cli::{CliError, Hub};

/// Stores what standard input holds under `name`, and gives that name back.
pub(super) async fn store_secret(hub: &Hub, name: &str) -> Result<String, CliError> {
    let mut input = std::io::stdin();
    if input.is_terminal() {
        eprintln!("The secret, then Enter and Ctrl-D:");
    }
    let mut secret = String::new();
    let read = input.read_to_string(&mut secret);
    read.map_err(|cause| CliError::File { file: "standard input".to_owned(), cause })?;
    if secret.trim().is_empty() {
        return Err(CliError::Usage("--secret-stdin: standard input is empty; pipe the secret in".to_owned()));
    }
    let path = format!("/v1/secrets/{}", segment(name));
    let request = hub.request(Method::PUT, &path).body(secret.trim().to_owned());
    let _empty: Value = hub.read(request).await?;
    Ok(name.to_owned())
}
