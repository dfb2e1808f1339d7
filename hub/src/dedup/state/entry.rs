//! An item as it lies on the shelf: its uri and its article's on a line each, and all else as JSON, without the
//! fingerprint, which the index holds as long as there is need of it.

use std::borrow::Cow;

use lianbo_schemas::{ArticleUri, ItemUri, Judged};
use memchr::memmem;

use super::keys::Keys;
use crate::dedup::index::number;
use crate::dedup::postings::Number;

/// An item to be kept: what it is found by, and its record for the shelf.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) number: Number,
    pub(super) keys: Keys,
    pub(super) record: Vec<u8>,
}

/// Where the fingerprint begins in the JSON of an item. A quote inside a string is written `\"`, so that this is never
/// part of one.
const FINGERPRINT: &[u8] = b",\"fingerprint\":{";
/// Bytes of an item in JSON, about.
const USUAL: usize = 1_500;
/// What follows the fingerprint, which is the last of an item's memory, which is the last of the item.
const END: &[u8] = b"}}";

impl Entry {
    /// An item as it now is.
    pub(super) fn of(judged: &Judged) -> Self {
        let mut kept = Cow::Borrowed(judged);
        if kept.memory.fingerprint.is_some() {
            kept.to_mut().memory.fingerprint = None;
        }
        let mut entry = Self::labelled(judged, USUAL);
        if let Err(error) = serde_json::to_writer(&mut entry.record, kept.as_ref()) {
            tracing::error!(item.uri = %kept.item, %error, "an item is not JSON");
        }
        entry
    }

    /// An item that was just read from this JSON, which is kept as it is.
    pub(super) fn read_from(judged: &Judged, json: &[u8]) -> Self {
        let Some(at) = memmem::find(json, FINGERPRINT) else {
            return Self::of(judged);
        };
        let mut entry = Self::labelled(judged, at + END.len());
        entry.record.extend_from_slice(&json[..at]);
        entry.record.extend_from_slice(END);
        entry
    }

    /// The two lines, and room for so many bytes behind them.
    fn labelled(judged: &Judged, room: usize) -> Self {
        let article = judged.article.as_ref().map_or("", ArticleUri::as_str);
        let label = [judged.item.as_str(), "\n", article, "\n"];
        let mut record = Vec::with_capacity(label.map(str::len).iter().sum::<usize>() + room);
        label.iter().for_each(|part| record.extend_from_slice(part.as_bytes()));
        Self { number: number(judged.memory.order), keys: Keys::of(judged), record }
    }
}

/// What lies on the shelf, read.
pub(super) fn read(record: &[u8]) -> Option<Judged> {
    let json = record.splitn(3, |byte| *byte == b'\n').nth(2)?;
    serde_json::from_slice(json).ok()
}

/// The uri of what lies on the shelf, and that of its article.
pub(super) fn label(record: &[u8]) -> (Option<ItemUri>, Option<ArticleUri>) {
    let mut lines = record.splitn(3, |byte| *byte == b'\n').map(|line| std::str::from_utf8(line).unwrap_or(""));
    let item = lines.next().and_then(|line| ItemUri::new(line).ok());
    (item, lines.next().and_then(|line| ArticleUri::new(line).ok()))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lianbo_schemas::{Fingerprint, Judged};

    use super::{Entry, read};

    fn judged() -> Judged {
        let json = r#"{"item":"tag:a.example,2026:o:1","outlet":"one","submission":"s1","verdict":{"verdict":"new"},
            "evidence":{"score":0.5,"reasons":["It says \",\"fingerprint\":{\" in so many words."]},
            "judged_at":"2026-03-01T00:00:00Z","memory":{"order":7,"revision":{"version":0,
            "stated":"2026-03-01T00:00:00Z","received":"2026-03-01T00:00:00Z"},"digest":"00","status":"usable",
            "received":"2026-03-01T00:00:00Z"}}"#;
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn kept_as_it_was_read_or_written_anew_an_item_is_the_same() {
        let bare = judged();
        let mut whole = bare.clone();
        whole.memory.fingerprint = Some(Arc::new(Fingerprint { title: "题".to_owned(), ..Fingerprint::default() }));
        for judged in [&bare, &whole] {
            let json = serde_json::to_vec(judged).unwrap();
            let (as_read, anew) = (Entry::read_from(judged, &json), Entry::of(judged));
            assert_eq!(as_read.record, anew.record);
            assert_eq!(read(&as_read.record).as_ref(), Some(&bare));
        }
    }
}
