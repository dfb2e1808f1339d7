//! What WordPress refuses: `{"code", "message", "data": {"status", …}}`, or whatever a server in front of it says.

use std::time::SystemTime;

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::http::{Answer, HttpError};
use crate::partner::Failure;

/// The most of WordPress's own message shown to an operator, in characters.
const MESSAGE: usize = 200;

/// A call that did not do what it should.
#[derive(Debug)]
pub(super) enum ApiError {
    /// WordPress said no.
    Refused(Box<Refusal>),
    /// There was no answer, or none that can be read.
    Failed(Failure),
}

/// A refusal.
#[derive(Debug)]
pub(super) struct Refusal {
    pub(super) status: StatusCode,
    /// WordPress's own code, e.g. `rest_post_invalid_id`; empty when another program answered.
    pub(super) code: String,
    /// `data.term_id` of `term_exists`.
    pub(super) term: Option<u64>,
    failure: Failure,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Told {
    code: String,
    message: String,
    data: Value,
}

impl Refusal {
    pub(super) fn of(answer: &Answer) -> Self {
        let told: Told = answer.json().unwrap_or_default();
        Self {
            status: answer.status,
            term: told.data.get("term_id").and_then(Value::as_u64),
            failure: failure(answer, &told),
            code: told.code,
        }
    }

    /// The site takes nothing of us now, whatever it is: more than a tag or a picture is at stake.
    pub(super) fn must_stop(&self) -> bool {
        let stops = [
            StatusCode::UNAUTHORIZED,
            StatusCode::REQUEST_TIMEOUT,
            StatusCode::TOO_MANY_REQUESTS,
            StatusCode::BAD_GATEWAY,
            StatusCode::SERVICE_UNAVAILABLE,
            StatusCode::GATEWAY_TIMEOUT,
        ];
        stops.contains(&self.status)
    }

    /// What was to be taken down is not there, or is in the trash already.
    pub(super) fn is_not_there(&self) -> bool {
        matches!(self.code.as_str(), "rest_post_invalid_id" | "rest_already_trashed")
    }
}

fn failure(answer: &Answer, told: &Told) -> Failure {
    let said = match (told.code.as_str(), told.message.as_str()) {
        ("", _) => String::new(),
        (code, message) => format!("{code}, {}", plain(message).chars().take(MESSAGE).collect::<String>()),
    };
    let later = || Failure::Transient {
        retry_after: answer.retry_after(SystemTime::now()),
        reason: format!("WordPress answered {}: {said}", answer.status),
    };
    match told.code.as_str() {
        // The text is larger than the site's database takes: permanent, although it comes as 500.
        "db_insert_error" | "db_update_error" if is_about_size(answer) => {
            Failure::rejected(format!("the article does not fit into the partner's database: {said}"))
        }
        // Drafts and the trash are not shown to strangers: WordPress takes us for one.
        "rest_invalid_param" if told.data.get("params").is_some_and(|params| params.get("status").is_some()) => {
            Failure::denied("WordPress lets this user see no drafts: check the connector's user and secret")
        }
        // The post vanished between looking and writing: the next try looks again.
        "rest_post_invalid_id" | "rest_already_trashed" => later(),
        _ => Failure::of_answer(answer, &said),
    }
}

/// Messages may be HTML, which an operator's terminal is not for.
fn plain(message: &str) -> String {
    let mut pieces = message.split('<');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('>').map_or("", |(_, after)| after))
}

fn is_about_size(answer: &Answer) -> bool {
    let text = answer.text();
    ["max_allowed_packet", "packet bigger", "too long", "invalid data"].iter().any(|words| text.contains(words))
}

impl From<HttpError> for ApiError {
    fn from(error: HttpError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::Refused(refusal) => refusal.failure,
            ApiError::Failed(failure) => failure,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_message_is_shown_without_its_tags() {
        assert_eq!(plain("<p>There was <a href=\"x\">an error</a>.</p>"), "There was an error.");
        assert_eq!(plain("Invalid post ID."), "Invalid post ID.");
    }
}
