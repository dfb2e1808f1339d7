//! A call to a CMS that did not do what it should, before it is known what that means for the article.

use reqwest::StatusCode;
use serde_json::Value;

use super::Failure;
use crate::http::{Answer, HttpError};

/// The most of a CMS's own message shown to an operator, in characters.
const MESSAGE: usize = 200;

/// A call that did not do what it should.
#[derive(Debug)]
pub(crate) enum ApiError {
    /// The system said no.
    Refused(Box<Refusal>),
    /// There was no answer, or none that can be read.
    Failed(Failure),
}

/// A refusal.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    /// The system's own code, e.g. `rest_post_invalid_id`; empty when another program answered.
    pub(crate) code: String,
    /// All the system said, if that was JSON.
    pub(crate) told: Value,
    /// What it means for the article.
    pub(crate) failure: Failure,
}

impl Refusal {
    /// A refusal of no more exact meaning than its status. The system says `code` and `message`, or nothing.
    pub(super) fn of(answer: &Answer, told: Value, code: &str, message: &str) -> Self {
        let failure = Failure::of_answer(answer, &said(code, message));
        Self { status: answer.status, code: code.to_owned(), told, failure }
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
}

/// What the system says, in one line.
pub(crate) fn said(code: &str, message: &str) -> String {
    let message: String = plain(message).chars().take(MESSAGE).collect();
    match (code, message.as_str()) {
        ("", message) => message.to_owned(),
        (code, "") => code.to_owned(),
        (code, message) => format!("{code}, {message}"),
    }
}

/// Messages may be HTML, which an operator's terminal is not for.
fn plain(message: &str) -> String {
    let mut pieces = message.split('<');
    let first = pieces.next().unwrap_or_default().to_owned();
    pieces.fold(first, |text, piece| text + piece.split_once('>').map_or("", |(_, after)| after))
}

impl From<HttpError> for ApiError {
    fn from(error: HttpError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
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
    use super::{plain, said};

    #[test]
    fn a_message_is_shown_without_its_tags() {
        assert_eq!(plain("<p>There was <a href=\"x\">an error</a>.</p>"), "There was an error.");
        assert_eq!(plain("Invalid post ID."), "Invalid post ID.");
        assert_eq!(said("", ""), "");
        assert_eq!(said("rest_post_invalid_id", "Invalid post ID."), "rest_post_invalid_id, Invalid post ID.");
    }
}
