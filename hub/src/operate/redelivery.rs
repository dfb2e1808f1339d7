//! A delivery made again, with a mark that asks the lane for another call: what replaying and mending write.

use jiff::Timestamp;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Action, Article, Delivery, Partner};

use crate::route::{Decision, Rules};

/// What the partner should hold, to be delivered again; nothing for a partner that should not hold it.
pub(super) fn redelivery(
    rules: &Rules,
    article: &Article,
    partner: &Partner,
    holds: bool,
    mark: &str,
    now: Timestamp,
) -> Option<Delivery> {
    let (action, terms, not_before) = if article.status() == PubStatus::Usable {
        if !article.may_be_shown(now) {
            return None;
        }
        match rules.decide(article, partner, holds, now) {
            Decision::Hold { terms, not_before } => {
                (Action::Hold, Some(terms), not_before.filter(|moment| *moment > now))
            }
            Decision::OwnArticle | Decision::PassedThere | Decision::NoChannel(_) | Decision::NoGrant(_) => {
                return None;
            }
        }
    } else if holds {
        (Action::Withdraw, None, None)
    } else {
        return None;
    };
    Some(Delivery {
        article: article.uri.clone(),
        version: article.version,
        action,
        not_before,
        terms,
        redelivery: Some(mark.to_owned()),
        note: None,
        decided: now,
    })
}
