//! Directus' library of files.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use crate::partner::bearer::Bearer;
use crate::partner::form::with_form;
use crate::partner::picture::{Picture, Shelf, Upload};
use crate::partner::refusal::ApiError;

/// The files of one Directus.
pub(super) struct Files<'a> {
    pub(super) api: &'a Bearer,
}

#[derive(Deserialize)]
struct Data<T> {
    data: T,
}

#[derive(Deserialize)]
struct File {
    id: String,
}

impl Shelf for Files<'_> {
    type Id = String;

    async fn find(&self, picture: &Picture) -> Result<Option<String>, ApiError> {
        let filter = json!({"filename_download": {"_eq": picture.file_name()}}).to_string();
        let filter = utf8_percent_encode(&filter, NON_ALPHANUMERIC);
        let route = format!("/files?filter={filter}&fields=id&sort=uploaded_on&limit=1");
        let found: Data<Vec<File>> = self.api.get(&route).await?;
        Ok(found.data.into_iter().next().map(|file| file.id))
    }

    async fn store(&self, upload: &Upload<'_>) -> Result<String, ApiError> {
        let file_name = upload.picture.file_name();
        let fields = [
            ("title", upload.picture.alt.as_str()),
            ("description", &upload.picture.caption),
            ("filename_download", &file_name),
        ];
        let request = with_form(self.api.request(Method::POST, "/files?fields=id"), &fields, "file", upload);
        let stored: Data<File> = self.api.read(request).await?;
        Ok(stored.data.id)
    }
}
