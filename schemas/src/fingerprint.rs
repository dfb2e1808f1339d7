//! What dedup remembers of an item, and what it decided: the records of `fingerprints`, keyed by the item's uri.
//! The newest record of every item, taken together, is all that dedup needs to go on after a restart.

use std::fmt;
use std::sync::Arc;

use data_encoding::BASE64;
use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::ninjs::PubStatus;
use crate::sighting::Link;
use crate::{ArticleUri, Evidence, ItemUri, OutletId, Revision, Sighting, SubmissionId, Verdict};

/// One record of `fingerprints`: the newest judgement of one item, and dedup's memory of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// The item.
    pub item: ItemUri,
    /// Who sent it.
    pub outlet: OutletId,
    /// The submission that was judged; an older one may have brought the words that count.
    pub submission: SubmissionId,
    /// What was decided about that submission.
    pub verdict: Verdict,
    /// The article the item belongs to; none when it never became part of one (killed before it was seen).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub article: Option<ArticleUri>,
    /// Why.
    pub evidence: Evidence,
    /// When.
    pub judged_at: Timestamp,
    /// What dedup needs to go on with this item.
    pub memory: Memory,
}

/// What dedup keeps of an item between its versions and across restarts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// The item's place in the order in which items were first judged, from 1.
    pub order: u64,
    /// The newest revision accepted.
    pub revision: Revision,
    /// Its digest.
    pub digest: String,
    /// Its status.
    pub status: PubStatus,
    /// When the hub received the words that count; the near window forgets by it.
    pub received: Timestamp,
    /// How it stands in its article.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sighting: Option<Sighting>,
    /// `rel=canonical` as stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical_url: Option<String>,
    /// Whether it names an author of its own.
    #[serde(default)]
    pub has_byline: bool,
    /// The article it founded, as it stands now; only the founding item carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub founded: Option<Founded>,
    /// SHA-256, in hexadecimal, of the normal form, for exact matches for ever; empty for an item without text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub exact: String,
    /// The text, sampled, for near matches; dropped once the item is older than the near window.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<Arc<Fingerprint>>,
}

/// An article as dedup needs it; its uri follows from the founding item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Founded {
    /// Its version.
    pub version: u32,
    /// The item whose words it carries now.
    pub original: ItemUri,
    /// That item's outlet.
    pub outlet: OutletId,
    /// Usable, withheld or canceled.
    pub status: PubStatus,
    /// When the hub first received it.
    pub first_seen: Timestamp,
    /// Its embargo, while it lasts; lifted ones are taken out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargo: Option<Timestamp>,
    /// When it expires; taken out once it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// Articles it updates or is related to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}

/// A text, sampled for comparison. About 2 kB for 1,000 characters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fingerprint {
    /// Characters of the folded text, without page furniture known at the time.
    pub characters: u32,
    /// The folded headline, shortened.
    pub title: String,
    /// How the folded text begins: headings and furniture skipped, shortened.
    pub lead: String,
    /// Hashes of its character 6-grams, in the order of the text: of a short text all, of a longer one a share.
    pub shingles: Packed,
    /// A hash of every line, figures masked, in the order of the text; page furniture is learned from them.
    pub lines: Packed,
    /// Figures, dates, ordinals and places with the words around them.
    pub facts: Facts,
    /// What its copies inherit.
    #[serde(default)]
    pub traces: Traces,
}

/// What a copy passes on to its copies: by it the one of several copies is found that another was taken from.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Traces {
    /// Hashes of the pieces that the whole folded text falls into, about 50 characters each, sorted: none is left out, so
    /// that one misprint shows.
    pub pieces: Packed,
    /// Hashes of the names it credits: authors, editors, the stated source; sorted.
    pub credits: Packed,
    /// How it is typed, a bit for each habit.
    pub habits: u8,
}

impl Fingerprint {
    /// Gives back memory that its parts do not need.
    pub fn shrink_to_fit(&mut self) {
        self.title.shrink_to_fit();
        self.lead.shrink_to_fit();
        let traces = &mut self.traces;
        for packed in
            [&mut self.shingles, &mut self.lines, &mut self.facts.contexts, &mut traces.pieces, &mut traces.credits]
        {
            packed.0.shrink_to_fit();
        }
        self.facts.values.shrink_to_fit();
    }
}

/// Figures, dates, ordinals and places of a text, each with hashes of the words around it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// For every fact the hash of the words before and of the words after it.
    pub contexts: Packed,
    /// The facts as they stand in the folded text, one a line.
    pub values: String,
}

impl Facts {
    /// Adds one.
    pub fn push(&mut self, before: u32, after: u32, value: &str) {
        if !self.contexts.0.is_empty() {
            self.values.push('\n');
        }
        self.contexts.0.extend([before, after]);
        self.values.push_str(value);
    }

    /// Each as (words before, words after, value).
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32, &str)> {
        self.contexts
            .0
            .chunks_exact(2)
            .zip(self.values.split('\n'))
            .map(|(around, value)| (around[0], around[1], value))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.contexts.0.len() / 2
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.contexts.0.is_empty()
    }
}

/// Numbers of 32 bits, in JSON as the base64 of their little-endian bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Packed(pub Vec<u32>);

impl Serialize for Packed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.0.iter().flat_map(|number| number.to_le_bytes()).collect();
        serializer.serialize_str(&BASE64.encode(&bytes))
    }
}

impl<'de> Deserialize<'de> for Packed {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(InBase64)
    }
}

/// Reads base64 where it stands, without a copy of the text.
struct InBase64;

impl de::Visitor<'_> for InBase64 {
    type Value = Packed;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("32-bit words in base64")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Packed, E> {
        let bytes = BASE64.decode(text.as_bytes()).map_err(E::custom)?;
        let (words, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(E::custom("not a whole number of 32-bit words"));
        }
        Ok(Packed(words.iter().map(|word| u32::from_le_bytes(*word)).collect()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Facts, Fingerprint, Packed, Traces};

    #[test]
    fn a_fingerprint_comes_back_from_json_as_it_went() {
        let mut facts = Facts::default();
        facts.push(1, u32::MAX, "3.5%");
        facts.push(2, 3, "3月10日");
        let fingerprint = Fingerprint {
            characters: 900,
            title: "题".to_owned(),
            lead: "文".to_owned(),
            shingles: Packed(vec![0, 1, u32::MAX]),
            lines: Packed(vec![7]),
            facts,
            traces: Traces { pieces: Packed(vec![5, 9]), credits: Packed(vec![3]), habits: 4 },
        };
        let json = serde_json::to_string(&fingerprint).unwrap();
        assert_eq!(serde_json::from_str::<Fingerprint>(&json).unwrap(), fingerprint);
    }

    #[test]
    fn facts_keep_their_order_and_values() {
        let mut facts = Facts::default();
        assert_eq!(facts.iter().count(), 0);
        facts.push(1, 2, "12");
        facts.push(3, 4, "第三次");
        assert_eq!(facts.iter().collect::<Vec<_>>(), [(1, 2, "12"), (3, 4, "第三次")]);
        assert_eq!(facts.len(), 2);
    }

    #[test]
    fn half_a_word_is_refused() {
        assert!(serde_json::from_str::<Packed>("\"AAAAAAA=\"").is_err());
    }
}
