//! Page furniture, learned: a line that many pieces of one outlet show belongs to the page, not to the piece.

use std::collections::{HashMap, HashSet};

use lianbo_schemas::OutletId;
use xxhash_rust::xxh3::xxh3_64;

use super::shingle::ReadyHash;
use super::slots::Slots;

/// An outlet, as a hash of its id: it does not hang on who came first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Publisher(u64);

impl Publisher {
    pub(super) fn of(outlet: &OutletId) -> Self {
        Self(xxh3_64(outlet.as_str().as_bytes()))
    }
}

/// How often which line was seen at which outlet. It depends only on which items are in it, not on their order.
#[derive(Debug, Default)]
pub(super) struct Furniture {
    /// A hash of outlet and line, and in the lower bits how many items show it.
    seen: Slots,
    /// Line → outlets where it is furniture.
    spread: HashMap<u32, u32, ReadyHash>,
    /// Pairs of outlet and line that are furniture.
    learned: usize,
}

/// Seen in so many items of one outlet a line is furniture there. Twice may be a piece sent again under another id.
const PIECES: u64 = 4;
/// Furniture at so many outlets, a line is furniture everywhere: phrases of one CMS, legal notices.
const OUTLETS: u32 = 2;
/// Bits that count items; the 44 above them tell outlet and line apart.
const COUNT_BITS: u32 = 20;
/// More items than this are not counted, and are as good as for ever: one outlet has not a million pieces in the window.
const MOST: u64 = (1 << COUNT_BITS) - 2;

/// Outlet and line as a word without a count.
fn key(outlet: Publisher, line: u32) -> u64 {
    let mixed = (outlet.0 ^ u64::from(line).wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    (mixed ^ (mixed >> 32)).wrapping_mul(0xc4ce_b9fe_1a85_ec53) >> COUNT_BITS << COUNT_BITS
}

impl Furniture {
    /// The word of outlet and line, with its count.
    #[allow(clippy::cast_possible_truncation)]
    fn word(&self, key: u64) -> Option<u64> {
        self.seen.run((key >> 32) as u32).iter().copied().find(|word| word >> COUNT_BITS << COUNT_BITS == key)
    }

    /// Whether the line is furniture at this outlet.
    pub(super) fn is(&self, outlet: Publisher, line: u32) -> bool {
        let here = self.word(key(outlet, line)).is_some_and(|word| count(word) >= PIECES);
        here || self.spread.get(&line).is_some_and(|outlets| *outlets >= OUTLETS)
    }

    /// Counts the lines of an item.
    pub(super) fn add(&mut self, outlet: Publisher, lines: &[u32]) {
        for line in distinct(lines) {
            if self.count_up(key(outlet, line)) == Some(PIECES) {
                self.learned += 1;
                *self.spread.entry(line).or_insert(0) += 1;
            }
        }
    }

    /// Counts the lines of all these items while none is counted yet.
    pub(super) fn fill<'a>(&mut self, items: impl Iterator<Item = (Publisher, &'a [u32])> + Clone) {
        let words = items.clone().flat_map(|(outlet, lines)| distinct(lines).map(move |line| key(outlet, line)));
        let mut learned: HashSet<u64, ReadyHash> = HashSet::default();
        self.seen.fill(words, |run, gathered| {
            for same in run.chunk_by(PartialEq::eq) {
                gathered.push(same[0] | (same.len() as u64).min(MOST));
                if same.len() as u64 >= PIECES {
                    learned.insert(same[0]);
                }
            }
        });
        self.learned = learned.len();
        // What is furniture is known by outlet and line together; an item that shows it tells the line.
        for (outlet, lines) in items {
            if learned.is_empty() {
                break;
            }
            for line in lines {
                if learned.remove(&key(outlet, *line)) {
                    *self.spread.entry(*line).or_insert(0) += 1;
                }
            }
        }
    }

    /// One item more shows the line; how many that are, unless they are too many to be counted.
    #[allow(clippy::cast_possible_truncation)]
    fn count_up(&mut self, key: u64) -> Option<u64> {
        let entry = self.seen.entry((key >> 32) as u32);
        let Some(place) = entry.words().iter().position(|word| word >> COUNT_BITS << COUNT_BITS == key) else {
            entry.insert(key | 1);
            return Some(1);
        };
        let more = entry.words()[place] + 1;
        if count(more) > MOST {
            return None;
        }
        entry.replace(place, more);
        Some(count(more))
    }

    /// Takes an item's lines out again.
    pub(super) fn remove(&mut self, outlet: Publisher, lines: &[u32]) {
        for line in distinct(lines) {
            let Some(word) = self.word(key(outlet, line)).filter(|word| count(*word) < MOST) else { continue };
            match count(word) {
                1 => self.seen.remove(word),
                _ => self.seen.replace(word, word - 1),
            }
            if count(word) == PIECES {
                self.unlearn(line);
            }
        }
    }

    fn unlearn(&mut self, line: u32) {
        self.learned -= 1;
        let Some(outlets) = self.spread.get_mut(&line) else { return };
        *outlets -= 1;
        if *outlets == 0 {
            self.spread.remove(&line);
        }
    }

    /// Lines counted, each once for every outlet that shows it.
    pub(super) fn len(&self) -> usize {
        self.seen.len()
    }

    /// Lines that are furniture, each once for every outlet where it is.
    pub(super) fn learned(&self) -> usize {
        self.learned
    }

    /// Memory it takes.
    pub(super) fn bytes(&self) -> usize {
        self.seen.bytes() + self.spread.capacity() * size_of::<(u32, u32)>()
    }
}

fn count(word: u64) -> u64 {
    word & ((1 << COUNT_BITS) - 1)
}

/// Each line once; there are few, and seldom one twice.
fn distinct(lines: &[u32]) -> impl Iterator<Item = u32> + Clone + '_ {
    lines.iter().enumerate().filter(|(at, line)| !lines[..*at].contains(line)).map(|(_, line)| *line)
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::OutletId;

    use super::{Furniture, PIECES, Publisher};

    fn outlet(id: &str) -> Publisher {
        Publisher::of(&OutletId::new(id).unwrap())
    }

    #[test]
    fn a_line_is_furniture_where_many_pieces_show_it_and_everywhere_after_two_outlets() {
        let [one, two, three] = ["one", "two", "three"].map(outlet);
        let mut furniture = Furniture::default();
        for _ in 0..PIECES {
            furniture.add(one, &[7, 8, 7]);
        }
        assert!(furniture.is(one, 7) && !furniture.is(two, 7));
        for _ in 0..PIECES {
            furniture.add(two, &[7]);
        }
        assert!(furniture.is(three, 7) && !furniture.is(three, 8));
        assert_eq!(furniture.learned(), 3);
    }

    #[test]
    fn counted_at_once_they_are_as_counted_one_by_one() {
        let outlets = ["one", "two", "three"].map(outlet);
        let items: Vec<(Publisher, Vec<u32>)> =
            (0..30).map(|item| (outlets[item as usize % 3], vec![1, 2, 1, item / 12 + 5, item + 100])).collect();
        let (mut at_once, mut one_by_one) = (Furniture::default(), Furniture::default());
        at_once.fill(items.iter().map(|(outlet, lines)| (*outlet, lines.as_slice())));
        items.iter().for_each(|(outlet, lines)| one_by_one.add(*outlet, lines));
        for line in 0..140 {
            assert!(outlets.iter().all(|outlet| at_once.is(*outlet, line) == one_by_one.is(*outlet, line)));
        }
        assert_eq!((at_once.len(), at_once.learned()), (one_by_one.len(), one_by_one.learned()));
        assert_eq!(at_once.spread, one_by_one.spread);
        items.iter().for_each(|(outlet, lines)| at_once.remove(*outlet, lines));
        assert_eq!((at_once.len(), at_once.learned()), (0, 0));
    }

    #[test]
    fn taking_everything_out_leaves_nothing() {
        let outlet = outlet("one");
        let mut furniture = Furniture::default();
        for item in 0..9 {
            furniture.add(outlet, &[1, 2, item]);
        }
        for item in 0..9 {
            furniture.remove(outlet, &[1, 2, item]);
        }
        assert_eq!((furniture.len(), furniture.learned()), (0, 0));
        assert!(furniture.spread.is_empty());
    }
}
