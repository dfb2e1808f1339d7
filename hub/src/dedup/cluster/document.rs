//! A document of a clustering run, and how it becomes an item.

use std::sync::Arc;

use bytes::Bytes;
use data_encoding::{BASE64, HEXLOWER};
use jiff::Timestamp;
use lianbo_connectors::format::moment::Moment;
use lianbo_connectors::format::{Body, Piece};
use lianbo_schemas::ninjs::Headline;
use lianbo_schemas::{Item, ItemUri, NewsItem, Normalised, Outlet, OutletId, Revision, Submission, SubmissionId};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::AUTHORITY;
use crate::normalise::fold::fold;
use crate::normalise::{self, Profile};

/// One document of the input, a JSON object a line, in the order of time.
#[derive(Debug, Clone, Deserialize)]
pub struct Document {
    /// Unique in the file.
    pub id: String,
    /// Who published it: any text.
    pub outlet: String,
    /// Where.
    #[serde(default)]
    pub url: Option<String>,
    /// When.
    pub published_at: Timestamp,
    /// The headline.
    #[serde(default)]
    pub title: String,
    /// The text, plain or HTML.
    #[serde(default)]
    pub body: String,
    /// Instead of `body`: the page's bytes in base64.
    #[serde(default)]
    pub raw_b64: Option<String>,
    /// The media type of `raw_b64`.
    #[serde(default)]
    pub content_type: Option<String>,
}

impl Document {
    /// The document as the hub's own normalise sees it: bytes and a whole page as they were sent, all else as an entry
    /// of a feed. What normalise refuses, but has a text, is compared as it stands.
    pub fn normalised(self) -> Result<Normalised, String> {
        let digest = Sha256::digest(self.outlet.as_bytes());
        let outlet = OutletId::new(HEXLOWER.encode(&digest[..10])).map_err(|error| error.to_string())?;
        let submission = self.submission(outlet.clone())?;
        let profile =
            Profile { authority: AUTHORITY.to_owned(), outlet: Arc::new(stranger(outlet, self.outlet.clone())) };
        let items = if submission.body.is_empty() {
            normalise::items(vec![self.entry().bounded()], &submission, &profile)
        } else {
            normalise::normalise(&submission, &profile)
        };
        let mut normalised = match items.into_iter().next().ok_or("the document holds no item")? {
            Ok(normalised) => normalised,
            Err(_) if !self.body.trim().is_empty() => self.as_it_stands(submission),
            Err(refusal) => return Err(refusal.reason.detail),
        };
        if !self.title.is_empty() {
            normalised.match_title = fold(&self.title);
        }
        Ok(normalised)
    }

    /// What was sent; no bytes when it is an entry of a feed.
    fn submission(&self, outlet: OutletId) -> Result<Submission, String> {
        let (media_type, body) = match &self.raw_b64 {
            Some(raw) => {
                let raw = BASE64.decode(raw.as_bytes()).map_err(|error| format!("raw_b64: {error}"))?;
                (self.content_type.clone(), titled(raw, &self.title).into())
            }
            None if is_page(&self.body) => (Some("text/html; charset=utf-8".to_owned()), self.body.clone().into()),
            None => (None, Bytes::new()),
        };
        Ok(Submission {
            id: SubmissionId::new("cluster").map_err(|error| error.to_string())?,
            outlet,
            media_type,
            received: self.published_at,
            url: self.url.clone(),
            own_id: Some(self.id.clone()),
            full_pages: false,
            body,
        })
    }

    /// The document as a feed's entry.
    fn entry(&self) -> Piece {
        let stated = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let body = match self.body.trim() {
            html if html.starts_with('<') => Body::Html(html.to_owned()),
            "" => Body::Empty,
            text => Body::Text(text.to_owned()),
        };
        Piece {
            own_id: stated(&self.id),
            title: stated(&self.title),
            published: Some(Moment::At(self.published_at)),
            entry: 1,
            body,
            ..Piece::default()
        }
    }

    /// The document's own lines, folded.
    fn as_it_stands(&self, submission: Submission) -> Normalised {
        let uri = ItemUri::of(AUTHORITY, &submission.outlet, &self.id);
        let mut news = NewsItem::new(uri.as_str());
        news.headlines = vec![Headline::main(&self.title)];
        let lines: Vec<String> = self.body.lines().map(fold).filter(|line| !line.is_empty()).collect();
        let revision = Revision { version: 0, stated: self.published_at, received: self.published_at };
        let item = Item {
            uri,
            outlet: submission.outlet,
            own_id: self.id.clone(),
            submission: submission.id,
            received: self.published_at,
            revision,
            url: self.url.clone(),
            canonical_url: None,
            stated_source: None,
            stated_time: Some(self.published_at),
            hops: Vec::new(),
            digest: HEXLOWER.encode(&Sha256::digest(self.body.as_bytes())),
            news,
        };
        Normalised { item, match_title: String::new(), match_text: lines.join("\n") }
    }
}

/// Whether a text is a whole HTML page.
fn is_page(text: &str) -> bool {
    let start = text.trim_start().get(..9).map(str::to_ascii_lowercase).unwrap_or_default();
    start.starts_with("<html") || start == "<!doctype"
}

/// The page with the document's title, when it has none of its own; in character references, whatever its charset.
fn titled(page: Vec<u8>, title: &str) -> Vec<u8> {
    let has_title = page.windows(6).any(|window| window.eq_ignore_ascii_case(b"<title"));
    if has_title || title.is_empty() {
        return page;
    }
    let references: String = title.chars().map(|character| format!("&#{};", u32::from(character))).collect();
    let mut titled = format!("<title>{references}</title>").into_bytes();
    titled.extend(page);
    titled
}

/// An outlet of which nothing is known but its name.
fn stranger(id: OutletId, name: String) -> Outlet {
    Outlet {
        id,
        name,
        aliases: Vec::new(),
        domains: Vec::new(),
        area: None,
        key_hashes: Vec::new(),
        source: None,
        copyright_holder: None,
        usage_terms: None,
        time_zone: None,
    }
}
