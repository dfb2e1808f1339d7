//! Dedup's state: every item's memory, the articles they form, the embargoes that run. Pure: no clock, no I/O.
//!
//! Rules, where the words leave a choice:
//! - A kill (`canceled`) is final and is never stale: it holds whatever its revision says, and any later version of the
//!   item is stale. A withheld item may come back, as a correction.
//! - A kill of an item never seen is remembered, so that a late first version does not go out.
//! - An article whose original is withdrawn stays withdrawn even while reprints of it stand at other outlets; new
//!   reprints join it and do not go out.
//! - The hub's own copy coming back (its hop history names this hub) joins the article it came from; when that cannot
//!   be found it is remembered and founds nothing.
//! - A correction is never judged against other pieces, however much it changes: it stays what its item is.
//! - A newcomer under embargo does not take over an article that is out already; nobody takes over one whose original
//!   an editor has set.

mod again;
mod article;
mod decide;
mod first;
mod links;
mod memory;
mod settled;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::{SignedDuration, Timestamp};
use lianbo_schemas::{ArticleChange, ArticleUri, ItemUri, Judged, Normalised, Settled};

use super::index::Index;
use super::settings::Settings;
use crate::registry::Snapshot;

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
    items: HashMap<ItemUri, Judged>,
    /// Article → the item it was founded by, which carries its state until an editor decides about the article.
    founders: HashMap<ArticleUri, ItemUri>,
    /// Article → its items by order.
    members: HashMap<ArticleUri, BTreeSet<(u64, ItemUri)>>,
    /// The state of articles that editors have decided about.
    settled: settled::SettledArticles,
    embargoes: BTreeSet<(Timestamp, ArticleUri)>,
    links: links::Links,
    index: Index,
    /// When the newest words were received: the near window ends there, so that a replay judges as the first run did.
    latest: Timestamp,
    next_order: u64,
}

impl Dedup {
    /// An empty state.
    pub fn new(authority: impl Into<String>, settings: &Settings) -> Self {
        Self {
            authority: authority.into(),
            near_window: settings.near_window(),
            items: HashMap::new(),
            founders: HashMap::new(),
            members: HashMap::new(),
            settled: settled::SettledArticles::default(),
            embargoes: BTreeSet::new(),
            links: links::Links::default(),
            index: Index::default(),
            latest: Timestamp::MIN,
            next_order: 1,
        }
    }

    /// Judges one submission in canonical form and changes articles accordingly.
    pub fn step(&mut self, normalised: Normalised, registry: &Snapshot, now: Timestamp) -> Outcome {
        let outcome = match self.items.get(&normalised.item.uri) {
            Some(known) => {
                let known = known.clone();
                self.again(normalised, known, registry, now)
            }
            None => self.first(normalised, registry, now),
        };
        self.with_settled(outcome)
    }

    /// The next moment an embargo ends.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        self.embargoes.first().map(|(at, _)| *at)
    }

    /// Lifts the embargoes that ended by `now`.
    pub fn due(&mut self, now: Timestamp) -> Outcome {
        let mut outcome = Outcome::default();
        while let Some((at, uri)) = self.embargoes.first().cloned().filter(|(at, _)| *at <= now) {
            self.embargoes.pop_first();
            let Some(mut founded) = self.founded(&uri).cloned() else { continue };
            founded.embargo = None;
            let version = founded.version;
            outcome.judged.extend(self.store_founded(&uri, founded));
            outcome.changes.push(ArticleChange::Lifted { uri, version, at });
        }
        self.with_settled(outcome)
    }

    /// What is known of an item.
    pub fn item(&self, uri: &ItemUri) -> Option<&Judged> {
        self.items.get(uri)
    }

    /// Items known, and those of them in the near window.
    pub fn size(&self) -> (usize, usize) {
        (self.items.len(), self.index.len())
    }

    /// The index, to judge a text without taking it in.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// All it knows, by item: the records that [`Dedup::restore`] needs.
    pub fn records(&self) -> BTreeMap<ItemUri, Judged> {
        self.items.iter().map(|(uri, judged)| (uri.clone(), judged.clone())).collect()
    }

    /// The state that left these records behind, the newest of each item.
    pub fn restore(
        authority: impl Into<String>,
        settings: &Settings,
        records: impl IntoIterator<Item = Judged>,
    ) -> Self {
        let mut restored = Self::new(authority, settings);
        let mut records: Vec<Judged> = records.into_iter().collect();
        records.sort_by_key(|judged| judged.memory.order);
        restored.latest = records.iter().map(|judged| judged.memory.received).max().unwrap_or(Timestamp::MIN);
        for judged in records {
            restored.take_back(judged);
        }
        restored
    }

    fn founder(&self, article: &ArticleUri) -> Option<&Judged> {
        self.items.get(self.founders.get(article)?)
    }

    fn founder_mut(&mut self, article: &ArticleUri) -> Option<&mut Judged> {
        self.items.get_mut(self.founders.get(article)?)
    }
}
