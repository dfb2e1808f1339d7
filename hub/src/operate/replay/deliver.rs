//! Articles to their partners again: the same deliveries, with a mark that asks for another call.

use std::collections::BTreeSet;
use std::sync::Arc;

use lianbo_schemas::{Action, Article, ArticleChange, ArticleUri, Delivery, Partner, PartnerId, Receipt, topic};

use super::range::Range;
use super::{Operate, Pace, Progress, Request, Stopped, Teller};
use crate::log::Record;
use crate::operate::redelivery::redelivery;
use crate::route::{Rules, to_record};

pub(super) async fn replay(
    operate: &Operate,
    request: &Request,
    partner: Option<PartnerId>,
    pace: &mut Pace,
    teller: &Teller,
) -> Result<(), Stopped> {
    let rules = Rules::new(operate.registry.snapshot());
    let partners = partners(&rules, partner)?;
    let mark = format!("replay-{}", (operate.clock)().as_millisecond());
    let once_more = OnceMore { operate, request, rules: &rules, partners: &partners, mark: &mark, teller };
    let mut range = Range::open(operate.log.as_ref(), &request.topic, request).await?;
    let mut seen: BTreeSet<ArticleUri> = BTreeSet::new();
    let (mut done, mut changed) = (0, 0);
    while let Some(records) = range.next().await? {
        done += records.len() as u64;
        for uri in records.iter().filter_map(uri_of) {
            if seen.insert(uri.clone()) {
                changed += once_more.deliver(&uri, pace).await?;
            }
        }
        teller.tell(&Progress { done, total: range.total, changed, ..Progress::default() }).await?;
    }
    let what = if request.dry_run { "would go out" } else { "go out" };
    let summary = format!("{} articles looked at; {changed} deliveries {what} again", seen.len());
    teller
        .tell(&Progress {
            done,
            total: range.total,
            changed,
            finished: true,
            summary: Some(summary),
            ..Progress::default()
        })
        .await
}

fn partners(rules: &Rules, wanted: Option<PartnerId>) -> Result<Vec<Arc<Partner>>, Stopped> {
    let all = &rules.registry().partners;
    match wanted {
        None => Ok(all.values().cloned().collect()),
        Some(id) => match all.get(&id) {
            Some(partner) => Ok(vec![Arc::clone(partner)]),
            None => Err(Stopped::Failed(format!("there is no partner `{id}`; `lianbo partner list` lists them"))),
        },
    }
}

fn uri_of(record: &Record) -> Option<ArticleUri> {
    let value = record.value.as_deref()?;
    if record.partition.topic == topic::ARTICLES {
        return serde_json::from_slice::<ArticleChange>(value).ok().map(|change| change.uri().clone());
    }
    serde_json::from_slice::<Delivery>(value).ok().map(|delivery| delivery.article)
}

/// What one replay does with each article.
struct OnceMore<'a> {
    operate: &'a Operate,
    request: &'a Request,
    rules: &'a Rules,
    partners: &'a [Arc<Partner>],
    mark: &'a str,
    teller: &'a Teller,
}

impl OnceMore<'_> {
    /// One article to the partners that should hold it; how many deliveries that makes.
    async fn deliver(&self, uri: &ArticleUri, pace: &mut Pace) -> Result<u64, Stopped> {
        let failed = |error: crate::view::ViewError| Stopped::Failed(error.to_string());
        let Some(article) = self.operate.view.article(uri).await.map_err(failed)? else { return Ok(0) };
        if self.request.outlet.as_ref().is_some_and(|outlet| *outlet != article.outlet) {
            return Ok(0);
        }
        let now = (self.operate.clock)();
        let mut records = Vec::new();
        for partner in self.partners {
            let held = self.operate.view.receipts_of_article(uri).await.map_err(failed)?;
            let held = held.into_iter().find(|receipt| receipt.partner == partner.id);
            let holds = held.as_ref().is_some_and(|receipt| receipt.remote.is_some());
            let Some(delivery) = redelivery(self.rules, &article, partner, holds, self.mark, now) else { continue };
            if self.request.dry_run {
                let note = Some(note(&article, &delivery, partner, held.as_ref()));
                self.teller.tell(&Progress { note, ..Progress::default() }).await?;
            }
            let id = format!("{}:{}", self.mark, article.uri.short());
            records.push(to_record(&partner.id, &delivery, &id, None));
        }
        let count = records.len() as u64;
        if !self.request.dry_run && count > 0 {
            pace.wait(count).await;
            self.operate.log.append(records).await.map_err(|error| Stopped::Failed(error.to_string()))?;
        }
        Ok(count)
    }
}

/// What would go out, for an operator.
fn note(article: &Article, delivery: &Delivery, partner: &Partner, held: Option<&Receipt>) -> String {
    let holding = held.map_or_else(|| "nothing".to_owned(), |receipt| format!("version {}", receipt.version));
    let verb = if delivery.action == Action::Hold { "send" } else { "withdraw" };
    let (version, headline) = (article.version, article.news.headline());
    format!("{}: {verb} version {version} of `{headline}`, it holds {holding}", partner.id)
}
