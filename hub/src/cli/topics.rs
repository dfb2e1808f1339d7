//! `topics`: sizes, and how far each stage is behind.

use std::process::ExitCode;

use serde_json::Value;

use super::output::{list, size, text};
use super::{CliError, Hub, Output};

pub(super) async fn topics(hub: &Hub, output: &Output) -> Result<ExitCode, CliError> {
    let answer: Value = hub.get("/v1/topics").await?;
    if output.json(&answer) {
        return Ok(ExitCode::SUCCESS);
    }
    let rows = list(&answer, "/topics").iter().map(|topic| {
        let lag: Vec<String> =
            list(topic, "/lag").iter().map(|lag| format!("{} {}", text(lag, "/group"), text(lag, "/behind"))).collect();
        vec![
            text(topic, "/name"),
            text(topic, "/partitions"),
            text(topic, "/start"),
            text(topic, "/end"),
            size(&text(topic, "/bytes")),
            text(topic, "/kept"),
            lag.join(", "),
        ]
    });
    output.table(&["topic", "partitions", "from", "to", "size", "kept", "behind"], rows.collect(), "No topic yet.");
    Ok(ExitCode::SUCCESS)
}
