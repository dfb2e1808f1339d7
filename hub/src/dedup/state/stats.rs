//! What dedup's state holds and takes, for those who look after it.

use jiff::Timestamp;
use serde::Serialize;

use super::Dedup;

/// A state in figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Stats {
    /// Items known, for ever.
    pub items: usize,
    /// Those of them whose texts newcomers are compared with.
    pub near: usize,
    /// Articles the items form.
    pub articles: usize,
    /// Embargoes that run.
    pub embargoes: usize,
    /// Articles that will expire.
    pub expiries: usize,
    /// Different shingles by which the near texts are found.
    pub shingles: usize,
    /// Near texts, each once for every shingle by which it is found.
    pub entries: usize,
    /// Shingles of so many texts that they have a list, and the texts in these lists.
    pub lists: (usize, usize),
    /// Different lines of the near texts, each once for every outlet that shows it.
    pub lines: usize,
    /// Those of them learned to be page furniture.
    pub furniture: usize,
    /// The near window.
    pub window: Window,
    /// What it takes.
    pub bytes: Bytes,
}

/// The near window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Window {
    /// Its length.
    pub days: u32,
    /// Its beginning; none while nothing was judged.
    pub from: Option<Timestamp>,
    /// Its end: when the newest words were received.
    pub to: Option<Timestamp>,
    /// When the oldest text in it was received.
    pub oldest: Option<Timestamp>,
}

/// Bytes, as the structures count them themselves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Bytes {
    /// In memory: what is at hand of every item for ever.
    pub items: usize,
    /// In memory: the near texts' fingerprints.
    pub texts: usize,
    /// In memory: shingle → texts.
    pub postings: usize,
    /// In memory: how often outlets show which line.
    pub lines: usize,
    /// The sum of these.
    pub memory: usize,
    /// On the shelf, which is a file in the data folder: items in full.
    pub shelf: u64,
}

impl Dedup {
    /// The state in figures.
    pub fn stats(&self) -> Stats {
        let (items, index) = (self.items.size(), self.index.size());
        let (embargoes, expiries) = self.timers.count();
        let judged = (self.latest > Timestamp::MIN).then_some(self.latest);
        let bytes = Bytes {
            items: items.bytes,
            texts: index.text_bytes,
            postings: index.posting_bytes,
            lines: index.furniture_bytes,
            memory: items.bytes + index.text_bytes + index.posting_bytes + index.furniture_bytes,
            shelf: items.shelf_bytes,
        };
        Stats {
            items: items.items,
            near: index.texts,
            articles: items.articles + self.settled.count(),
            embargoes,
            expiries,
            shingles: index.shingles,
            entries: index.entries,
            lists: index.lists,
            lines: index.lines,
            furniture: index.furniture,
            window: Window {
                days: u32::try_from(self.near_window.as_hours() / 24).unwrap_or(u32::MAX),
                from: judged.and_then(|latest| latest.checked_sub(self.near_window).ok()),
                to: judged,
                oldest: self.index.oldest(),
            },
            bytes,
        }
    }
}
