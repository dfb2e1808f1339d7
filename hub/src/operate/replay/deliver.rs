//! Articles to their partners again: the same deliveries, with a mark that asks for another call.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::{StreamExt, TryStreamExt, stream};
use lianbo_schemas::{Action, Article, ArticleChange, ArticleUri, Delivery, Partner, PartnerId, Receipt, topic};

use super::range::Range;
use super::{Operate, Pace, Progress, Request, Stopped, Teller};
use crate::log::{NewRecord, Record};
use crate::operate::redelivery::redelivery;
use crate::route::{Rules, to_record};

/// Deliveries written together at most, but for those of one article: one wait for the disk, and news do not wait for it.
const AT_ONCE: usize = 128;
/// Articles that the view is asked for at the same time.
const QUESTIONS: usize = 4;

pub(super) async fn replay(
    operate: &Operate,
    request: &Request,
    partner: Option<PartnerId>,
    pace: &mut Pace,
    teller: &Teller,
) -> Result<(), Stopped> {
    let mut rules = Rules::new(operate.registry.snapshot());
    partners(&rules, partner.as_ref())?;
    let mark = format!("replay-{}", (operate.clock)().as_millisecond());
    let mut range = Range::open(operate.log.as_ref(), &request.topic, request).await?;
    let mut seen: BTreeSet<ArticleUri> = BTreeSet::new();
    let (mut done, mut changed) = (0, 0);
    while let Some(records) = range.next().await? {
        done += records.len() as u64;
        let uris = records.iter().filter_map(uri_of).filter(|uri| seen.insert(uri.clone()));
        let uris: Vec<ArticleUri> = uris.collect();
        let mut rest = uris.as_slice();
        while !rest.is_empty() {
            // A replay may take a night: grants and partners are as they stand now.
            rules.follow(operate.registry.snapshot());
            let partners = partners(&rules, partner.as_ref())?;
            let articles = (pace.together(AT_ONCE) / partners.len().max(1)).clamp(1, rest.len());
            let (uris, behind) = rest.split_at(articles);
            let once_more = OnceMore { operate, request, rules: &rules, partners: &partners, mark: &mark, teller };
            changed += once_more.deliver(uris, pace).await?;
            rest = behind;
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

fn partners(rules: &Rules, wanted: Option<&PartnerId>) -> Result<Vec<Arc<Partner>>, Stopped> {
    let all = &rules.registry().partners;
    match wanted {
        None => Ok(all.values().cloned().collect()),
        Some(id) => match all.get(id) {
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
    /// Some articles to the partners that should hold them; how many deliveries that makes.
    async fn deliver(&self, uris: &[ArticleUri], pace: &mut Pace) -> Result<u64, Stopped> {
        let questions: Vec<_> = uris.iter().map(|uri| self.found(uri)).collect();
        let found: Vec<Option<(Arc<Article>, Vec<Receipt>)>> =
            stream::iter(questions).buffered(QUESTIONS).try_collect().await?;
        let decided: Vec<Decided> = found.iter().flatten().flat_map(|(one, held)| self.decide(one, held)).collect();
        let count = decided.len() as u64;
        if self.request.dry_run {
            for Decided { note, .. } in decided {
                self.teller.tell(&Progress { note, ..Progress::default() }).await?;
            }
        } else if count > 0 {
            let records = decided.into_iter().map(|decided| decided.record).collect();
            self.operate.log.append(records).await.map_err(|error| Stopped::Failed(error.to_string()))?;
            // Afterwards: what is decided is old soon.
            pace.wait(count).await;
        }
        Ok(count)
    }

    /// An article that is asked for, and what partners hold of it.
    async fn found(&self, uri: &ArticleUri) -> Result<Option<(Arc<Article>, Vec<Receipt>)>, Stopped> {
        let failed = |error: crate::view::ViewError| Stopped::Failed(error.to_string());
        let article = self.operate.view.article(uri).await.map_err(failed)?;
        let is_asked_for = |article: &Arc<Article>| self.request.outlet.as_ref().is_none_or(|id| *id == article.outlet);
        let Some(article) = article.filter(is_asked_for) else { return Ok(None) };
        let receipts = self.operate.view.receipts_of_article(uri).await.map_err(failed)?;
        Ok(Some((article, receipts)))
    }

    fn decide(&self, article: &Article, receipts: &[Receipt]) -> Vec<Decided> {
        let (about, now) = (self.rules.about(article), (self.operate.clock)());
        let id = format!("{}:{}", self.mark, article.uri.short());
        let decide = |partner: &Arc<Partner>| {
            let held = receipts.iter().find(|receipt| receipt.partner == partner.id);
            let holds = held.is_some_and(|receipt| receipt.remote.is_some());
            let delivery = redelivery(&about, partner, holds, self.mark, now)?;
            let note = self.request.dry_run.then(|| note(article, &delivery, partner, held));
            Some(Decided { record: to_record(&partner.id, &delivery, &id, None), note })
        };
        self.partners.iter().filter_map(decide).collect()
    }
}

/// A delivery once more, and what an operator who only asks is told of it.
struct Decided {
    record: NewRecord,
    note: Option<String>,
}

/// What would go out, for an operator.
fn note(article: &Article, delivery: &Delivery, partner: &Partner, held: Option<&Receipt>) -> String {
    let holding = held.map_or_else(|| "nothing".to_owned(), |receipt| format!("version {}", receipt.version));
    let verb = if delivery.action == Action::Hold { "send" } else { "withdraw" };
    let (version, headline) = (article.version, article.news.headline());
    format!("{}: {verb} version {version} of `{headline}`, it holds {holding}", partner.id)
}
