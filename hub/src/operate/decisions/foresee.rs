//! What a decision would do, in sentences: the same functions that route decide what each partner would get.

use jiff::Timestamp;
use lianbo_schemas::{Action, Article, ArticleUri, Normalised, Partner, Relation, Ruling, Sighting};

use super::case::Case;
use crate::operate::{Operate, articles};
use crate::problem::Problem;
use crate::route::{Decision, Rules};

/// One sentence for the article and one for each partner that something happens to.
pub(super) async fn sentences(operate: &Operate, case: &Case) -> Result<Vec<String>, Problem> {
    let rules = Rules::new(operate.registry.snapshot());
    let foresight = Foresight { operate, rules: &rules, now: (operate.clock)() };
    match (&case.ruling, &case.item, &case.other) {
        (Ruling::Split { .. }, Some(item), _) => foresight.split(&case.article, item).await,
        (Ruling::Original { .. }, Some(item), _) => foresight.original(&case.article, item).await,
        (Ruling::Merge { .. }, _, Some(other)) => foresight.merge(&case.article, other).await,
        (Ruling::Split { .. } | Ruling::Original { .. } | Ruling::Merge { .. }, _, _) => Ok(Vec::new()),
    }
}

struct Foresight<'a> {
    operate: &'a Operate,
    rules: &'a Rules,
    now: Timestamp,
}

impl Foresight<'_> {
    async fn split(&self, article: &Article, item: &Normalised) -> Result<Vec<String>, Problem> {
        let moving = with_copies(article, item);
        let copies = moving.len() - 1;
        let headline = item.item.news.headline();
        let mut said = vec![format!("`{headline}` of `{}` becomes an article of its own.", item.item.outlet)];
        if copies > 0 {
            said.push(format!("{copies} items that were copied from it go with it."));
        }
        let own = draft(article, item, moving.clone());
        let mut rest = article.clone();
        rest.sightings.retain(|sighting| !moving.iter().any(|other| other.item == sighting.item));
        for partner in self.rules.registry().partners.values() {
            if self.would_hold(&own, partner, Known::No) {
                said.push(format!("`{}` gets it, as a post of its own.", partner.id));
            }
            if !self.holds(partner, &article.uri).await? && self.would_hold(&rest, partner, Known::No) {
                said.push(format!(
                    "`{}` gets the article it is split from, which it could not have before.",
                    partner.id
                ));
            }
        }
        Ok(said)
    }

    async fn original(&self, article: &Article, item: &Normalised) -> Result<Vec<String>, Problem> {
        let outlet = &item.item.outlet;
        let mut said = vec![format!(
            "The article takes the words and the credit of `{outlet}`, as version {}.",
            article.version + 1
        )];
        let draft = draft(article, item, article.sightings.clone());
        for partner in self.rules.registry().partners.values() {
            let holds = self.holds(partner, &article.uri).await?;
            let known = if holds { Known::Yes } else { Known::No };
            said.extend(match (holds, self.would_hold(&draft, partner, known)) {
                (true, true) => Some(format!("`{}` updates its post.", partner.id)),
                (true, false) => {
                    Some(format!("`{}` takes its post down: no grant of `{outlet}` allows it.", partner.id))
                }
                (false, true) => Some(format!("`{}` gets it, as a new post.", partner.id)),
                (false, false) => None,
            });
        }
        Ok(said)
    }

    async fn merge(&self, article: &Article, into: &Article) -> Result<Vec<String>, Problem> {
        let items = article.sightings.len();
        let mut said = vec![format!(
            "{items} items of `{}` become part of `{}`, and its address leads there.",
            article.news.headline(),
            into.news.headline()
        )];
        let mut whole = into.clone();
        whole.sightings.extend(article.sightings.iter().cloned());
        for partner in self.rules.registry().partners.values() {
            if !self.holds(partner, &article.uri).await? {
                continue;
            }
            let follows = if self.holds(partner, &into.uri).await? {
                "and keeps the other one"
            } else if self.would_hold(&whole, partner, Known::No) || self.is_heir(&whole, partner) {
                "and gets the other one in its place"
            } else {
                "and may not have the other one"
            };
            said.push(format!("`{}` takes its post down, {follows}.", partner.id));
        }
        Ok(said)
    }

    fn would_hold(&self, article: &Article, partner: &Partner, known: Known) -> bool {
        let held = matches!(known, Known::Yes);
        matches!(self.rules.about(article).decide(partner, held, self.now), Decision::Hold { .. })
    }

    /// As route decides for a partner that loses a merged article: no channel takes the other one, but a grant allows it.
    fn is_heir(&self, article: &Article, partner: &Partner) -> bool {
        let fresh = self.rules.about(article).decide(partner, false, self.now);
        matches!(fresh, Decision::NoChannel(_)) && self.would_hold(article, partner, Known::Yes)
    }

    async fn holds(&self, partner: &Partner, uri: &ArticleUri) -> Result<bool, Problem> {
        let desired = articles::desired(self.operate, &partner.id, uri).await?;
        Ok(desired.is_some_and(|delivery| delivery.action == Action::Hold))
    }
}

/// Whether the partner holds the article already.
#[derive(Clone, Copy)]
enum Known {
    Yes,
    No,
}

/// The article as it would be with the words of `item`.
fn draft(article: &Article, item: &Normalised, sightings: Vec<Sighting>) -> Article {
    Article {
        outlet: item.item.outlet.clone(),
        original: item.item.uri.clone(),
        news: item.item.news.clone(),
        sightings,
        ..article.clone()
    }
}

/// The item's sighting and those of its copies in the article, step by step.
fn with_copies(article: &Article, item: &Normalised) -> Vec<Sighting> {
    let mut found: Vec<Sighting> =
        article.sightings.iter().filter(|sighting| sighting.item == item.item.uri).cloned().collect();
    let mut next = 0;
    while let Some(parent) = found.get(next).map(|sighting| sighting.item.clone()) {
        next += 1;
        for other in &article.sightings {
            let is_copy = other.parent.as_ref() == Some(&parent) && other.relation != Relation::Original;
            if is_copy && !found.iter().any(|known| known.item == other.item) {
                found.push(other.clone());
            }
        }
    }
    found
}
