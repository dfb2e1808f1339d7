//! What Ghost refuses: `{"errors": [{"message", "context", "type", "code", …}]}`.
//! <https://docs.ghost.org/admin-api/#errors>

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::http::Answer;
use crate::partner::Failure;
use crate::partner::refusal::{Refusal, said};

#[derive(Default, Deserialize)]
struct Told {
    errors: Vec<Error>,
}

#[derive(Default, Deserialize)]
struct Error {
    message: Option<String>,
    context: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    code: Option<String>,
}

/// What Ghost, or what stands in front of it, says.
pub(super) fn refusal(answer: &Answer) -> Refusal {
    let all: Value = answer.json().unwrap_or_default();
    let told: Told = serde_json::from_value(all.clone()).unwrap_or_default();
    let error = told.errors.into_iter().next().unwrap_or_default();
    let kind = error.kind.unwrap_or_default();
    let code = error.code.filter(|code| !code.is_empty()).unwrap_or_else(|| kind.clone());
    let message = error.context.or(error.message).unwrap_or_default();
    let refusal = Refusal::of(answer, all, &code, &message);
    match exacter(answer, &kind, &code, &said(&code, &message)) {
        Some(failure) => Refusal { failure, ..refusal },
        None => refusal,
    }
}

/// The post was changed since it was read.
pub(super) fn is_collision(refusal: &Refusal) -> bool {
    refusal.code == "UPDATE_COLLISION"
}

/// What the error means, where it says more than the status.
fn exacter(answer: &Answer, kind: &str, code: &str, said: &str) -> Option<Failure> {
    let status = answer.status;
    match (kind, code) {
        // A wrong token comes as 400 or 401, by what is wrong with it.
        (_, "INVALID_JWT" | "INVALID_AUTH_HEADER" | "UNKNOWN_ADMIN_API_KEY" | "INVALID_ADMIN_API_KEY") => {
            Some(Failure::denied(format!(
                "Ghost does not take the key ({status}: {said}): check the connector's secret, and this machine's \
                 clock, which may be 5 minutes off at most"
            )))
        }
        // Somebody edits the post right now, or it vanished between looking and writing: the next try looks again.
        (_, "UPDATE_COLLISION") => Some(Failure::transient(format!("Ghost answered {status}: {said}"))),
        ("NotFoundError", _) if status == StatusCode::NOT_FOUND => {
            Some(Failure::transient(format!("Ghost answered {status}: {said}")))
        }
        _ => None,
    }
}
