//! What is decided about an article, as rules, grants and holders stand. Pure.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Action, Article, ArticleUri, Delivery, Grant, OnEnd, Partner, PartnerId};

use super::decided::Asked;
use super::ends;
use super::holders::Holders;
use super::record::holding_of;
use super::select::{About, Decision, Rules};

/// A copy to be decided about again, and why.
#[derive(Debug, Clone)]
pub(super) struct Again {
    pub(super) article: ArticleUri,
    pub(super) partner: PartnerId,
    pub(super) occasion: Occasion,
}

/// Why it is to be decided about again.
#[derive(Debug, Clone, Copy)]
pub(super) enum Occasion {
    /// The grant it is held under has ended.
    Ended,
    /// Something older was decided elsewhere after what was decided here.
    Overtaken,
    /// Its partner was out of the registry, and is back.
    Returned,
}

/// How things stand: the rules, and who should hold the articles at hand.
#[derive(Debug, Default)]
pub(super) struct Standing {
    pub(super) rules: Rules,
    pub(super) holders: Holders,
}

impl Standing {
    /// A version that may be shown: to all who should have it.
    pub(super) fn hold(&self, article: &Article, now: Timestamp) -> Vec<(PartnerId, Delivery)> {
        if !article.may_be_shown(now) {
            return Vec::new();
        }
        let about = self.rules.about(article);
        let partners = self.rules.registry().partners.values();
        partners.filter_map(|partner| Some((partner.id.clone(), self.decide(&about, partner, now)?))).collect()
    }

    /// What a partner is told of an article that may be shown. One that holds it without a grant loses it, unless the
    /// grant it got it under lets it keep what it has.
    fn decide(&self, about: &About<'_>, partner: &Partner, now: Timestamp) -> Option<Delivery> {
        let article = about.article;
        let holds = self.holds(&article.uri, &partner.id);
        match about.decide(partner, holds, now) {
            Decision::Hold { terms, not_before } => Some(holding_of(article, terms, not_before, now)),
            Decision::NoGrant(_) if holds && !self.may_keep(&article.uri, &partner.id, now) => {
                Some(Delivery::withdrawal_of(article, now))
            }
            Decision::OwnArticle | Decision::PassedThere | Decision::NoChannel(_) | Decision::NoGrant(_) => None,
        }
    }

    /// What a copy comes to when it is decided about again; nothing, when it may stay as it is.
    pub(super) fn decide_again(&self, copy: &Again, article: &Article, now: Timestamp) -> Option<Delivery> {
        let is_over = article.status() != PubStatus::Usable || article.has_expired(now);
        let withdrawal = || Delivery::withdrawal_of(article, now);
        let about = self.rules.about(article);
        let decide = || self.decide(&about, self.rules.registry().partners.get(&copy.partner)?, now);
        let decided = match copy.occasion {
            Occasion::Ended => {
                let (grant, until) = self.ended(&article.uri, &copy.partner, now)?;
                // Of an article that is withdrawn its holders are told by that.
                let is_concerned = grant.on_end == OnEnd::TakeDown && !is_over;
                is_concerned.then(|| ends::because(decide().unwrap_or_else(withdrawal), grant, until))
            }
            Occasion::Overtaken if is_over => Some(withdrawal()),
            // It was told of withdrawals all the while.
            Occasion::Returned if is_over => None,
            Occasion::Returned => decide().filter(|decided| self.is_news(copy, decided)).map(|decided| {
                let mark = format!("returned-{}", now.as_millisecond());
                Delivery { redelivery: Some(mark), ..decided }
            }),
            Occasion::Overtaken => decide().or_else(|| (!self.holds(&article.uri, &copy.partner)).then(withdrawal)),
        };
        decided.filter(|decided| decided.action == Action::Withdraw || article.is_released(now))
    }

    /// An article that a decision has changed, to those who do not hold it and now should: an outlet's own site whose
    /// item is no longer part of it, and whoever held the article that went into it.
    pub(super) fn offer(&self, article: &Article, asked: &Asked<'_>, now: Timestamp) -> Vec<(PartnerId, Delivery)> {
        if !article.may_be_shown(now) {
            return Vec::new();
        }
        let is_heir = |partner: &PartnerId| asked.heirs_of().is_some_and(|uri| self.holds(uri, partner));
        let partners = self.rules.registry().partners.values();
        let about = self.rules.about(article);
        let without = partners.filter(|partner| !self.holds(&article.uri, &partner.id));
        let decide = |partner: &Arc<Partner>| {
            let mut decision = about.decide(partner, false, now);
            if matches!(decision, Decision::NoChannel(_)) && is_heir(&partner.id) {
                decision = about.decide(partner, true, now);
            }
            let Decision::Hold { terms, not_before } = decision else { return None };
            Some((partner.id.clone(), holding_of(article, terms, not_before, now)))
        };
        without.filter_map(decide).collect()
    }

    /// A withdrawal goes to every partner there is: whoever holds it takes it down, the others have nothing to do.
    /// So neither a rule that has changed since nor a decision made elsewhere can leave a copy standing.
    pub(super) fn withdraw(&self, withdrawal: &Delivery) -> Vec<(PartnerId, Delivery)> {
        let registered = self.rules.registry().partners.keys();
        let all: BTreeSet<&PartnerId> = registered.chain(self.holders.of(&withdrawal.article)).collect();
        all.into_iter().map(|partner| (partner.clone(), withdrawal.clone())).collect()
    }

    fn is_news(&self, copy: &Again, decided: &Delivery) -> bool {
        let held = self.holders.holding(&copy.article, &copy.partner);
        held.is_some_and(|held| decided.action == Action::Withdraw || held.version < decided.version)
    }

    fn holds(&self, article: &ArticleUri, partner: &PartnerId) -> bool {
        self.holders.holding(article, partner).is_some()
    }

    /// The grant under which a partner holds an article, if it has ended.
    fn ended(&self, article: &ArticleUri, partner: &PartnerId, now: Timestamp) -> Option<(&Grant, Timestamp)> {
        let grant = self.holders.holding(article, partner)?.grant.as_ref()?;
        ends::ended(self.rules.registry(), grant, now)
    }

    /// Whether that grant lets it keep what it has.
    fn may_keep(&self, article: &ArticleUri, partner: &PartnerId, now: Timestamp) -> bool {
        self.ended(article, partner, now).is_some_and(|(grant, _)| grant.on_end == OnEnd::Keep)
    }
}
