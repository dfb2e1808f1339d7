//! What comes back.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{StatusCode, Url};
use serde::de::DeserializeOwned;

use super::retry_after::retry_after;

/// An answer, read to its end or to the bound of its request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// As sent.
    pub status: StatusCode,
    /// As sent.
    pub headers: HeaderMap,
    /// Decompressed, within the request's bound.
    pub body: Bytes,
    /// Where it came from: after redirects, another address than the one asked for.
    pub url: Url,
}

impl Answer {
    /// A header's value, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The body as text; what is no UTF-8 is replaced.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// How long the server asks to be left alone, seen from `now`.
    pub fn retry_after(&self, now: SystemTime) -> Option<Duration> {
        retry_after(self.headers.get(RETRY_AFTER)?.to_str().ok()?, now)
    }
}
