//! Which receipts this node has in its ledger before it reads them back.

use std::collections::{BTreeSet, HashMap};

use crate::log::Offset;

/// More of a partition are not remembered: those are looked up when they are read.
const MOST: usize = 65_536;

/// The offsets of receipts that were folded as they were written, by partition, until they have been read.
#[derive(Debug, Default)]
pub(super) struct OwnReceipts {
    folded: HashMap<i32, BTreeSet<Offset>>,
}

impl OwnReceipts {
    /// It was folded.
    pub(super) fn add(&mut self, partition: i32, offset: Offset) {
        let folded = self.folded.entry(partition).or_default();
        if folded.len() < MOST {
            folded.insert(offset);
        }
    }

    /// Whether what is read there now was folded; it and all before it are forgotten, since nothing is read twice.
    pub(super) fn take(&mut self, partition: i32, offset: Offset) -> bool {
        let Some(folded) = self.folded.get_mut(&partition) else { return false };
        while folded.first().is_some_and(|first| *first < offset) {
            folded.pop_first();
        }
        folded.first() == Some(&offset) && folded.pop_first().is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::OwnReceipts;

    #[test]
    fn each_is_known_once_and_what_was_passed_over_is_forgotten() {
        let mut own = OwnReceipts::default();
        [3, 5, 9].into_iter().for_each(|offset| own.add(0, offset));
        own.add(1, 4);
        assert!(!own.take(0, 4));
        assert!(own.take(0, 5));
        assert!(!own.take(0, 5));
        assert!(!own.take(1, 3));
        assert!(own.take(1, 4));
        assert_eq!(own.folded[&0].len(), 1);
        assert!(!own.take(2, 9));
    }
}
