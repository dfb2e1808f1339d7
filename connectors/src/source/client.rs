//! The one HTTP client as a fetcher of sources. It follows redirects itself, to learn of permanent ones.

use async_trait::async_trait;
use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Method, StatusCode, Url};

use crate::http::{Answer, HttpClient, HttpError, Request};
use crate::source::{Fetch, FetchError, Fetched};

/// Redirects followed, as browsers' feed readers do: a feed that moved twice and got https has three.
const MOST_REDIRECTS: u8 = 5;

#[async_trait]
impl Fetch for HttpClient {
    async fn get(&self, url: &str, headers: HeaderMap, bound: usize) -> Result<Fetched, FetchError> {
        let (mut url, mut moved_to, mut permanent) = (url.to_owned(), None, true);
        for _ in 0..=MOST_REDIRECTS {
            let request = Request { headers: headers.clone(), ..Request::new(Method::GET, url).bound(bound) };
            let answer = self.send(request).await?;
            let Some(next) = next_address(&answer) else {
                let Answer { status, headers, body, url } = answer;
                return Ok(Fetched { status, headers, body, final_url: url.into(), moved_to });
            };
            permanent &= matches!(answer.status, StatusCode::MOVED_PERMANENTLY | StatusCode::PERMANENT_REDIRECT);
            if permanent {
                moved_to = Some(next.clone());
            }
            url = next;
        }
        Err(FetchError::Transient(format!("more than {MOST_REDIRECTS} redirects, the last to `{url}`")))
    }
}

/// Where a redirect leads; `None` if the answer is none.
fn next_address(answer: &Answer) -> Option<String> {
    let redirects = [
        StatusCode::MOVED_PERMANENTLY,
        StatusCode::FOUND,
        StatusCode::SEE_OTHER,
        StatusCode::TEMPORARY_REDIRECT,
        StatusCode::PERMANENT_REDIRECT,
    ];
    let location = redirects.contains(&answer.status).then(|| answer.headers.get(LOCATION)).flatten()?;
    let location = std::str::from_utf8(location.as_bytes()).ok()?;
    Url::join(&answer.url, location).ok().map(String::from)
}

impl From<HttpError> for FetchError {
    fn from(error: HttpError) -> Self {
        let cause = error.to_string();
        match error {
            HttpError::Address { .. } | HttpError::Refused { .. } => Self::Address(cause),
            HttpError::TooLarge { .. } => Self::TooLarge(cause),
            HttpError::HeldBack { .. }
            | HttpError::Unreachable { .. }
            | HttpError::TimedOut { .. }
            | HttpError::Broken { .. }
            | HttpError::Redirects { .. } => Self::Transient(cause),
        }
    }
}
