//! An article's pictures: looked for by their content, uploaded once. A picture that cannot be had does not stop its
//! article.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use lianbo_schemas::ArticleUri;
use lianbo_schemas::ninjs::Association;
use serde::Deserialize;

use super::refusal::ApiError;
use super::{Failure, Outgoing};
use crate::http::is_web;
use crate::media::{Media, MediaError, MediaType};

/// Hexadecimal digits of its digest that name a picture at a partner: 64 bits.
const NAME: usize = 16;

/// Remembered pictures at most; beyond it all are forgotten, which costs a look each.
const REMEMBERED: usize = 1_000;

/// Pictures looked for and uploaded at once. Two articles with the same picture share a lane, so it is uploaded once.
const LANES: usize = 16;

/// Which pictures go out with their article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum WantedPictures {
    /// The first one in front, and those of the text.
    All,
    /// The first one, in front.
    Featured,
    None,
}

/// A picture as a partner is to know it.
pub(super) struct Picture {
    pub(super) media_type: MediaType,
    /// Made of its content.
    pub(super) name: String,
    pub(super) alt: String,
    pub(super) caption: String,
}

impl Picture {
    /// Its name and the extension of its type.
    pub(super) fn file_name(&self) -> String {
        format!("{}.{}", self.name, self.media_type.extension)
    }
}

/// A picture to upload.
pub(super) struct Upload<'a> {
    pub(super) picture: &'a Picture,
    pub(super) bytes: Bytes,
}

/// What is said about a picture, and in which article.
pub(super) struct Words<'a> {
    pub(super) alt: String,
    pub(super) caption: String,
    pub(super) article: &'a ArticleUri,
}

/// Where a partner keeps pictures.
pub(super) trait Shelf: Sync {
    /// By what an article names a picture there.
    type Id: Clone + Send + Sync;

    /// The picture of this content, if it is there.
    fn find(&self, picture: &Picture) -> impl Future<Output = Result<Option<Self::Id>, ApiError>> + Send;

    /// Uploads it.
    fn store(&self, upload: &Upload<'_>) -> impl Future<Output = Result<Self::Id, ApiError>> + Send;
}

/// What to say about the featured image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Featured<Id> {
    /// This one.
    Media(Id),
    /// The article has none, or may have none any more.
    Nothing,
    /// It could not be had now: what stands there stays.
    AsItIs,
}

impl<Id> Featured<Id> {
    pub(super) fn map<Other>(self, named: impl FnOnce(Id) -> Other) -> Featured<Other> {
        match self {
            Self::Media(id) => Featured::Media(named(id)),
            Self::Nothing => Featured::Nothing,
            Self::AsItIs => Featured::AsItIs,
        }
    }
}

/// Pictures brought to one partner, by what they are called there.
#[derive(Debug)]
pub(super) struct Pictures<Id> {
    media: Media,
    known: Mutex<HashMap<String, Id>>,
    lanes: [tokio::sync::Mutex<()>; LANES],
}

impl<Id: Clone + Send + Sync> Pictures<Id> {
    pub(super) fn new(media: Media) -> Self {
        Self { media, known: Mutex::default(), lanes: std::array::from_fn(|_| tokio::sync::Mutex::default()) }
    }

    /// Brings the article's first picture. The partner's being down or refusing us is a failure; all else is not.
    pub(super) async fn featured(
        &self,
        shelf: &impl Shelf<Id = Id>,
        wanted: WantedPictures,
        article: &Outgoing,
    ) -> Result<Featured<Id>, Failure> {
        let first = first_of(article).filter(|_| wanted != WantedPictures::None);
        let Some((picture, url)) = first else { return Ok(Featured::Nothing) };
        let words =
            Words { alt: alt_of(picture, article), caption: caption_of(picture, article), article: &article.uri };
        Ok(self.bring(shelf, url, words).await?.map_or(Featured::AsItIs, Featured::Media))
    }

    /// Brings the picture at `url`; `None`, and a warning, where it cannot be had.
    pub(super) async fn bring(
        &self,
        shelf: &impl Shelf<Id = Id>,
        url: &str,
        words: Words<'_>,
    ) -> Result<Option<Id>, Failure> {
        let uri = words.article;
        let without = |why: &str| {
            tracing::warn!(article.uri = %uri, "the article goes out without a picture of its own: {why}");
            Ok(None)
        };
        let trouble = match self.bring_once(shelf, url, &words).await {
            Ok(media) => return Ok(Some(media)),
            Err(trouble) => trouble,
        };
        match trouble {
            Trouble::Media(error) => without(&error.to_string()),
            Trouble::Partner(ApiError::Refused(refusal)) if !refusal.must_stop() => {
                without(&refusal.failure.to_string())
            }
            Trouble::Partner(error) => Err(error.into()),
        }
    }

    /// Media may have been deleted there: look for all again.
    pub(super) fn forget(&self) {
        self.known().clear();
    }

    async fn bring_once(&self, shelf: &impl Shelf<Id = Id>, url: &str, words: &Words<'_>) -> Result<Id, Trouble> {
        let kept = self.media.at(url).await?;
        let picture = Picture {
            name: format!("lianbo-{}", &kept.sha256[..NAME]),
            media_type: kept.media_type,
            alt: words.alt.clone(),
            caption: words.caption.clone(),
        };
        let lane = usize::from(picture.name.bytes().last().unwrap_or_default()) % LANES;
        let _turn = self.lanes[lane].lock().await;
        let known = self.known().get(&picture.name).cloned();
        if let Some(media) = known {
            return Ok(media);
        }
        let media = match shelf.find(&picture).await? {
            Some(media) => media,
            None => upload(shelf, &Upload { bytes: kept.bytes().await?, picture: &picture }).await?,
        };
        let mut known = self.known();
        if known.len() >= REMEMBERED {
            known.clear();
        }
        known.insert(picture.name, media.clone());
        Ok(media)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, HashMap<String, Id>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a picture does not come.
enum Trouble {
    /// It is not to be had.
    Media(MediaError),
    /// The partner does not take it.
    Partner(ApiError),
}

impl From<MediaError> for Trouble {
    fn from(error: MediaError) -> Self {
        Self::Media(error)
    }
}

impl From<ApiError> for Trouble {
    fn from(error: ApiError) -> Self {
        Self::Partner(error)
    }
}

async fn upload<S: Shelf>(shelf: &S, upload: &Upload<'_>) -> Result<S::Id, ApiError> {
    match shelf.store(upload).await {
        // A server may fail while it makes thumbnails, after it has kept the picture.
        Err(ApiError::Refused(refusal)) if refusal.status.is_server_error() => {
            shelf.find(upload.picture).await?.ok_or(ApiError::Refused(refusal))
        }
        outcome => outcome,
    }
}

/// The article's first picture, and where it is.
pub(super) fn first_of(article: &Outgoing) -> Option<(&Association, &str)> {
    article.news.pictures().find_map(|picture| Some((picture, web_address(picture)?)))
}

/// The caption, and who took it, of the picture that the article has at `address`.
pub(super) fn caption_at(article: &Outgoing, address: &str) -> Option<String> {
    let picture = article.news.pictures().find(|picture| web_address(picture) == Some(address))?;
    Some(caption_of(picture, article))
}

/// The words that the first picture is shown with: for those who cannot see it, and below it.
pub(super) fn words_of(article: &Outgoing) -> Option<(String, String)> {
    let (picture, _) = first_of(article)?;
    Some((alt_of(picture, article), caption_of(picture, article)))
}

/// The caption, and who took the picture, unless it says so itself: it goes out under that name or not at all.
fn caption_of(picture: &Association, article: &Outgoing) -> String {
    let caption = picture.caption().unwrap_or_default().trim();
    let by = picture.by.as_deref().unwrap_or_default().trim();
    if by.is_empty() || caption.contains(by) {
        return caption.to_owned();
    }
    let language = article.news.language.as_deref().unwrap_or("zh").to_ascii_lowercase();
    let (space, credit) =
        if language.starts_with("zh") { ("　", format!("摄影：{by}")) } else { (" ", format!("Photo: {by}")) };
    if caption.is_empty() { credit } else { format!("{caption}{space}{credit}") }
}

fn web_address(picture: &Association) -> Option<&str> {
    picture.href().filter(|address| is_web(address))
}

fn alt_of(picture: &Association, article: &Outgoing) -> String {
    let alt = picture.headlines.iter().find(|headline| headline.role.as_deref() == Some("alt"));
    let stated = alt.or(picture.headlines.first()).map(|headline| headline.value.as_str());
    stated.or(picture.caption()).unwrap_or_else(|| article.news.headline()).to_owned()
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::ninjs::{Association, Text};
    use lianbo_schemas::{ArticleUri, Content, NewsItem};

    use super::words_of;
    use crate::partner::Outgoing;

    fn caption(language: Option<&str>, caption: &str, by: Option<&str>) -> String {
        let uri = ArticleUri::new("tag:a.example,2026:article:x").unwrap();
        let mut news = NewsItem::new(uri.as_str());
        let mut picture = Association::picture("featured", "https://a.example/x.jpg");
        picture.descriptions = vec![Text::new("caption", "text/plain", caption)];
        picture.by = by.map(str::to_owned);
        (news.language, news.associations) = (language.map(str::to_owned), vec![picture]);
        let article = Outgoing {
            uri,
            version: 1,
            news,
            html: String::new(),
            attribution: String::new(),
            content: Content::Full,
            canonical_url: None,
            channels: Vec::new(),
            delivery_id: String::new(),
            traceparent: None,
            returned: None,
        };
        words_of(&article).unwrap().1
    }

    #[test]
    fn a_caption_names_the_photographer_once() {
        for language in [None, Some("zh-Hans")] {
            assert_eq!(caption(language, "公园一角", Some("赵某")), "公园一角　摄影：赵某");
        }
        assert_eq!(caption(Some("zh-Hans"), "公园一角。赵某 摄", Some("赵某")), "公园一角。赵某 摄");
        assert_eq!(caption(Some("zh-Hans"), "", Some(" 赵某 ")), "摄影：赵某");
        assert_eq!(caption(Some("en"), "In the park.", Some("A. Zhao")), "In the park. Photo: A. Zhao");
        assert_eq!(caption(Some("en"), "In the park.", None), "In the park.");
    }
}
