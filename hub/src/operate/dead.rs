//! Dead letters: list them, look at one, send it on its way again.

use axum::Json;
use axum::extract::{Path, Query, State};
use lianbo_schemas::{DeadLetter, Event, Origin, topic};
use serde::Deserialize;
use serde_json::{Value, json};

use super::words::record;
use super::{Operate, articles, unread, unseen};
use crate::log::NewRecord;
use crate::problem::Problem;
use crate::route::to_record;
use crate::view::Letters;

/// Letters listed, and redriven by one `--all`, at most.
const MOST: u32 = 1_000;

#[derive(Debug, Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    all: bool,
}

pub(super) async fn list(
    State(operate): State<Operate>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Value>, Problem> {
    let which = if query.all { Letters::All } else { Letters::Open };
    let found = operate.view.dead_letters(which, MOST).await.map_err(unseen)?;
    Ok(Json(json!({"open": found.open, "dead": found.letters.iter().map(shown).collect::<Vec<_>>()})))
}

pub(super) async fn show(State(operate): State<Operate>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    Ok(Json(shown(&letter(&operate, &id).await?)))
}

pub(super) async fn redrive(State(operate): State<Operate>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let letter = letter(&operate, &id).await?;
    again(&operate, &letter).await?;
    Ok(Json(json!({"redriven": 1})))
}

pub(super) async fn redrive_all(State(operate): State<Operate>) -> Result<Json<Value>, Problem> {
    let open = operate.view.dead_letters(Letters::Open, MOST).await.map_err(unseen)?;
    let mut redriven = 0;
    let mut left = Vec::new();
    for letter in &open.letters {
        match again(&operate, letter).await {
            Ok(()) => redriven += 1,
            Err(problem) => {
                left.push(json!({"id": letter.key(), "status": problem.status().as_u16(), "detail": problem.detail()}))
            }
        }
    }
    Ok(Json(json!({"redriven": redriven, "left": left})))
}

fn shown(letter: &DeadLetter) -> Value {
    let mut document = json!(letter);
    if let Some(members) = document.as_object_mut() {
        members.insert("id".to_owned(), letter.key().into());
    }
    document
}

async fn letter(operate: &Operate, id: &str) -> Result<DeadLetter, Problem> {
    let found = operate.view.dead_letter(id).await.map_err(unseen)?;
    found.ok_or_else(|| {
        Problem::not_found(format!("there is no dead letter `{id}`; `lianbo dead list --all` lists them"))
    })
}

/// Closes the letter and sends what it is about on its way; if that fails again, a new letter takes its place.
async fn again(operate: &Operate, letter: &DeadLetter) -> Result<(), Problem> {
    let now = (operate.clock)();
    let outputs = match &letter.origin {
        Origin::Submission { topic, partition, offset, .. } => {
            let record = record(operate, topic, *partition, *offset).await?;
            operate.normalise.again(vec![record], now).await.map_err(Problem::unavailable)?
        }
        Origin::Record { topic, partition, offset } if topic::outlet_of(topic).is_some() => {
            let record = record(operate, topic, *partition, *offset).await?;
            operate.normalise.again(vec![record], now).await.map_err(Problem::unavailable)?
        }
        Origin::Decision { .. } => {
            return Err(Problem::bad_request("a decision is not redriven; decide again, on what the article is now"));
        }
        Origin::Record { .. } => {
            return Err(Problem::bad_request(
                "a record of the hub's own cannot be redriven; replay its outlet instead",
            ));
        }
        Origin::Delivery { partner, article, .. } => {
            let delivery = articles::desired(operate, partner, article).await?;
            let mut delivery =
                delivery.ok_or_else(|| Problem::not_found("the partner should not hold this article any more"))?;
            delivery.redelivery = Some(format!("redrive-{}", now.as_millisecond()));
            delivery.decided = now;
            vec![to_record(partner, &delivery, &format!("redrive:{}", now.as_millisecond()), None)]
        }
    };
    let mut closed = letter.clone();
    closed.redriven = Some(now);
    let mut records = vec![dead_record(&closed, now)];
    records.extend(outputs);
    operate.log.append(records).await.map_err(unread)?;
    Ok(())
}

fn dead_record(letter: &DeadLetter, now: jiff::Timestamp) -> NewRecord {
    let key = letter.key();
    NewRecord {
        topic: topic::DEAD.to_owned(),
        headers: Event::new(format!("{key}:redriven:{}", now.as_millisecond()), "/operate", "dead.redriven", now)
            .about(&key)
            .to_headers(),
        value: Some(serde_json::to_vec(letter).expect("a dead letter has only string keys").into()),
        key: Some(key.into()),
    }
}
