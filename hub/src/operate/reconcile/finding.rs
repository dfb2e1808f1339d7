//! What a look at a partner comes to, beside what the ledger says. Pure.

use lianbo_connectors::partner::{Copy, Standing, Visibility, Words};
use lianbo_schemas::{Action, Delivery, Receipt, ReceiptState};
use serde::Serialize;

/// What was found of one article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Finding {
    /// It stands as the ledger says.
    Same,
    /// Something is on its way to the partner: the lane is at it.
    Pending,
    /// What we wrote stands there, and it is old: an earlier version, or one that would be written otherwise today.
    Drifted,
    /// Somebody changed it there.
    Edited,
    /// Somebody took it down there.
    Hidden,
    /// It is not there.
    Missing,
    /// It is there although it was withdrawn.
    Standing,
    /// There is a second one of it.
    Double,
    /// An article that the ledger does not know to be there.
    Stranger,
    /// The partner did not tell.
    Untold,
}

/// Whether the lane still has to do something about the article, so that the ledger says how it was and not how it
/// is to be.
pub(super) fn is_pending(receipt: &Receipt, desired: Option<&Delivery>) -> bool {
    let Some(desired) = desired else { return false };
    let is_undone = match (desired.action, &receipt.state) {
        (Action::Hold, ReceiptState::Withdrawn) | (Action::Withdraw, ReceiptState::Held) => true,
        (Action::Hold, _) | (Action::Withdraw, _) => false,
    };
    let is_asked_again = desired.redelivery.is_some() && desired.redelivery != receipt.redelivery;
    is_undone || is_asked_again || desired.version > receipt.version
}

/// What stands there, beside what the receipt says. `rendering` is the hub's hash of how the held version would be
/// written today.
pub(super) fn finding(receipt: &Receipt, standing: &Standing, rendering: Option<&str>) -> Finding {
    let history = receipt.history();
    let held = history.changes.last().and_then(|change| change.copy.as_ref());
    let Some(held) = held else {
        return match standing {
            Standing::There(Copy { visibility: Visibility::Shown, .. }) => Finding::Standing,
            Standing::There(_) | Standing::Missing => Finding::Same,
        };
    };
    let found = match standing {
        Standing::Missing => return Finding::Missing,
        Standing::There(Copy { visibility: Visibility::Hidden, .. }) => return Finding::Hidden,
        Standing::There(found) => found,
    };
    let token = found.remote.token.as_deref();
    if token == held.remote.token.as_deref() {
        let is_old = held.rendering.is_some() && rendering.is_some() && rendering != held.rendering.as_deref();
        return if is_old { Finding::Drifted } else { Finding::Same };
    }
    let was_ours = token.is_some() && history.copies().any(|copy| copy.remote.token.as_deref() == token);
    match found.text {
        Words::Ours => Finding::Same,
        Words::Others | Words::NotCompared if was_ours => Finding::Drifted,
        Words::Others | Words::NotCompared => Finding::Edited,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use lianbo_connectors::partner::{Copy, Standing, Visibility, Words};
    use lianbo_schemas::{ArticleUri, History, PartnerId, Receipt, ReceiptState, Remote};

    use super::{Finding, finding};

    fn remote(token: &str) -> Remote {
        Remote { id: "7".to_owned(), url: None, token: Some(token.to_owned()) }
    }

    /// Version 1 was held with the token `one`; then came this one.
    fn receipt(version: u32, state: ReceiptState, token: Option<&str>) -> Receipt {
        let bare = |version, state, token: Option<&str>, at| Receipt {
            partner: PartnerId::new("wp").unwrap(),
            article: ArticleUri::new("tag:x,2026:article:a").unwrap(),
            version,
            state,
            remote: token.map(remote),
            content_hash: None,
            rendering: Some("now".to_owned()),
            redelivery: None,
            attempts: 1,
            at: Timestamp::from_second(at).unwrap(),
            history: None,
        };
        let first = bare(1, ReceiptState::Held, Some("one"), 10);
        bare(version, state, token, 20).following(History::default().after(&first))
    }

    fn there(token: &str, visibility: Visibility, text: Words) -> Standing {
        Standing::There(Copy { remote: remote(token), visibility, text })
    }

    #[test]
    fn what_stands_there_is_named() {
        use Visibility::{Draft, Hidden, Shown};
        use Words::{Others, Ours};
        let held = receipt(2, ReceiptState::Held, Some("two"));
        for (standing, expected) in [
            (there("two", Shown, Others), Finding::Same),
            (there("two", Draft, Ours), Finding::Same),
            (there("three", Shown, Ours), Finding::Same),
            (there("three", Shown, Others), Finding::Edited),
            (there("one", Shown, Others), Finding::Drifted),
            (there("two", Hidden, Ours), Finding::Hidden),
            (Standing::Missing, Finding::Missing),
        ] {
            assert_eq!(finding(&held, &standing, Some("now")), expected, "{standing:?}");
        }
        assert_eq!(finding(&held, &there("two", Shown, Ours), Some("otherwise")), Finding::Drifted);
        assert_eq!(finding(&held, &there("two", Shown, Ours), None), Finding::Same);
    }

    #[test]
    fn what_was_withdrawn_must_not_be_seen() {
        let withdrawn = receipt(2, ReceiptState::Withdrawn, None);
        let named = |standing| finding(&withdrawn, &standing, None);
        assert_eq!(named(there("one", Visibility::Shown, Words::NotCompared)), Finding::Standing);
        assert_eq!(named(there("one", Visibility::Hidden, Words::NotCompared)), Finding::Same);
        assert_eq!(named(Standing::Missing), Finding::Same);
    }
}
