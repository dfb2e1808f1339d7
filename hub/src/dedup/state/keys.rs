//! What an item is found by: its uri, its text, its address, its article.

use lianbo_schemas::Judged;
use xxhash_rust::xxh3::xxh3_64;

use super::address::address;
use crate::dedup::shingle::top_half;

/// A key and its other half, which tells apart what shares the key by chance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Halves {
    pub(super) key: u32,
    pub(super) other: u32,
}

impl Halves {
    #[allow(clippy::cast_possible_truncation)]
    pub(super) fn of(text: &str) -> Self {
        let hash = xxh3_64(text.as_bytes());
        Self { key: top_half(hash), other: hash as u32 }
    }
}

/// The keys of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keys {
    pub(super) uri: Halves,
    /// The first half of the digest of its text; zero without text.
    pub(super) exact: [u64; 2],
    /// Where it is shown.
    pub(super) address: Option<u32>,
    pub(super) article: Option<Halves>,
    /// Whether it founded that article.
    pub(super) founds: bool,
}

impl Keys {
    pub(super) fn of(judged: &Judged) -> Self {
        Self {
            uri: Halves::of(judged.item.as_str()),
            exact: exact(&judged.memory.exact).unwrap_or_default(),
            address: url(judged).map(|url| address_key(&address(url))),
            article: judged.article.as_ref().map(|article| Halves::of(article.as_str())),
            founds: judged.memory.founded.is_some(),
        }
    }

    /// The key of its text, if it has one.
    pub(super) fn text(&self) -> Option<u32> {
        (self.exact != [0, 0]).then_some(top_half(self.exact[0]))
    }
}

/// The key of an address.
pub(super) fn address_key(address: &str) -> u32 {
    Halves::of(address).key
}

/// The first 128 bits of a digest in hexadecimal.
pub(super) fn exact(digest: &str) -> Option<[u64; 2]> {
    let half = |digits: Option<&str>| digits.and_then(|digits| u64::from_str_radix(digits, 16).ok());
    Some([half(digest.get(..16))?, half(digest.get(16..32))?])
}

/// Where an item is shown.
pub(super) fn url(judged: &Judged) -> Option<&str> {
    judged.memory.sighting.as_ref().and_then(|sighting| sighting.url.as_deref())
}
