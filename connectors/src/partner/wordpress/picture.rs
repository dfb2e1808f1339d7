//! The featured image: fetched, looked for by its content, uploaded once. A picture that cannot be had does not stop
//! its article.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use data_encoding::HEXLOWER;
use lianbo_schemas::ninjs::Association;
use reqwest::StatusCode;
use reqwest::header::{ETAG, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, LAST_MODIFIED};
use sha2::{Digest, Sha256};

use super::api::Api;
use super::options::FeaturedPicture;
use super::refusal::ApiError;
use super::upload::{self, Picture};
use crate::http::{Answer, HttpClient};
use crate::partner::{Failure, Outgoing};

/// The largest picture brought to a partner, in bytes: a full-size press photograph is below it.
const PICTURE_BYTES: usize = 20 * 1024 * 1024;

/// Remembered pictures at most; beyond it all are forgotten, which costs a fetch and a look each.
const REMEMBERED: usize = 1_000;

/// Pictures looked for and uploaded at once. Two articles with the same picture share a lane, so it is uploaded once.
const LANES: usize = 16;

/// What to say about the featured image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Featured {
    /// This one.
    Media(u64),
    /// The article has none, or may have none any more.
    Nothing,
    /// It could not be had now: what stands there stays.
    AsItIs,
}

/// Remembered pictures, by address.
#[derive(Debug)]
pub(super) struct Pictures {
    http: HttpClient,
    known: Mutex<HashMap<String, Known>>,
    lanes: [tokio::sync::Mutex<()>; LANES],
}

/// A picture as it was, with the conditions that ask whether it still is.
#[derive(Debug, Clone)]
struct Known {
    media: u64,
    conditions: HeaderMap,
}

impl Pictures {
    pub(super) fn new(http: HttpClient) -> Self {
        Self { http, known: Mutex::default(), lanes: std::array::from_fn(|_| tokio::sync::Mutex::default()) }
    }

    /// Brings the article's first picture. The partner's being down or refusing us is a failure; all else is not.
    pub(super) async fn featured(
        &self,
        api: &Api,
        wanted: FeaturedPicture,
        article: &Outgoing,
    ) -> Result<Featured, Failure> {
        let first = article.news.pictures().find_map(|picture| Some((picture, web_address(picture)?)));
        let (FeaturedPicture::Featured, Some((picture, url))) = (wanted, first) else { return Ok(Featured::Nothing) };
        let without = |why: &str| {
            tracing::warn!(article.uri = %article.uri, "the article goes out without its picture: {why}");
            Ok(Featured::AsItIs)
        };
        let answer = match self.fetch(url).await {
            Ok(Fetched::Unchanged(media)) => return Ok(Featured::Media(media)),
            Ok(Fetched::New(answer)) => answer,
            Err(why) => return without(&why),
        };
        let Some(media_type) = upload::media_type(&answer.body) else {
            return without("it is neither JPEG, PNG, GIF nor WebP");
        };
        let about = Picture {
            bytes: answer.body.clone(),
            media_type,
            name: format!("lianbo-{}", HEXLOWER.encode(&Sha256::digest(&answer.body)[..8])),
            alt: alt_of(picture, article),
            caption: picture.caption().unwrap_or_default().to_owned(),
        };
        match self.upload_once(api, about).await {
            Ok(media) => {
                self.remember(url, &answer, media);
                Ok(Featured::Media(media))
            }
            Err(ApiError::Refused(refusal)) if !refusal.must_stop() => without(&refusal.code),
            Err(error) => Err(error.into()),
        }
    }

    /// Media may have been deleted there: look for all again.
    pub(super) fn forget(&self) {
        self.known().clear();
    }

    async fn fetch(&self, url: &str) -> Result<Fetched, String> {
        let known = self.known().get(url).cloned();
        let conditions = known.as_ref().map(|known| known.conditions.clone()).unwrap_or_default();
        let answer = self.http.get(url, conditions, PICTURE_BYTES).await.map_err(|error| error.to_string())?;
        match (answer.status, known) {
            (StatusCode::NOT_MODIFIED, Some(known)) => Ok(Fetched::Unchanged(known.media)),
            (StatusCode::OK, _) => Ok(Fetched::New(Box::new(answer))),
            (status, _) => Err(format!("its server answered {status}")),
        }
    }

    async fn upload_once(&self, api: &Api, picture: Picture) -> Result<u64, ApiError> {
        let lane = usize::from(picture.name.bytes().last().unwrap_or_default()) % LANES;
        let _turn = self.lanes[lane].lock().await;
        if let Some(media) = upload::find(api, &picture.name).await? {
            return Ok(media);
        }
        match upload::send(api, &picture).await {
            // WordPress fails while it makes thumbnails, after it has kept the picture.
            Err(ApiError::Refused(refusal)) if refusal.status.is_server_error() => {
                upload::find(api, &picture.name).await?.ok_or(ApiError::Refused(refusal))
            }
            outcome => outcome,
        }
    }

    fn remember(&self, url: &str, answer: &Answer, media: u64) {
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

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

enum Fetched {
    Unchanged(u64),
    New(Box<Answer>),
}

fn web_address(picture: &Association) -> Option<&str> {
    picture.href().filter(|address| address.starts_with("https://") || address.starts_with("http://"))
}

fn alt_of(picture: &Association, article: &Outgoing) -> String {
    let alt = picture.headlines.iter().find(|headline| headline.role.as_deref() == Some("alt"));
    let stated = alt.or(picture.headlines.first()).map(|headline| headline.value.as_str());
    stated.or(picture.caption()).unwrap_or_else(|| article.news.headline()).to_owned()
}
