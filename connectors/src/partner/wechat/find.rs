//! Looking for what an account has of an article: WeChat has no search, so its newest drafts and publications are looked
//! through for the article's mark.

use serde::Deserialize;
use serde_json::{Value, json};

use super::api::Api;
use super::mark::digest_in;
use super::place::Place;
use super::refusal::{NO_ARTICLE, NO_MEDIA, is};
use crate::format::markup::plain;
use crate::partner::digest::standing;
use crate::partner::name::Name;
use crate::partner::refusal::ApiError;

/// What WeChat gives at once at most.
const PAGE: usize = 20;

/// One article of a draft or a publication.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct News {
    pub(super) title: String,
    pub(super) content: String,
    content_source_url: String,
    /// Where readers see it.
    pub(super) url: String,
    is_deleted: bool,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Entry {
    #[serde(alias = "article_id", alias = "media_id")]
    id: String,
    content: Items,
    update_time: i64,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Items {
    news_item: Vec<News>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Page {
    total_count: usize,
    item: Vec<Entry>,
}

/// The article, where it stands.
#[derive(Debug)]
pub(super) struct Standing {
    /// The draft's or the publication's.
    pub(super) id: String,
    /// Its place among the articles of a publication, from 0.
    pub(super) index: usize,
    pub(super) news: News,
    /// What was sent, by its mark.
    pub(super) digest: String,
}

impl Standing {
    /// A hash of what stands there, to notice what an editor changes: of the words alone, as WeChat writes markup anew.
    pub(super) fn hash(&self) -> String {
        standing(self.news.title.trim(), &plain(&self.news.content))
    }
}

/// What the account has of an article, newest first.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) published: Vec<Standing>,
    pub(super) drafts: Vec<Standing>,
}

/// Everything with the article's mark among the newest `look_back`, and what `held` tells of, however old.
pub(super) async fn look(api: &Api, name: &Name, held: Option<&Place>, look_back: usize) -> Result<Found, ApiError> {
    let mut found = Found {
        drafts: listed(api, "draft/batchget", name, look_back).await?,
        published: listed(api, "freepublish/batchget", name, look_back).await?,
    };
    match held {
        Some(Place::Published { id, .. }) if found.published.iter().all(|standing| standing.id != *id) => {
            found.published.extend(publication(api, id, name).await?);
        }
        Some(Place::Draft { id }) if found.drafts.iter().all(|standing| standing.id != *id) => {
            found.drafts.extend(draft(api, id, name).await?);
        }
        Some(_) | None => {}
    }
    Ok(found)
}

/// The articles of a publication that are this one and are not deleted.
pub(super) async fn publication(api: &Api, id: &str, name: &Name) -> Result<Vec<Standing>, ApiError> {
    match api.post::<Items>("freepublish/getarticle", &json!({"article_id": id})).await {
        Ok(items) => Ok(marked(id, items, name).collect()),
        Err(error) if is(&error, NO_ARTICLE) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// The article in a draft.
pub(super) async fn draft(api: &Api, id: &str, name: &Name) -> Result<Vec<Standing>, ApiError> {
    match api.post::<Items>("draft/get", &json!({"media_id": id})).await {
        Ok(items) => Ok(marked(id, items, name).collect()),
        Err(error) if is(&error, NO_MEDIA) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

async fn listed(api: &Api, route: &str, name: &Name, look_back: usize) -> Result<Vec<Standing>, ApiError> {
    let mut entries = Vec::new();
    while entries.len() < look_back {
        let asked: Value = json!({"offset": entries.len(), "count": PAGE, "no_content": 0});
        let page: Page = api.post(route, &asked).await?;
        let is_last = page.item.is_empty() || entries.len() + page.item.len() >= page.total_count;
        entries.extend(page.item);
        if is_last {
            break;
        }
    }
    // Ids break ties, so that all who look name the same one first.
    entries.sort_by(|one, other| (other.update_time, &other.id).cmp(&(one.update_time, &one.id)));
    let standings = entries.into_iter().flat_map(|entry| marked(&entry.id, entry.content, name).collect::<Vec<_>>());
    Ok(standings.collect())
}

fn marked(id: &str, items: Items, name: &Name) -> impl Iterator<Item = Standing> {
    let items = items.news_item.into_iter().enumerate().filter(|(_, news)| !news.is_deleted);
    items.filter_map(move |(index, news)| {
        let digest = digest_in(&news.content_source_url, name).or_else(|| digest_in(&news.content, name))?;
        Some(Standing { id: id.to_owned(), index, news, digest })
    })
}
