//! What a partner held when. Each receipt carries the history before it, because only the newest receipt is kept.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{Receipt, ReceiptState, Remote};

/// Changes kept for each article and partner: an article seldom has more versions, and a receipt stays a few kilobytes.
const LONGEST: usize = 16;

/// What a partner held of one article, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// Older changes that are kept no longer.
    #[serde(default)]
    pub dropped: u32,
    /// Oldest first; the last one is how it stands. Empty: the partner never held it. One that begins with no copy: it
    /// was told to take down what it may have held, since an answer of its was never heard.
    pub changes: Vec<Holding>,
}

/// What a partner held from a moment on, until the next change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// From when: the time of the receipt that said so.
    pub since: Timestamp,
    /// The copy there; `None`: it showed nothing any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copy: Option<HeldCopy>,
}

/// One version of an article as a partner held it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldCopy {
    /// The version.
    pub version: u32,
    /// Where it stood.
    pub remote: Remote,
    /// The hash of what was sent, as [`Receipt::content_hash`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_hash: Option<String>,
    /// The hub's hash of the rendering, as [`Receipt::rendering`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rendering: Option<String>,
}

/// What is known of a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then<'a> {
    /// It held this, since then.
    Held(Timestamp, &'a HeldCopy),
    /// It held nothing of the article.
    Nothing,
    /// That is so long ago that it is kept no longer.
    Unknown,
}

impl History {
    /// The history once `receipt` has come. A refusal changes nothing: what was held before still is.
    pub fn after(mut self, receipt: &Receipt) -> Self {
        let copy = match (&receipt.state, &receipt.remote) {
            (ReceiptState::Refused { .. }, _) | (ReceiptState::Held, None) => return self,
            (ReceiptState::Withdrawn, _) => None,
            (ReceiptState::Held, Some(remote)) => Some(HeldCopy {
                version: receipt.version,
                remote: remote.clone(),
                content_hash: receipt.content_hash.clone(),
                rendering: receipt.rendering.clone(),
            }),
        };
        match self.changes.last_mut() {
            None if copy.is_none() && receipt.attempts == 0 => {}
            Some(last) if last.is_alike(copy.as_ref()) => last.copy = copy,
            _ => self.changes.push(Holding { since: receipt.at, copy }),
        }
        while self.changes.len() > LONGEST {
            self.changes.remove(0);
            self.dropped = self.dropped.saturating_add(1);
        }
        self
    }

    /// How it stood at a moment.
    pub fn at(&self, moment: Timestamp) -> Then<'_> {
        match self.changes.iter().rev().find(|change| change.since <= moment) {
            Some(Holding { since, copy: Some(copy) }) => Then::Held(*since, copy),
            Some(Holding { copy: None, .. }) => Then::Nothing,
            None if self.dropped > 0 => Then::Unknown,
            None => Then::Nothing,
        }
    }

    /// The newest copy it ever held, whether it still holds it or not.
    pub fn last_copy(&self) -> Option<&HeldCopy> {
        self.changes.iter().rev().find_map(|change| change.copy.as_ref())
    }

    /// Every copy it ever held, oldest first.
    pub fn copies(&self) -> impl Iterator<Item = &HeldCopy> {
        self.changes.iter().filter_map(|change| change.copy.as_ref())
    }
}

impl Holding {
    /// Whether readers would notice no difference between the two: then `since` stands.
    fn is_alike(&self, other: Option<&HeldCopy>) -> bool {
        match (&self.copy, other) {
            (Some(one), Some(other)) => {
                let place = |copy: &HeldCopy| (copy.version, copy.remote.id.clone(), copy.remote.url.clone());
                place(one) == place(other)
            }
            (None, None) => true,
            (Some(_), None) | (None, Some(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::{History, LONGEST, Then};
    use crate::{ArticleUri, PartnerId, Receipt, ReceiptState, Remote};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn receipt(second: i64, version: u32, state: ReceiptState) -> Receipt {
        let stands = state != ReceiptState::Withdrawn;
        let remote = || Remote { id: "7".to_owned(), url: None, token: Some(second.to_string()) };
        Receipt {
            partner: PartnerId::new("wp").unwrap(),
            article: ArticleUri::new("tag:x,2026:article:a").unwrap(),
            version,
            state,
            remote: stands.then(remote),
            content_hash: None,
            rendering: None,
            redelivery: None,
            attempts: 1,
            at: at(second),
            history: None,
        }
    }

    fn version_at(history: &History, second: i64) -> Option<u32> {
        match history.at(at(second)) {
            Then::Held(_, copy) => Some(copy.version),
            Then::Nothing => None,
            Then::Unknown => panic!("unknown at {second}"),
        }
    }

    #[test]
    fn every_moment_has_its_version() {
        let refused = ReceiptState::Refused { reason: "no".to_owned() };
        let receipts = [
            receipt(10, 1, ReceiptState::Held),
            receipt(20, 2, ReceiptState::Held),
            receipt(30, 3, refused),
            receipt(40, 4, ReceiptState::Withdrawn),
            receipt(50, 5, ReceiptState::Held),
        ];
        let history = receipts.iter().fold(History::default(), History::after);
        let versions = [5, 10, 25, 35, 45, 50].map(|second| version_at(&history, second));
        assert_eq!(versions, [None, Some(1), Some(2), Some(2), None, Some(5)]);
    }

    #[test]
    fn a_redelivery_of_the_same_version_leaves_the_time_and_brings_the_newer_token() {
        let receipts = [receipt(10, 1, ReceiptState::Held), receipt(20, 1, ReceiptState::Held)];
        let history = receipts.iter().fold(History::default(), History::after);
        assert_eq!(history.changes.len(), 1);
        assert_eq!(history.changes[0].since, at(10));
        assert_eq!(history.last_copy().unwrap().remote.token.as_deref(), Some("20"));
    }

    #[test]
    fn what_was_never_held_has_no_history() {
        let untold = Receipt { attempts: 0, ..receipt(10, 1, ReceiptState::Withdrawn) };
        assert_eq!(History::default().after(&untold), History::default());
    }

    #[test]
    fn what_was_perhaps_held_is_told_from_what_never_was() {
        let told = History::default().after(&receipt(10, 1, ReceiptState::Withdrawn));
        let again = told.clone().after(&Receipt { attempts: 0, ..receipt(20, 2, ReceiptState::Withdrawn) });
        assert_eq!((again.changes.len(), again.last_copy(), again.at(at(15))), (1, None, Then::Nothing));
        assert_eq!(again, told);
    }

    #[test]
    fn a_long_history_says_from_when_on_it_is_known() {
        let versions = 1..=u32::try_from(LONGEST).unwrap() + 2;
        let receipts = versions.map(|version| receipt(i64::from(version) * 10, version, ReceiptState::Held));
        let history = receipts.fold(History::default(), |history, receipt| history.after(&receipt));
        assert_eq!((history.changes.len(), history.dropped), (LONGEST, 2));
        assert_eq!(history.at(at(25)), Then::Unknown);
        assert_eq!(version_at(&history, 30), Some(3));
    }
}
