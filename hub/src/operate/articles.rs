//! `GET /v1/articles`: the newest ones; `GET /v1/articles/{id}/why`: why its items are one article; with
//! `?partner=`, why that partner holds it, or does not.

use axum::Json;
use axum::extract::{Path, Query, State};
use lianbo_schemas::{ArticleUri, PartnerId};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Operate, lineage, unseen};
use crate::problem::Problem;
use crate::route::{Rules, why};

/// Rows of one page when not asked otherwise, and at most.
const PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 500;

#[derive(Debug, Deserialize)]
pub(super) struct ListQuery {
    limit: Option<u32>,
    search: Option<String>,
}

pub(super) async fn list(
    State(operate): State<Operate>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Value>, Problem> {
    let limit = query.limit.unwrap_or(PAGE).min(LARGEST_PAGE);
    let rows: Vec<Value> = match query.search.as_deref().filter(|text| !text.trim().is_empty()) {
        Some(text) => found(&operate, text, limit).await?,
        None => newest(&operate, limit).await?,
    };
    Ok(Json(json!({"articles": rows})))
}

async fn newest(operate: &Operate, limit: u32) -> Result<Vec<Value>, Problem> {
    let latest = operate.view.latest(limit, None).await.map_err(unseen)?;
    let rows = latest.iter().map(|row| {
        json!({
            "id": row.standing.uri.short(), "uri": row.standing.uri, "version": row.standing.version,
            "status": row.standing.status, "released": row.standing.released, "outlet": row.outlet,
            "sightings": row.sightings.len(), "headline": row.headline, "first_seen": row.first_seen,
        })
    });
    Ok(rows.collect())
}

async fn found(operate: &Operate, text: &str, limit: u32) -> Result<Vec<Value>, Problem> {
    let found = operate.view.search(text, limit).await.map_err(unseen)?;
    let mut rows = Vec::with_capacity(found.len());
    for row in found {
        let article = operate.view.article(&row.uri).await.map_err(unseen)?;
        rows.push(json!({
            "id": row.uri.short(), "uri": row.uri, "version": row.version, "outlet": row.outlet,
            "status": article.as_ref().map(|article| article.status()),
            "released": article.as_ref().map(|article| article.is_released((operate.clock)())),
            "sightings": article.as_ref().map_or(0, |article| article.sightings.len()),
            "headline": row.headline, "first_seen": row.first_seen,
        }));
    }
    Ok(rows)
}

#[derive(Debug, Deserialize)]
pub(super) struct WhyQuery {
    /// Without one: why its items are one article.
    partner: Option<String>,
}

pub(super) async fn explain(
    State(operate): State<Operate>,
    Path(id): Path<String>,
    Query(query): Query<WhyQuery>,
) -> Result<Json<Value>, Problem> {
    let article = super::article(&operate, &id).await?;
    let Some(partner) = query.partner else {
        let lineage = operate.view.lineage(&article.uri).await.map_err(unseen)?;
        let decisions = operate.view.decisions(&article.uri).await.map_err(unseen)?;
        let steps = lineage.map(|lineage| lineage::steps(&article, &lineage, &decisions)).unwrap_or_default();
        return Ok(Json(json!({"article": article.uri, "steps": steps})));
    };
    let partner = super::partner(&operate, &partner)?;
    let delivery = desired(&operate, &partner.id, &article.uri).await?;
    let receipts = operate.view.receipts_of_article(&article.uri).await.map_err(unseen)?;
    let receipt = receipts.iter().find(|receipt| receipt.partner == partner.id);
    let rules = Rules::new(operate.registry.snapshot());
    let mut answer = why(&rules, &article, &partner, delivery.as_ref(), receipt, (operate.clock)());
    if let Some(other) = operate.view.merged_into(&article.uri).await.map_err(unseen)? {
        answer.steps.push(format!("An editor has merged it into `{other}`; ask why about that one."));
    }
    Ok(Json(json!({"article": article.uri, "partner": partner.id, "routed": answer.routed, "steps": answer.steps})))
}

/// What a partner should hold of an article.
pub(super) async fn desired(
    operate: &Operate,
    partner: &PartnerId,
    uri: &ArticleUri,
) -> Result<Option<lianbo_schemas::Delivery>, Problem> {
    operate.view.desired(partner, uri).await.map_err(unseen)
}
