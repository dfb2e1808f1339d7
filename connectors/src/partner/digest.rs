//! The hash of what a partner was sent.

use data_encoding::HEXLOWER;
use serde_json::Value;
use sha2::{Digest, Sha256};

/// SHA-256 of the JSON, in hexadecimal.
pub(super) fn content_hash(sent: &Value) -> String {
    HEXLOWER.encode(&Sha256::digest(sent.to_string()))
}

/// A hash of an article as it stands at the partner, to notice what is changed there.
pub(super) fn standing(title: &str, body: &str) -> String {
    content_hash(&serde_json::json!([title, body]))
}
