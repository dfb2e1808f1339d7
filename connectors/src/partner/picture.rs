//! An article's first picture: fetched, looked for by its content, uploaded once. A picture that cannot be had does not
//! stop its article.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use data_encoding::HEXLOWER;
use lianbo_schemas::ArticleUri;
use lianbo_schemas::ninjs::Association;
use reqwest::StatusCode;
use reqwest::header::{ETAG, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::media_type::MediaType;
use super::refusal::ApiError;
use super::{Failure, Outgoing};
use crate::http::{Answer, HttpClient};

/// The largest picture brought to a partner, in bytes: a full-size press photograph is below it.
const PICTURE_BYTES: usize = 20 * 1024 * 1024;

/// Remembered pictures at most; beyond it all are forgotten, which costs a fetch and a look each.
const REMEMBERED: usize = 1_000;

/// Pictures looked for and uploaded at once. Two articles with the same picture share a lane, so it is uploaded once.
const LANES: usize = 16;

/// Whether the first picture goes out with its article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FeaturedPicture {
    Featured,
    None,
}

/// A picture to upload.
pub(super) struct Picture {
    pub(super) bytes: Bytes,
    pub(super) media_type: MediaType,
    /// Made of its content.
    pub(super) name: String,
    pub(super) alt: String,
    pub(super) caption: String,
}

impl Picture {
    /// Its name and the extension of its type.
    pub(super) fn file_name(&self) -> String {
        format!("{}.{}", self.name, self.media_type.extension)
    }
}

/// What is said about a picture, and in which article.
pub(super) struct Words<'a> {
    pub(super) alt: String,
    pub(super) caption: String,
    pub(super) article: &'a ArticleUri,
}

/// Where a partner keeps pictures.
pub(super) trait Shelf: Sync {
    /// By what an article names a picture there.
    type Id: Clone + Send + Sync;

    /// The picture of this content, if it is there.
    fn find(&self, picture: &Picture) -> impl Future<Output = Result<Option<Self::Id>, ApiError>> + Send;

    /// Uploads it.
    fn store(&self, picture: &Picture) -> impl Future<Output = Result<Self::Id, ApiError>> + Send;
}

/// What to say about the featured image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Featured<Id> {
    /// This one.
    Media(Id),
    /// The article has none, or may have none any more.
    Nothing,
    /// It could not be had now: what stands there stays.
    AsItIs,
}

/// Remembered pictures, by address.
#[derive(Debug)]
pub(super) struct Pictures<Id> {
    http: HttpClient,
    known: Mutex<HashMap<String, Known<Id>>>,
    lanes: [tokio::sync::Mutex<()>; LANES],
}

/// A picture as it was, with the conditions that ask whether it still is.
#[derive(Debug, Clone)]
struct Known<Id> {
    media: Id,
    conditions: HeaderMap,
}

impl<Id: Clone + Send + Sync> Pictures<Id> {
    pub(super) fn new(http: HttpClient) -> Self {
        Self { http, known: Mutex::default(), lanes: std::array::from_fn(|_| tokio::sync::Mutex::default()) }
    }

    /// Brings the article's first picture. The partner's being down or refusing us is a failure; all else is not.
    pub(super) async fn featured(
        &self,
        shelf: &impl Shelf<Id = Id>,
        wanted: FeaturedPicture,
        article: &Outgoing,
    ) -> Result<Featured<Id>, Failure> {
        let (FeaturedPicture::Featured, Some((picture, url))) = (wanted, first_of(article)) else {
            return Ok(Featured::Nothing);
        };
        let words = Words {
            alt: alt_of(picture, article),
            caption: picture.caption().unwrap_or_default().to_owned(),
            article: &article.uri,
        };
        Ok(self.bring(shelf, url, words).await?.map_or(Featured::AsItIs, Featured::Media))
    }

    /// Brings the picture at `url`; `None`, and a warning, where it cannot be had.
    pub(super) async fn bring(
        &self,
        shelf: &impl Shelf<Id = Id>,
        url: &str,
        words: Words<'_>,
    ) -> Result<Option<Id>, Failure> {
        let uri = words.article;
        let without = |why: &str| {
            tracing::warn!(article.uri = %uri, "the article goes out without a picture of its own: {why}");
            Ok(None)
        };
        let answer = match self.fetch(url).await {
            Ok(Fetched::Unchanged(media)) => return Ok(Some(media)),
            Ok(Fetched::New(answer)) => answer,
            Err(why) => return without(&why),
        };
        let Some(media_type) = MediaType::of(&answer.body) else {
            return without("it is neither JPEG, PNG, GIF nor WebP");
        };
        let about = Picture {
            bytes: answer.body.clone(),
            media_type,
            name: format!("lianbo-{}", HEXLOWER.encode(&Sha256::digest(&answer.body)[..8])),
            alt: words.alt,
            caption: words.caption,
        };
        match self.upload_once(shelf, about).await {
            Ok(media) => {
                self.remember(url, &answer, media.clone());
                Ok(Some(media))
            }
            Err(ApiError::Refused(refusal)) if !refusal.must_stop() => without(&refusal.failure.to_string()),
            Err(error) => Err(error.into()),
        }
    }

    /// Media may have been deleted there: look for all again.
    pub(super) fn forget(&self) {
        self.known().clear();
    }

    async fn fetch(&self, url: &str) -> Result<Fetched<Id>, String> {
        let known = self.known().get(url).cloned();
        let conditions = known.as_ref().map(|known| known.conditions.clone()).unwrap_or_default();
        let answer = self.http.get(url, conditions, PICTURE_BYTES).await.map_err(|error| error.to_string())?;
        match (answer.status, known) {
            (StatusCode::NOT_MODIFIED, Some(known)) => Ok(Fetched::Unchanged(known.media)),
            (StatusCode::OK, _) => Ok(Fetched::New(Box::new(answer))),
            (status, _) => Err(format!("its server answered {status}")),
        }
    }

    async fn upload_once(&self, shelf: &impl Shelf<Id = Id>, picture: Picture) -> Result<Id, ApiError> {
        let lane = usize::from(picture.name.bytes().last().unwrap_or_default()) % LANES;
        let _turn = self.lanes[lane].lock().await;
        if let Some(media) = shelf.find(&picture).await? {
            return Ok(media);
        }
        match shelf.store(&picture).await {
            // A server may fail while it makes thumbnails, after it has kept the picture.
            Err(ApiError::Refused(refusal)) if refusal.status.is_server_error() => {
                shelf.find(&picture).await?.ok_or(ApiError::Refused(refusal))
            }
            outcome => outcome,
        }
    }

    fn remember(&self, url: &str, answer: &Answer, media: Id) {
        let pairs = [(ETAG, IF_NONE_MATCH), (LAST_MODIFIED, IF_MODIFIED_SINCE)];
        let conditions: HeaderMap<HeaderValue> = pairs
            .into_iter()
            .filter_map(|(stated, asked)| Some((asked, answer.headers.get(stated)?.clone())))
            .collect();
        if conditions.is_empty() {
            return;
        }
        let mut known = self.known();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(url.to_owned(), Known { media, conditions });
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, Known<Id>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Fetched<Id> {
    Unchanged(Id),
    New(Box<Answer>),
}

/// The article's first picture, and where it is.
pub(super) fn first_of(article: &Outgoing) -> Option<(&Association, &str)> {
    article.news.pictures().find_map(|picture| Some((picture, web_address(picture)?)))
}

/// The words that the first picture is shown with: for those who cannot see it, and below it.
pub(super) fn words_of(article: &Outgoing) -> Option<(String, String)> {
    let (picture, _) = first_of(article)?;
    Some((alt_of(picture, article), picture.caption().unwrap_or_default().to_owned()))
}

fn web_address(picture: &Association) -> Option<&str> {
    picture.href().filter(|address| address.starts_with("https://") || address.starts_with("http://"))
}

fn alt_of(picture: &Association, article: &Outgoing) -> String {
    let alt = picture.headlines.iter().find(|headline| headline.role.as_deref() == Some("alt"));
    let stated = alt.or(picture.headlines.first()).map(|headline| headline.value.as_str());
    stated.or(picture.caption()).unwrap_or_else(|| article.news.headline()).to_owned()
}
