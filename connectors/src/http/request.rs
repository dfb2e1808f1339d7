//! What is sent.

use bytes::Bytes;
use reqwest::Method;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};

/// The most an answer may weigh when the caller does not say: what a CMS says about one article, twice over.
const ANSWER_BYTES: usize = 32 * 1024 * 1024;

/// What becomes of an answer whose body is larger than the bound. That of a refusal is cut in any case: what it says is for
/// people, and its status tells the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excess {
    /// It is no answer: half a document is worse than none.
    Fails,
    /// The body is cut: the status is what counts.
    IsCut,
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    /// GET, POST, DELETE …
    pub method: Method,
    /// Absolute, http or https.
    pub url: String,
    /// Headers; `User-Agent` and `Content-Length` are set by the client.
    pub headers: HeaderMap,
    /// The body, in pieces that follow one another; no piece for none.
    pub body: Vec<Bytes>,
    /// Bytes the answer's body may have, after decompression.
    pub bound: usize,
    /// What becomes of a success with more.
    pub excess: Excess,
}

impl Request {
    /// A request without headers and body.
    pub fn new(method: Method, url: impl Into<String>) -> Self {
        let (headers, body) = (HeaderMap::new(), Vec::new());
        Self { method, url: url.into(), headers, body, bound: ANSWER_BYTES, excess: Excess::Fails }
    }

    /// With one more header.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// With a body of a media type.
    pub fn body(self, media_type: HeaderValue, body: impl Into<Bytes>) -> Self {
        self.pieces(media_type, vec![body.into()])
    }

    /// With a body of a media type, in pieces: a picture goes to many without a copy for each.
    pub fn pieces(mut self, media_type: HeaderValue, body: Vec<Bytes>) -> Self {
        self.body = body;
        self.header(reqwest::header::CONTENT_TYPE, media_type)
    }

    /// With a body of JSON.
    pub fn json(self, value: &serde_json::Value) -> Self {
        self.body(HeaderValue::from_static("application/json"), value.to_string())
    }

    /// With a bound for the answer's body, in bytes.
    pub fn bound(mut self, bytes: usize) -> Self {
        self.bound = bytes;
        self
    }

    /// With a bound at which the answer's body is cut, in bytes.
    pub fn cut_at(self, bytes: usize) -> Self {
        Self { bound: bytes, excess: Excess::IsCut, ..self }
    }
}
