//! An item: a submission in canonical form.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{ItemUri, NewsItem, OutletId, SubmissionId};

/// A submission in canonical form: an IPTC ninjs 3.1 news item with what the hub needs to judge it.
/// Identity is outlet + the outlet's own id; versions of one piece share the `uri`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    /// Derived from outlet and own id.
    pub uri: ItemUri,
    /// The member that sent it.
    pub outlet: OutletId,
    /// The outlet's own id of the piece: guid, CMS id or URL.
    pub own_id: String,
    /// The submission it came in.
    pub submission: SubmissionId,
    /// When the hub received that submission.
    pub received: Timestamp,
    /// Orders the versions of one piece.
    pub revision: Revision,
    /// Where the outlet shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// `rel=canonical`, when the page or feed states another place than `url` as the original.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical_url: Option<String>,
    /// 来源 as stated, the outlet's own words; absent when nothing is stated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_source: Option<String>,
    /// Publication time as stated, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated_time: Option<Timestamp>,
    /// Hubs the piece has passed through (NewsML-G2 hopHistory).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hops: Vec<Hop>,
    /// SHA-256, in hexadecimal, of all that a reader or receiver would see: two versions with one digest are the same.
    pub digest: String,
    /// The piece itself, in the outlet's own words and script; its HTML is sanitised for republication.
    pub news: NewsItem,
}

/// Orders the versions of one item: the version the outlet states, then the time it states, then arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Revision {
    /// The outlet's own version number; 0 when it states none.
    pub version: u64,
    /// `versionCreated` as stated; the time of arrival when nothing is stated.
    pub stated: Timestamp,
    /// When the hub received it.
    pub received: Timestamp,
}

/// The HTTP header in which a hub that sends a piece on names the hubs it has passed, first to last, with commas
/// between: so a loop is refused before the body is read.
pub const HOPS_HEADER: &str = "lianbo-hops";

/// One step of the way a piece has come, field for field NewsML-G2's `hop`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hop {
    /// 1 for the first.
    pub seq: u32,
    /// Who did it: the authority of a hub, or the uri of an outlet.
    pub party: String,
    /// A code of <http://cv.iptc.org/newscodes/hopaction/>.
    pub action: String,
    /// When.
    pub timestamp: Timestamp,
}

/// One record of `normalised`: the item, and its text folded for matching.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Normalised {
    /// The item.
    pub item: Item,
    /// The title, folded for matching only (NFKC, Simplified, no pinyin noise, no punctuation).
    pub match_title: String,
    /// The body's paragraphs, folded likewise, one a line; page furniture not yet taken out.
    pub match_text: String,
}
