//! Real systems, as environment variables name them: fields with commas between, systems with semicolons.

use axum::http::Method;
use axum::http::header::AUTHORIZATION;
use lianbo_connectors::http::{Answer, Request};
use serde_json::Value;

use crate::bench::client;

/// The fields of each system that `variable` names, or none and a word about it.
pub(crate) fn named(variable: &str, form: &str) -> Vec<Vec<String>> {
    let named = std::env::var(variable).unwrap_or_default();
    let fields = |entry: &str| entry.trim().split(',').map(str::to_owned).collect::<Vec<_>>();
    let systems: Vec<Vec<String>> = named.split(';').filter(|entry| !entry.trim().is_empty()).map(fields).collect();
    if systems.is_empty() {
        eprintln!("skipped: {variable} names no system ({form};…)");
    }
    systems
}

/// What the system's own editors would do there. Fails the test unless it is done.
pub(crate) async fn call(method: Method, url: &str, authorization: &str, body: Option<Value>) -> Answer {
    let mut request = Request::new(method, url).header(AUTHORIZATION, authorization.parse().unwrap());
    if let Some(body) = body {
        request = request.json(&body);
    }
    let answer = client().send(request).await.unwrap();
    assert!(answer.status.is_success(), "{url}: {} {}", answer.status, answer.text());
    answer
}
