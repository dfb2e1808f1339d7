//! A submission as a record of `outlet.<id>`: CloudEvents around the bytes as sent. `ingest` and `pull` write it.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use lianbo_schemas::{Event, OutletId, SubmissionId, topic};
use sha2::{Digest, Sha256};

use crate::log::NewRecord;
use crate::trace::Trace;

/// What is said of a submission beside its bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Received {
    /// The hub's id of it.
    pub id: SubmissionId,
    /// Whose.
    pub outlet: OutletId,
    /// The `Content-Type` as sent.
    pub media_type: Option<String>,
    /// When.
    pub time: Timestamp,
    /// Where the piece, or the feed, stands.
    pub url: Option<String>,
    /// The outlet's own id of it.
    pub own_id: Option<String>,
    /// The address of the CMS it is a post of: its own ids mean nothing on another site.
    pub site: Option<String>,
    /// The key it was sent with.
    pub idempotency_key: Option<String>,
    /// Whether entries that only summarise come as pages of their own.
    pub full_pages: bool,
    /// Its trace.
    pub trace: Trace,
}

/// SHA-256 of a body.
pub type Fingerprint = [u8; 32];

/// SHA-256 of a body: `ce_bodysha256`, and what tells two submissions with one idempotency key apart.
pub fn fingerprint(body: &[u8]) -> Fingerprint {
    Sha256::digest(body).into()
}

impl Received {
    /// The record. Its key is the outlet's own id of the piece, else its address, else the submission's id.
    pub fn into_record(self, body: Bytes) -> NewRecord {
        let key = self.own_id.clone().or_else(|| self.url.clone()).unwrap_or_else(|| self.id.to_string());
        let source = format!("/outlets/{}", self.outlet);
        let mut event = Event::new(self.id.as_str(), source, "submission.received", self.time);
        event.subject = self.url;
        event.content_type = self.media_type;
        event.traceparent = Some(self.trace.parent);
        let extensions = [
            ("partitionkey", Some(key.clone())),
            ("ownid", self.own_id),
            ("site", self.site),
            ("idempotencykey", self.idempotency_key),
            ("fullpages", self.full_pages.then(|| "true".to_owned())),
            ("bodysha256", Some(HEXLOWER.encode(&fingerprint(&body)))),
            ("tracestate", self.trace.state),
        ];
        for (name, value) in extensions {
            event.extensions.extend(value.map(|value| (name.to_owned(), value)));
        }
        NewRecord {
            topic: topic::of_outlet(&self.outlet),
            key: Some(key.into()),
            headers: event.to_headers(),
            value: Some(body),
        }
    }
}
