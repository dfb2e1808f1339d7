//! Pictures: each fetched once for all partners, known by its content, kept in an object store.
//!
//! # Layout
//! [`Media::at`] brings the picture at an address. [`store`] keeps it, under the SHA-256 of its bytes; `address` is what
//! is remembered of where it was; `media_type` tells what it is by its bytes; [`settings`] has the bounds. An address is
//! asked again, with the conditions its server gave, once what is known of it is no longer fresh. What outlets name may
//! be any address: it is fetched by the one guarded client.

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

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// As its server sent it.
    pub bytes: Bytes,
    /// What it is.
    pub media_type: MediaType,
    /// SHA-256 of the bytes, in hexadecimal.
    pub sha256: String,
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

    /// The picture at an address.
    ///
    /// # Errors
    /// [`MediaError`]; where its server is only out of order for now, the picture it gave before is taken.
    pub async fn at(&self, url: &str) -> Result<Picture, MediaError> {
        let inner = &self.inner;
        let lane = usize::try_from(inner.hasher.hash_one(url) % LANES as u64).unwrap_or_default();
        let _turn = inner.lanes[lane].lock().await;
        let known = Known::read(&inner.store, url).await?;
        if let Some(known) = known.as_ref().filter(|known| known.is_fresh(inner.settings.fresh(), Timestamp::now()))
            && let Some(picture) = inner.kept(&known.sha256).await?
        {
            return Ok(picture);
        }
        inner.ask(url, known).await
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

impl Inner {
    /// Asks its server whether the picture is still what it was, and takes the new one if not.
    async fn ask(&self, url: &str, known: Option<Known>) -> Result<Picture, MediaError> {
        let before = match &known {
            Some(known) => self.kept(&known.sha256).await?,
            None => None,
        };
        let conditions = known.as_ref().filter(|_| before.is_some()).map(Known::conditions).unwrap_or_default();
        let answer = self.http.get(url, conditions, self.settings.most_bytes).await;
        match (answer, known, before) {
            (Ok(answer), Some(known), Some(picture)) if answer.status == StatusCode::NOT_MODIFIED => {
                known.seen_again(Timestamp::now()).write(&self.store, url).await?;
                Ok(picture)
            }
            (Ok(answer), _, _) if answer.status == StatusCode::OK => self.take(url, &answer).await,
            (Ok(answer), _, Some(picture)) if answer.status.is_server_error() => {
                tracing::warn!(url, status = %answer.status, "a picture's server is out of order; what it gave before is taken");
                Ok(picture)
            }
            (Ok(answer), _, _) => Err(MediaError::NotThere(format!("its server answered {}", answer.status))),
            (Err(error), _, Some(picture)) if error.is_transient() => {
                tracing::warn!(url, %error, "a picture's server does not answer; what it gave before is taken");
                Ok(picture)
            }
            (Err(error), _, _) => Err(MediaError::NotThere(error.to_string())),
        }
    }

    async fn take(&self, url: &str, answer: &Answer) -> Result<Picture, MediaError> {
        let picture = self.fit(answer.body.clone())?;
        self.store.put_picture(&picture.sha256, picture.bytes.clone()).await?;
        Known::of(&picture.sha256, &answer.headers, Timestamp::now()).write(&self.store, url).await?;
        Ok(picture)
    }

    async fn kept(&self, sha256: &str) -> Result<Option<Picture>, MediaError> {
        let bytes = self.store.picture(sha256).await?;
        // A kept picture whose bytes are not what its name says is as good as none.
        Ok(bytes.and_then(|bytes| self.fit(bytes).ok()).filter(|picture| picture.sha256 == sha256))
    }

    /// A picture by its own bytes, within bounds: a small file may unpack to gigabytes in a partner's thumbnailer.
    fn fit(&self, bytes: Bytes) -> Result<Picture, MediaError> {
        let unfit = |why: String| MediaError::Unfit(why);
        let media_type =
            MediaType::of(&bytes).ok_or_else(|| unfit("it is neither JPEG, PNG, GIF nor WebP".to_owned()))?;
        let size = imagesize::blob_size(&bytes).map_err(|error| unfit(format!("it is damaged: {error}")))?;
        let pixels = size.width.saturating_mul(size.height);
        if pixels == 0 || pixels > self.settings.most_pixels {
            let most = self.settings.most_pixels;
            return Err(unfit(format!("it has {} × {} pixels, {most} are taken", size.width, size.height)));
        }
        let sha256 = HEXLOWER.encode(&Sha256::digest(&bytes));
        Ok(Picture { bytes, media_type, sha256 })
    }
}

#[cfg(test)]
mod tests;
