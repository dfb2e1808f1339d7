//! Articles that editors have decided about. Their state stands here and in records of its own, because the item that
//! founded an article may leave it.

use std::collections::{BTreeMap, BTreeSet};

use lianbo_schemas::{ArticleUri, Decision, DecisionId, Founded, Judged, Settled};

use super::{Dedup, Outcome};

/// Decisions remembered of one article: a record that comes twice comes soon.
const KEPT_DECISIONS: usize = 64;

/// The articles decided about, and those of them whose record is not written yet.
#[derive(Debug, Default)]
pub(super) struct SettledArticles {
    articles: BTreeMap<ArticleUri, Settled>,
    changed: BTreeSet<ArticleUri>,
}

impl SettledArticles {
    pub(super) fn get(&self, uri: &ArticleUri) -> Option<&Settled> {
        self.articles.get(uri)
    }

    /// An article's state, to be changed: its record will be written.
    pub(super) fn change(&mut self, uri: &ArticleUri) -> Option<&mut Settled> {
        let settled = self.articles.get_mut(uri)?;
        self.changed.insert(uri.clone());
        Some(settled)
    }

    pub(super) fn put(&mut self, settled: Settled) {
        self.changed.insert(settled.article.clone());
        self.articles.insert(settled.article.clone(), settled);
    }

    /// Articles that have not been merged into others.
    pub(super) fn count(&self) -> usize {
        self.articles.values().filter(|settled| settled.merged_into.is_none()).count()
    }

    /// Whether a decision has been carried out on the article it is about.
    pub(super) fn has_done(&self, decision: &Decision) -> bool {
        self.get(&decision.article).is_some_and(|settled| settled.decisions.contains(&decision.id))
    }
}

/// Adds a decision to those that have been carried out.
pub(super) fn note(decisions: &mut Vec<DecisionId>, decision: &DecisionId) {
    let surplus = (decisions.len() + 1).saturating_sub(KEPT_DECISIONS);
    decisions.drain(..surplus);
    decisions.push(decision.clone());
}

impl Dedup {
    /// How an article stands.
    pub(super) fn founded(&self, uri: &ArticleUri) -> Option<Founded> {
        match self.settled.get(uri) {
            Some(settled) => Some(settled.founded.clone()),
            None => self.founder(uri)?.memory.founded,
        }
    }

    /// How an article stands, and the item whose words it carries.
    pub(super) fn standing(&self, uri: &ArticleUri) -> Option<(Founded, Judged)> {
        let founded = match self.settled.get(uri) {
            Some(settled) => settled.founded.clone(),
            None => {
                let founder = self.founder(uri)?;
                let founded = founder.memory.founded.clone()?;
                // Mostly it is the founding item, which has just been read.
                if founder.item == founded.original {
                    return Some((founded, founder));
                }
                founded
            }
        };
        let original = self.item(&founded.original)?;
        Some((founded, original))
    }

    /// Writes down how an article stands. Returns its founding item's record if that carries the state.
    pub(super) fn store_founded(&mut self, uri: &ArticleUri, founded: Founded) -> Option<Judged> {
        if let Some(settled) = self.settled.change(uri) {
            settled.founded = founded;
            return None;
        }
        let founder = self.founder(uri)?.item;
        self.amend(&founder, |founder| founder.memory.founded = Some(founded))
    }

    /// Notes a decision about an article, whose state leaves its founding item if it still stands there. Returns the
    /// founding item's record when that has changed.
    pub(super) fn settle(&mut self, uri: &ArticleUri, decision: &DecisionId) -> Option<Judged> {
        if let Some(settled) = self.settled.change(uri) {
            note(&mut settled.decisions, decision);
            return None;
        }
        let founder = self.founder(uri)?;
        let founded = founder.memory.founded?;
        let founder = self.amend(&founder.item, |founder| founder.memory.founded = None)?;
        self.settled.put(Settled {
            article: uri.clone(),
            founder: founder.item.clone(),
            founded,
            merged_into: None,
            original_is_set: false,
            decisions: vec![decision.clone()],
        });
        Some(founder)
    }

    /// An outcome, with the records of the articles decided about that it has changed.
    pub(super) fn with_settled(&mut self, mut outcome: Outcome) -> Outcome {
        let changed = std::mem::take(&mut self.settled.changed);
        outcome.settled.extend(changed.iter().filter_map(|uri| self.settled.get(uri)).cloned());
        outcome
    }

    /// Takes back what is remembered of articles decided about, after the items.
    #[must_use]
    pub fn with_decisions(mut self, settled: impl IntoIterator<Item = Settled>) -> Self {
        for settled in settled {
            self.timers.set(&settled.article, &settled.founded);
            self.settled.articles.insert(settled.article.clone(), settled);
        }
        self
    }

    /// What is remembered of articles decided about: the records that [`Dedup::with_decisions`] needs.
    pub fn settled(&self) -> impl Iterator<Item = &Settled> {
        self.settled.articles.values()
    }
}
