//! What Directus refuses: `{"errors": [{"message", "extensions": {"code", …}}]}`.
//! <https://directus.io/docs/guides/connect/errors>

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::http::Answer;
use crate::partner::Failure;
use crate::partner::refusal::Refusal;

/// What the server says of such a value, to tokens of administrators. To others it says nothing of its faults.
const NO_TIME: &str = "Invalid time value";

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    errors: Vec<Error>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Error {
    message: String,
    extensions: Extensions,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Extensions {
    code: String,
}

/// What Directus, or what stands in front of it, says. Its statuses mean what they mean everywhere, but for one: a
/// collection or a field that is not there comes as 403, an article that is too large as 400, and a value that is no
/// time, for a field of times, as a fault of the server.
pub(super) fn refusal(answer: &Answer) -> Refusal {
    let all: Value = answer.json().unwrap_or_default();
    let told: Told = serde_json::from_value(all.clone()).unwrap_or_default();
    let error = told.errors.into_iter().next().unwrap_or_default();
    let refusal = Refusal::of(answer, all, &error.extensions.code, &error.message);
    if answer.status == StatusCode::INTERNAL_SERVER_ERROR && error.message == NO_TIME {
        let failure = Failure::denied(
            "Directus was given a value that is no time for a field of times: check options.fields of the connector",
        );
        return Refusal { failure, ..refusal };
    }
    refusal
}

/// Another item has the id, or another value that may stand once.
pub(super) fn is_taken(refusal: &Refusal) -> bool {
    refusal.code == "RECORD_NOT_UNIQUE"
}
