//! A state coming back from its records: the tables that find near texts are made last, for all texts at once.

use lianbo_schemas::{ItemUri, Judged};

use super::Dedup;
use super::memory::text;
use crate::dedup::index::number;

/// A state of which not all records are read yet; it cannot be asked.
#[derive(Debug)]
pub struct Restoring(Dedup);

impl Restoring {
    /// Begins with an empty state.
    pub fn of(empty: Dedup) -> Self {
        Self(empty)
    }

    /// Puts a record of an earlier life into the state, in place of an older one of the same item.
    pub fn take(&mut self, mut judged: Judged) {
        self.lose(&judged.item);
        let state = &mut self.0;
        state.next_order = state.next_order.max(judged.memory.order + 1);
        if let (Some(article), Some(founded)) = (&judged.article, &judged.memory.founded) {
            state.timers.set(article, founded);
        }
        state.latest = state.latest.max(judged.memory.received);
        let text = text(&judged);
        judged.memory.fingerprint = None;
        state.items.write(&judged);
        if let Some(text) = text {
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
