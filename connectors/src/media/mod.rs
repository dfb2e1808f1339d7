//! Pictures: each fetched once for all partners, known by its content, kept in an object store.
//!
//! # Layout
//! [`Media::at`] says which picture is at an address, [`Picture::bytes`] brings it to whoever uploads it: most partners
//! have it already. [`store`] keeps it, under the SHA-256 of its bytes; `address` is what is remembered of where it was;
//! `media_type` tells what it is by its bytes; [`settings`] has the bounds. An address is asked again, with the conditions
//! its server gave, once what is known of it is no longer fresh. What outlets name may be any address: it is fetched by
//! the one guarded client.

mod address;
mod media_type;
pub mod settings;
pub mod store;

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use reqwest::StatusCode;
use sha2::{Digest, Sha256};

use self::address::Known;
use self::store::{Store, StoreError};
use crate::http::{Answer, HttpClient};

pub use media_type::MediaType;
pub use settings::Settings;

/// Addresses asked at once; two articles with the same picture share a lane, so that it is fetched once.
const LANES: usize = 64;

/// A picture, by its content.
#[derive(Debug, Clone)]
pub struct Picture {
    /// What it is.
    pub media_type: MediaType,
    /// SHA-256 of its bytes, in hexadecimal.
    pub sha256: String,
    url: String,
    /// Fetched just now.
    bytes: Option<Bytes>,
    inner: Arc<Inner>,
}

/// Why there is no picture, named by what comes next.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// Its server does not give it, now or ever: go on without.
    #[error("{0}")]
    NotThere(String),
    /// It is nothing that may be passed on: go on without.
    #[error("{0}")]
    Unfit(String),
    /// The store failed: the operator must look.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where pictures come from. Clones share everything.
#[derive(Debug, Clone)]
pub struct Media {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    http: HttpClient,
    store: Store,
    settings: Settings,
    hasher: RandomState,
    lanes: [tokio::sync::Mutex<()>; LANES],
}

impl Media {
    /// Pictures by this client, in this store.
    pub fn new(http: HttpClient, store: Store, settings: Settings) -> Self {
        let lanes = std::array::from_fn(|_| tokio::sync::Mutex::default());
        Self { inner: Arc::new(Inner { http, store, settings, hasher: RandomState::new(), lanes }) }
    }

    /// Pictures kept in memory only: for tests, and for a look at one partner.
    pub fn in_memory(http: HttpClient) -> Self {
        Self::new(http, Store::in_memory(), Settings::default())
    }

    /// Which picture is at an address.
    ///
    /// # Errors
    /// [`MediaError`]; where its server is only out of order for now, the picture it gave before is taken.
    pub async fn at(&self, url: &str) -> Result<Picture, MediaError> {
        let inner = &self.inner;
        let _turn = inner.turn(url).await;
        let known = Known::read(&inner.store, url).await?;
        let (known, bytes) = match known {
            Some(known) if known.is_fresh(inner.settings.fresh(), Timestamp::now()) => (known, None),
            known => inner.ask(url, known).await?,
        };
        let Known { sha256, kind: media_type, .. } = known;
        Ok(Picture { media_type, sha256, url: url.to_owned(), bytes, inner: Arc::clone(inner) })
    }

    /// Drops what has not been brought for so long that nobody asks for it any more. Returns how many objects went.
    ///
    /// # Errors
    /// The store's.
    pub async fn sweep(&self) -> Result<usize, MediaError> {
        let horizon = Timestamp::now().checked_sub(self.inner.settings.keep()).unwrap_or(Timestamp::MIN);
        Ok(self.inner.store.drop_before(horizon).await?)
    }
}

impl Picture {
    /// As its server sent it.
    ///
    /// # Errors
    /// [`MediaError`]; what was swept or damaged in the store is fetched once more.
    pub async fn bytes(&self) -> Result<Bytes, MediaError> {
        if let Some(bytes) = &self.bytes {
            return Ok(bytes.clone());
        }
        let inner = &self.inner;
        let _turn = inner.turn(&self.url).await;
        if let Some(kept) = inner.store.picture(&self.sha256).await? {
            let fit = inner.fit(kept).await;
            if let Some((_, bytes)) = fit.ok().filter(|(known, _)| known.sha256 == self.sha256) {
                return Ok(bytes);
            }
            // One whose bytes are not what its name says is as good as none.
            inner.store.drop_picture(&self.sha256).await?;
        }
        let (known, bytes) = inner.ask(&self.url, None).await?;
        let same = bytes.filter(|_| known.sha256 == self.sha256);
        same.ok_or_else(|| MediaError::NotThere("its server has another one by now".to_owned()))
    }
}

/// What an address gives: which picture, and its bytes if they have just come.
type Found = (Known, Option<Bytes>);

impl Inner {
    /// Waits until nobody else asks for this address.
    async fn turn(&self, url: &str) -> tokio::sync::MutexGuard<'_, ()> {
        let lane = usize::try_from(self.hasher.hash_one(url) % LANES as u64).unwrap_or_default();
        self.lanes[lane].lock().await
    }

    /// Asks its server whether the picture is still what it was, and takes the new one if not.
    async fn ask(&self, url: &str, known: Option<Known>) -> Result<Found, MediaError> {
        let conditions = known.as_ref().map(Known::conditions).unwrap_or_default();
        let answer = self.http.get(url, conditions, self.settings.most_bytes).await;
        match (answer, known) {
            (Ok(answer), Some(known)) if answer.status == StatusCode::NOT_MODIFIED => {
                let known = known.seen_again(Timestamp::now());
                known.write(&self.store, url).await?;
                Ok((known, None))
            }
            (Ok(answer), _) if answer.status == StatusCode::OK => self.take(url, &answer).await,
            (Ok(answer), Some(known)) if answer.status.is_server_error() => {
                tracing::warn!(url, status = %answer.status, "a picture's server is out of order; what it gave before is taken");
                Ok((known, None))
            }
            (Ok(answer), _) => Err(MediaError::NotThere(format!("its server answered {}", answer.status))),
            (Err(error), Some(known)) if error.is_transient() => {
                tracing::warn!(url, %error, "a picture's server does not answer; what it gave before is taken");
                Ok((known, None))
            }
            (Err(error), _) => Err(MediaError::NotThere(error.to_string())),
        }
    }

    async fn take(&self, url: &str, answer: &Answer) -> Result<Found, MediaError> {
        let (fit, bytes) = self.fit(answer.body.clone()).await?;
        self.store.put_picture(&fit.sha256, bytes.clone()).await?;
        let known = Known::of(&fit.sha256, fit.media_type, &answer.headers, Timestamp::now());
        known.write(&self.store, url).await?;
        Ok((known, Some(bytes)))
    }

    /// What a picture is by its own bytes, within bounds; off the runtime, since some have megabytes.
    async fn fit(&self, bytes: Bytes) -> Result<(Fit, Bytes), MediaError> {
        let most_pixels = self.settings.most_pixels;
        let looking = tokio::task::spawn_blocking(move || Fit::of(&bytes, most_pixels).map(|fit| (fit, bytes)));
        looking.await.map_err(|error| MediaError::Unfit(error.to_string()))?
    }
}

/// A picture that may be passed on.
struct Fit {
    media_type: MediaType,
    sha256: String,
}

impl Fit {
    /// A small file may unpack to gigabytes in a partner's thumbnailer.
    fn of(bytes: &[u8], most_pixels: usize) -> Result<Self, MediaError> {
        let unfit = |why: String| MediaError::Unfit(why);
        let media_type =
            MediaType::of(bytes).ok_or_else(|| unfit("it is neither JPEG, PNG, GIF nor WebP".to_owned()))?;
        let size = imagesize::blob_size(bytes).map_err(|error| unfit(format!("it is damaged: {error}")))?;
        let pixels = size.width.saturating_mul(size.height);
        if pixels == 0 || pixels > most_pixels {
            return Err(unfit(format!("it has {} × {} pixels, {most_pixels} are taken", size.width, size.height)));
        }
        Ok(Self { media_type, sha256: HEXLOWER.encode(&Sha256::digest(bytes)) })
    }
}

#[cfg(test)]
mod tests;
