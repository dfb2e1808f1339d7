//! `POST /v1/articles/{id}/decisions`: an editor overrules what dedup made of items. What is known to be impossible is
//! refused at once; the rest goes to dedup through `normalised`, where it has its place among the items.
//! `GET /v1/decisions/{id}` says what became of one.

mod case;
mod foresee;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use lianbo_schemas::decision::MADE;
use lianbo_schemas::{Decision, DecisionId, Event, Order, topic};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Operate, unread, unseen};
use crate::log::NewRecord;
use crate::problem::Problem;
use case::Case;
pub(super) use case::sighting;

/// Characters of a name, and of a note.
const LONGEST_NAME: usize = 200;
const LONGEST_NOTE: usize = 2_000;

/// What an editor asks for.
#[derive(Debug, Deserialize)]
pub(super) struct Request {
    /// An id of the client's, so that asking again decides once.
    #[serde(default)]
    id: Option<DecisionId>,
    #[serde(flatten)]
    wish: Wish,
    /// Who decides.
    by: String,
    /// Why.
    #[serde(default)]
    note: Option<String>,
    /// Only say what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// The ruling, its item and article named as an editor names them.
#[derive(Debug, Deserialize)]
#[serde(tag = "ruling", rename_all = "kebab-case")]
enum Wish {
    Split { item: String },
    Merge { into: String },
    Original { item: String },
}

pub(super) async fn decide(
    State(operate): State<Operate>,
    Path(id): Path<String>,
    Json(request): Json<Value>,
) -> Result<Response, Problem> {
    let request: Request = serde_json::from_value(request)
        .map_err(|error| Problem::bad_request(format!("cannot read the decision: {error}")))?;
    let (by, note) = (named(&request.by)?, noted(request.note.as_deref())?);
    let case = Case::open(&operate, &id, &request.wish).await?;
    if request.dry_run {
        let sentences = foresee::sentences(&operate, &case).await?;
        return Ok(Json(json!({"dry_run": true, "article": case.article.uri, "would": sentences})).into_response());
    }
    let decision = Decision {
        id: request.id.unwrap_or_else(DecisionId::fresh),
        article: case.article.uri.clone(),
        ruling: case.ruling.clone(),
        by,
        at: (operate.clock)(),
        note,
    };
    let watch = format!("/v1/decisions/{}", decision.id);
    let answer = json!({"decision": decision.id, "article": decision.article, "watch": watch});
    let order = Order { decision, item: case.item.map(|normalised| Box::new(normalised.item)) };
    operate.log.append(vec![record(&order)]).await.map_err(unread)?;
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, watch)], Json(answer)).into_response())
}

pub(super) async fn status(State(operate): State<Operate>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let id = DecisionId::new(&id).map_err(|error| Problem::bad_request(error.to_string()))?;
    if let Some(done) = operate.view.decision(&id).await.map_err(unseen)? {
        return Ok(Json(json!({"state": "carried-out", "decision": done})));
    }
    if let Some(letter) = operate.view.dead_letter(&format!("decision:{id}")).await.map_err(unseen)? {
        return Ok(Json(json!({"state": "refused", "reason": letter.reason})));
    }
    Err(Problem::not_found(format!("no decision `{id}` has been carried out or refused yet; ask again in a moment")))
}

fn named(by: &str) -> Result<String, Problem> {
    let by = by.trim();
    if by.is_empty() || by.chars().count() > LONGEST_NAME {
        return Err(Problem::bad_request(format!("`by` names who decides, in 1 to {LONGEST_NAME} characters")));
    }
    Ok(by.to_owned())
}

/// A note as it is kept: none when there is nothing in it.
pub(super) fn noted(note: Option<&str>) -> Result<Option<String>, Problem> {
    let note = note.map(str::trim).filter(|note| !note.is_empty());
    if note.is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
        return Err(Problem::bad_request(format!("`note` has {LONGEST_NOTE} characters at most")));
    }
    Ok(note.map(str::to_owned))
}

fn record(order: &Order) -> NewRecord {
    let decision = &order.decision;
    let event = Event::new(decision.id.as_str(), "/operate", MADE, decision.at).about(decision.article.as_str());
    NewRecord {
        topic: topic::NORMALISED.to_owned(),
        key: Some(Bytes::copy_from_slice(decision.article.as_str().as_bytes())),
        headers: event.to_headers(),
        value: Some(serde_json::to_vec(order).expect("a decision has only string keys").into()),
    }
}
