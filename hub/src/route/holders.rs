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
    /// The newest version at which an article was taken from anybody.
    withdrawn: HashMap<ArticleUri, u32>,
    /// Each grant's id once: there are few, and millions of holdings name them.
    grants: BTreeSet<Arc<GrantId>>,
}

impl Holders {
    /// The newest version about which something is decided for a partner, as far as is known.
    pub(super) fn decided(&self, article: &ArticleUri, partner: &PartnerId) -> u32 {
        let held = self.holding(article, partner).map_or(0, |holding| holding.version);
        held.max(self.withdrawn.get(article).copied().unwrap_or(0))
    }

    /// Whether a delivery made again is about an older version than is decided on. It is made of what a view shows, and
    /// may come to stand behind a decision that this view did not show yet.
    pub(super) fn knows_better(&self, partner: &PartnerId, delivery: &Delivery) -> bool {
        delivery.redelivery.is_some() && delivery.version < self.decided(&delivery.article, partner)
    }

    /// Takes in a decision.
    pub(super) fn note(&mut self, partner: PartnerId, delivery: Delivery) {
        let grant = delivery.terms.map(|terms| self.shared(terms.grant));
        let article = delivery.article;
        let holders = self.articles.entry(article.clone()).or_default();
        match delivery.action {
            Action::Hold => drop(holders.insert(partner, Holding { version: delivery.version, grant })),
            Action::Withdraw => {
                holders.remove(&partner);
                let newest = self.withdrawn.entry(article).or_default();
                *newest = delivery.version.max(*newest);
            }
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

    /// Copies of an older version than one that was taken from somebody: whatever decided so was overtaken, or knew that
    /// they may stay.
    pub(super) fn behind(&self) -> Vec<(ArticleUri, PartnerId)> {
        let mut behind = Vec::new();
        for (article, version) in &self.withdrawn {
            for (partner, holding) in self.articles.get(article).into_iter().flatten() {
                if holding.version < *version {
                    behind.push((article.clone(), partner.clone()));
                }
            }
        }
        behind
    }

    /// Forgets all.
    pub(super) fn clear(&mut self) {
        self.articles.clear();
        self.withdrawn.clear();
        self.grants.clear();
    }
}
