//! `GET /v1/dedup/stats`: what dedup remembers in this process, what that takes, and how it came back after the start.

use axum::Json;
use axum::extract::State;
use serde::Serialize;

use super::Operate;
use crate::dedup::Report;

/// The answer.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    /// The process that answers, as its machine numbers it.
    process: u32,
    #[serde(flatten)]
    report: Report,
    /// What to do when it is not here.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<&'static str>,
}

const ELSEWHERE: &str = "dedup does not run in this process: one process of the alliance judges at a time. Ask the \
                         others that have the role `dedup`: `lianbo --hub URL dedup stats`; `lianbo topics` shows \
                         whether any of them does";

pub(super) async fn stats(State(operate): State<Operate>) -> Json<Answer> {
    let report = operate.dedup.report().as_ref().clone();
    let advice = (report == Report::Elsewhere).then_some(ELSEWHERE);
    Json(Answer { process: std::process::id(), report, advice })
}
