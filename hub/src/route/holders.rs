//! Who should hold the articles at hand, as decided so far.

use std::collections::{BTreeMap, HashMap};

use lianbo_schemas::{Action, ArticleUri, Delivery, GrantId, PartnerId};

/// What one partner should hold of one article.
#[derive(Debug, Clone)]
pub(super) struct Holding {
    pub(super) version: u32,
    /// Under which grant.
    pub(super) grant: Option<GrantId>,
}

/// What is decided about one article.
#[derive(Debug, Default)]
struct Known {
    holders: BTreeMap<PartnerId, Holding>,
    /// The newest version at which it was taken from anybody.
    withdrawn: u32,
}

/// The holders of some articles.
#[derive(Debug, Default)]
pub(super) struct Holders {
    articles: HashMap<ArticleUri, Known>,
}

impl Holders {
    /// The newest version about which something is decided for a partner, as far as is known.
    pub(super) fn decided(&self, article: &ArticleUri, partner: &PartnerId) -> u32 {
        let held = self.holding(article, partner).map_or(0, |holding| holding.version);
        held.max(self.articles.get(article).map_or(0, |known| known.withdrawn))
    }

    /// A partner should hold it.
    pub(super) fn hold(&mut self, article: &ArticleUri, partner: PartnerId, holding: Holding) {
        self.known(article).holders.insert(partner, holding);
    }

    /// It was taken from somebody at this version.
    pub(super) fn taken(&mut self, article: &ArticleUri, version: u32) {
        let known = self.known(article);
        known.withdrawn = version.max(known.withdrawn);
    }

    /// Takes in a decision.
    pub(super) fn note(&mut self, partner: &PartnerId, delivery: &Delivery) {
        let (article, version) = (&delivery.article, delivery.version);
        match delivery.action {
            Action::Hold => {
                let grant = delivery.terms.as_ref().map(|terms| terms.grant.clone());
                self.hold(article, partner.clone(), Holding { version, grant });
            }
            Action::Withdraw => {
                self.known(article).holders.remove(partner);
                self.taken(article, version);
            }
        }
    }

    fn known(&mut self, article: &ArticleUri) -> &mut Known {
        self.articles.entry(article.clone()).or_default()
    }

    /// Who should hold an article.
    pub(super) fn of(&self, article: &ArticleUri) -> impl Iterator<Item = &PartnerId> {
        self.articles.get(article).into_iter().flat_map(|known| known.holders.keys())
    }

    /// What a partner should hold of an article, if it should.
    pub(super) fn holding(&self, article: &ArticleUri, partner: &PartnerId) -> Option<&Holding> {
        self.articles.get(article)?.holders.get(partner)
    }
}
