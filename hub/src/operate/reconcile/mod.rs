//! `POST /v1/partners/{id}/reconcile`: compares the ledger with what stands at a partner, and mends on request. The
//! answer is a stream of JSON lines.
//!
//! Looking is done here, beside the lane and at no more than half its rate. Mending is not: it writes the delivery
//! again, as a replay does, and the lane carries it out. What partners' editors changed is treated as the connector is
//! told to (`on_local_edit`).

mod finding;
mod look;
mod strangers;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use lianbo_connectors::partner::{OnLocalEdit, PartnerConnector};
use lianbo_schemas::{Action, Article, ArticleUri, Delivery, Partner, Receipt};
use serde::{Deserialize, Serialize};
use serde_json::json;

use self::finding::Finding;
use super::progress::{Pace, Stopped, Teller, stream};
use super::redelivery::redelivery;
use super::{Operate, unseen};
use crate::problem::Problem;
use crate::route::{Rules, to_record};

/// Looks a second at a partner whose limits name no rate: its readers should not notice.
const LOOKS: u32 = 20;
/// Receipts read at once.
const READ: u32 = 200;
/// After so many looks without an answer, one after the other, there is no use in going on.
const UNANSWERED: u32 = 5;

/// What is asked.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    /// Only say what is found.
    #[serde(default)]
    dry_run: bool,
    /// Take down what the ledger does not know to be there, as far as it is this hub's.
    #[serde(default)]
    take_down_strangers: bool,
}

/// One article that is not as it should be.
#[derive(Debug, Serialize)]
struct Row {
    finding: Finding,
    #[serde(skip_serializing_if = "Option::is_none")]
    article: Option<ArticleUri>,
    #[serde(skip_serializing_if = "Option::is_none")]
    headline: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    remote_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// What follows, in one sentence.
    outcome: String,
}

/// One reconciliation.
struct Work {
    operate: Operate,
    partner: Arc<Partner>,
    connector: Arc<dyn PartnerConnector>,
    asked: Asked,
    rules: Rules,
    /// The mark of all deliveries this one writes again.
    mark: String,
    pace: Pace,
    /// How often each thing was found.
    counts: BTreeMap<Finding, u64>,
    mended: u64,
    /// Looks without an answer, one after the other.
    unanswered: u32,
}

pub(super) async fn start(
    State(operate): State<Operate>,
    Path(id): Path<String>,
    Json(asked): Json<Asked>,
) -> Result<Response, Problem> {
    let partner = super::partner(&operate, &id)?;
    let make = operate.connectors.clone().ok_or_else(|| {
        impossible("this process does not deliver; ask one with the role `deliver`: `lianbo --hub URL reconcile`")
    })?;
    let connector = make(&partner).map_err(|reason| {
        impossible(format!("no connector can be made: {reason}; `lianbo partner show {id}` shows the entry"))
    })?;
    if connector.inspect().is_none() {
        let kind = &partner.connector.kind;
        return Err(impossible(format!(
            "a partner of kind `{kind}` cannot be looked into; `lianbo replay --topic deliveries.{id}` tells it \
             everything again"
        )));
    }
    let now = (operate.clock)();
    let rate = Some(partner.limits.per_second / 2).filter(|rate| *rate > 0);
    let slowest = if partner.limits.per_second > 0 { 1 } else { LOOKS };
    let mut work = Work {
        rules: Rules::new(operate.registry.snapshot()),
        mark: format!("reconcile-{}", now.as_millisecond()),
        pace: Pace::new(rate.or(Some(slowest))),
        counts: BTreeMap::new(),
        mended: 0,
        unanswered: 0,
        operate,
        partner,
        connector,
        asked,
    };
    Ok(stream(move |teller| async move {
        let outcome = work.run(&teller).await;
        (teller, outcome)
    }))
}

fn impossible(detail: impl Into<String>) -> Problem {
    Problem::new(StatusCode::CONFLICT, "cannot-be-compared", "The partner cannot be looked into", detail)
}

impl Work {
    async fn run(&mut self, teller: &Teller) -> Result<(), Stopped> {
        // First, so that what is mended below is not taken for a double of what was missing.
        self.strangers(teller).await?;
        let mut after = String::new();
        let mut done: u64 = 0;
        loop {
            let receipts = self.operate.view.receipts_of_partner(&self.partner.id, &after, READ).await;
            let receipts = receipts.map_err(|error| Stopped::Failed(error.to_string()))?;
            let Some(last) = receipts.last() else { break };
            after = last.article.to_string();
            for receipt in receipts.iter().filter(|receipt| receipt.history().last_copy().is_some()) {
                self.follow_registry()?;
                let row = self.article(receipt).await?;
                done += 1;
                teller.tell(&json!({"done": done, "row": row})).await?;
            }
        }
        let counts: BTreeMap<String, u64> = self.counts.iter().map(|(found, count)| (word(*found), *count)).collect();
        let last = json!({
            "done": done, "finished": true, "partner": self.partner.id, "dry_run": self.asked.dry_run,
            "counts": counts, "mended": self.mended,
        });
        teller.tell(&last).await
    }

    /// Looking at all articles may take a night: grants and the partner's entry are as they stand now.
    fn follow_registry(&mut self) -> Result<(), Stopped> {
        self.rules.follow(self.operate.registry.snapshot());
        let removed = || Stopped::Failed(format!("the partner `{}` was removed meanwhile", self.partner.id));
        self.partner = self.rules.registry().partners.get(&self.partner.id).cloned().ok_or_else(removed)?;
        Ok(())
    }

    /// For one call in all.
    fn timeout(&self) -> Duration {
        Duration::from_millis(self.partner.limits.timeout_ms.max(1))
    }

    fn count(&mut self, finding: Finding) {
        *self.counts.entry(finding).or_default() += 1;
    }

    /// What is to be done about a finding, done unless only asked; in one sentence.
    async fn mend(&mut self, finding: Finding, article: &Article, receipt: &Receipt) -> Result<String, Stopped> {
        let keeps = self.connector.inspect().map(|inspect| inspect.on_local_edit()) == Some(OnLocalEdit::Keep);
        let now = (self.operate.clock)();
        match finding {
            Finding::Same => Ok(String::new()),
            Finding::Pending => Ok("its lane is at it".to_owned()),
            Finding::Untold => Ok("ask again later".to_owned()),
            Finding::Edited | Finding::Hidden if keeps => Ok("left: `on_local_edit` is `keep`".to_owned()),
            Finding::Stranger => Ok(String::new()),
            Finding::Standing => self.deliver(&withdrawal(article, &self.mark, now)).await,
            Finding::Drifted | Finding::Edited | Finding::Hidden | Finding::Missing | Finding::Double => {
                match redelivery(&self.rules.about(article), &self.partner, true, &self.mark, now) {
                    Some(delivery) => self.deliver(&delivery).await,
                    None => Ok(format!(
                        "left: nothing allows it any more; `lianbo why {} --partner {}` says why",
                        receipt.article.short(),
                        self.partner.id
                    )),
                }
            }
        }
    }

    /// Writes a delivery for the lane, unless only asked; what that means, in words.
    async fn deliver(&mut self, delivery: &Delivery) -> Result<String, Stopped> {
        let what = match delivery.action {
            Action::Hold => "delivered again",
            Action::Withdraw => "withdrawn again",
        };
        if self.asked.dry_run {
            return Ok(format!("would be {what}"));
        }
        let id = format!("{}:{}", self.mark, delivery.article.short());
        let record = to_record(&self.partner.id, delivery, &id, None);
        self.operate.log.append(vec![record]).await.map_err(|error| Stopped::Failed(error.to_string()))?;
        self.mended += 1;
        Ok(what.to_owned())
    }
}

/// An end to what stands there although it should not.
fn withdrawal(article: &Article, mark: &str, now: jiff::Timestamp) -> Delivery {
    Delivery { redelivery: Some(mark.to_owned()), ..Delivery::withdrawal_of(article, now) }
}

/// A finding's word, as it stands in the answer.
fn word(finding: Finding) -> String {
    serde_json::to_value(finding).ok().and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default()
}

/// The view does not answer.
fn unread(error: crate::view::ViewError) -> Stopped {
    Stopped::Failed(unseen(error).detail().to_owned())
}
