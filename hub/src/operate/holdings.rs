//! `GET /v1/partners/{id}/holdings`: what a partner holds, or held at a moment.
//!
//! Receipts are kept newest only, and each carries the changes before it. So every moment is known exactly, but for
//! articles that changed very often at the partner: those are named as unknown.

use axum::Json;
use axum::extract::{Path, Query, State};
use jiff::Timestamp;
use lianbo_schemas::{PartnerId, Receipt, Then};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Operate, unseen};
use crate::problem::Problem;

/// Rows of one page when not asked otherwise, and at most.
const PAGE: usize = 100;
const LARGEST_PAGE: usize = 1_000;
/// Receipts read at once.
const READ: u32 = 500;
/// Receipts looked at for one page at most: most of what a partner has may be withdrawn.
const LOOKED_AT: usize = 20_000;

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    at: Option<Timestamp>,
    /// The uri the page before ended with.
    #[serde(default)]
    after: String,
    limit: Option<usize>,
}

pub(super) async fn list(
    State(operate): State<Operate>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Json<Value>, Problem> {
    // A partner that was removed from the registry may still hold what it was sent.
    let partner = PartnerId::new(&id).map_err(|error| Problem::bad_request(error.to_string()))?;
    let at = asked.at.unwrap_or_else(|| (operate.clock)());
    let limit = asked.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE);
    let (mut held, mut unknown) = (Vec::new(), Vec::new());
    let (mut after, mut looked_at) = (asked.after, 0);
    let next = loop {
        let receipts = operate.view.receipts_of_partner(&partner, &after, READ).await.map_err(unseen)?;
        if receipts.is_empty() {
            if looked_at == 0 && after.is_empty() {
                super::partner(&operate, &id)?;
            }
            break None;
        }
        for receipt in receipts {
            after = receipt.article.to_string();
            looked_at += 1;
            match receipt.history().at(at) {
                Then::Held(since, copy) => held.push(row(&operate, &receipt, since, copy).await?),
                Then::Unknown => unknown.push(json!({"article": receipt.article})),
                Then::Nothing => {}
            }
            if held.len() + unknown.len() >= limit {
                break;
            }
        }
        if held.len() + unknown.len() >= limit || looked_at >= LOOKED_AT {
            break Some(after);
        }
    };
    Ok(Json(json!({"partner": partner, "at": at, "holdings": held, "unknown": unknown, "next": next})))
}

async fn row(
    operate: &Operate,
    receipt: &Receipt,
    since: Timestamp,
    copy: &lianbo_schemas::HeldCopy,
) -> Result<Value, Problem> {
    let article = operate.view.article(&receipt.article).await.map_err(unseen)?;
    Ok(json!({
        "article": receipt.article, "id": receipt.article.short(), "version": copy.version, "since": since,
        "remote": {"id": copy.remote.id, "url": copy.remote.url}, "content_hash": copy.content_hash,
        "headline": article.as_ref().map(|article| article.news.headline()),
    }))
}
