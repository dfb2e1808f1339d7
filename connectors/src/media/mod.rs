//! Pictures: each fetched once for all partners, known by its content, kept in an object store.
//!
//! # Layout
//! [`Media::at`] says which picture is at an address, [`Picture::bytes`] brings it to whoever uploads it: most partners
//! have it already, and those that do not share what is `in_hand`. [`store`] keeps it, under the SHA-256 of its bytes; `address` is what is remembered of where it was;
//! `media_type` tells what it is by its bytes, `frames` how many it unpacks to; [`settings`] has the bounds; `turns` let each address be asked by one at a
//! time, and a host by few, `silent` are hosts that did not answer. An address is asked again, with the conditions its
//! server gave, once what is known of it is no longer fresh. What outlets name may be any address: it is fetched by the
//! one guarded client.
//!
//! No article waits long for a picture: neither a server that does not answer nor a store that fails stops it.

mod address;
mod frames;
mod in_hand;
mod media_type;
pub mod settings;
mod silent;
pub mod store;
mod turns;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use reqwest::StatusCode;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

use self::address::Known;
use self::in_hand::InHand;
use self::silent::{Silent, host};
use self::store::{Store, StoreError, in_time};
use self::turns::Turns;
use crate::http::{Answer, HttpClient, Patience};

pub use media_type::MediaType;
pub use settings::Settings;

/// Pictures fetched at once: each may have megabytes; and of one host, so that none takes all places.
const AT_ONCE: usize = 64;
const AT_ONCE_OF_A_HOST: usize = 6;
/// How long a host that did not answer is left alone.
const SILENCE: Duration = Duration::from_secs(60);

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
    turns: Turns,
    hosts: Turns,
    silent: Silent,
    in_hand: InHand,
    places: Semaphore,
}

impl Media {
    /// Pictures by this client, in this store.
    pub fn new(http: HttpClient, store: Store, settings: Settings) -> Self {
        let total = settings.patience();
        let connect = http.patience().connect.min(total);
        // A client that waits otherwise fails to be made only where this one could not be made either.
        let http = http.waiting(Patience { connect, first_byte: total, total }).unwrap_or(http);
        let (turns, hosts) = (Turns::new(1), Turns::new(AT_ONCE_OF_A_HOST));
        let (silent, in_hand, places) = (Silent::default(), InHand::default(), Semaphore::new(AT_ONCE));
        Self { inner: Arc::new(Inner { http, store, settings, turns, hosts, silent, in_hand, places }) }
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
        let (inner, asked) = (Arc::clone(&self.inner), url.to_owned());
        let (known, bytes) = self.inner.in_time(async move { inner.find(&asked).await }).await?;
        let Known { sha256, kind: media_type, .. } = known;
        Ok(Picture { media_type, sha256, url: url.to_owned(), bytes, inner: Arc::clone(&self.inner) })
    }

    /// Drops what has not been brought for so long that nobody asks for it any more. Returns how many objects went.
    ///
    /// # Errors
    /// The store's.
    pub async fn sweep(&self) -> Result<usize, StoreError> {
        let horizon = Timestamp::now().checked_sub(self.inner.settings.keep()).unwrap_or(Timestamp::MIN);
        self.inner.store.drop_before(horizon).await
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
        let (inner, url, sha256) = (Arc::clone(&self.inner), self.url.clone(), self.sha256.clone());
        self.inner.in_time(async move { inner.bring(&url, &sha256).await }).await
    }
}

/// What an address gives: which picture, and its bytes if they have just come.
type Found = (Known, Option<Bytes>);

impl Inner {
    /// Waits no longer than articles may. What was begun goes on: whoever asks next is told what it came to.
    async fn in_time<T: Send + 'static>(
        &self,
        asking: impl Future<Output = Result<T, MediaError>> + Send + 'static,
    ) -> Result<T, MediaError> {
        let patience = self.settings.patience();
        match tokio::time::timeout(patience, tokio::spawn(asking)).await {
            Ok(Ok(found)) => found,
            Ok(Err(broken)) => Err(MediaError::NotThere(broken.to_string())),
            Err(_) => Err(MediaError::NotThere(format!("it did not come within {} ms", patience.as_millis()))),
        }
    }

    async fn find(&self, url: &str) -> Result<Found, MediaError> {
        let _turn = self.turns.of(url).await;
        let known = kept(Known::read(&self.store, url)).await.flatten();
        match known {
            Some(known) if known.is_fresh(self.settings.fresh(), Timestamp::now()) => Ok((known, None)),
            known => self.ask(url, known).await,
        }
    }

    async fn bring(&self, url: &str, sha256: &str) -> Result<Bytes, MediaError> {
        let _turn = self.turns.of(url).await;
        if let Some(bytes) = self.in_hand.get(sha256) {
            return Ok(bytes);
        }
        if let Some(there) = kept(self.store.picture(sha256)).await.flatten() {
            let fit = self.fit(there).await;
            if let Some((_, bytes)) = fit.ok().filter(|(known, _)| known.sha256 == sha256) {
                return Ok(self.in_hand.put(sha256, bytes));
            }
            // One whose bytes are not what its name says is as good as none.
            kept(self.store.drop_picture(sha256)).await;
        }
        let (known, bytes) = self.ask(url, None).await?;
        let same = bytes.filter(|_| known.sha256 == sha256);
        same.ok_or_else(|| MediaError::NotThere("its server has another one by now".to_owned()))
    }

    /// Asks its server whether the picture is still what it was, and takes the new one if not.
    async fn ask(&self, url: &str, known: Option<Known>) -> Result<Found, MediaError> {
        let host = host(url).unwrap_or_default();
        let _turn = self.hosts.of(&host).await;
        if self.silent.holds(&host) {
            let silent = || MediaError::NotThere("its server did not answer a moment ago".to_owned());
            return known.map(|known| (known, None)).ok_or_else(silent);
        }
        let _place = self.places.acquire().await;
        let conditions = known.as_ref().map(Known::conditions).unwrap_or_default();
        let answer = self.http.get(url, conditions, self.settings.most_bytes).await;
        match (answer, known) {
            (Ok(answer), Some(known)) if answer.status == StatusCode::NOT_MODIFIED => {
                let known = known.seen_again(Timestamp::now());
                kept(known.write(&self.store, url)).await;
                Ok((known, None))
            }
            (Ok(answer), _) if answer.status == StatusCode::OK => self.take(url, &answer).await,
            (Ok(answer), Some(known)) if answer.status.is_server_error() => {
                tracing::warn!(url, status = %answer.status, "a picture's server is out of order; what it gave before is taken");
                Ok((known, None))
            }
            (Ok(answer), _) => Err(MediaError::NotThere(format!("its server answered {}", answer.status))),
            (Err(error), known) if error.is_transient() => {
                self.silent.note(host, SILENCE);
                let known = known.ok_or_else(|| MediaError::NotThere(error.to_string()))?;
                tracing::warn!(url, %error, "a picture's server does not answer; what it gave before is taken");
                Ok((known, None))
            }
            (Err(error), _) => Err(MediaError::NotThere(error.to_string())),
        }
    }

    async fn take(&self, url: &str, answer: &Answer) -> Result<Found, MediaError> {
        let (fit, bytes) = self.fit(answer.body.clone()).await?;
        let known = Known::of(&fit.sha256, fit.media_type, &answer.headers, Timestamp::now());
        if kept(self.store.put_picture(&fit.sha256, bytes.clone())).await.is_some() {
            kept(known.write(&self.store, url)).await;
        }
        let bytes = self.in_hand.put(&fit.sha256, bytes);
        Ok((known, Some(bytes)))
    }

    /// What a picture is by its own bytes, within bounds; off the runtime, since some have megabytes.
    async fn fit(&self, bytes: Bytes) -> Result<(Fit, Bytes), MediaError> {
        let (most, most_moving) = (self.settings.most_pixels, self.settings.most_moving_pixels);
        let looking = tokio::task::spawn_blocking(move || Fit::of(&bytes, most, most_moving).map(|fit| (fit, bytes)));
        looking.await.map_err(|error| MediaError::Unfit(error.to_string()))?
    }
}

/// What the store gives; nothing, and a warning, while it fails: pictures then come from their servers each time.
async fn kept<T>(asking: impl Future<Output = Result<T, StoreError>>) -> Option<T> {
    in_time(asking)
        .await
        .inspect_err(|error| tracing::warn!(%error, "pictures are not kept; `lianbo check` tells more"))
        .ok()
}

/// A picture that may be passed on.
struct Fit {
    media_type: MediaType,
    sha256: String,
}

impl Fit {
    /// A small file may unpack to gigabytes in a partner's thumbnailer.
    fn of(bytes: &[u8], most_pixels: usize, most_moving: usize) -> Result<Self, MediaError> {
        let unfit = |why: String| MediaError::Unfit(why);
        let media_type =
            MediaType::of(bytes).ok_or_else(|| unfit("it is neither JPEG, PNG, GIF nor WebP".to_owned()))?;
        let size = imagesize::blob_size(bytes).map_err(|error| unfit(format!("it is damaged: {error}")))?;
        let pixels = size.width.saturating_mul(size.height);
        if pixels == 0 || pixels > most_pixels {
            return Err(unfit(format!("it has {} × {} pixels, {most_pixels} are taken", size.width, size.height)));
        }
        let frames = frames::frames(media_type, bytes);
        if frames > 1 && pixels.saturating_mul(frames) > most_moving {
            let told = format!("it moves, {frames} frames of {} × {}", size.width, size.height);
            return Err(unfit(format!("{told} pixels, {most_moving} are taken in all")));
        }
        Ok(Self { media_type, sha256: HEXLOWER.encode(&Sha256::digest(bytes)) })
    }
}

#[cfg(test)]
mod tests;
