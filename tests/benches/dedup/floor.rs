//! The floors: what any implementation of the method must hold at least, and do at least to come back after a restart.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use lianbo_hub::dedup::Stats;
use lianbo_schemas::Judged;

/// Bytes that must be at hand of an item for ever: 16 of its exact text, 8 of each hash by which its own uri, its
/// address and its article are known, a number of 4 for each of these four to lead to, and 8 that say where the rest is.
const FOR_EVER: usize = 16 + 3 * 8 + 4 * 4 + 8;

/// Bytes that must be at hand of a near text besides: its uri, its shingles, its headline, lead, facts and traces, and
/// its lines.
pub(crate) fn near(judged: &Judged) -> usize {
    let Some(fingerprint) = &judged.memory.fingerprint else { return 0 };
    let words = (fingerprint.shingles.0.len() + fingerprint.lines.0.len()) * 4;
    let facts = fingerprint.facts.contexts.0.len() * 4 + fingerprint.facts.values.len();
    let traces = (fingerprint.traces.pieces.0.len() + fingerprint.traces.credits.0.len()) * 4 + 1;
    judged.item.as_str().len() + words + facts + traces + fingerprint.title.len() + fingerprint.lead.len()
}

/// Bytes that must be at hand of a state whose near texts take so much: what is kept for ever, 8 bytes for each shingle
/// that finds a text, and a hash and a count of 8 bytes for every line an outlet shows.
pub(crate) fn state(near: usize, stats: &Stats) -> usize {
    near + stats.items * FOR_EVER + (stats.entries + stats.lines) * 8
}

/// A plain pass over the records, which have `all` shingles: each is read, and its hashes, of the shingles as many as
/// find texts, go into tables that have room for them.
pub(crate) fn pass(records: &[Vec<u8>], all: usize, stats: &Stats) -> usize {
    let mut shingles: HashMap<u32, u32, Plain> = HashMap::with_capacity_and_hasher(stats.shingles, Plain::default());
    let mut exact: HashMap<u128, u64, Plain> = HashMap::with_capacity_and_hasher(stats.items, Plain::default());
    let mut items: HashMap<String, u64> = HashMap::with_capacity(stats.items);
    let mut texts = Vec::with_capacity(stats.near);
    for record in records {
        let judged: Judged = serde_json::from_slice(record).expect("a record");
        let order = judged.memory.order;
        let key = judged.memory.exact.get(..32).and_then(|half| u128::from_str_radix(half, 16).ok());
        exact.insert(key.unwrap_or_default(), order);
        items.insert(judged.item.to_string(), order);
        if let Some(fingerprint) = judged.memory.fingerprint {
            let finding = fingerprint.shingles.0.len() * stats.entries / all.max(1);
            for shingle in &fingerprint.shingles.0[..finding] {
                shingles.insert(*shingle, order as u32);
            }
            texts.push(fingerprint);
        }
    }
    shingles.len() + exact.len() + items.len() + texts.len()
}

/// For keys that are hashes already.
#[derive(Default)]
struct Ready(u64);

type Plain = BuildHasherDefault<Ready>;

impl Hasher for Ready {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn write_u32(&mut self, number: u32) {
        self.0 = u64::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write_u128(&mut self, number: u128) {
        self.0 = ((number >> 64) as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
