//! What the ledger gives to lanes and takes from them.

use jiff::Timestamp;
use lianbo_schemas::{Action, ArticleUri, PartnerId};

use crate::deliver::difference::{Known, Wanted};
use crate::log::Offset;

/// One article to be brought into line, with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::deliver) struct Due {
    /// What the partner should hold.
    pub(in crate::deliver) wanted: Wanted,
    /// What it holds, if anything was ever answered.
    pub(in crate::deliver) known: Option<Known>,
    /// Failed tries of this decision.
    pub(in crate::deliver) tries: u32,
    /// No call about this article can ever have reached the partner.
    pub(in crate::deliver) untouched: bool,
}

impl Due {
    /// The article.
    pub(in crate::deliver) fn article(&self) -> &ArticleUri {
        &self.wanted.delivery.article
    }

    /// Whether it is a kill or a holding back.
    pub(in crate::deliver) fn is_withdrawal(&self) -> bool {
        self.wanted.delivery.action == Action::Withdraw
    }
}

/// What has come for a lane.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::deliver) enum Arrived {
    /// These, which may go now and stand behind all there was, in their order.
    Behind(Vec<Due>),
    /// More than a lane takes in hand, behind all there was: the ledger has them.
    Many,
    /// Something that overtakes or replaces what the lane may have in hand, or that must wait.
    Urgent,
}

/// More are not handed to a lane.
const MANY: usize = 64;

impl Arrived {
    /// This behind what came before it.
    pub(in crate::deliver) fn after(self, before: Option<Self>) -> Self {
        let Some(before) = before else { return self };
        match (before, self) {
            (Self::Urgent, _) | (_, Self::Urgent) => Self::Urgent,
            (Self::Many, _) | (_, Self::Many) => Self::Many,
            (Self::Behind(due), Self::Behind(later)) if due.len() + later.len() > MANY => Self::Many,
            (Self::Behind(mut due), Self::Behind(later)) => {
                due.extend(later);
                Self::Behind(due)
            }
        }
    }
}

/// What a lane asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::deliver) enum Ask {
    /// Whatever should go first.
    First,
    /// What comes after the decision at this offset: the rest is in the lane's hands already.
    After(Offset),
}

/// What a lane finds when it asks for work.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::deliver) struct Stock {
    /// What was asked for.
    pub(in crate::deliver) asked: Ask,
    /// What may go now: withdrawals first, then in the order of the decisions.
    pub(in crate::deliver) due: Vec<Due>,
    /// Whether there may be more than these.
    pub(in crate::deliver) more: bool,
    /// When the next thing that must wait becomes due; told only with what should go first.
    pub(in crate::deliver) next_wake: Option<Timestamp>,
    /// Open differences, those for later included.
    pub(in crate::deliver) backlog: u64,
    /// Articles the partner shows.
    pub(in crate::deliver) held: u64,
}

/// A try that brought no answer: the article waits.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::deliver) struct Deferral {
    /// The partner.
    pub(in crate::deliver) partner: PartnerId,
    /// The article.
    pub(in crate::deliver) article: ArticleUri,
    /// The decision that was tried; a later one does not wait.
    pub(in crate::deliver) offset: Offset,
    /// Until when; `None`: it may go again at once.
    pub(in crate::deliver) until: Option<Timestamp>,
    /// Failed tries so far.
    pub(in crate::deliver) tries: u32,
    /// Whether the partner was called, so that the try may have had an effect.
    pub(in crate::deliver) called: bool,
    /// One sentence.
    pub(in crate::deliver) reason: String,
}
