//! What a webhook says: `{type, timestamp, data}`.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use lianbo_schemas::NewsItem;
use lianbo_schemas::ninjs::PubStatus;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::reference::{Large, Reference, References};
use crate::partner::{Outgoing, Withdrawal};

/// What stands before the data of a message.
#[derive(Serialize)]
struct Head<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    timestamp: Timestamp,
}

/// A message being written, in one piece of memory: an article may be large, and is written once.
struct Message {
    bytes: Vec<u8>,
    /// Where the data begins.
    data: usize,
}

impl Message {
    /// One with room for data of about so many bytes.
    fn new(head: &Head<'_>, room: usize) -> Self {
        let mut bytes = Vec::with_capacity(room + BESIDE_TEXT);
        write(&mut bytes, head);
        bytes.pop();
        bytes.extend_from_slice(b",\"data\":");
        Self { data: bytes.len(), bytes }
    }

    /// With this data, in place of what it had.
    fn put(&mut self, data: &impl Serialize) {
        self.bytes.truncate(self.data);
        write(&mut self.bytes, data);
    }

    fn data(&self) -> &[u8] {
        &self.bytes[self.data..]
    }

    fn end(mut self) -> Vec<u8> {
        self.bytes.push(b'}');
        self.bytes
    }

    /// A message that is small.
    fn of(head: &Head<'_>, data: &impl Serialize) -> Vec<u8> {
        let mut message = Self::new(head, 0);
        message.put(data);
        message.end()
    }
}

/// Bytes that a message about an article has beside its text, most often.
const BESIDE_TEXT: usize = 4_096;

/// `data` of `article.published`.
#[derive(Serialize)]
struct ArticleData<'a> {
    uri: &'a str,
    version: u32,
    attribution: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    canonical_url: Option<&'a str>,
    channels: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    reference: Option<Reference>,
    #[serde(skip_serializing_if = "Option::is_none")]
    news: Option<&'a NewsItem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    html: Option<&'a str>,
}

impl<'a> ArticleData<'a> {
    fn whole(article: &'a Outgoing) -> Self {
        Self {
            uri: article.uri.as_str(),
            version: article.version,
            attribution: &article.attribution,
            canonical_url: article.canonical_url.as_deref(),
            channels: &article.channels,
            reference: None,
            news: Some(&article.news),
            html: Some(&article.html),
        }
    }
}

/// `data` of `article.withdrawn`.
#[derive(Serialize)]
struct WithdrawnData<'a> {
    uri: &'a str,
    version: u32,
    status: PubStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

/// An article as told to a receiver.
pub(super) struct Told {
    /// The message.
    pub(super) bytes: Vec<u8>,
    /// SHA-256, in hexadecimal, of the whole article: the same for the same content, whenever and however it is sent.
    pub(super) content_hash: String,
}

impl Told {
    /// Every try says the same, whoever makes it: the timestamp is the version's own, and nothing hangs on what this hub
    /// believes the receiver to hold. Beyond the bound of `references` it also says where all of it is to be had, or
    /// only that.
    pub(super) fn of(article: &Outgoing, references: Option<References<'_>>) -> Self {
        let timestamp = article.news.version_created.or(article.news.first_created).unwrap_or_default();
        let mut data = ArticleData::whole(article);
        // The text stands twice: among the bodies of the news item, and as HTML.
        let mut message = Message::new(&Head { kind: "article.published", timestamp }, 2 * article.html.len());
        message.put(&data);
        let content_hash = HEXLOWER.encode(&Sha256::digest(message.data()));
        if let Some(references) = references.filter(|references| message.data().len() > references.above) {
            data.reference = Some(references.of(article, message.data()));
            if references.large == Large::Reference {
                (data.news, data.html) = (None, None);
            }
            message.put(&data);
        }
        Self { bytes: message.end(), content_hash }
    }
}

/// All of an article as `data` of a message has it, without a reference: what a reference leads to.
pub fn document(article: &Outgoing) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut bytes, &ArticleData::whole(article));
    bytes
}

/// A withdrawal as told to a receiver. The timestamp is the decision's own, so that every try says the same.
pub(super) fn withdrawn(withdrawal: &Withdrawal) -> Vec<u8> {
    let data = WithdrawnData {
        uri: withdrawal.uri.as_str(),
        version: withdrawal.version,
        status: withdrawal.status,
        note: withdrawal.note.as_deref(),
    };
    Message::of(&Head { kind: "article.withdrawn", timestamp: withdrawal.decided }, &data)
}

pub(super) fn check() -> Vec<u8> {
    Message::of(&Head { kind: "lianbo.check", timestamp: Timestamp::now() }, &serde_json::json!({}))
}

fn write(bytes: &mut Vec<u8>, value: &impl Serialize) {
    serde_json::to_writer(bytes, value)
        .expect("the payload's maps have text keys and its types serialise without error");
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use lianbo_schemas::ArticleUri;
    use lianbo_schemas::ninjs::PubStatus;

    use super::withdrawn;
    use crate::partner::Withdrawal;

    /// Once it said the time of the try: a receiver that died in mid-answer got other bytes under the same delivery id.
    #[test]
    fn a_withdrawal_says_the_same_at_every_try() {
        let withdrawal = Withdrawal {
            uri: ArticleUri::new("tag:x,2026:article:a").unwrap(),
            version: 2,
            status: PubStatus::Canceled,
            note: None,
            decided: Timestamp::UNIX_EPOCH,
            delivery_id: "d".to_owned(),
            traceparent: None,
        };
        let first = withdrawn(&withdrawal);
        assert!(String::from_utf8_lossy(&first).contains("1970-01-01T00:00:00Z"));
        assert_eq!(first, withdrawn(&withdrawal));
    }
}
