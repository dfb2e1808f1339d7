//! What the Write API refuses: `{"error", "message", "details": [{"field", "message"}]}`, or `{"detail"}` of the
//! framework below it.

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::http::Answer;
use crate::partner::Failure;
use crate::partner::refusal::{Refusal, said};

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    error: String,
    message: String,
    /// Text, or a list of what is wrong with a request.
    detail: Value,
    details: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(default)]
    field: String,
    /// One sentence, or a list of them.
    message: Value,
}

/// What is wrong with the connector's options, and so with every article alike.
const SETTINGS: [&str; 5] = [
    "Unknown page type",
    "No page found at path",
    "Parent page ",
    "type and parent are required",
    " cannot be created under ",
];

/// What the API, or what stands in front of it, says.
pub(super) fn refusal(answer: &Answer) -> Refusal {
    let all: Value = answer.json().unwrap_or_default();
    let told: Told = serde_json::from_value(all.clone()).unwrap_or_default();
    let details: Vec<String> = told.details.iter().map(|detail| sentence(&detail.field, &detail.message)).collect();
    let message = match (details.is_empty(), told.message.as_str(), told.detail.as_str()) {
        (false, _, _) => details.join("; "),
        (true, "", detail) => detail.unwrap_or_default().to_owned(),
        (true, message, _) => message.to_owned(),
    };
    let refusal = Refusal::of(answer, all, &told.error, &message);
    match exacter(&refusal, &message) {
        Some(failure) => Refusal { failure, ..refusal },
        None => refusal,
    }
}

/// The page is not there; a page of HTML with the same status means that the API is not.
pub(super) fn is_not_there(refusal: &Refusal) -> bool {
    let detail = refusal.told.get("detail").and_then(Value::as_str).unwrap_or_default();
    refusal.status == StatusCode::NOT_FOUND && detail.contains("Page not found")
}

/// Another page has the slug.
pub(super) fn is_taken(refusal: &Refusal) -> bool {
    let fields = refusal.told.get("details").and_then(Value::as_array).into_iter().flatten();
    refusal.status == StatusCode::BAD_REQUEST && fields.into_iter().any(|detail| detail["field"] == "slug")
}

fn sentence(field: &str, message: &Value) -> String {
    let message = message.as_str().map_or_else(|| message.to_string(), str::to_owned);
    if field.is_empty() { message } else { format!("{field}: {message}") }
}

/// What the message means, where it says more than the status.
fn exacter(refusal: &Refusal, message: &str) -> Option<Failure> {
    let status = refusal.status;
    let told = said(&refusal.code, message);
    if status.is_client_error() && SETTINGS.iter().any(|words| message.contains(words)) {
        return Some(Failure::denied(format!(
            "Wagtail answered {status}: {told}; check options.type and options.parent"
        )));
    }
    // The page vanished between looking and writing: the next try looks again.
    is_not_there(refusal).then(|| Failure::transient(format!("Wagtail answered {status}: {told}")))
}
