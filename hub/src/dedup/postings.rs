//! Which texts hold which shingle. Nearly every shingle stands in one text only, so that case takes no list.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::shingle::ReadyHash;

/// The number of a text in the index.
pub(super) type Number = u32;

/// Marks a slot that points to a list instead of naming the one text.
const LIST: u32 = 1 << 31;

/// Shingle → texts that hold it.
#[derive(Debug, Default)]
pub(super) struct Postings {
    slots: HashMap<u32, u32, ReadyHash>,
    lists: Vec<Vec<Number>>,
    free: Vec<u32>,
}

/// Keeps a list in order; nearly always the number is the newest.
fn insert(list: &mut Vec<Number>, number: Number) {
    let at = list.partition_point(|other| *other < number);
    if list.get(at) != Some(&number) {
        list.insert(at, number);
    }
}

impl Postings {
    /// The largest number a text may have.
    pub(super) const LARGEST: Number = LIST - 1;

    /// The texts that hold a shingle.
    pub(super) fn get(&self, shingle: u32) -> Texts<'_> {
        match self.slots.get(&shingle) {
            None => Texts::None,
            Some(slot) if slot & LIST == 0 => Texts::One(*slot),
            Some(slot) => Texts::Many(&self.lists[(slot & !LIST) as usize]),
        }
    }

    /// Adds a text.
    pub(super) fn add(&mut self, number: Number, shingles: &[u32]) {
        for shingle in shingles {
            match self.slots.entry(*shingle) {
                Entry::Vacant(slot) => drop(slot.insert(number)),
                Entry::Occupied(slot) if slot.get() & LIST != 0 => {
                    insert(&mut self.lists[(slot.get() & !LIST) as usize], number);
                }
                Entry::Occupied(mut slot) => {
                    let mut pair = vec![*slot.get()];
                    insert(&mut pair, number);
                    let place = self.free.pop().unwrap_or_else(|| u32::try_from(self.lists.len()).unwrap_or(LIST - 1));
                    match self.lists.get_mut(place as usize) {
                        Some(list) => *list = pair,
                        None => self.lists.push(pair),
                    }
                    slot.insert(place | LIST);
                }
            }
        }
    }

    /// Takes a text out.
    pub(super) fn remove(&mut self, number: Number, shingles: &[u32]) {
        for shingle in shingles {
            let Entry::Occupied(mut slot) = self.slots.entry(*shingle) else { continue };
            if slot.get() & LIST == 0 {
                slot.remove();
                continue;
            }
            let place = slot.get() & !LIST;
            let list = &mut self.lists[place as usize];
            list.retain(|other| *other != number);
            if let [one] = list[..] {
                list.clear();
                list.shrink_to_fit();
                self.free.push(place);
                slot.insert(one);
            }
        }
    }

    /// How many different shingles there are.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }
}

/// The texts that hold a shingle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Texts<'a> {
    /// Not seen.
    None,
    /// In one.
    One(Number),
    /// In several.
    Many(&'a [Number]),
}

impl<'a> Texts<'a> {
    /// How many.
    pub(super) fn count(self) -> usize {
        match self {
            Self::None => 0,
            Self::One(_) => 1,
            Self::Many(numbers) => numbers.len(),
        }
    }

    /// All of them, the oldest first.
    pub(super) fn iter(self) -> impl Iterator<Item = Number> + 'a {
        let (one, many): (Option<Number>, &'a [Number]) = match self {
            Self::None => (None, &[]),
            Self::One(number) => (Some(number), &[]),
            Self::Many(numbers) => (None, numbers),
        };
        one.into_iter().chain(many.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::{Postings, Texts};

    #[test]
    fn what_was_added_is_found_and_what_was_removed_is_gone() {
        let mut postings = Postings::default();
        postings.add(1, &[10, 20]);
        postings.add(2, &[20, 30]);
        postings.add(3, &[20]);
        assert_eq!(postings.get(10), Texts::One(1));
        assert_eq!(postings.get(20), Texts::Many(&[1, 2, 3]));
        postings.remove(1, &[10, 20]);
        postings.remove(3, &[20]);
        assert_eq!(postings.get(10), Texts::None);
        assert_eq!(postings.get(20), Texts::One(2));
        postings.remove(2, &[20, 30]);
        assert_eq!(postings.len(), 0);
        assert_eq!(postings.free.len(), postings.lists.len());
    }
}
