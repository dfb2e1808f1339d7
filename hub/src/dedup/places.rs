//! Where hashes stand in a text: a table filled once for each newcomer, of hashes that need no hashing.

/// Hash → the first place where it stands.
#[derive(Debug)]
pub(super) struct Places {
    /// Hash and place, at the hash's own slot or the next free one after it; a free slot has no place.
    slots: Vec<(u32, u32)>,
    shift: u32,
}

/// No place.
const FREE: u32 = u32::MAX;

impl Places {
    /// Room for so many hashes.
    pub(super) fn for_at_most(hashes: usize) -> Self {
        let slots = (hashes + hashes / 3 + 1).next_power_of_two().max(2);
        Self { slots: vec![(0, FREE); slots], shift: 32 - slots.trailing_zeros() }
    }

    fn slot(&self, hash: u32) -> usize {
        let mask = self.slots.len() - 1;
        let mut slot = (hash.wrapping_mul(0x9e37_79b9) >> self.shift) as usize;
        while self.slots[slot].1 != FREE && self.slots[slot].0 != hash {
            slot = (slot + 1) & mask;
        }
        slot
    }

    /// Notes a place, unless the hash has stood at an earlier one; whether it was noted.
    pub(super) fn note(&mut self, hash: u32, place: u32) -> bool {
        let slot = self.slot(hash);
        let is_new = self.slots[slot].1 == FREE;
        if is_new {
            self.slots[slot] = (hash, place);
        }
        is_new
    }

    /// Where the hash stands first.
    pub(super) fn get(&self, hash: u32) -> Option<u32> {
        Some(self.slots[self.slot(hash)].1).filter(|place| *place != FREE)
    }
}

#[cfg(test)]
mod tests {
    use super::Places;

    #[test]
    fn the_first_place_of_a_hash_counts() {
        let mut places = Places::for_at_most(3);
        let noted: Vec<bool> =
            [(7, 0), (0, 1), (7, 2), (u32::MAX, 3)].into_iter().map(|(hash, at)| places.note(hash, at)).collect();
        assert_eq!(noted, [true, true, false, true]);
        assert_eq!([7, 0, u32::MAX, 8].map(|hash| places.get(hash)), [Some(0), Some(1), Some(3), None]);
        assert_eq!(Places::for_at_most(0).get(1), None);
    }
}
