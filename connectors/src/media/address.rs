//! What is remembered of an address: which picture it gave, and how to ask whether it still is that one.

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use reqwest::header::{ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use serde::{Deserialize, Serialize};

use super::MediaType;
use super::store::{Store, StoreError};

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) sha256: String,
    pub(super) kind: MediaType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    etag: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_modified: Option<String>,
    asked: Timestamp,
}

impl Known {
    pub(super) fn of(sha256: &str, kind: MediaType, headers: &HeaderMap, asked: Timestamp) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self { sha256: sha256.to_owned(), kind, etag: text(ETAG), last_modified: text(LAST_MODIFIED), asked }
    }

    pub(super) fn seen_again(self, asked: Timestamp) -> Self {
        Self { asked, ..self }
    }

    /// A clock that was set back makes nothing fresh.
    pub(super) fn is_fresh(&self, fresh: SignedDuration, now: Timestamp) -> bool {
        let age = now.duration_since(self.asked);
        !age.is_negative() && age < fresh
    }

    /// RFC 9110, 13.1.
    pub(super) fn conditions(&self) -> HeaderMap {
        let stated = [(IF_NONE_MATCH, &self.etag), (IF_MODIFIED_SINCE, &self.last_modified)];
        let pairs = stated.into_iter().filter_map(|(name, value)| Some((name, value.as_deref()?)));
        pairs.filter_map(|(name, value)| Some((name, HeaderValue::from_str(value).ok()?))).collect()
    }

    /// What stands there and cannot be read is as good as nothing.
    pub(super) async fn read(store: &Store, url: &str) -> Result<Option<Self>, StoreError> {
        Ok(store.address(url).await?.and_then(|bytes| serde_json::from_slice(&bytes).ok()))
    }

    pub(super) async fn write(&self, store: &Store, url: &str) -> Result<(), StoreError> {
        let bytes = serde_json::to_vec(self).map_err(|error| StoreError(error.to_string()))?;
        store.put_address(url, Bytes::from(bytes)).await
    }
}
