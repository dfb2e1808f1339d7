//! Uploading a picture. Ghost lists no pictures and keeps each upload anew. What shows a picture already is a post: its
//! address has our name of the picture in it.
//! <https://docs.ghost.org/admin-api/images/uploading-an-image>

use reqwest::Method;
use serde::Deserialize;
use url::Url;

use super::api::{Api, filter};
use crate::partner::Failure;
use crate::partner::form::with_form;
use crate::partner::hosted::{Showing, addresses_in};
use crate::partner::picture::{Picture, Shelf, Upload};
use crate::partner::refusal::ApiError;

#[derive(Deserialize)]
struct Posts {
    posts: Vec<Post>,
}

#[derive(Deserialize)]
struct Post {
    url: String,
    feature_image: Option<String>,
    html: Option<String>,
}

impl Post {
    /// Where it shows the picture of this name. In the text it may be one of another site.
    fn shows(self, name: &str) -> Option<String> {
        let host = |address: &str| Url::parse(address).ok()?.host_str().map(str::to_owned);
        let own = host(&self.url);
        let front = self.feature_image.filter(|address| address.contains(name));
        let mut text = addresses_in(self.html.as_deref().unwrap_or_default()).into_iter();
        front.or_else(|| text.find(|address| address.contains(name) && host(address) == own))
    }
}

impl Shelf for Api {
    type Id = String;

    async fn find(&self, picture: &Picture) -> Result<Option<String>, ApiError> {
        let name = &picture.name;
        let shown = filter(&format!("feature_image:~'{name}',html:~'{name}'"));
        let found: Posts =
            self.get(&format!("posts/?{shown}&fields=url,feature_image,html&formats=html&limit=3")).await?;
        Ok(found.posts.into_iter().find_map(|post| post.shows(name)))
    }

    async fn store(&self, upload: &Upload<'_>) -> Result<String, ApiError> {
        #[derive(Deserialize)]
        struct Uploaded {
            images: Vec<Image>,
        }
        #[derive(Deserialize)]
        struct Image {
            url: String,
        }
        let fields = [("purpose", "image"), ("ref", upload.picture.name.as_str())];
        let request = with_form(self.request(Method::POST, "images/upload/"), &fields, "file", upload);
        let uploaded: Uploaded = self.read(request).await?;
        let image = uploaded.images.into_iter().next();
        image
            .map(|image| image.url)
            .ok_or_else(|| ApiError::Failed(Failure::transient("Ghost answered without the address of the picture")))
    }
}

impl Showing for Api {
    fn address(&self, picture: &String) -> Option<String> {
        Some(picture.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::Post;

    #[test]
    fn a_picture_of_the_same_name_at_another_site_is_not_the_sites_own() {
        let post = |front: Option<&str>, text: &str| Post {
            url: "https://a.example/1/".to_owned(),
            feature_image: front.map(str::to_owned),
            html: Some(format!("<p><img src=\"{text}\"></p>")),
        };
        let shows = |front, text| post(front, text).shows("lianbo-12");
        assert_eq!(shows(None, "https://a.example/x/lianbo-12.png").unwrap(), "https://a.example/x/lianbo-12.png");
        assert_eq!(shows(None, "https://b.example/x/lianbo-12.png"), None);
        assert_eq!(shows(None, "https://a.example/x/lianbo-13.png"), None);
        assert_eq!(shows(Some("https://cdn.example/lianbo-12.png"), "").unwrap(), "https://cdn.example/lianbo-12.png");
    }
}
