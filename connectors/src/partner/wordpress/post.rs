//! A post: what is sent, what came back, and whether they agree.

use std::fmt;

use lianbo_schemas::Remote;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::block::classic;
use super::options::PostStatus;
use crate::format::markup::escaped;
use crate::partner::digest::content_hash;
use crate::partner::html::says;
use crate::partner::name::Name;
use crate::partner::owned::Owned;
use crate::partner::picture::Featured;
use crate::partner::{Failure, Outgoing};

/// A post as WordPress tells it in the context `edit`.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Post {
    pub(super) id: u64,
    pub(super) slug: String,
    pub(super) status: String,
    pub(super) modified_gmt: String,
    link: String,
    title: Field,
    content: Field,
    categories: Vec<u64>,
    tags: Vec<u64>,
    featured_media: u64,
    /// An object, or an empty list where nothing is registered.
    meta: Value,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Field {
    raw: String,
}

impl Post {
    /// What is asked for of a post.
    pub(super) const FIELDS: &'static str =
        "_fields=id,slug,status,modified_gmt,link,title,content,categories,tags,featured_media,meta";

    pub(super) fn title(&self) -> &str {
        &self.title.raw
    }

    pub(super) fn text(&self) -> &str {
        &self.content.raw
    }

    /// The article's uri, where the bridge plugin keeps it.
    pub(super) fn external_id(&self) -> Option<&str> {
        self.meta.get("synd_external_id").and_then(Value::as_str)
    }

    /// Readers see it, or will by themselves.
    pub(super) fn is_shown(&self) -> bool {
        matches!(self.status.as_str(), "publish" | "future" | "private")
    }

    pub(super) fn remote(&self) -> Remote {
        let url = Some(self.link.clone()).filter(|link| !link.is_empty());
        let token = Some(self.modified_gmt.clone()).filter(|modified| !modified.is_empty());
        Remote { id: self.id.to_string(), url, token }
    }
}

/// What is sent of an article.
#[derive(Debug)]
pub(super) struct Sent {
    title: String,
    content: String,
    excerpt: String,
    attribution: String,
    slug: String,
    status: Option<PostStatus>,
    meta: Value,
    date: Option<Value>,
    categories: Vec<u64>,
    tags: Vec<u64>,
    featured: Featured<u64>,
    spared: Owned,
}

/// What WordPress did not take.
#[derive(Debug)]
pub(super) enum Mismatch {
    /// The article itself, or its place: it does not stand as it must.
    Article(Failure),
    /// A tag or the picture: the article stands without.
    Ornament(String),
}

impl fmt::Display for Mismatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Article(failure) => failure.fmt(formatter),
            Self::Ornament(lost) => formatter.write_str(lost),
        }
    }
}

impl Sent {
    pub(super) fn of(article: &Outgoing, name: &Name, status: PostStatus, found: Option<&Post>) -> Self {
        let meta = json!({
            "synd_external_id": article.uri.as_str(),
            "synd_canonical_url": article.canonical_url.as_deref().unwrap_or_default(),
            "synd_source": article.source(),
            "synd_version": article.version.to_string(),
        });
        Self {
            title: escaped(article.news.headline()),
            content: classic(article, &name.mark()),
            excerpt: article.news.summary().map(escaped).unwrap_or_default(),
            attribution: article.attribution.clone(),
            slug: name.slug.clone(),
            status: status_of(status, found),
            meta,
            date: date(article, found),
            categories: Vec::new(),
            tags: Vec::new(),
            featured: Featured::AsItIs,
            spared: Owned::default(),
        }
    }

    pub(super) fn with(self, categories: Vec<u64>, tags: Vec<u64>, featured: Featured<u64>) -> Self {
        Self { categories, tags, featured, ..self }
    }

    /// Leaves to the partner what its editors own; it is neither sent nor looked for in what comes back.
    pub(super) fn sparing(mut self, owned: Owned) -> Self {
        if owned.has("categories") {
            self.categories.clear();
        }
        if owned.has("tags") {
            self.tags.clear();
        }
        if owned.has("picture") {
            self.featured = Featured::AsItIs;
        }
        Self { spared: owned, ..self }
    }

    pub(super) fn body(&self) -> Value {
        let mut body = self.lasting();
        if let Some(date) = &self.date {
            body.insert("date_gmt".to_owned(), date.clone());
        }
        Value::Object(body)
    }

    /// SHA-256, in hexadecimal, of what was sent, without what depends on the moment of sending.
    pub(super) fn content_hash(&self) -> String {
        content_hash(&Value::Object(self.lasting()))
    }

    fn lasting(&self) -> Map<String, Value> {
        let mut body = Map::new();
        let mut set = |name: &str, value: Value| body.insert(name.to_owned(), value);
        set("title", self.title.as_str().into());
        set("content", self.content.as_str().into());
        set("excerpt", self.excerpt.as_str().into());
        set("slug", self.slug.as_str().into());
        set("meta", self.meta.clone());
        set("tags", self.tags.clone().into());
        if let Some(status) = self.status {
            set("status", status.as_str().into());
        }
        // Nothing mapped: the site's own default, and what its editors chose, stands.
        if !self.categories.is_empty() {
            set("categories", self.categories.clone().into());
        }
        match self.featured {
            Featured::Media(id) => drop(set("featured_media", id.into())),
            Featured::Nothing => drop(set("featured_media", 0.into())),
            Featured::AsItIs => {}
        }
        self.spared.spare(&mut body, &[("title", &["title"]), ("summary", &["excerpt"]), ("tags", &["tags"])]);
        body
    }

    /// Whether `post` is what was sent. The gravest difference is told.
    pub(super) fn compare(&self, post: &Post) -> Result<(), Mismatch> {
        let wrong = |problem: String| Err(Mismatch::Article(Failure::rejected(problem)));
        if let Some(status) = self.status.filter(|status| status.as_str() != post.status) {
            return Err(Mismatch::Article(wrong_status(status, post)));
        }
        if post.title.raw.trim().is_empty() && !self.title.trim().is_empty() {
            return wrong(format!("WordPress kept no title of post {}", post.id));
        }
        if !says(&post.content.raw, &self.attribution) {
            return wrong(format!("WordPress dropped the text or its attribution line of post {}", post.id));
        }
        if let Some(id) = missing(&self.categories, &post.categories) {
            return wrong(format!("WordPress did not put post {} into category {id}: does it exist?", post.id));
        }
        if !post.slug.starts_with(&self.slug) {
            return Err(Mismatch::Ornament(format!("the slug {} and made it {}", self.slug, post.slug)));
        }
        match (&self.featured, missing(&self.tags, &post.tags)) {
            (Featured::Media(id), _) if *id != post.featured_media => {
                Err(Mismatch::Ornament(format!("the featured image {id}")))
            }
            (_, Some(id)) => Err(Mismatch::Ornament(format!("the tag {id}"))),
            _ => Ok(()),
        }
    }
}

fn missing(sent: &[u64], taken: &[u64]) -> Option<u64> {
    sent.iter().copied().find(|id| !taken.contains(id))
}

/// Where the site asks for drafts, a post that is there already keeps the status its editors gave it.
fn status_of(status: PostStatus, found: Option<&Post>) -> Option<PostStatus> {
    let editors_have_it = found.is_some_and(|post| post.status != "trash");
    match status {
        PostStatus::Draft | PostStatus::Pending if editors_have_it => None,
        PostStatus::Publish | PostStatus::Draft | PostStatus::Pending => Some(status),
    }
}

fn wrong_status(asked: PostStatus, post: &Post) -> Failure {
    let reason = format!("WordPress made post {} {} instead of {}", post.id, post.status, asked.as_str());
    match post.status.as_str() {
        "pending" | "draft" => Failure::denied(format!("{reason}: give the user the role Editor")),
        _ => Failure::rejected(reason),
    }
}

/// The article's own time, never one to come: WordPress would hold the post back until then. A post that it holds
/// back, because its clock is slow, is dated now by its own clock.
fn date(article: &Outgoing, found: Option<&Post>) -> Option<Value> {
    if found.is_some_and(|post| post.status == "future") {
        return Some(Value::Null);
    }
    Some(article.published_at()?.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into())
}
