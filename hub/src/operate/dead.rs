//! Dead letters: list them, look at one, send it on its way again, put it away.

use axum::Json;
use axum::extract::{Path, Query, State};
use lianbo_schemas::dead::Dismissal;
use lianbo_schemas::{DeadLetter, Event, Origin, topic};
use serde::Deserialize;
use serde_json::{Value, json};

use super::decisions::noted;
use super::words::record;
use super::{Operate, articles, unread, unseen};
use crate::letter;
use crate::log::NewRecord;
use crate::problem::Problem;
use crate::route::to_record;
use crate::view::{Letters, Mark};

/// Letters listed in one answer at most.
const MOST: u32 = 1_000;
/// Letters redriven by one request at most: some seconds' work.
const AT_ONCE: u32 = 200;
/// What is left to do about a letter that cannot be redriven.
const PUT_AWAY: &str = "put this letter away with `lianbo dead dismiss ID --note WHY`";

#[derive(Debug, Deserialize)]
pub(super) struct ListQuery {
    #[serde(default)]
    all: bool,
    behind: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct RedriveQuery {
    behind: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct DismissRequest {
    note: String,
}

/// The newest, or those behind the mark that an earlier answer gave as `next`.
pub(super) async fn list(
    State(operate): State<Operate>,
    Query(query): Query<ListQuery>,
) -> Result<Json<Value>, Problem> {
    let which = if query.all { Letters::All } else { Letters::Open };
    let found = operate.view.dead_letters(which, mark(query.behind)?, MOST).await.map_err(unseen)?;
    let next = found.next.map(|next| next.to_string());
    Ok(Json(json!({
        "open": found.open, "dead": found.letters.iter().map(shown).collect::<Vec<_>>(), "next": next,
    })))
}

pub(super) async fn show(State(operate): State<Operate>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    Ok(Json(shown(&letter(&operate, &id).await?)))
}

pub(super) async fn redrive(State(operate): State<Operate>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let letter = letter(&operate, &id).await?;
    again(&operate, &letter).await?;
    Ok(Json(json!({"redriven": 1})))
}

/// The newest open ones, or those behind the mark that an earlier answer gave as `next`. So each is sent once, also when
/// it is refused at once again.
pub(super) async fn redrive_all(
    State(operate): State<Operate>,
    Query(query): Query<RedriveQuery>,
) -> Result<Json<Value>, Problem> {
    let open = operate.view.dead_letters(Letters::Open, mark(query.behind)?, AT_ONCE).await.map_err(unseen)?;
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
    let next = open.next.map(|next| next.to_string());
    Ok(Json(json!({"redriven": redriven, "left": left, "next": next})))
}

/// Closes a letter of which nothing will come.
pub(super) async fn dismiss(
    State(operate): State<Operate>,
    Path(id): Path<String>,
    Json(request): Json<DismissRequest>,
) -> Result<Json<Value>, Problem> {
    let mut letter = letter(&operate, &id).await?;
    let Some(note) = noted(Some(&request.note))? else {
        return Err(Problem::bad_request("a letter is put away for a reason: `note` says which"));
    };
    if !letter.is_open() {
        return Err(Problem::bad_request(format!("the dead letter `{id}` is closed already")));
    }
    let at = (operate.clock)();
    letter.dismissed = Some(Dismissal { at, note });
    operate.log.append(vec![closing(&letter, "dismissed", at)]).await.map_err(unread)?;
    Ok(Json(shown(&letter)))
}

fn mark(text: Option<String>) -> Result<Option<Mark>, Problem> {
    let parse = |text: String| {
        let wrong = || Problem::bad_request("`behind` is not what an answer has given as `next`");
        Mark::parse(&text).ok_or_else(wrong)
    };
    text.map(parse).transpose()
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
            return Err(Problem::bad_request(format!(
                "a decision is not redriven; decide again, on what the article is now, and {PUT_AWAY}"
            )));
        }
        Origin::Record { .. } => {
            return Err(Problem::bad_request(format!(
                "a record of the hub's own cannot be redriven; replay its outlet instead, and {PUT_AWAY}"
            )));
        }
        Origin::Delivery { partner, article, .. } => {
            let delivery = articles::desired(operate, partner, article).await?;
            let mut delivery = delivery.ok_or_else(|| {
                Problem::not_found(format!("the partner should not hold this article any more; {PUT_AWAY}"))
            })?;
            delivery.redelivery = Some(format!("redrive-{}", now.as_millisecond()));
            delivery.decided = now;
            vec![to_record(partner, &delivery, &format!("redrive:{}", now.as_millisecond()), None)]
        }
    };
    let mut closed = letter.clone();
    closed.redriven = Some(now);
    let mut records = vec![closing(&closed, "redriven", now)];
    records.extend(outputs);
    operate.log.append(records).await.map_err(unread)?;
    Ok(())
}

/// That a letter is closed; `how` is the last part of the event's type.
fn closing(letter: &DeadLetter, how: &str, now: jiff::Timestamp) -> NewRecord {
    let key = letter.key();
    let id = format!("{key}:{how}:{}", now.as_millisecond());
    letter::record(letter, &Event::new(id, "/operate", &format!("dead.{how}"), now).about(&key))
}
