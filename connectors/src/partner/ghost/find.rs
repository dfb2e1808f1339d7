//! Looking for an article's post before making one.

use super::api::{Api, filter};
use super::post::{Post, Posts};
use super::tag;
use crate::partner::Held;
use crate::partner::name::Name;
use crate::partner::refusal::ApiError;

/// Every post of the article, the ledger's first, then the oldest: by its own tag, by its slug, with the number Ghost
/// gives to one that is taken, and by the id in the ledger. Ghost gives an id to one post only, on whatever site.
pub(super) async fn posts(api: &Api, name: &Name, held: Option<&Held>) -> Result<Vec<Post>, ApiError> {
    let id = held.map(|held| held.remote.id.as_str()).filter(|id| is_id(id));
    let mut wanted = format!("tags.name:'{}',slug:~^'{}'", tag::own(name), name.slug);
    if let Some(id) = id {
        wanted.push_str(&format!(",id:'{id}'"));
    }
    let route = format!("posts/?{}&formats=html&include=tags&limit=20", filter(&wanted));
    let mut posts = api.get::<Posts>(&route).await?.posts;
    // Ids begin with the time they were given at.
    posts.sort_by(|one, other| (Some(one.id.as_str()) != id, &one.id).cmp(&(Some(other.id.as_str()) != id, &other.id)));
    Ok(posts)
}

fn is_id(text: &str) -> bool {
    text.len() == 24 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}
