//! A post: what is sent, what came back, and whether they agree.

use lianbo_schemas::Remote;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::options::Options;
use super::tag;
use crate::format::markup::escaped;
use crate::partner::digest::content_hash;
use crate::partner::hosted::without_addresses;
use crate::partner::html::{content, says, without_comments};
use crate::partner::name::Name;
use crate::partner::options::Beginning;
use crate::partner::owned::Owned;
use crate::partner::picture::{Featured, words_of};
use crate::partner::{Failure, Outgoing};
use crate::words::cut_by;

/// Ghost's bound on an excerpt, and on a picture's words for those who do not see it, in UTF-16 units.
const EXCERPT: usize = 300;
const ALT: usize = 191;

/// A post as Ghost tells it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Post {
    pub(super) id: String,
    pub(super) slug: String,
    pub(super) status: String,
    /// To the second. Ghost wants it back with every change, and takes none that is older.
    pub(super) updated_at: String,
    url: String,
    title: String,
    html: Option<String>,
    feature_image: Option<String>,
    tags: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
struct Tag {
    name: String,
}

/// Posts, as Ghost wraps them.
#[derive(Debug, Deserialize)]
pub(super) struct Posts {
    pub(super) posts: Vec<Post>,
}

impl Post {
    /// Readers see it, or will by themselves.
    pub(super) fn is_shown(&self) -> bool {
        matches!(self.status.as_str(), "published" | "scheduled" | "sent")
    }

    pub(super) fn has_tag(&self, name: &str) -> bool {
        self.tags.iter().any(|tag| tag.name == name)
    }

    pub(super) fn tag_names(&self) -> impl Iterator<Item = &str> {
        self.tags.iter().map(|tag| tag.name.as_str())
    }

    /// Title and text are those of the article, as it would be sent now.
    pub(super) fn says(&self, article: &Outgoing, owned: &Owned) -> bool {
        let text = self.html.as_deref().unwrap_or_default();
        let same_title = owned.has("title") || self.title == article.news.headline();
        same_title && without_addresses(text).contains(&without_addresses(&text_of(article)))
    }

    pub(super) fn remote(&self) -> Remote {
        // A draft's address is a preview that nobody is given.
        let url = Some(self.url.clone()).filter(|url| !url.is_empty() && self.is_shown());
        Remote { id: self.id.clone(), url, token: Some(self.updated_at.clone()) }
    }
}

/// What is sent of an article.
#[derive(Debug)]
pub(super) struct Sent {
    /// What is the same whenever it is sent.
    lasting: Map<String, Value>,
    slug: Option<String>,
    published_at: Option<String>,
    attribution: String,
    status: Option<&'static str>,
    tags: Vec<String>,
    featured: Featured<String>,
}

impl Sent {
    pub(super) fn of(
        article: &Outgoing,
        name: &Name,
        options: &Options,
        featured: Featured<String>,
        found: Option<&Post>,
    ) -> Self {
        let status = status(options.beginning, found);
        let owned = options.owned.in_post(found.is_some());
        let featured = if owned.has("picture") { Featured::AsItIs } else { featured };
        let mut tags = tag::names(article, options, name);
        let mut lasting = Map::new();
        let mut set = |field: &str, value: Value| lasting.insert(field.to_owned(), value);
        set("title", article.news.headline().into());
        set("lexical", card(article).into());
        set("custom_excerpt", article.news.summary().map(|summary| cut_by(summary, EXCERPT, char::len_utf16)).into());
        set("canonical_url", article.original().into());
        set("tags", tags.iter().map(|name| json!({"name": name})).collect());
        match &featured {
            Featured::Media(url) => {
                let (alt, caption) = words_of(article).unwrap_or_default();
                set("feature_image", url.as_str().into());
                set("feature_image_alt", cut_by(&alt, ALT, char::len_utf16).into());
                set("feature_image_caption", escaped(&caption).into());
            }
            Featured::Nothing => {
                for field in ["feature_image", "feature_image_alt", "feature_image_caption"] {
                    set(field, Value::Null);
                }
            }
            Featured::AsItIs => {}
        }
        owned.spare(&mut lasting, &[("title", &["title"]), ("summary", &["custom_excerpt"]), ("tags", &["tags"])]);
        if owned.has("tags") {
            tags.clear();
        }
        let published_at = article.published_at().map(|at| at.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string());
        // An address that an editor chose later stands.
        let slug = found.is_none().then(|| name.slug.clone());
        Self { lasting, slug, published_at, attribution: article.attribution.clone(), status, tags, featured }
    }

    /// The body of a request that makes the post, or changes `found`.
    pub(super) fn body(&self, found: Option<&Post>) -> Value {
        let mut post = self.lasting.clone();
        let others = [
            ("slug", self.slug.as_deref()),
            ("status", self.status),
            ("published_at", self.published_at.as_deref()),
            ("updated_at", found.map(|found| found.updated_at.as_str())),
        ];
        for (field, value) in others {
            if let Some(value) = value {
                post.insert(field.to_owned(), value.into());
            }
        }
        json!({"posts": [post]})
    }

    pub(super) fn content_hash(&self) -> String {
        content_hash(&self.lasting.clone().into())
    }

    /// Whether `post` is what was sent. A lost tag or picture is no failure.
    pub(super) fn compare(&self, post: &Post) -> Result<(), Failure> {
        let id = &post.id;
        if let Some(asked) = self.status.filter(|asked| *asked != post.status) {
            return Err(Failure::rejected(format!("Ghost made post {id} {} instead of {asked}", post.status)));
        }
        if post.title.trim().is_empty() {
            return Err(Failure::rejected(format!("Ghost kept no title of post {id}")));
        }
        if !says(post.html.as_deref().unwrap_or_default(), &self.attribution) {
            return Err(Failure::rejected(format!("Ghost dropped the text or its attribution line of post {id}")));
        }
        if let Some(lost) = self.tags.iter().find(|name| !post.has_tag(name)) {
            tracing::warn!(remote.id = id, "Ghost dropped the tag `{lost}`");
        }
        if matches!(&self.featured, Featured::Media(url) if post.feature_image.as_ref() != Some(url)) {
            tracing::warn!(remote.id = id, "Ghost dropped the feature image");
        }
        Ok(())
    }
}

/// Where the site asks for drafts, a post that is there already keeps the status its editors gave it.
fn status(beginning: Beginning, found: Option<&Post>) -> Option<&'static str> {
    match (beginning, found) {
        (Beginning::Publish, _) => Some("published"),
        (Beginning::Draft, None) => Some("draft"),
        (Beginning::Draft, Some(_)) => None,
    }
}

/// The text in one HTML card, in the form Ghost keeps it in. From HTML Ghost would make this form by itself, and lose
/// some of it on the way; even within a card it would make live HTML of escaped text that stands in no element.
fn card(article: &Outgoing) -> String {
    let card = json!({"type": "html", "version": 1, "html": text_of(article)});
    let root = json!({"type": "root", "version": 1, "children": [card], "direction": null, "format": "", "indent": 0});
    json!({"root": root}).to_string()
}

/// The text within the card.
fn text_of(article: &Outgoing) -> String {
    content(article, &without_comments(&article.html))
}
