//! Page furniture, learned: a line that many pieces of one outlet show belongs to the page, not to the piece.

use std::collections::HashMap;

use lianbo_schemas::OutletId;

use super::shingle::ReadyHash;

/// How often which line was seen at which outlet. It depends only on which items are in it, not on their order.
#[derive(Debug, Default)]
pub(super) struct Furniture {
    /// Small numbers for outlets, by first appearance.
    outlets: HashMap<OutletId, u32>,
    /// (outlet, line) → items that show it.
    seen: HashMap<u64, u32, ReadyHash>,
    /// Line → outlets where it is furniture.
    spread: HashMap<u32, u32, ReadyHash>,
}

/// Seen in so many items of one outlet a line is furniture there. Twice may be a piece sent again under another id.
const PIECES: u32 = 4;
/// Furniture at so many outlets, a line is furniture everywhere: phrases of one CMS, legal notices.
const OUTLETS: u32 = 2;

impl Furniture {
    fn key(&self, outlet: &OutletId, line: u32) -> Option<u64> {
        self.outlets.get(outlet).map(|number| u64::from(*number) << 32 | u64::from(line))
    }

    /// Whether the line is furniture at this outlet.
    pub(super) fn is(&self, outlet: &OutletId, line: u32) -> bool {
        let here = self.key(outlet, line).and_then(|key| self.seen.get(&key));
        here.is_some_and(|count| *count >= PIECES) || self.spread.get(&line).is_some_and(|count| *count >= OUTLETS)
    }

    /// Counts the lines of an item.
    pub(super) fn add(&mut self, outlet: &OutletId, lines: &[u32]) {
        let next = u32::try_from(self.outlets.len()).unwrap_or(u32::MAX);
        self.outlets.entry(outlet.clone()).or_insert(next);
        for line in distinct(lines) {
            let Some(key) = self.key(outlet, line) else { continue };
            let count = self.seen.entry(key).or_insert(0);
            *count += 1;
            if *count == PIECES {
                *self.spread.entry(line).or_insert(0) += 1;
            }
        }
    }

    /// Takes an item's lines out again.
    pub(super) fn remove(&mut self, outlet: &OutletId, lines: &[u32]) {
        for line in distinct(lines) {
            let Some(key) = self.key(outlet, line) else { continue };
            let Some(count) = self.seen.get_mut(&key) else { continue };
            *count -= 1;
            let now = *count;
            if now == 0 {
                self.seen.remove(&key);
            }
            if now + 1 == PIECES
                && let Some(spread) = self.spread.get_mut(&line)
            {
                *spread -= 1;
                if *spread == 0 {
                    self.spread.remove(&line);
                }
            }
        }
    }

    /// Lines counted, for tests and metrics.
    pub(super) fn len(&self) -> usize {
        self.seen.len()
    }
}

fn distinct(lines: &[u32]) -> Vec<u32> {
    let mut lines = lines.to_vec();
    lines.sort_unstable();
    lines.dedup();
    lines
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::OutletId;

    use super::{Furniture, PIECES};

    #[test]
    fn a_line_is_furniture_where_many_pieces_show_it_and_everywhere_after_two_outlets() {
        let [one, two, three] = ["one", "two", "three"].map(|id| OutletId::new(id).unwrap());
        let mut furniture = Furniture::default();
        for _ in 0..PIECES {
            furniture.add(&one, &[7, 8, 7]);
        }
        assert!(furniture.is(&one, 7) && !furniture.is(&two, 7));
        for _ in 0..PIECES {
            furniture.add(&two, &[7]);
        }
        assert!(furniture.is(&three, 7) && !furniture.is(&three, 8));
    }

    #[test]
    fn taking_everything_out_leaves_nothing() {
        let outlet = OutletId::new("one").unwrap();
        let mut furniture = Furniture::default();
        for item in 0..9 {
            furniture.add(&outlet, &[1, 2, item]);
        }
        for item in 0..9 {
            furniture.remove(&outlet, &[1, 2, item]);
        }
        assert_eq!(furniture.len(), 0);
        assert!(furniture.spread.is_empty());
    }
}
