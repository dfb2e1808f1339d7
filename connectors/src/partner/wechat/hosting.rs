//! An article's pictures, made WeChat's own: the one in front and those of the text.

use std::collections::HashMap;

use serde_json::Value;

use super::api::Api;
use super::mark::Mark;
use super::picture::{Addresses, Library, Material, Texts};
use super::piece::Piece;
use super::text::Part;
use crate::media::Media;
use crate::partner::picture::{Pictures, Words};
use crate::partner::{Failure, Outgoing};

/// What has been brought to WeChat.
#[derive(Debug)]
pub(super) struct Hosting {
    covers: Pictures<Material>,
    pictures: Pictures<String>,
    addresses: Addresses,
}

impl Hosting {
    pub(super) fn new(media: &Media) -> Self {
        let (covers, pictures) = (Pictures::new(media.clone()), Pictures::new(media.clone()));
        Self { covers, pictures, addresses: Addresses::default() }
    }

    /// A cover may have been deleted from the library: look for all again.
    pub(super) fn forget(&self) {
        self.covers.forget();
    }

    /// Brings the pictures of `piece`, and gives what is to be written into a draft. `instead` is the operator's cover,
    /// for articles without a picture that WeChat takes.
    pub(super) async fn fields(
        &self,
        api: &Api,
        article: &Outgoing,
        piece: &Piece,
        mark: &Mark,
        instead: &str,
    ) -> Result<Value, Failure> {
        let library = Library { api };
        let shelf = Texts { api, addresses: &self.addresses };
        let mut hosted = HashMap::new();
        let mut own = None;
        if let Some(address) = &piece.cover
            && let Some(material) = self.covers.bring(&library, address, words(article)).await?
        {
            hosted.extend(Some(material.url).filter(|url| !url.is_empty()).map(|url| (address.clone(), url)));
            own = Some(material.media_id);
        }
        let cover = match own {
            Some(cover) => cover,
            None => self.instead(&library, article, instead).await?,
        };
        for part in &piece.parts {
            if let Part::Picture { address, .. } = part
                && !hosted.contains_key(address)
                && let Some(url) = self.pictures.bring(&shelf, address, words(article)).await?
            {
                hosted.insert(address.clone(), url);
            }
        }
        piece.draft(mark, &hosted, &cover)
    }

    async fn instead(&self, library: &Library<'_>, article: &Outgoing, cover: &str) -> Result<String, Failure> {
        let material = self.covers.bring(library, cover, words(article)).await?;
        let material = material.ok_or_else(|| {
            Failure::denied(format!("the cover `{cover}` cannot be had: check options.cover of the connector"))
        })?;
        Ok(material.media_id)
    }
}

fn words(article: &Outgoing) -> Words<'_> {
    Words { alt: String::new(), caption: String::new(), article: &article.uri }
}
