//! A state coming back from its records: the tables that find near texts are made last, for all texts at once.

use jiff::Timestamp;
use lianbo_schemas::{ArticleUri, Founded, ItemUri, Judged};

use super::Dedup;
use super::entry::Entry;
use super::memory::text;
use crate::dedup::index::{Text, number};

/// A record of an earlier life made ready to be taken into a state: that needs no state, so that it can be done ahead.
#[derive(Debug)]
pub struct Recalled {
    item: ItemUri,
    order: u64,
    received: Timestamp,
    /// An article that waits for a moment.
    waits: Option<(ArticleUri, Founded)>,
    entry: Entry,
    text: Option<Text>,
}

impl Recalled {
    /// Reads the record of an item.
    pub fn read(json: &[u8]) -> serde_json::Result<Self> {
        let judged: Judged = serde_json::from_slice(json)?;
        let entry = Entry::read_from(&judged, json);
        Ok(Self::with(judged, entry))
    }

    /// An item as it was left.
    pub fn of(judged: Judged) -> Self {
        let entry = Entry::of(&judged);
        Self::with(judged, entry)
    }

    fn with(judged: Judged, entry: Entry) -> Self {
        let waits = judged.memory.founded.as_ref().filter(|it| it.embargo.is_some() || it.expires.is_some());
        Self {
            text: text(&judged),
            order: judged.memory.order,
            received: judged.memory.received,
            waits: judged.article.clone().zip(waits.cloned()),
            entry,
            item: judged.item,
        }
    }
}

/// A state of which not all records are read yet; it cannot be asked.
#[derive(Debug)]
pub struct Restoring(Dedup);

impl Restoring {
    /// Begins with an empty state.
    pub fn of(empty: Dedup) -> Self {
        Self(empty)
    }

    /// Puts a record of an earlier life into the state, in place of an older one of the same item.
    pub fn take(&mut self, recalled: Recalled) {
        self.lose(&recalled.item);
        let state = &mut self.0;
        state.next_order = state.next_order.max(recalled.order + 1);
        if let Some((article, founded)) = &recalled.waits {
            state.timers.set(article, founded);
        }
        state.latest = state.latest.max(recalled.received);
        state.items.put(&recalled.entry);
        if let Some(text) = recalled.text {
            state.index.hold(text);
        }
        while let Some(number) = state.horizon().and_then(|horizon| state.index.oldest_before(horizon)) {
            state.index.release(number);
        }
    }

    /// Forgets an item of an earlier life.
    pub fn lose(&mut self, item: &ItemUri) {
        let state = &mut self.0;
        let Some(before) = state.items.number(item).and_then(|number| state.items.read(number)) else { return };
        let number = number(before.memory.order);
        if let (Some(article), Some(founded)) = (&before.article, &before.memory.founded) {
            state.timers.clear(article, founded);
        }
        state.index.release(number);
        state.items.remove(number);
    }

    /// The state, once all records are read.
    pub fn finish(self) -> Dedup {
        let mut state = self.0;
        state.index.fill();
        state
    }
}
