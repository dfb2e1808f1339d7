//! The object store: a folder of this machine, or a bucket of any store that speaks S3, which several nodes share.
//! `pictures/<sha256>` are bytes, `addresses/<sha256 of the address>` what is remembered of an address.

use std::path::Path as Folder;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use data_encoding::HEXLOWER;
use futures_util::TryStreamExt;
use jiff::Timestamp;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutPayload};
use sha2::{Digest, Sha256};
use url::Url;

const PICTURES: &str = "pictures";
const ADDRESSES: &str = "addresses";
/// What is put there to see whether it works.
const CHECK: &[u8] = b"lianbo";
/// How long it may take over one object.
const PATIENCE: Duration = Duration::from_secs(3);

/// The store failed, or its address is not one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the media store: {0}; see `media.store` in the settings")]
pub struct StoreError(pub(super) String);

impl From<Error> for StoreError {
    fn from(error: Error) -> Self {
        Self(error.to_string())
    }
}

/// Where pictures are kept.
#[derive(Debug, Clone)]
pub struct Store {
    objects: Arc<dyn ObjectStore>,
}

impl Store {
    /// In memory, gone with the process.
    pub fn in_memory() -> Self {
        Self { objects: Arc::new(InMemory::new()) }
    }

    /// In a folder, which is made.
    ///
    /// # Errors
    /// It cannot be made or written.
    pub fn in_folder(folder: &Folder) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|error| StoreError(format!("`{}`: {error}", folder.display())))?;
        Ok(Self { objects: Arc::new(LocalFileSystem::new_with_prefix(folder)?) })
    }

    /// As the setting names it: `s3://bucket/prefix`, else a folder. Key, secret, region and endpoint of an S3 store come
    /// from the environment, under the names that every S3 tool reads (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
    /// `AWS_REGION`, `AWS_ENDPOINT`, `AWS_ALLOW_HTTP`).
    ///
    /// # Errors
    /// The address is none, or the folder cannot be made.
    pub fn open(named: &str) -> Result<Self, StoreError> {
        if !named.starts_with("s3://") {
            return Self::in_folder(Folder::new(named));
        }
        let url = Url::parse(named).map_err(|error| StoreError(format!("`{named}` is no address: {error}")))?;
        let bucket = url.host_str().ok_or_else(|| StoreError(format!("`{named}` names no bucket")))?;
        crate::http::choose_tls();
        let bucket = AmazonS3Builder::from_env().with_bucket_name(bucket).build()?;
        let prefix = Path::from_url_path(url.path()).map_err(|error| StoreError(error.to_string()))?;
        Ok(Self { objects: Arc::new(PrefixStore::new(bucket, prefix)) })
    }

    /// Whether all that is asked of it can be done: to write, to give back, to say that something is not there, to list
    /// and to delete.
    ///
    /// # Errors
    /// Why not.
    pub async fn check(&self) -> Result<(), StoreError> {
        let (place, nothing) = (Path::from("check"), Path::from("check-nothing"));
        let checking = async {
            self.objects.put(&place, PutPayload::from_static(CHECK)).await?;
            if self.objects.get(&place).await?.bytes().await? != CHECK {
                return Err(StoreError("it does not give back what it was given".to_owned()));
            }
            match self.objects.get(&nothing).await {
                Err(Error::NotFound { .. }) => {}
                Err(error) => return Err(StoreError(format!("it does not say what is not there: {error}"))),
                Ok(_) => return Err(StoreError("it has what was never put there".to_owned())),
            }
            self.objects.list(None).try_next().await?;
            Ok(self.objects.delete(&place).await?)
        };
        in_time(checking).await
    }

    pub(super) async fn picture(&self, sha256: &str) -> Result<Option<Bytes>, StoreError> {
        self.get(&Path::from_iter([PICTURES, sha256])).await
    }

    /// The same picture from another address is there already.
    pub(super) async fn put_picture(&self, sha256: &str, bytes: Bytes) -> Result<(), StoreError> {
        let place = Path::from_iter([PICTURES, sha256]);
        match self.objects.head(&place).await {
            Ok(there) if there.size == bytes.len() as u64 => Ok(()),
            Ok(_) | Err(Error::NotFound { .. }) => Ok(self.objects.put(&place, bytes.into()).await.map(drop)?),
            Err(error) => Err(error.into()),
        }
    }

    /// Drops a picture; one that is not there is dropped already.
    pub(super) async fn drop_picture(&self, sha256: &str) -> Result<(), StoreError> {
        match self.objects.delete(&Path::from_iter([PICTURES, sha256])).await {
            Ok(()) | Err(Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) async fn address(&self, url: &str) -> Result<Option<Bytes>, StoreError> {
        self.get(&place_of(url)).await
    }

    pub(super) async fn put_address(&self, url: &str, known: Bytes) -> Result<(), StoreError> {
        Ok(self.objects.put(&place_of(url), known.into()).await.map(drop)?)
    }

    /// Drops every object last written before `horizon`; returns how many.
    pub(super) async fn drop_before(&self, horizon: Timestamp) -> Result<usize, StoreError> {
        let mut dropped = 0;
        for folder in [ADDRESSES, PICTURES] {
            let mut objects = self.objects.list(Some(&Path::from(folder)));
            while let Some(object) = objects.try_next().await? {
                if object.last_modified.timestamp() < horizon.as_second() {
                    match self.objects.delete(&object.location).await {
                        Ok(()) => dropped += 1,
                        // Another node was faster.
                        Err(Error::NotFound { .. }) => {}
                        Err(error) => return Err(error.into()),
                    }
                }
            }
        }
        Ok(dropped)
    }

    async fn get(&self, place: &Path) -> Result<Option<Bytes>, StoreError> {
        match self.objects.get(place).await {
            Ok(found) => Ok(Some(found.bytes().await?)),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// A store that does not answer is as good as none; the client would ask it again for minutes.
pub(super) async fn in_time<T>(asking: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let late = |_| StoreError(format!("it does not answer within {} s", PATIENCE.as_secs()));
    tokio::time::timeout(PATIENCE, asking).await.map_err(late)?
}

fn place_of(url: &str) -> Path {
    Path::from_iter([ADDRESSES, HEXLOWER.encode(&Sha256::digest(url)).as_str()])
}
