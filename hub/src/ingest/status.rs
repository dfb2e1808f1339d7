//! `GET /v1/submissions/{id}`: what became of it, for the outlet that sent it and for operators.

use async_trait::async_trait;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use lianbo_schemas::{ArticleUri, ItemUri, OutletId, SubmissionId, Verdict};
use serde::Serialize;

use crate::ingest::idempotency::LookupError;
use crate::ingest::sender::anyone;
use crate::ingest::{Ingest, refusal};
use crate::problem::Problem;

/// What became of a submission.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SubmissionReport {
    /// Which.
    pub submission: SubmissionId,
    /// Whose.
    pub outlet: OutletId,
    /// When the hub received it, if it is known yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub received: Option<Timestamp>,
    /// True until something of it has come out at the other end: an item or a refusal.
    pub pending: bool,
    /// The items it brought.
    pub items: Vec<ItemOutcome>,
    /// What was refused of it.
    pub refusals: Vec<Refused>,
}

/// What became of one item of a submission.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ItemOutcome {
    /// The item.
    pub item: ItemUri,
    /// Its headline.
    pub headline: String,
    /// What dedup decided.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// The article it belongs to; none for a piece that was withdrawn before it was ever seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article: Option<ArticleUri>,
    /// Where the hub shows the article.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub article_url: Option<String>,
}

/// What was refused of a submission, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// The entry's number in a document of several, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<u32>,
    /// Short and stable.
    pub code: String,
    /// One sentence.
    pub detail: String,
}

/// Knows what became of submissions: the view.
#[async_trait]
pub trait SubmissionStatus: Send + Sync {
    /// What became of it; `None` when it is not known (yet).
    async fn report(&self, submission: &SubmissionId) -> Result<Option<SubmissionReport>, LookupError>;
}

/// Knows nothing: for a node that keeps no view.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoStatus;

#[async_trait]
impl SubmissionStatus for NoStatus {
    async fn report(&self, _submission: &SubmissionId) -> Result<Option<SubmissionReport>, LookupError> {
        Ok(None)
    }
}

pub(super) async fn status(
    State(ingest): State<Ingest>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let parts = &ingest.shared.parts;
    if !parts.registry.is_ready() {
        return Err(refusal::starting());
    }
    let operator = parts.admin_key.is_in(&headers);
    let caller = anyone(&parts.registry.snapshot(), &headers);
    if caller.is_none() && !operator {
        return Err(refusal::wrong_key());
    }
    let submission = SubmissionId::new(&id).map_err(|_invalid| unknown(&id))?;
    let report = parts.status.report(&submission).await.map_err(|error| {
        tracing::warn!(%error, "the status of a submission cannot be looked up");
        Problem::unavailable("what became of submissions cannot be looked up now; ask again")
    })?;
    let report = report.or_else(|| pending(&ingest, &submission)).ok_or_else(|| unknown(&id))?;
    // Another outlet's submission is answered like one that is not there.
    if !operator && caller.as_ref() != Some(&report.outlet) {
        return Err(unknown(&id));
    }
    Ok(([(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(report)).into_response())
}

/// A submission that this process took, but the view has not seen yet.
fn pending(ingest: &Ingest, submission: &SubmissionId) -> Option<SubmissionReport> {
    let outlet = ingest.memory().outlet_of(submission).cloned()?;
    let (submission, items, refusals) = (submission.clone(), Vec::new(), Vec::new());
    Some(SubmissionReport { submission, outlet, received: None, pending: true, items, refusals })
}

fn unknown(id: &str) -> Problem {
    let shown: String = id.chars().take(80).collect();
    Problem::not_found(format!("there is no submission `{shown}` of yours; right after a 202 ask again in a second"))
        .with("detail_zh", "没有查到这份投稿；刚提交的请一秒后再查")
}
