//! The ends of grants: when one has ended, those who hold articles under it hold them under another one, or not at all.
//!
//! Nothing is kept about it: that a grant has ended stands in the registry, and who holds under it follows from
//! `deliveries.*`, where what comes of it is written. After a restart the ends that have passed are looked at again, and
//! find nobody.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{ArticleUri, Delivery, Grant, GrantId, OnEnd, PartnerId};

use super::holders::Holders;
use super::record::holding_of;
use super::select::{Decision, Rules};
use super::stage::{Articles, newest};
use crate::registry::Snapshot;
use crate::stage::StageError;

/// Ends that have been seen, and what is left to be done about them.
#[derive(Debug, Default)]
pub(super) struct Ends {
    seen: BTreeMap<GrantId, Timestamp>,
    waiting: Vec<(ArticleUri, PartnerId)>,
}

impl Ends {
    /// The next moment at which there is something to do.
    pub(super) fn wakes_at(&self, registry: &Snapshot) -> Option<Timestamp> {
        if !self.waiting.is_empty() {
            return Some(Timestamp::MIN);
        }
        self.unseen(registry).map(|(_, until)| until).min()
    }

    fn unseen<'a>(&'a self, registry: &'a Snapshot) -> impl Iterator<Item = (&'a GrantId, Timestamp)> {
        let ends = registry.grants.values().filter(|grant| grant.on_end == OnEnd::TakeDown);
        let ends = ends.filter_map(|grant| Some((&grant.id, grant.until?)));
        ends.filter(|(grant, until)| self.seen.get(*grant) != Some(until))
    }

    /// Copies to look at, `most` of them, because their grant has ended by `now`.
    pub(super) fn take(
        &mut self,
        registry: &Snapshot,
        holders: &Holders,
        most: usize,
        now: Timestamp,
    ) -> Vec<(ArticleUri, PartnerId)> {
        let ended = self.unseen(registry).filter(|(_, until)| *until <= now);
        let ended: BTreeMap<GrantId, Timestamp> = ended.map(|(grant, until)| (grant.clone(), until)).collect();
        if !ended.is_empty() {
            self.waiting.extend(holders.under(&ended.keys().cloned().collect::<BTreeSet<_>>()));
            self.seen.extend(ended);
        }
        self.waiting.split_off(self.waiting.len().saturating_sub(most))
    }

    /// Looks at a decision made elsewhere: it may be about a grant whose end has been dealt with.
    pub(super) fn note(&mut self, partner: &PartnerId, delivery: &Delivery) {
        if delivery.terms.as_ref().is_some_and(|terms| self.seen.contains_key(&terms.grant)) {
            self.waiting.push((delivery.article.clone(), partner.clone()));
        }
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.seen.clear();
        self.waiting.clear();
    }
}

/// The grant, if it has ended by `now`.
pub(super) fn ended<'a>(registry: &'a Snapshot, grant: &GrantId, now: Timestamp) -> Option<(&'a Grant, Timestamp)> {
    let grant = registry.grants.get(grant)?;
    Some((grant.as_ref(), grant.until.filter(|until| *until <= now)?))
}

/// One partner's copy of an article.
pub(super) struct Copy<'a> {
    pub(super) article: &'a ArticleUri,
    pub(super) partner: &'a PartnerId,
}

impl Copy<'_> {
    /// What it comes to when its grant has ended: it is held under another one, or not at all. Nothing, when it has been
    /// decided about since.
    pub(super) async fn after_end(
        &self,
        rules: &Rules,
        holders: &Holders,
        articles: &dyn Articles,
        now: Timestamp,
    ) -> Result<Option<Delivery>, StageError> {
        let registry = rules.registry();
        let holding = holders.holding(self.article, self.partner);
        let ended = holding.and_then(|holding| ended(registry, holding.grant.as_deref()?, now));
        let (Some(holding), Some((grant, until))) = (holding, ended) else { return Ok(None) };
        let Some(partner) = registry.partners.get(self.partner) else { return Ok(None) };
        let article = newest(articles, self.article, holding.version).await?;
        // Of an article that is withdrawn its holders are told by that.
        let Some(article) = article.filter(|article| article.status() == PubStatus::Usable) else { return Ok(None) };
        let decided = match rules.decide(&article, partner, true, now) {
            Decision::Hold { terms, not_before } => holding_of(&article, terms, not_before, now),
            Decision::OwnArticle | Decision::PassedThere | Decision::NoChannel(_) | Decision::NoGrant(_) => Delivery {
                note: Some(format!("The grant `{}` ended at {until}.", grant.id)),
                ..Delivery::withdrawal(self.article.clone(), article.version, now)
            },
        };
        // The version has not changed: without a mark of its own a receiver would take it for what it has had.
        let mark = format!("end-{}-{}", grant.id, until.as_second());
        Ok(Some(Delivery { redelivery: Some(mark), ..decided }))
    }
}
