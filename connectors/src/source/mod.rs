//! Sources: what the hub fetches because the outlet does not push.
//!
//! # Layout
//! [`Fetch`] gets one document; the HTTP client does it for real. [`hints`] reads when a server wants to be asked again.
//! [`cms`] is what a CMS is asked, [`wordpress`] and [`ghost`] ask it. [`site`] tells what stands at an address, `place`
//! whether a secret may go there.

mod client;
pub mod cms;
pub mod ghost;
pub mod hints;
mod place;
pub mod site;
pub mod wordpress;

pub use cms::SourceError;

use async_trait::async_trait;
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

/// An answer to a GET, read to its end.
#[derive(Debug, Clone)]
pub struct Fetched {
    /// As sent.
    pub status: StatusCode,
    /// As sent.
    pub headers: HeaderMap,
    /// The bytes as sent, without a transfer's compression.
    pub body: Bytes,
    /// Where it came from, after redirects.
    pub final_url: String,
    /// Where permanent redirects (301, 308) lead, from the address asked for on; a temporary one ends the chain.
    pub moved_to: Option<String>,
}

impl Fetched {
    /// A header's value, if it is there and is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

/// Why there is no answer, named by what comes next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Try again later.
    #[error("{0}")]
    Transient(String),
    /// The address itself must be corrected, or allowed; trying again is of no use.
    #[error("{0}")]
    Address(String),
    /// The document is larger than allowed.
    #[error("{0}")]
    TooLarge(String),
}

/// Gets documents. One is real, one is a test's.
#[async_trait]
pub trait Fetch: Send + Sync {
    /// GET with these headers, following redirects; at most `bound` bytes of body.
    async fn get(&self, url: &str, headers: HeaderMap, bound: usize) -> Result<Fetched, FetchError>;
}
