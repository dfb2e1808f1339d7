//! Answers that come line by line while the hub works.

use futures_util::StreamExt;
use reqwest::RequestBuilder;
use serde_json::Value;

use super::Hub;
use super::ask::AskError;

/// Hands every line of JSON to `hear` as it comes, and gives back the last one.
pub(super) async fn each_line(
    hub: &Hub,
    request: RequestBuilder,
    mut hear: impl FnMut(&Value),
) -> Result<Value, AskError> {
    let response = hub.open(request).await.map_err(AskError::about_admin_key)?;
    let mut stream = response.bytes_stream();
    let mut pending: Vec<u8> = Vec::new();
    let mut last = Value::Null;
    while let Some(piece) = stream.next().await {
        pending.extend(piece.map_err(|error| unreadable(hub, &error.to_string()))?);
        while let Some(end) = pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = pending.drain(..=end).collect();
            last = serde_json::from_slice(&line).map_err(|error| unreadable(hub, &error.to_string()))?;
            hear(&last);
        }
    }
    Ok(last)
}

fn unreadable(hub: &Hub, cause: &str) -> AskError {
    AskError::Unreadable { url: hub.url().to_owned(), cause: cause.to_owned() }
}
