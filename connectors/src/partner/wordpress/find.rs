//! Looking for an article's post before making one.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::api::Api;
use super::post::Post;
use super::refusal::is_not_there;
use crate::partner::Held;
use crate::partner::name::Name;
use crate::partner::refusal::ApiError;

/// The slugs its post may have: WordPress adds a number to one that is taken, and `__trashed` to one in the trash.
fn slugs(name: &Name) -> Vec<String> {
    let numbered = ["", "-2", "-3", "-4"].map(|number| format!("{}{number}", name.slug));
    let trashed = numbered.iter().map(|slug| format!("{slug}__trashed"));
    let trashed_twice = format!("{}__trashed-2", name.slug);
    trashed.chain([trashed_twice]).chain(numbered.iter().cloned()).collect()
}

fn is_of(name: &Name, post: &Post) -> bool {
    post.slug.starts_with(&name.slug) || post.external_id() == Some(&name.uri) || post.text().contains(&name.mark())
}

/// What was found of an article.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Its post, wherever it is now, the trash included.
    pub(super) post: Option<Post>,
    /// Further posts of it that readers see: made by a request that was thought lost.
    pub(super) twins: Vec<Post>,
}

/// The article's post and its twins.
pub(super) async fn one(api: &Api, name: &Name, held: Option<&Held>) -> Result<Found, ApiError> {
    let mut posts = by_slug(api, name).await?;
    let id = held.and_then(|held| held.remote.id.parse().ok());
    let post = match id.and_then(|id| posts.iter().position(|post| post.id == id)) {
        Some(known) => Some(posts.remove(known)),
        None => match known(api, name, id).await? {
            Some(post) => Some(post),
            None if posts.is_empty() => by_uri(api, name).await?.into_iter().next(),
            None => Some(posts.remove(0)),
        },
    };
    posts.retain(Post::is_shown);
    Ok(Found { post, twins: posts })
}

/// Every post of the article: a kill misses none.
pub(super) async fn all(api: &Api, name: &Name, held: Option<&Held>) -> Result<Vec<Post>, ApiError> {
    let mut posts = by_slug(api, name).await?;
    posts.extend(known(api, name, held.and_then(|held| held.remote.id.parse().ok())).await?);
    posts.extend(by_uri(api, name).await?);
    posts.sort_by_key(|post| post.id);
    posts.dedup_by_key(|post| post.id);
    Ok(posts)
}

/// The post of this id.
pub(super) async fn by_id(api: &Api, id: u64) -> Result<Option<Post>, ApiError> {
    match api.get(&format!("/wp/v2/posts/{id}?context=edit&{}", Post::FIELDS)).await {
        Err(ApiError::Refused(refusal)) if is_not_there(&refusal) => Ok(None),
        outcome => outcome.map(Some),
    }
}

/// Posts with the article's slug, those not in the trash first, then the oldest.
pub(super) async fn by_slug(api: &Api, name: &Name) -> Result<Vec<Post>, ApiError> {
    let slugs = slugs(name);
    let mut posts = search(api, &format!("slug={}&{}", slugs.join(","), Post::FIELDS)).await?;
    posts.retain(|post| slugs.contains(&post.slug));
    posts.sort_by_key(|post| (post.status == "trash", post.id));
    Ok(posts)
}

/// Where the ledger says it is, if that post is the article's: a site set up anew gives old ids to other posts.
async fn known(api: &Api, name: &Name, id: Option<u64>) -> Result<Option<Post>, ApiError> {
    let Some(id) = id else { return Ok(None) };
    Ok(by_id(api, id).await?.filter(|post| is_of(name, post)))
}

/// Posts the bridge plugin knows by the article's uri. Without the plugin WordPress does not know the filter and
/// answers with its newest posts, so each is looked at, without its text.
async fn by_uri(api: &Api, name: &Name) -> Result<Vec<Post>, ApiError> {
    let uri = utf8_percent_encode(&name.uri, NON_ALPHANUMERIC);
    let mut known = search(api, &format!("synd_external_id={uri}&_fields=id,status,meta")).await?;
    known.retain(|post| post.external_id() == Some(&name.uri));
    known.sort_by_key(|post| (post.status == "trash", post.id));
    let mut posts = Vec::new();
    for post in known {
        posts.extend(by_id(api, post.id).await?);
    }
    Ok(posts)
}

async fn search(api: &Api, filter: &str) -> Result<Vec<Post>, ApiError> {
    api.get(&format!("/wp/v2/posts?{filter}&status=any,trash&context=edit&per_page=20")).await
}
