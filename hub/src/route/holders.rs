//! Who should hold what, as decided so far: the fold of all `deliveries.*`.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use lianbo_schemas::{Action, ArticleUri, Delivery, GrantId, PartnerId};

/// What one partner should hold of one article.
#[derive(Debug, Clone)]
pub(super) struct Holding {
    pub(super) version: u32,
    /// Under which grant.
    pub(super) grant: Option<Arc<GrantId>>,
}

/// Every article's holders.
#[derive(Debug, Default)]
pub(super) struct Holders {
    articles: HashMap<ArticleUri, BTreeMap<PartnerId, Holding>>,
    /// Each grant's id once: there are few, and millions of holdings name them.
    grants: BTreeSet<Arc<GrantId>>,
}

impl Holders {
    /// Takes in a decision.
    pub(super) fn note(&mut self, partner: PartnerId, delivery: Delivery) {
        let grant = delivery.terms.map(|terms| self.shared(terms.grant));
        let holders = self.articles.entry(delivery.article).or_default();
        match delivery.action {
            Action::Hold => drop(holders.insert(partner, Holding { version: delivery.version, grant })),
            Action::Withdraw => drop(holders.remove(&partner)),
        }
    }

    fn shared(&mut self, grant: GrantId) -> Arc<GrantId> {
        if let Some(known) = self.grants.get(&grant) {
            return Arc::clone(known);
        }
        let grant = Arc::new(grant);
        self.grants.insert(Arc::clone(&grant));
        grant
    }

    /// Who should hold an article.
    pub(super) fn of(&self, article: &ArticleUri) -> impl Iterator<Item = &PartnerId> {
        self.articles.get(article).into_iter().flat_map(BTreeMap::keys)
    }

    /// What a partner should hold of an article, if it should.
    pub(super) fn holding(&self, article: &ArticleUri, partner: &PartnerId) -> Option<&Holding> {
        self.articles.get(article)?.get(partner)
    }

    /// What is held under any of these grants.
    pub(super) fn under(&self, grants: &BTreeSet<GrantId>) -> Vec<(ArticleUri, PartnerId)> {
        let mut found = Vec::new();
        for (article, holders) in &self.articles {
            for (partner, holding) in holders {
                if holding.grant.as_ref().is_some_and(|grant| grants.contains(grant.as_ref())) {
                    found.push((article.clone(), partner.clone()));
                }
            }
        }
        found
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.articles.clear();
        self.grants.clear();
    }
}
