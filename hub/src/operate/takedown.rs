//! `GET /v1/articles/{id}/takedown`: the closing report of an article that was withdrawn, for every partner that ever
//! held it: what it acknowledged, and what is found where readers saw it.

use axum::Json;
use axum::extract::{Path, State};
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::takedown::Proof;
use lianbo_schemas::{Action, Delivery, Receipt, TakeDown};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Operate, articles, unseen};
use crate::problem::Problem;

/// How far a take-down is at one partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Reached {
    /// The partner is to hold it.
    Held,
    /// It was told, and has not acknowledged.
    Unacknowledged,
    /// It has acknowledged, and the address was not looked at for long enough yet.
    Open,
    /// Readers do not find it, and did not after a while.
    Gone,
    /// It has acknowledged; no address of it was ever known.
    NoAddress,
    /// It has acknowledged, and readers may still see it.
    Overdue,
}

impl Reached {
    fn of(receipt: &Receipt, desired: Option<&Delivery>, found: Option<&TakeDown>) -> Self {
        let history = receipt.history();
        if history.changes.last().is_some_and(|change| change.copy.is_some()) {
            let is_told = desired.is_some_and(|delivery| delivery.action == Action::Withdraw);
            return if is_told { Self::Unacknowledged } else { Self::Held };
        }
        match found.map(|found| found.proof) {
            Some(Proof::Gone) => Self::Gone,
            Some(Proof::Overdue) => Self::Overdue,
            Some(Proof::Open) => Self::Open,
            None if history.last_copy().is_some_and(|copy| copy.remote.url.is_some()) => Self::Open,
            None => Self::NoAddress,
        }
    }

    /// Nothing is left to be done.
    fn is_closed(self) -> bool {
        matches!(self, Self::Gone | Self::NoAddress)
    }

    /// What an operator can do about it.
    fn advice(self, receipt: &Receipt) -> Option<String> {
        let (partner, short) = (&receipt.partner, receipt.article.short());
        match self {
            Self::Held => Some(format!("`lianbo why {short} --partner {partner}` says why it holds the article")),
            Self::Unacknowledged => {
                Some(format!("`lianbo partner show {partner}` shows what holds its lane up; `lianbo dead list` why"))
            }
            Self::Overdue => Some(format!(
                "have {partner} remove it and empty its caches; `lianbo reconcile {partner}` tells the system again"
            )),
            Self::NoAddress => Some(format!("`lianbo reconcile {partner} --dry-run` looks inside, if its kind can")),
            Self::Open | Self::Gone => None,
        }
    }
}

pub(super) async fn report(State(operate): State<Operate>, Path(id): Path<String>) -> Result<Json<Value>, Problem> {
    let article = super::article(&operate, &id).await?;
    let found = operate.view.take_downs(&article.uri).await.map_err(unseen)?;
    let receipts = operate.view.receipts_of_article(&article.uri).await.map_err(unseen)?;
    let mut rows = Vec::new();
    let mut is_closed = true;
    for receipt in receipts.iter().filter(|receipt| receipt.history().last_copy().is_some()) {
        let desired = articles::desired(&operate, &receipt.partner, &article.uri).await?;
        let found = found.iter().find(|found| found.partner == receipt.partner);
        let reached = Reached::of(receipt, desired.as_ref(), found);
        is_closed &= reached.is_closed();
        rows.push(row(receipt, desired.as_ref(), found, reached));
    }
    let note = article.news.ed_note.as_ref().filter(|_| article.status() != PubStatus::Usable);
    Ok(Json(json!({
        "article": article.uri, "id": article.uri.short(), "headline": article.news.headline(),
        "status": article.status(), "version": article.version, "note": note, "closed": is_closed, "partners": rows,
    })))
}

fn row(receipt: &Receipt, desired: Option<&Delivery>, found: Option<&TakeDown>, reached: Reached) -> Value {
    let history = receipt.history();
    let copy = history.last_copy();
    let last = history.changes.last();
    let withdrawal = desired.filter(|delivery| delivery.action == Action::Withdraw);
    json!({
        "partner": receipt.partner, "state": reached, "advice": reached.advice(receipt),
        "held_from": history.changes.iter().find(|change| change.copy.is_some()).map(|change| change.since),
        "version": copy.map(|copy| copy.version), "remote_id": copy.map(|copy| &copy.remote.id),
        "url": copy.and_then(|copy| copy.remote.url.as_deref()),
        "decided": withdrawal.map(|delivery| delivery.decided),
        "note": withdrawal.and_then(|delivery| delivery.note.as_ref()),
        "acknowledged": last.filter(|change| change.copy.is_none()).map(|change| change.since),
        "looks": found.map_or(0, |found| found.looks), "last_look": found.map(|found| &found.last),
        "gone_since": found.and_then(|found| found.gone_since), "next_look": found.and_then(|found| found.next),
    })
}
