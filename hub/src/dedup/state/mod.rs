//! Dedup's state: every item's memory, the articles they form, what the clock is to bring them. A pure fold, without a
//! clock. What is seldom asked lies on a shelf, which may be a file; `judge` does not touch it.
//!
//! Rules, where the words leave a choice:
//! - A kill (`canceled`) is final and is never stale: it holds whatever its revision says, and any later version of the
//!   item is stale. A withheld item may come back, as a correction.
//! - A kill of an item never seen is remembered, so that a late first version does not go out.
//! - An article whose original is withdrawn stays withdrawn even while reprints of it stand at other outlets; new
//!   reprints join it and do not go out. The same holds for an article that has expired.
//! - An expired article comes back with a later version that has not expired. One that arrives expired is kept as it is
//!   and expires at once: its reprints are recognised by it.
//! - The hub's own copy coming back (its hop history names this hub) joins the article it came from; when that cannot
//!   be found it is remembered and founds nothing.
//! - A correction is never judged against other pieces, however much it changes: it stays what its item is.
//! - A newcomer under embargo, or expired, does not take over an article that is out; nobody takes over one whose
//!   original an editor has set.

mod address;
mod again;
mod article;
mod decide;
mod first;
mod items;
mod memory;
mod restoring;
mod settled;
mod shelf;
mod stats;
mod timers;

use jiff::{SignedDuration, Timestamp};
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{ArticleChange, ArticleUri, ItemUri, Judged, Normalised, Settled};

use super::index::Index;
use super::postings::Number;
use super::settings::Settings;
use crate::registry::Snapshot;
use items::Items;
use timers::{Timers, Turn};

pub use restoring::Restoring;
pub use shelf::Shelf;
pub use stats::{Bytes, Stats, Window};

/// What a step brought: records for `articles` and, beside them, for `fingerprints`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outcome {
    /// Changes of articles, in order.
    pub changes: Vec<ArticleChange>,
    /// Every item whose memory changed; the judged one last.
    pub judged: Vec<Judged>,
    /// Every article decided about whose state changed.
    pub settled: Vec<Settled>,
}

/// Dedup's state machine.
#[derive(Debug)]
pub struct Dedup {
    /// The alliance's own domain name, which article uris and hops carry.
    authority: String,
    near_window: SignedDuration,
    items: Items,
    /// The state of articles that editors have decided about.
    settled: settled::SettledArticles,
    timers: Timers,
    index: Index,
    /// When the newest words were received: the near window ends there, so that a replay judges as the first run did.
    latest: Timestamp,
    next_order: u64,
}

impl Dedup {
    /// An empty state, all in memory.
    pub fn new(authority: impl Into<String>, settings: &Settings) -> Self {
        Self::on(Shelf::default(), authority, settings)
    }

    /// An empty state with a shelf of its own.
    pub fn on(shelf: Shelf, authority: impl Into<String>, settings: &Settings) -> Self {
        Self {
            authority: authority.into(),
            near_window: settings.near_window(),
            items: Items::on(shelf),
            settled: settled::SettledArticles::default(),
            timers: Timers::default(),
            index: Index::default(),
            latest: Timestamp::MIN,
            next_order: 1,
        }
    }

    /// Judges one submission in canonical form and changes articles accordingly.
    pub fn step(&mut self, normalised: Normalised, registry: &Snapshot, now: Timestamp) -> Outcome {
        let outcome = match self.item(&normalised.item.uri) {
            Some(known) => self.again(normalised, known, registry, now),
            None => self.first(normalised, registry, now),
        };
        self.with_settled(outcome)
    }

    /// The next moment an embargo ends or an article expires.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        self.timers.next()
    }

    /// Lifts the embargoes that ended by `now`, and ends the articles that expired.
    pub fn due(&mut self, now: Timestamp) -> Outcome {
        let mut outcome = Outcome::default();
        while let Some((at, uri, turn)) = self.timers.pop_due(now) {
            let Some(mut founded) = self.founded(&uri) else { continue };
            match turn {
                Turn::Release => {
                    founded.embargo = None;
                    outcome.changes.push(ArticleChange::Lifted { uri: uri.clone(), version: founded.version, at });
                }
                Turn::Expiry => {
                    self.disarm(&uri, &mut founded);
                    founded.status = PubStatus::Withheld;
                    founded.version += 1;
                    outcome.changes.push(ArticleChange::Expired { uri: uri.clone(), version: founded.version, at });
                }
            }
            outcome.judged.extend(self.store_founded(&uri, founded));
        }
        self.with_settled(outcome)
    }

    /// What is known of an item.
    pub fn item(&self, uri: &ItemUri) -> Option<Judged> {
        self.items.number(uri).and_then(|number| self.numbered(number))
    }

    /// Items known, and those of them in the near window.
    pub fn size(&self) -> (usize, usize) {
        (self.items.size().items, self.index.len())
    }

    /// The index, to judge a text without taking it in.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// All it knows, by the order of judging: the records that [`Dedup::restore`] needs.
    pub fn records(&self) -> impl Iterator<Item = Judged> {
        self.items.numbers().filter_map(|number| self.numbered(number))
    }

    /// The state that left these records behind, in any order; of several of one item the last counts.
    pub fn restore(
        authority: impl Into<String>,
        settings: &Settings,
        records: impl IntoIterator<Item = Judged>,
    ) -> Self {
        let mut restoring = Restoring::of(Self::new(authority, settings));
        records.into_iter().for_each(|judged| restoring.take(judged));
        restoring.finish()
    }

    /// What the shelf failed with, if it did: the state and what it said since the last time this was asked do not count.
    pub fn fault(&self) -> Option<&str> {
        self.items.fault()
    }

    /// An item in full.
    fn numbered(&self, number: Number) -> Option<Judged> {
        let mut judged = self.items.read(number)?;
        judged.memory.fingerprint = self.index.text(number).map(|text| text.fingerprint.clone());
        Some(judged)
    }

    /// The item that an article was founded by.
    fn founder(&self, article: &ArticleUri) -> Option<Judged> {
        self.items.founder(article).and_then(|number| self.numbered(number))
    }
}
