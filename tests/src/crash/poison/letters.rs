//! Dead letters as they should be, against those that an operator finds.

use lianbo_schemas::{DeadLetter, Origin};

use super::outlet::Kind;
use crate::crash::verdict::MOST;

/// A letter there should be.
#[derive(Debug, Clone)]
pub(super) struct Letter {
    /// Of which piece.
    pub(super) number: u64,
    /// What is wrong with it.
    pub(super) kind: Kind,
    /// What was refused.
    pub(super) what: What,
}

/// What was refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum What {
    /// A submission with this id.
    Submission(String),
    /// A record that the outlet's own producer has written there.
    Record {
        /// In this partition of its topic.
        partition: i32,
        /// At this offset.
        offset: i64,
    },
    /// A delivery.
    Delivery {
        /// To whom.
        partner: String,
        /// Of what.
        article: String,
    },
}

impl What {
    fn is(&self, origin: &Origin) -> bool {
        match (self, origin) {
            (Self::Submission(id), Origin::Submission { submission, .. }) => submission.as_str() == id,
            (Self::Record { partition, offset }, Origin::Submission { partition: number, offset: at, .. }) => {
                (partition, offset) == (number, at)
            }
            (Self::Delivery { partner, article }, Origin::Delivery { partner: to, article: of, .. }) => {
                to.as_str() == partner && of.as_str() == article
            }
            (Self::Submission(_) | Self::Record { .. } | Self::Delivery { .. }, _) => false,
        }
    }
}

impl Letter {
    /// Whether its reason says what is wrong, and what helps where that can be known.
    fn says(&self, letter: &DeadLetter) -> bool {
        let (code, detail) = (letter.reason.code.as_str(), letter.reason.detail.as_str());
        match self.kind {
            Kind::Good => false,
            Kind::Unreadable => ["malformed", "unsupported"].contains(&code) && !detail.is_empty(),
            Kind::Refused => code == "rejected" && detail.contains("this one is not taken here"),
            Kind::Oversize => code == "too-large" && detail.contains("`lianbo dead redrive`"),
        }
    }
}

/// What is wrong with the letters found, as sentences.
pub(super) fn wrong_letters(expected: &[Letter], found: &[DeadLetter]) -> Vec<String> {
    let mut wrong = Vec::new();
    for letter in expected {
        let its: Vec<&DeadLetter> = found.iter().filter(|found| letter.what.is(&found.origin)).collect();
        match its.as_slice() {
            [one] if letter.says(one) => {}
            [one] => {
                wrong.push(format!("the letter of piece {} ({:?}) says {:?}", letter.number, letter.kind, one.reason))
            }
            _ => wrong.push(format!("piece {} ({:?}) has {} letters", letter.number, letter.kind, its.len())),
        }
    }
    let strangers = found.iter().filter(|found| !expected.iter().any(|letter| letter.what.is(&found.origin)));
    wrong.extend(strangers.map(|letter| format!("a letter of what was not bad: {} {:?}", letter.key(), letter.reason)));
    wrong.truncate(MOST);
    wrong
}
