//! What the ledger gives to lanes and takes from them.

use jiff::Timestamp;
use lianbo_schemas::{Action, ArticleUri, Delivery, PartnerId};

use crate::deliver::difference::{Known, Wanted};
use crate::deliver::identity::delivery_id;
use crate::log::Offset;

/// Whose turn comes first: the earlier here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::deliver) enum Turn {
    /// A kill or a holding back goes ahead of all.
    Withdrawal,
    /// What is decided anew.
    News,
    /// What is delivered once more, as a replay asks: it may be a year's articles, and no news waits behind them.
    Again,
}

impl Turn {
    /// A delivery's, if no other one of its article is open.
    pub(in crate::deliver) fn of(delivery: &Delivery) -> Self {
        match (delivery.action, &delivery.redelivery) {
            (Action::Withdraw, _) => Self::Withdrawal,
            (Action::Hold, None) => Self::News,
            (Action::Hold, Some(_)) => Self::Again,
        }
    }
}

/// A place in a lane's line: by turn, then in the order of the decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::deliver) struct Place {
    /// The turn.
    pub(in crate::deliver) turn: Turn,
    /// The decision.
    pub(in crate::deliver) offset: Offset,
}

impl Place {
    /// Before all others.
    pub(in crate::deliver) const START: Self = Self { turn: Turn::Withdrawal, offset: -1 };
}

/// One article to be brought into line, with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::deliver) struct Due {
    /// What the partner should hold.
    pub(in crate::deliver) wanted: Wanted,
    /// What it holds, if anything was ever answered.
    pub(in crate::deliver) known: Option<Known>,
    /// Failed tries of this decision.
    pub(in crate::deliver) tries: u32,
    /// No call about this article can have reached the partner since what is known of it, or ever.
    pub(in crate::deliver) untouched: bool,
    /// When it goes.
    pub(in crate::deliver) turn: Turn,
}

impl Due {
    /// The article.
    pub(in crate::deliver) fn article(&self) -> &ArticleUri {
        &self.wanted.delivery.article
    }

    /// Whether the partner was ever told to take it down, as far as is kept.
    pub(in crate::deliver) fn was_withdrawn(&self) -> bool {
        self.known.as_ref().is_some_and(Known::was_withdrawn)
    }

    /// The id of this delivery.
    pub(in crate::deliver) fn id_at(&self, partner: &PartnerId) -> String {
        delivery_id(partner, &self.wanted.delivery, self.was_withdrawn())
    }

    /// Whether it is a kill or a holding back.
    pub(in crate::deliver) fn is_withdrawal(&self) -> bool {
        self.turn == Turn::Withdrawal
    }

    /// Where it stands in its lane's line.
    pub(in crate::deliver) fn place(&self) -> Place {
        Place { turn: self.turn, offset: self.wanted.offset }
    }
}

/// What has come for a lane.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::deliver) enum Arrived {
    /// These, which may go now, each behind all there was of its turn, in the order of their decisions.
    Behind(Vec<Due>),
    /// More of the kind than a lane takes in hand, the first of this turn: the ledger has them.
    Many(Turn),
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
            (Self::Behind(mut due), Self::Behind(later)) if due.len() + later.len() <= MANY => {
                due.extend(later);
                Self::Behind(due)
            }
            (before, later) => match (before.first(), later.first()) {
                (Some(one), Some(other)) => Self::Many(one.min(other)),
                (None, _) | (_, None) => Self::Urgent,
            },
        }
    }

    /// The turn that comes first among them; `None`: it is not known.
    fn first(&self) -> Option<Turn> {
        match self {
            Self::Behind(due) => due.iter().map(|due| due.turn).min(),
            Self::Many(turn) => Some(*turn),
            Self::Urgent => None,
        }
    }
}

/// What a lane asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::deliver) enum Ask {
    /// Whatever should go first.
    First,
    /// What stands behind this place: the rest is in the lane's hands already.
    After(Place),
}

/// What a lane finds when it asks for work.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::deliver) struct Stock {
    /// What was asked for.
    pub(in crate::deliver) asked: Ask,
    /// What may go now, in the order of its places.
    pub(in crate::deliver) due: Vec<Due>,
    /// Whether there may be more than these.
    pub(in crate::deliver) more: bool,
    /// The newest decision that the ledger knew then.
    pub(in crate::deliver) newest: Offset,
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
