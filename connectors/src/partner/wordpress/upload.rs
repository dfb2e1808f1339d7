//! Uploading a picture: one form with the file and the words about it, so that neither comes without the other.
//! <https://developer.wordpress.org/rest-api/reference/media/>

use bytes::Bytes;
use data_encoding::HEXLOWER;
use md5::{Digest, Md5};
use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use serde::Deserialize;

use super::api::Api;
use crate::format::markup::escaped;
use crate::partner::form::with_form;
use crate::partner::hosted::Showing;
use crate::partner::picture::{Picture, Shelf, Upload};
use crate::partner::refusal::ApiError;

/// A picture of the site's library.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Media {
    pub(super) id: u64,
    #[serde(default)]
    slug: String,
    #[serde(default)]
    media_type: String,
    #[serde(default)]
    source_url: String,
}

impl Shelf for Api {
    type Id = Media;

    async fn find(&self, picture: &Picture) -> Result<Option<Media>, ApiError> {
        let name = &picture.name;
        let route = format!("/wp/v2/media?slug={name}&_fields=id,slug,media_type,source_url");
        let media: Vec<Media> = self.get(&route).await?;
        let whole = |media: &Media| media.slug == *name && media.media_type == "image" && !media.source_url.is_empty();
        Ok(media.into_iter().find(whole))
    }

    async fn store(&self, upload: &Upload<'_>) -> Result<Media, ApiError> {
        let digest = md5(upload.bytes.clone()).await;
        let fields = [
            ("slug", upload.picture.name.as_str()),
            ("title", &escaped(&upload.picture.alt)),
            ("alt_text", &upload.picture.alt),
            ("caption", &escaped(&upload.picture.caption)),
        ];
        let request = with_form(self.request(Method::POST, "/wp/v2/media"), &fields, "file", upload);
        // WordPress refuses an upload whose MD5 is another.
        self.read(request.header(HeaderName::from_static("content-md5"), digest)).await
    }
}

impl Showing for Api {
    fn address(&self, picture: &Media) -> Option<String> {
        Some(picture.source_url.clone()).filter(|address| !address.is_empty())
    }
}

/// In hexadecimal digits; off the runtime, since some pictures have megabytes.
async fn md5(bytes: Bytes) -> HeaderValue {
    let digest = tokio::task::spawn_blocking(move || HEXLOWER.encode(&Md5::digest(&bytes)));
    HeaderValue::from_str(&digest.await.expect("a digest is always found")).expect("its digits are a header value")
}
