//! `GET /v1/articles/{article}`: one article with where it comes from and what has become of it, as JSON.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use lianbo_schemas::ArticleUri;
use serde_json::{Value, json};

use super::exposure::{Exposure, exposure};
use super::terms::Shown;
use super::{Audience, FeedState, unavailable};
use crate::problem::Problem;
use crate::view::Standing;

/// `GET /v1/articles/{article}`.
pub(super) async fn serve(
    State(state): State<Arc<FeedState>>,
    Path(id): Path<String>,
    audience: Audience,
) -> Result<Response, Problem> {
    let (status, body) = match exposure(&state, &id, audience).await? {
        Exposure::Gone { standing, merged_into } => {
            (StatusCode::GONE, tombstone(&state, &standing, merged_into.as_ref(), audience).await?)
        }
        Exposure::Shown { article, terms, standing } => {
            let page = state.article_url(article.uri.short());
            let outlet = state.outlet_name(&article.outlet);
            let shown = Shown::new(&article, &terms, standing.changed, &outlet, &page);
            let body = json!({
                "article": shown.news,
                "attribution": shown.attribution,
                "page": page,
                "released": standing.released,
                "versions": versions(&state, &article.uri, audience).await?,
            });
            (StatusCode::OK, with_more(&state, body, &article.uri, audience).await?)
        }
    };
    let mut response = (status, Json(body)).into_response();
    let cache = match audience {
        Audience::Public => "no-cache",
        Audience::Operator => "private, no-store",
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    Ok(response)
}

async fn tombstone(
    state: &FeedState,
    standing: &Standing,
    merged_into: Option<&ArticleUri>,
    audience: Audience,
) -> Result<Value, Problem> {
    let mut body = json!({"tombstone": {
        "uri": standing.uri,
        "version": standing.version,
        "status": standing.status,
        "note": standing.note,
        "at": standing.changed,
    }});
    if let Some(other) = merged_into {
        body["tombstone"]["replaced_by"] = json!({"uri": other, "page": state.article_url(other.short())});
    }
    match audience {
        Audience::Public => Ok(body),
        Audience::Operator => {
            let mut body = with_more(state, body, &standing.uri, audience).await?;
            body["versions"] = versions(state, &standing.uri, audience).await?;
            Ok(body)
        }
    }
}

/// Lineage and, for operators, what partners hold. The public hears only of linked articles that a channel shows.
async fn with_more(state: &FeedState, mut body: Value, uri: &ArticleUri, audience: Audience) -> Result<Value, Problem> {
    if let Some(mut lineage) = state.view.lineage(uri).await.map_err(unavailable)? {
        if audience == Audience::Public {
            lineage.links.retain(|linked| linked.listed);
            lineage.linked_from.retain(|linked| linked.listed);
        }
        body["lineage"] = json!(lineage);
    }
    if audience == Audience::Operator {
        body["channels"] = json!(state.view.shown(uri).await.map_err(unavailable)?);
        body["decisions"] = json!(state.view.decisions(uri).await.map_err(unavailable)?);
        body["deliveries"] = json!(state.view.receipts_of_article(uri).await.map_err(unavailable)?);
    }
    Ok(body)
}

/// The history of changes; former texts are for operators only.
async fn versions(state: &FeedState, uri: &ArticleUri, audience: Audience) -> Result<Value, Problem> {
    let mut versions = state.view.versions(uri).await.map_err(unavailable)?;
    if audience == Audience::Public {
        versions.iter_mut().for_each(|version| version.article = None);
    }
    Ok(json!(versions))
}
