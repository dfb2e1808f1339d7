//! What stands at a WordPress site, apart from any delivery.

use async_trait::async_trait;
use lianbo_schemas::ArticleUri;

use super::block::classic;
use super::options::PostStatus;
use super::post::Post;
use super::{WordPress, find};
use crate::format::markup::escaped;
use crate::partner::hosted::same_but_addresses;
use crate::partner::name::{Name, marked, of_slug};
use crate::partner::refusal::ApiError;
use crate::partner::{Copy, Failure, Held, Inspect, Marked, Marks, OnLocalEdit, Outgoing, Standing, Visibility, Words};

/// Posts of one page: with their texts they are some megabytes.
const PAGE: usize = 50;

#[async_trait]
impl Inspect for WordPress {
    async fn look(
        &self,
        uri: &ArticleUri,
        article: Option<&Outgoing>,
        held: Option<&Held>,
    ) -> Result<Standing, Failure> {
        let name = Name::of(uri);
        let Some(post) = find::one(&self.api, &name, held).await?.post else { return Ok(Standing::Missing) };
        let is_ours = |article: &Outgoing| {
            let same_title = self.options.owned.has("title") || post.title() == escaped(article.news.headline());
            same_title && same_but_addresses(post.text(), &classic(article, &name.mark()))
        };
        Ok(Standing::There(Copy {
            visibility: self.visibility(&post),
            text: Words::of(article.map(is_ours)),
            remote: post.remote(),
        }))
    }

    /// WordPress searches the texts, and our mark stands in each of ours.
    async fn list(&self, after: Option<&str>) -> Result<Marks, Failure> {
        let page: usize = after.and_then(|page| page.parse().ok()).unwrap_or(1);
        let route = format!(
            "/wp/v2/posts?search=lianbo-&status=publish,future,private&context=edit&orderby=id&order=asc\
             &per_page={PAGE}&page={page}&{}",
            Post::FIELDS
        );
        let posts: Vec<Post> = match self.api.get(&route).await {
            // The last page was a full one.
            Err(ApiError::Refused(refusal)) if refusal.code == "rest_post_invalid_page_number" => Vec::new(),
            outcome => outcome?,
        };
        let next = (posts.len() == PAGE).then(|| (page + 1).to_string());
        let mark = |post: Post| {
            let name = marked(post.text()).or_else(|| of_slug(&post.slug))?.to_owned();
            post.is_shown().then(|| Marked { name, remote: post.remote() })
        };
        Ok(Marks { marked: posts.into_iter().filter_map(mark).collect(), next })
    }

    fn on_local_edit(&self) -> OnLocalEdit {
        self.options.on_local_edit
    }
}

impl WordPress {
    fn visibility(&self, post: &Post) -> Visibility {
        match (self.options.status, post.status.as_str()) {
            _ if post.is_shown() => Visibility::Shown,
            (PostStatus::Draft | PostStatus::Pending, "draft" | "pending") => Visibility::Draft,
            (PostStatus::Publish | PostStatus::Draft | PostStatus::Pending, _) => Visibility::Hidden,
        }
    }
}
