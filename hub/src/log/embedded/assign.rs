//! Who owns which partition: pure, and the same for whoever computes it.
//!
//! What is owned stays, as far as shares may differ by one: a move costs a stage its state.

use std::collections::BTreeMap;

/// A partition, who owns it now, and who may own it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Share {
    /// The partition's id.
    pub partition: i64,
    /// The member that owns it.
    pub owner: Option<i64>,
    /// The members that take it, in ascending order.
    pub takers: Vec<i64>,
}

/// Partition → the member that shall own it. Partitions nobody takes are not in it.
pub(super) fn assign(shares: &[Share]) -> BTreeMap<i64, i64> {
    let mut loads: BTreeMap<i64, usize> = BTreeMap::new();
    let mut wanted = BTreeMap::new();
    for share in shares {
        for taker in &share.takers {
            loads.entry(*taker).or_default();
        }
        if let Some(owner) = share.owner.filter(|owner| share.takers.contains(owner)) {
            give(&mut wanted, &mut loads, share.partition, owner);
        }
    }
    for share in shares {
        if wanted.contains_key(&share.partition) {
            continue;
        }
        if let Some(taker) = least_loaded(share, &loads) {
            give(&mut wanted, &mut loads, share.partition, taker);
        }
    }
    level(shares, &mut wanted, &mut loads);
    wanted
}

fn give(wanted: &mut BTreeMap<i64, i64>, loads: &mut BTreeMap<i64, usize>, partition: i64, member: i64) {
    if let Some(former) = wanted.insert(partition, member) {
        *loads.entry(former).or_default() -= 1;
    }
    *loads.entry(member).or_default() += 1;
}

fn least_loaded(share: &Share, loads: &BTreeMap<i64, usize>) -> Option<i64> {
    share.takers.iter().copied().min_by_key(|taker| (loads.get(taker).copied().unwrap_or(0), *taker))
}

/// Moves partitions to members that have at least two fewer. Each move lowers the sum of squared loads, so it ends.
fn level(shares: &[Share], wanted: &mut BTreeMap<i64, i64>, loads: &mut BTreeMap<i64, usize>) {
    let mut moved = true;
    while moved {
        moved = false;
        for share in shares {
            let Some(owner) = wanted.get(&share.partition).copied() else { continue };
            let Some(taker) = least_loaded(share, loads) else { continue };
            let load = |member: &i64| loads.get(member).copied().unwrap_or(0);
            if load(&owner) > load(&taker) + 1 {
                give(wanted, loads, share.partition, taker);
                moved = true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::{Just, Strategy, proptest};

    use super::{Share, assign};

    fn share(partition: i64, owner: Option<i64>, takers: &[i64]) -> Share {
        Share { partition, owner, takers: takers.to_vec() }
    }

    #[test]
    fn a_second_member_takes_half_and_the_first_keeps_the_rest() {
        let shares: Vec<Share> = (0..4).map(|partition| share(partition, Some(1), &[1, 2])).collect();
        let wanted = assign(&shares);
        assert_eq!(wanted.values().filter(|member| **member == 1).count(), 2);
        assert_eq!(wanted.values().filter(|member| **member == 2).count(), 2);
    }

    #[test]
    fn a_single_partition_stays_where_it_is() {
        assert_eq!(assign(&[share(9, Some(5), &[2, 5])]), BTreeMap::from([(9, 5)]));
    }

    #[test]
    fn a_dead_owner_is_replaced() {
        assert_eq!(assign(&[share(9, Some(5), &[7, 8])]), BTreeMap::from([(9, 7)]));
    }

    #[test]
    fn what_nobody_takes_has_no_owner() {
        assert!(assign(&[share(9, Some(5), &[])]).is_empty());
    }

    fn shares() -> impl Strategy<Value = Vec<Share>> {
        (1..30i64, 1..6i64).prop_flat_map(|(partitions, members)| {
            let owners = proptest::collection::vec(proptest::option::of(0..members + 2), partitions as usize);
            (owners, Just(members)).prop_map(|(owners, members)| {
                let takers: Vec<i64> = (0..members).collect();
                owners.into_iter().enumerate().map(|(number, owner)| share(number as i64, owner, &takers)).collect()
            })
        })
    }

    proptest! {
        #[test]
        fn shares_differ_by_one_at_most_and_a_settled_assignment_does_not_move(shares in shares()) {
            let wanted = assign(&shares);
            let mut loads: BTreeMap<i64, usize> = shares[0].takers.iter().map(|taker| (*taker, 0)).collect();
            wanted.values().for_each(|member| *loads.get_mut(member).unwrap() += 1);
            assert_eq!(wanted.len(), shares.len());
            assert!(loads.values().max().unwrap() - loads.values().min().unwrap() <= 1);
            let settled: Vec<Share> =
                shares.into_iter().map(|share| Share { owner: wanted.get(&share.partition).copied(), ..share }).collect();
            assert_eq!(assign(&settled), wanted);
        }
    }
}
