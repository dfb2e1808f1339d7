//! Wagtail's library of images, by the Write API.

use reqwest::Method;
use serde::Deserialize;

use crate::partner::bearer::Bearer;
use crate::partner::form::with_form;
use crate::partner::hosted::Showing;
use crate::partner::picture::{Picture, Shelf, Upload};
use crate::partner::refusal::ApiError;

/// Characters of the words in an image's title; Wagtail keeps 255, and our name of the picture stands there too.
const WORDS: usize = 200;

/// The images of one site.
pub(super) struct Images<'a> {
    pub(super) api: &'a Bearer,
    /// Where the Write API is.
    pub(super) write_api: &'a str,
}

#[derive(Deserialize)]
struct Listed {
    items: Vec<Image>,
}

/// An image of the site.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Image {
    pub(super) id: u64,
    #[serde(default)]
    title: String,
    #[serde(default)]
    file_url: String,
}

/// Images are looked for by their titles alone, so our name stands there behind the words.
impl Shelf for Images<'_> {
    type Id = Image;

    async fn find(&self, picture: &Picture) -> Result<Option<Image>, ApiError> {
        let name = &picture.name;
        let listed: Listed = self.api.get(&format!("{}/images/?search={name}&limit=20", self.write_api)).await?;
        let ours = listed.items.into_iter().filter(|image| image.title.contains(name.as_str()));
        Ok(ours.min_by_key(|image| image.id))
    }

    async fn store(&self, upload: &Upload<'_>) -> Result<Image, ApiError> {
        let words: String = upload.picture.alt.chars().take(WORDS).collect();
        let title = format!("{words} [{}]", upload.picture.name);
        let request = self.api.request(Method::POST, &format!("{}/images/", self.write_api));
        self.api.read(with_form(request, &[("title", &title)], "file", upload)).await
    }
}

impl Showing for Images<'_> {
    /// A site that serves its own files gives the address without its name.
    fn address(&self, picture: &Image) -> Option<String> {
        match picture.file_url.as_str() {
            "" => None,
            path if path.starts_with('/') && !path.starts_with("//") => Some(self.api.address(path)),
            address => Some(address.to_owned()),
        }
    }
}
