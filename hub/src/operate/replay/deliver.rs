//! Articles to their partners again: the same deliveries, with a mark that asks for another call.

use std::collections::BTreeSet;
use std::sync::Arc;

use lianbo_schemas::{Action, ArticleChange, ArticleUri, Delivery, Partner, PartnerId, topic};

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
    let mut range = Range::open(operate.log.as_ref(), &request.topic, request).await?;
    let mut seen: BTreeSet<ArticleUri> = BTreeSet::new();
    let (mut done, mut changed) = (0, 0);
    while let Some(records) = range.next().await? {
        done += records.len() as u64;
        for uri in records.iter().filter_map(uri_of) {
            if seen.insert(uri.clone()) {
                changed += again(operate, request, &rules, &partners, &uri, &mark, pace, teller).await?;
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

/// One article to the partners that should hold it; how many deliveries that makes.
async fn again(
    operate: &Operate,
    request: &Request,
    rules: &Rules,
    partners: &[Arc<Partner>],
    uri: &ArticleUri,
    mark: &str,
    pace: &mut Pace,
    teller: &Teller,
) -> Result<u64, Stopped> {
    let failed = |error: crate::view::ViewError| Stopped::Failed(error.to_string());
    let Some(article) = operate.view.article(uri).await.map_err(failed)? else { return Ok(0) };
    if request.outlet.as_ref().is_some_and(|outlet| *outlet != article.outlet) {
        return Ok(0);
    }
    let now = (operate.clock)();
    let mut records = Vec::new();
    for partner in partners {
        let held = operate.view.receipts_of_article(uri).await.map_err(failed)?;
        let held = held.into_iter().find(|receipt| receipt.partner == partner.id);
        let holds = held.as_ref().is_some_and(|receipt| receipt.remote.is_some());
        let Some(delivery) = redelivery(rules, &article, partner, holds, mark, now) else { continue };
        if request.dry_run {
            let holding = held.map_or_else(|| "nothing".to_owned(), |receipt| format!("version {}", receipt.version));
            let verb = if delivery.action == Action::Hold { "send" } else { "withdraw" };
            let note = format!(
                "{}: {verb} version {} of `{}`, it holds {holding}",
                partner.id,
                article.version,
                article.news.headline()
            );
            teller.tell(&Progress { note: Some(note), ..Progress::default() }).await?;
        }
        records.push(to_record(&partner.id, &delivery, &format!("{mark}:{}", article.uri.short()), None));
    }
    let count = records.len() as u64;
    if !request.dry_run && count > 0 {
        pace.wait(count).await;
        operate.log.append(records).await.map_err(|error| Stopped::Failed(error.to_string()))?;
    }
    Ok(count)
}
