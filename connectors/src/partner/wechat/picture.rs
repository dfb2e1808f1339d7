//! Pictures become WeChat's own: the cover a picture of the account's library, those of the text uploaded beside it.
//! <https://developers.weixin.qq.com/doc/service/api/material/permanent/api_uploadimage>
//! <https://developers.weixin.qq.com/doc/service/api/material/permanent/api_addmaterial>

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::api::Api;
use crate::partner::Failure;
use crate::partner::picture::{Picture, Shelf, Upload};
use crate::partner::refusal::{ApiError, Refusal};

/// WeChat's bounds: a picture of a text, in bytes (larger ones must go to the library), and one of the library.
const TEXT_BYTES: usize = 1_000_000;
const LIBRARY_BYTES: usize = 10_000_000;

/// Pictures looked through in the library, newest first; WeChat has no search. One that lies deeper is uploaded again,
/// which takes one of 100,000 places.
const LOOK_BACK: usize = 100;

/// What WeChat gives at once at most.
const PAGE: usize = 20;

/// Pictures of texts remembered at most; beyond it all are forgotten, which costs an upload each.
const REMEMBERED: usize = 1_000;

/// A picture of the library.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Material {
    pub(super) media_id: String,
    pub(super) url: String,
    name: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Materials {
    total_count: usize,
    item: Vec<Material>,
}

/// The account's library.
pub(super) struct Library<'a> {
    pub(super) api: &'a Api,
}

impl Shelf for Library<'_> {
    type Id = Material;

    async fn find(&self, picture: &Picture) -> Result<Option<Material>, ApiError> {
        let name = picture.file_name();
        let mut seen = 0;
        while seen < LOOK_BACK {
            let asked: Value = json!({"type": "image", "offset": seen, "count": PAGE});
            let page: Materials = self.api.post("material/batchget_material", &asked).await?;
            seen += page.item.len();
            let is_last = page.item.is_empty() || seen >= page.total_count;
            if let Some(material) = page.item.into_iter().find(|material| material.name == name) {
                return Ok(Some(material));
            }
            if is_last {
                break;
            }
        }
        Ok(None)
    }

    async fn store(&self, upload: &Upload<'_>) -> Result<Material, ApiError> {
        if upload.picture.media_type.extension == "webp" || upload.bytes.len() > LIBRARY_BYTES {
            return Err(unfit(upload));
        }
        self.api.upload("material/add_material?type=image", upload).await
    }
}

/// The addresses of text pictures by their names: WeChat keeps no list of them.
#[derive(Debug, Default)]
pub(super) struct Addresses(Mutex<HashMap<String, String>>);

impl Addresses {
    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where pictures of texts go.
pub(super) struct Texts<'a> {
    pub(super) api: &'a Api,
    pub(super) addresses: &'a Addresses,
}

#[derive(Deserialize)]
struct Uploaded {
    url: String,
}

impl Shelf for Texts<'_> {
    type Id = String;

    async fn find(&self, picture: &Picture) -> Result<Option<String>, ApiError> {
        Ok(self.addresses.known().get(&picture.name).cloned())
    }

    async fn store(&self, upload: &Upload<'_>) -> Result<String, ApiError> {
        let Upload { picture, bytes } = upload;
        let is_plain = matches!(picture.media_type.extension, "jpg" | "png") && bytes.len() < TEXT_BYTES;
        let url = if is_plain {
            self.api.upload::<Uploaded>("media/uploadimg", upload).await?.url
        } else {
            let library = Library { api: self.api };
            match library.find(picture).await? {
                Some(material) => material.url,
                None => library.store(upload).await?.url,
            }
        };
        let mut known = self.addresses.known();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(picture.name.clone(), url.clone());
        Ok(url)
    }
}

fn unfit(upload: &Upload<'_>) -> ApiError {
    let (kind, bytes) = (upload.picture.media_type.essence, upload.bytes.len());
    let reason = format!("WeChat takes JPEG, PNG and GIF up to {LIBRARY_BYTES} bytes, and this is {kind} of {bytes}");
    ApiError::Refused(Box::new(Refusal {
        status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
        code: String::new(),
        told: Value::Null,
        failure: Failure::rejected(reason),
    }))
}
