//! The one rule of reconciliation: whether what a partner should hold differs from what it holds. Pure.

use jiff::Timestamp;
use lianbo_connectors::partner::Held;
use lianbo_schemas::{Action, Delivery, History, Remote};

use crate::log::Offset;

/// What a partner should hold of an article, and where that was said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// What it should hold.
    pub(super) delivery: Delivery,
    /// The offset of that record: a later decision has a higher one.
    pub(super) offset: Offset,
    /// W3C trace context of the record.
    pub(super) traceparent: Option<String>,
}

/// What the newest receipt says a partner holds of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    /// The version it is about.
    pub(super) version: u32,
    /// What came of it.
    pub(super) state: KnownState,
    /// Where the article stands there, if it does.
    pub(super) remote: Option<Remote>,
    /// The connector's own hash of what it sent.
    pub(super) content_hash: Option<String>,
    /// Our hash of the rendering that was sent.
    pub(super) rendering: Option<String>,
    /// The redelivery it answers.
    pub(super) redelivery: Option<String>,
    /// The offset of the delivery it answers, where the receipt says so.
    pub(super) answers: Option<Offset>,
    /// When the receipt was written.
    pub(super) at: Timestamp,
    /// What it held when.
    pub(super) history: History,
}

/// What came of the last delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum KnownState {
    /// The partner shows it.
    Held,
    /// The partner shows it no longer.
    Withdrawn,
    /// The partner refused it for good.
    Refused,
}

impl Known {
    /// What a connector is told about the last time.
    pub(super) fn held(&self) -> Option<Held> {
        let remote = self.remote.clone()?;
        Some(Held::of(remote, self.content_hash.clone(), &self.history))
    }

    /// Whether it was ever told to take the article down, as far as is kept.
    pub(super) fn was_withdrawn(&self) -> bool {
        let is_gone = |change: &lianbo_schemas::Holding| change.copy.is_none();
        self.state == KnownState::Withdrawn || self.history.dropped > 0 || self.history.changes.iter().any(is_gone)
    }
}

/// Whether something is left to do. A decision later than the one answered always is (terms may have changed, even if
/// the version has not); then versions, actions and redeliveries are compared, which also holds for receipts that do
/// not say what they answer.
pub(super) fn differs(wanted: &Wanted, known: Option<&Known>) -> bool {
    let Some(known) = known else { return true };
    let delivery = &wanted.delivery;
    let undone = match (delivery.action, known.state) {
        (Action::Hold, KnownState::Withdrawn) | (Action::Withdraw, KnownState::Held) => true,
        (Action::Hold, KnownState::Held | KnownState::Refused)
        | (Action::Withdraw, KnownState::Withdrawn | KnownState::Refused) => false,
    };
    undone
        || delivery.version > known.version
        || known.answers.is_some_and(|answered| wanted.offset > answered)
        || is_redelivery(delivery, Some(known))
}

/// Whether a replay asks for this delivery once more, whatever the partner holds.
pub(super) fn is_redelivery(delivery: &Delivery, known: Option<&Known>) -> bool {
    delivery.redelivery.is_some() && known.is_none_or(|known| known.redelivery != delivery.redelivery)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use lianbo_schemas::{Action, ArticleUri, Delivery, History};

    use super::{Known, KnownState, Wanted, differs};

    fn wanted(version: u32, action: Action, offset: i64, redelivery: Option<&str>) -> Wanted {
        let delivery = Delivery {
            article: ArticleUri::new("tag:x,2026:article:a").unwrap(),
            version,
            action,
            not_before: None,
            terms: None,
            redelivery: redelivery.map(str::to_owned),
            status: None,
            note: None,
            decided: Timestamp::UNIX_EPOCH,
        };
        Wanted { delivery, offset, traceparent: None }
    }

    fn known(version: u32, state: KnownState, answers: Option<i64>) -> Known {
        let (at, history) = (Timestamp::UNIX_EPOCH, History::default());
        Known {
            version,
            state,
            remote: None,
            content_hash: None,
            rendering: None,
            redelivery: None,
            answers,
            at,
            history,
        }
    }

    #[test]
    fn what_was_never_answered_is_to_be_done() {
        assert!(differs(&wanted(1, Action::Hold, 0, None), None));
        assert!(differs(&wanted(1, Action::Withdraw, 0, None), None));
    }

    #[test]
    fn an_answer_of_whatever_kind_ends_it() {
        for state in [KnownState::Held, KnownState::Refused] {
            assert!(!differs(&wanted(2, Action::Hold, 7, None), Some(&known(2, state, Some(7)))));
        }
        for state in [KnownState::Withdrawn, KnownState::Refused] {
            assert!(!differs(&wanted(2, Action::Withdraw, 7, None), Some(&known(2, state, Some(7)))));
        }
    }

    #[test]
    fn a_later_decision_a_newer_version_and_another_action_count() {
        assert!(differs(&wanted(2, Action::Hold, 8, None), Some(&known(2, KnownState::Held, Some(7)))));
        assert!(differs(&wanted(3, Action::Hold, 7, None), Some(&known(2, KnownState::Held, None))));
        assert!(differs(&wanted(2, Action::Withdraw, 7, None), Some(&known(2, KnownState::Held, None))));
        assert!(differs(&wanted(2, Action::Hold, 7, None), Some(&known(2, KnownState::Withdrawn, None))));
        assert!(!differs(&wanted(2, Action::Hold, 9, None), Some(&known(2, KnownState::Held, None))));
    }

    #[test]
    fn a_redelivery_counts_until_it_is_answered() {
        let mut holds = known(2, KnownState::Held, Some(7));
        assert!(differs(&wanted(2, Action::Hold, 7, Some("replay-1")), Some(&holds)));
        holds.redelivery = Some("replay-1".to_owned());
        assert!(!differs(&wanted(2, Action::Hold, 7, Some("replay-1")), Some(&holds)));
        assert!(!differs(&wanted(2, Action::Hold, 7, None), Some(&holds)));
    }
}
