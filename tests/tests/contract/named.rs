//! Real systems, and calls to them.

use axum::http::Method;
use axum::http::header::AUTHORIZATION;
use lianbo_connectors::http::{Answer, Request};
pub(crate) use lianbo_tests::named;
use serde_json::Value;

use crate::bench::client;

/// What the system's own editors would do there. Fails the test unless it is done.
pub(crate) async fn call(method: Method, url: &str, authorization: &str, body: Option<Value>) -> Answer {
    let answer = ask(method, url, authorization, body).await;
    assert!(answer.status.is_success(), "{url}: {} {}", answer.status, answer.text());
    answer
}

/// The same, whatever the answer is.
pub(crate) async fn ask(method: Method, url: &str, authorization: &str, body: Option<Value>) -> Answer {
    let mut request = Request::new(method, url).header(AUTHORIZATION, authorization.parse().unwrap());
    if let Some(body) = body {
        request = request.json(&body);
    }
    client().send(request).await.unwrap()
}
