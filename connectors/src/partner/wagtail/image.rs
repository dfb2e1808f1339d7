//! Wagtail's library of images, by the Write API.

use reqwest::Method;
use serde::Deserialize;

use crate::partner::bearer::Bearer;
use crate::partner::form::with_form;
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

#[derive(Deserialize)]
struct Image {
    id: u64,
    #[serde(default)]
    title: String,
}

/// Images are looked for by their titles alone, so our name stands there behind the words.
impl Shelf for Images<'_> {
    type Id = u64;

    async fn find(&self, picture: &Picture) -> Result<Option<u64>, ApiError> {
        let name = &picture.name;
        let listed: Listed = self.api.get(&format!("{}/images/?search={name}&limit=20", self.write_api)).await?;
        let ours = listed.items.into_iter().filter(|image| image.title.contains(name.as_str()));
        Ok(ours.map(|image| image.id).min())
    }

    async fn store(&self, upload: &Upload<'_>) -> Result<u64, ApiError> {
        let words: String = upload.picture.alt.chars().take(WORDS).collect();
        let title = format!("{words} [{}]", upload.picture.name);
        let request = self.api.request(Method::POST, &format!("{}/images/", self.write_api));
        let image: Image = self.api.read(with_form(request, &[("title", &title)], "file", upload)).await?;
        Ok(image.id)
    }
}
