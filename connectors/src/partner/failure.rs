//! What an HTTP answer means for a delivery, where the partner's own system has no more exact word.

use std::time::SystemTime;

use reqwest::StatusCode;

use super::Failure;
use crate::http::{Answer, HttpError};

impl Failure {
    /// Again after a while, the lane decides when.
    pub fn transient(reason: impl Into<String>) -> Self {
        Self::Transient { retry_after: None, reason: reason.into() }
    }

    /// Never this version.
    pub fn rejected(reason: impl Into<String>) -> Self {
        Self::Rejected { reason: reason.into() }
    }

    /// Nothing until an operator acts.
    pub fn denied(reason: impl Into<String>) -> Self {
        Self::Denied { reason: reason.into() }
    }

    /// Of an answer that is no success. `said` is what the partner says about it, in one line, or empty.
    ///
    /// 401, 403: credentials. 404, 405, 501 and redirects: the address is wrong, which no retry and no other article
    /// mends, so the lane waits for the operator and nothing is lost. 410: gone. 408, 425, 429 and 5xx: later. All
    /// other 4xx are about this one article.
    pub fn of_answer(answer: &Answer, said: &str) -> Self {
        let status = answer.status;
        let colon = if said.is_empty() { "" } else { ": " };
        let reason = format!("the partner answered {status}{colon}{said}");
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
                Self::Denied { reason: format!("{reason}; check the connector's user and secret") }
            }
            StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_IMPLEMENTED => {
                Self::Denied { reason: format!("{reason}; check the connector's url") }
            }
            StatusCode::GONE => Self::Gone { reason },
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
                Self::Transient { retry_after: answer.retry_after(SystemTime::now()), reason }
            }
            _ if status.is_redirection() => {
                let to = answer.header("location").unwrap_or("nowhere");
                Self::Denied { reason: format!("{reason}; it redirects to {to}: set the connector's url to that") }
            }
            _ if status.is_client_error() => Self::Rejected { reason },
            _ => Self::Transient { retry_after: answer.retry_after(SystemTime::now()), reason },
        }
    }
}

impl From<HttpError> for Failure {
    fn from(error: HttpError) -> Self {
        match &error {
            HttpError::Address { .. } | HttpError::Refused { .. } => Self::denied(error.to_string()),
            HttpError::HeldBack { .. }
            | HttpError::Unreachable { .. }
            | HttpError::TimedOut { .. }
            | HttpError::Broken { .. }
            | HttpError::TooLarge { .. }
            | HttpError::Redirects { .. } => Self::transient(error.to_string()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use bytes::Bytes;
    use reqwest::StatusCode;
    use reqwest::header::{HeaderMap, HeaderValue, RETRY_AFTER};

    use super::Failure;
    use crate::http::Answer;

    fn answer(status: u16) -> Answer {
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers: HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static("7"))]),
            body: Bytes::new(),
            url: "https://partner.example/".parse().unwrap(),
        }
    }

    #[test]
    fn every_status_has_a_consequence() {
        let kind = |status: u16| match Failure::of_answer(&answer(status), "no") {
            Failure::Transient { retry_after, .. } => {
                assert_eq!(retry_after, Some(Duration::from_secs(7)), "{status}");
                "transient"
            }
            Failure::Pending { .. } => "pending",
            Failure::Rejected { .. } => "rejected",
            Failure::Denied { .. } => "denied",
            Failure::Gone { .. } => "gone",
        };
        let expected = [
            ("denied", [301, 302, 307, 308, 401, 403, 404, 405, 501].as_slice()),
            ("gone", &[410]),
            ("transient", &[408, 425, 429, 500, 502, 503, 504, 520]),
            ("rejected", &[400, 402, 406, 409, 411, 413, 415, 422, 451]),
        ];
        for (consequence, statuses) in expected {
            for status in statuses {
                assert_eq!(kind(*status), consequence, "{status}");
            }
        }
    }
}
