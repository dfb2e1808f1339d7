//! `GET /v1/articles/{id}/takedown`: the closing report of an article that was withdrawn, for every partner that ever
//! held it or was to: what it acknowledged, and what is found where readers saw it.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::takedown::Proof;
use lianbo_schemas::{Action, ArticleUri, Delivery, PartnerId, Receipt, ReceiptState, TakeDown, topic};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Operate, unread, unseen};
use crate::problem::Problem;
use crate::route::ROUTE;

/// For how long a report waits for what other nodes have written; one that is further behind says so.
const PATIENCE: Duration = Duration::from_secs(5);
/// Between two looks how far they are.
const PAUSE: Duration = Duration::from_millis(50);

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

/// What is known of one partner.
struct Side<'a> {
    partner: &'a PartnerId,
    receipt: Option<&'a Receipt>,
    desired: Option<&'a Delivery>,
    found: Option<&'a TakeDown>,
}

impl Side<'_> {
    /// How far it is; `None` where there is nothing to take down, and never was.
    fn reached(&self) -> Option<Reached> {
        let is_told = self.desired.is_some_and(|delivery| delivery.action == Action::Withdraw);
        let pending = if is_told { Reached::Unacknowledged } else { Reached::Held };
        // Without a receipt it may have been sent, and the answer lost.
        let Some(receipt) = self.receipt else { return self.desired.map(|_| pending) };
        let history = receipt.history();
        if history.changes.last().is_some_and(|change| change.copy.is_some()) {
            return Some(pending);
        }
        if is_told && receipt.state != ReceiptState::Withdrawn {
            return Some(Reached::Unacknowledged);
        }
        if history.changes.is_empty() {
            return None;
        }
        Some(match self.found.map(|found| found.proof) {
            Some(Proof::Gone) => Reached::Gone,
            Some(Proof::Overdue) => Reached::Overdue,
            Some(Proof::Open) => Reached::Open,
            None if history.last_copy().is_some_and(|copy| copy.remote.url.is_some()) => Reached::Open,
            None => Reached::NoAddress,
        })
    }

    fn row(&self, article: &ArticleUri, reached: Reached) -> Value {
        let history = self.receipt.map(Receipt::history).unwrap_or_default();
        let copy = history.last_copy();
        let last = history.changes.last();
        let withdrawal = self.desired.filter(|delivery| delivery.action == Action::Withdraw);
        json!({
            "partner": self.partner, "state": reached, "advice": reached.advice(self.partner, article.short()),
            "held_from": history.changes.iter().find(|change| change.copy.is_some()).map(|change| change.since),
            "version": copy.map(|copy| copy.version), "remote_id": copy.map(|copy| &copy.remote.id),
            "url": copy.and_then(|copy| copy.remote.url.as_deref()),
            "decided": withdrawal.map(|delivery| delivery.decided),
            "note": withdrawal.and_then(|delivery| delivery.note.as_ref()),
            "acknowledged": last.filter(|change| change.copy.is_none()).map(|change| change.since),
            "looks": self.found.map_or(0, |found| found.looks), "last_look": self.found.map(|found| &found.last),
            "gone_since": self.found.and_then(|found| found.gone_since),
            "next_look": self.found.and_then(|found| found.next),
        })
    }
}

impl Reached {
    /// Nothing is left to be done.
    fn is_closed(self) -> bool {
        matches!(self, Self::Gone | Self::NoAddress)
    }

    /// What an operator can do about it.
    fn advice(self, partner: &PartnerId, short: &str) -> Option<String> {
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
    let uri = super::article(&operate, &id).await?.uri.clone();
    // With a log that does not answer, what is known is still told, and that it may not be all.
    let is_behind = !matches!(tokio::time::timeout(PATIENCE, all_told(&operate, &uri)).await, Ok(Ok(())));
    let article = super::article(&operate, uri.short()).await?;
    let found = operate.view.take_downs(&uri).await.map_err(unseen)?;
    let receipts = operate.view.receipts_of_article(&uri).await.map_err(unseen)?;
    let desired = operate.view.desired_of_article(&uri).await.map_err(unseen)?;
    let concerned = receipts.iter().map(|receipt| &receipt.partner).chain(desired.iter().map(|(partner, _)| partner));
    let mut rows = Vec::new();
    let mut is_closed = !is_behind;
    for partner in concerned.collect::<BTreeSet<_>>() {
        let side = Side {
            partner,
            receipt: receipts.iter().find(|receipt| receipt.partner == *partner),
            desired: desired.iter().find(|(other, _)| other == partner).map(|(_, delivery)| delivery),
            found: found.iter().find(|found| found.partner == *partner),
        };
        if let Some(reached) = side.reached() {
            is_closed &= reached.is_closed();
            rows.push(side.row(&uri, reached));
        }
    }
    let note = article.news.ed_note.as_ref().filter(|_| article.status() != PubStatus::Usable);
    Ok(Json(json!({
        "article": uri, "id": uri.short(), "headline": article.news.headline(), "status": article.status(),
        "version": article.version, "note": note, "closed": is_closed, "behind": is_behind, "partners": rows,
    })))
}

/// Waits until it is decided who is told of the article as it stands, and this node knows of that and of every answer
/// there is. Nothing is proven before: a partner that no receipt tells of yet may hold a copy.
async fn all_told(operate: &Operate, uri: &ArticleUri) -> Result<(), Problem> {
    let newest = async || operate.view.standing(uri).await.map_err(unseen).map(|found| found.map(|at| at.last_offset));
    loop {
        let at = newest().await?;
        let committed = operate.log.lag(ROUTE).await.map_err(unread)?.into_iter();
        let committed = committed.filter(|lag| lag.partition.topic == topic::ARTICLES).filter_map(|lag| lag.committed);
        let is_decided = committed.max() > at;
        operate.view.catch_up().await;
        if is_decided && newest().await? == at {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
}
