//! Which texts have which key: the shingles of the near window, and the keys by which items are found for ever. Nearly
//! every key belongs to one text or a few; only a key of many has a list.

use super::slots::Slots;

/// The number of a text: its place in the order in which items were first judged.
pub(super) type Number = u32;

/// Marks the one slot of a key that names a list instead of a text.
const LIST: u32 = 1 << 31;
/// A key of more texts than this has a list; one whose list shrinks to half of it has none again. More slots of one key
/// would crowd its neighbours.
const FEW: usize = 4;

/// Key → texts that have it, the oldest first. Keys are hashes, evenly spread.
#[derive(Debug, Default)]
pub(super) struct Postings {
    slots: Slots,
    lists: Vec<Vec<Number>>,
    free: Vec<u32>,
    keys: usize,
    /// Texts in the lists, and those there is room for.
    listed: usize,
    room: usize,
}

fn slot(key: u32, number: u32) -> u64 {
    u64::from(key) << 32 | u64::from(number)
}

/// What a slot names: a text, or a list.
#[allow(clippy::cast_possible_truncation)]
fn named(slot: u64) -> u32 {
    slot as u32
}

impl Postings {
    /// The largest number a text may have: the bit above it marks lists.
    pub(super) const LARGEST: Number = LIST - 1;

    /// The texts that have a key.
    pub(super) fn get(&self, key: u32) -> Texts<'_> {
        match self.slots.run(key) {
            [one] if named(*one) & LIST != 0 => Texts::Many(&self.lists[(named(*one) & !LIST) as usize]),
            few => Texts::Few(few),
        }
    }

    /// Gives a text a key.
    pub(super) fn insert(&mut self, key: u32, number: Number) {
        let entry = self.slots.entry(key);
        match entry.words() {
            [] => self.keys += 1,
            [one] if named(*one) & LIST != 0 => {
                let list = &mut self.lists[(named(*one) & !LIST) as usize];
                if let Err(at) = list.binary_search(&number) {
                    let room = list.capacity();
                    list.insert(at, number);
                    self.room += list.capacity() - room;
                    self.listed += 1;
                }
                return;
            }
            few if few.len() < FEW || few.contains(&slot(key, number)) => {}
            few => {
                let list: Vec<Number> = few.iter().copied().map(named).collect();
                list.iter().for_each(|other| self.slots.remove(slot(key, *other)));
                let place = self.place(list);
                self.slots.insert(slot(key, place | LIST));
                return self.insert(key, number);
            }
        }
        entry.insert(slot(key, number));
    }

    /// Gives texts their keys while there are none yet.
    pub(super) fn fill<'a>(&mut self, texts: impl Iterator<Item = (Number, &'a [u32])> + Clone) {
        let words = texts.flat_map(|(number, keys)| keys.iter().map(move |key| slot(*key, number)));
        let mut slots = std::mem::take(&mut self.slots);
        slots.fill(words, |run, gathered| {
            self.keys += 1;
            let from = gathered.len();
            gathered.extend(run.chunk_by(PartialEq::eq).map(|same| same[0]));
            if gathered.len() - from > FEW {
                let place = self.place(gathered.drain(from..).map(named).collect());
                gathered.push(run[0] >> 32 << 32 | u64::from(place | LIST));
            }
        });
        self.slots = slots;
    }

    /// Takes a key from a text.
    pub(super) fn remove(&mut self, key: u32, number: Number) {
        match self.slots.run(key) {
            [] => return,
            [one] if named(*one) & LIST != 0 => {
                let place = named(*one) & !LIST;
                let list = &mut self.lists[place as usize];
                if let Ok(at) = list.binary_search(&number) {
                    list.remove(at);
                    self.listed -= 1;
                }
                if list.len() > FEW / 2 {
                    return;
                }
                let list = std::mem::take(list);
                (self.listed, self.room) = (self.listed - list.len(), self.room - list.capacity());
                self.free.push(place);
                self.slots.remove(slot(key, place | LIST));
                list.into_iter().for_each(|other| self.slots.insert(slot(key, other)));
                return;
            }
            [one] if *one == slot(key, number) => self.keys -= 1,
            _ => {}
        }
        self.slots.remove(slot(key, number));
    }

    fn place(&mut self, list: Vec<Number>) -> u32 {
        (self.listed, self.room) = (self.listed + list.len(), self.room + list.capacity());
        let place = self.free.pop().unwrap_or_else(|| u32::try_from(self.lists.len()).unwrap_or(LIST - 1));
        match self.lists.get_mut(place as usize) {
            Some(free) => *free = list,
            None => self.lists.push(list),
        }
        place
    }

    /// Gives a text all its shingles.
    pub(super) fn add_text(&mut self, number: Number, shingles: &[u32]) {
        shingles.iter().for_each(|shingle| self.insert(*shingle, number));
    }

    /// Takes a text's shingles from it.
    pub(super) fn remove_text(&mut self, number: Number, shingles: &[u32]) {
        shingles.iter().for_each(|shingle| self.remove(*shingle, number));
    }

    /// How many different keys there are.
    pub(super) fn len(&self) -> usize {
        self.keys
    }

    /// Keys that have a list, and texts in the lists.
    pub(super) fn lists(&self) -> (usize, usize) {
        (self.lists.len() - self.free.len(), self.listed)
    }

    /// Memory it takes.
    pub(super) fn bytes(&self) -> usize {
        let lists = self.room * size_of::<Number>();
        let headers = self.lists.capacity() * size_of::<Vec<Number>>() + self.free.capacity() * size_of::<u32>();
        self.slots.bytes() + lists + headers
    }
}

/// The texts that have a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Texts<'a> {
    /// As slots of the key.
    Few(&'a [u64]),
    /// As a list.
    Many(&'a [Number]),
}

impl<'a> Texts<'a> {
    /// How many.
    pub(super) fn count(self) -> usize {
        match self {
            Self::Few(slots) => slots.len(),
            Self::Many(numbers) => numbers.len(),
        }
    }

    /// All of them, the oldest first.
    pub(super) fn iter(self) -> impl Iterator<Item = Number> + 'a {
        let (few, many): (&'a [u64], &'a [Number]) = match self {
            Self::Few(slots) => (slots, &[]),
            Self::Many(numbers) => (&[], numbers),
        };
        few.iter().copied().map(named).chain(many.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::{FEW, Number, Postings};

    fn all(postings: &Postings, key: u32) -> Vec<Number> {
        postings.get(key).iter().collect()
    }

    #[test]
    fn what_was_added_is_found_and_what_was_removed_is_gone() {
        let mut postings = Postings::default();
        postings.add_text(1, &[10, 20]);
        postings.add_text(3, &[20]);
        postings.add_text(2, &[20, 30]);
        assert_eq!((all(&postings, 10), all(&postings, 20), postings.len()), (vec![1], vec![1, 2, 3], 3));
        postings.remove_text(1, &[10, 20]);
        postings.remove_text(3, &[20, 99]);
        assert_eq!((all(&postings, 10), all(&postings, 20)), (vec![], vec![2]));
        postings.remove_text(2, &[20, 30]);
        assert_eq!(postings.len(), 0);
    }

    #[test]
    fn filled_at_once_they_are_as_filled_text_by_text() {
        let shingles: Vec<Vec<u32>> =
            (0..3 * FEW as u32).map(|number| vec![7, 9 << 28, number / 2, number % 3, 7]).collect();
        let texts = || (0..).zip(shingles.iter().map(Vec::as_slice));
        let (mut at_once, mut one_by_one) = (Postings::default(), Postings::default());
        at_once.fill(texts());
        texts().for_each(|(number, keys)| one_by_one.add_text(number, keys));
        for key in (0..20).chain([9 << 28]) {
            assert_eq!(all(&at_once, key), all(&one_by_one, key));
        }
        assert_eq!((at_once.len(), at_once.lists()), (one_by_one.len(), one_by_one.lists()));
        texts().for_each(|(number, keys)| at_once.remove_text(number, keys));
        assert_eq!((at_once.len(), at_once.slots.len(), at_once.lists()), (0, 0, (0, 0)));
    }

    #[test]
    fn a_key_of_many_has_a_list_while_it_has_many() {
        let mut postings = Postings::default();
        let many = 3 * FEW as Number;
        (0..many).rev().for_each(|number| postings.insert(7, number));
        postings.insert(7, 5);
        assert_eq!(all(&postings, 7), (0..many).collect::<Vec<_>>());
        assert_eq!((postings.len(), postings.lists()), (1, (1, many as usize)));
        (2..many).for_each(|number| postings.remove(7, number));
        assert_eq!((all(&postings, 7), postings.lists()), (vec![0, 1], (0, 0)));
        (0..2).for_each(|number| postings.remove(7, number));
        assert_eq!((postings.len(), postings.slots.len()), (0, 0));
    }
}
