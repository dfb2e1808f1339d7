//! How much each text shares with a newcomer, summed up over the newcomer's shingles.

use super::postings::Number;

/// A table of texts, made anew for each newcomer and never larger than it needs.
pub(super) struct Shared {
    /// Texts by a hash of their number, or the next free place after it.
    sums: Vec<Sum>,
    /// Brings a hash down to a place.
    shift: u32,
}

#[derive(Debug, Clone, Copy, Default)]
struct Sum {
    number: Number,
    /// Shingles shared; none in a free place.
    count: u32,
    weight: f32,
}

impl Shared {
    /// Room for so many texts.
    pub(super) fn for_at_most(texts: usize) -> Self {
        let places = (texts + texts / 3 + 1).next_power_of_two().max(2);
        Self { sums: vec![Sum::default(); places], shift: 32 - places.trailing_zeros() }
    }

    /// One shingle of this weight is shared with a text.
    pub(super) fn add(&mut self, number: Number, weight: f32) {
        let mask = self.sums.len() - 1;
        let mut place = (number.wrapping_mul(0x9e37_79b9) >> self.shift) as usize;
        while self.sums[place].count > 0 && self.sums[place].number != number {
            place = (place + 1) & mask;
        }
        let sum = &mut self.sums[place];
        sum.number = number;
        sum.count += 1;
        sum.weight += weight;
    }

    /// The texts that share most, heaviest first and of equals the oldest, each with the number of shingles shared.
    pub(super) fn heaviest(self, most: usize, but: Option<Number>) -> Vec<(Number, u32)> {
        let mut sums = self.sums;
        sums.retain(|sum| sum.count > 0 && Some(sum.number) != but);
        let heavier =
            |one: &Sum, other: &Sum| other.weight.total_cmp(&one.weight).then_with(|| one.number.cmp(&other.number));
        if sums.len() > most {
            sums.select_nth_unstable_by(most, heavier);
            sums.truncate(most);
        }
        sums.sort_unstable_by(heavier);
        sums.into_iter().map(|sum| (sum.number, sum.count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Shared;

    #[test]
    fn the_heaviest_come_first_and_of_equals_the_oldest() {
        let mut shared = Shared::for_at_most(6);
        for (number, weight) in [(9, 1.0), (4, 2.0), (9, 1.5), (5, 2.0), (7, 0.5), (4, 0.0)] {
            shared.add(number, weight);
        }
        assert_eq!(shared.heaviest(3, None), [(9, 2), (4, 2), (5, 1)]);
    }

    #[test]
    fn one_may_be_left_out_and_there_may_be_none() {
        let mut shared = Shared::for_at_most(1);
        shared.add(3, 1.0);
        assert_eq!(shared.heaviest(5, Some(3)), []);
        assert_eq!(Shared::for_at_most(0).heaviest(5, None), []);
    }
}
