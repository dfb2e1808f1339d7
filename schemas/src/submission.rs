//! A submission: one thing an outlet sent, as sent.

use bytes::Bytes;
use jiff::Timestamp;

use crate::{OutletId, SubmissionId};

/// One record of `outlet.<id>`: the bytes exactly as sent, and what was said of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Submission {
    /// Given by the hub, or by the outlet's own producer as `ce_id`.
    pub id: SubmissionId,
    /// Who sent it: the topic says so, not the content.
    pub outlet: OutletId,
    /// The `Content-Type` as sent, with its charset, if any.
    pub media_type: Option<String>,
    /// When the hub, or the log, received it.
    pub received: Timestamp,
    /// Where the outlet shows the piece, if the sender knows (`ce_subject` when it is a URL).
    pub url: Option<String>,
    /// The outlet's own id of the piece, when the sender states it beside the bytes.
    pub own_id: Option<String>,
    /// For a feed whose entries the puller fetches as full pages: entries that only summarise are left out.
    pub full_pages: bool,
    /// The bytes exactly as sent.
    pub body: Bytes,
}
