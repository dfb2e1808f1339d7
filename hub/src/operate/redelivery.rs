//! A delivery made again, with a mark that asks the lane for another call: what replaying and mending write.

use jiff::Timestamp;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Delivery, Partner};

use crate::route::{About, Decision, holding_of};

/// What the partner should hold, to be delivered again; nothing for a partner that should not hold it.
pub(super) fn redelivery(
    about: &About<'_>,
    partner: &Partner,
    holds: bool,
    mark: &str,
    now: Timestamp,
) -> Option<Delivery> {
    let article = about.article;
    let delivery = if article.status() == PubStatus::Usable {
        if !article.may_be_shown(now) {
            return None;
        }
        match about.decide(partner, holds, now) {
            Decision::Hold { terms, not_before } => holding_of(article, terms, not_before, now),
            Decision::OwnArticle | Decision::PassedThere | Decision::NoChannel(_) | Decision::NoGrant(_) => {
                return None;
            }
        }
    } else if holds {
        Delivery::withdrawal_of(article, now)
    } else {
        return None;
    };
    Some(Delivery { redelivery: Some(mark.to_owned()), ..delivery })
}
