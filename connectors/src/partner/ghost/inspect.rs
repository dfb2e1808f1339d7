//! What stands at a Ghost site, apart from any delivery.

use async_trait::async_trait;
use lianbo_schemas::ArticleUri;

use super::api::filter;
use super::post::{Post, Posts};
use super::{Ghost, find, tag};
use crate::partner::name::Name;
use crate::partner::options::Beginning;
use crate::partner::{Copy, Failure, Held, Inspect, Marked, Marks, OnLocalEdit, Outgoing, Standing, Visibility, Words};

/// Posts of one page, without their texts.
const PAGE: usize = 100;

#[async_trait]
impl Inspect for Ghost {
    async fn look(
        &self,
        uri: &ArticleUri,
        article: Option<&Outgoing>,
        held: Option<&Held>,
    ) -> Result<Standing, Failure> {
        let posts = find::posts(&self.api, &Name::of(uri), held).await?;
        let Some(post) = posts.into_iter().next() else { return Ok(Standing::Missing) };
        Ok(Standing::There(Copy {
            visibility: self.visibility(&post),
            text: Words::of(article.map(|article| post.says(article, &self.options.owned))),
            remote: post.remote(),
        }))
    }

    /// Each post of ours has an internal tag, whose slug begins alike.
    async fn list(&self, after: Option<&str>) -> Result<Marks, Failure> {
        let page: usize = after.and_then(|page| page.parse().ok()).unwrap_or(1);
        let wanted = filter("tags.slug:~^'hash-lianbo-'+status:[published,scheduled,sent]");
        let route = format!("posts/?{wanted}&include=tags&order=id%20asc&limit={PAGE}&page={page}");
        let posts = self.api.get::<Posts>(&route).await?.posts;
        let next = (posts.len() == PAGE).then(|| (page + 1).to_string());
        let mark = |post: Post| {
            let name = post.tag_names().find_map(tag::name)?.to_owned();
            post.is_shown().then(|| Marked { name, remote: post.remote() })
        };
        Ok(Marks { marked: posts.into_iter().filter_map(mark).collect(), next })
    }

    fn on_local_edit(&self) -> OnLocalEdit {
        self.options.on_local_edit
    }
}

impl Ghost {
    fn visibility(&self, post: &Post) -> Visibility {
        match self.options.beginning {
            _ if post.is_shown() => Visibility::Shown,
            Beginning::Draft if !post.has_tag(tag::CANCELED) => Visibility::Draft,
            Beginning::Draft | Beginning::Publish => Visibility::Hidden,
        }
    }
}
