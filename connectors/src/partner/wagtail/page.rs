//! A page: what is sent, what came back, and whether they agree.

use lianbo_schemas::Remote;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::options::Options;
use crate::partner::digest::content_hash;
use crate::partner::html::says;
use crate::partner::name::Name;
use crate::partner::options::Beginning;
use crate::partner::picture::Featured;
use crate::partner::{Failure, Outgoing};

/// A page as the Write API tells it, in its latest revision.
#[derive(Debug, Deserialize)]
pub(super) struct Page {
    pub(super) id: u64,
    meta: Meta,
    #[serde(flatten)]
    fields: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
struct Meta {
    live: bool,
    url_path: Option<String>,
}

impl Page {
    pub(super) fn is_shown(&self) -> bool {
        self.meta.live
    }

    /// The page of this article, by its slug or by what we wrote into it.
    pub(super) fn is_of(&self, name: &Name, options: &Options) -> bool {
        self.fields.get("slug").is_some_and(|slug| slug == &name.slug)
            || options.fields.text("external_id", &self.fields) == name.uri
    }

    /// A hash of what stands there, to notice what an editor changes.
    pub(super) fn standing(&self, options: &Options) -> String {
        options.fields.standing(&self.fields)
    }

    /// Title and text are those of the article, as it would be sent now.
    pub(super) fn says(&self, article: &Outgoing, options: &Options) -> bool {
        options.fields.says(&self.fields, article)
    }

    pub(super) fn remote(&self, options: &Options, site: impl Fn(&str) -> String) -> Remote {
        let url = self.meta.url_path.as_deref().filter(|_| self.is_shown()).map(site);
        Remote { id: self.id.to_string(), url, token: Some(self.standing(options)) }
    }
}

/// What is sent of an article.
#[derive(Debug)]
pub(super) struct Sent {
    fields: Map<String, Value>,
    attribution: String,
    publishes: bool,
    picture: Option<(String, u64)>,
}

impl Sent {
    pub(super) fn of(article: &Outgoing, options: &Options, featured: Featured<u64>, found: Option<&Page>) -> Self {
        let mut fields = options.fields.filled(article);
        let mut picture = None;
        if let Some(field) = options.fields.get("picture") {
            match featured {
                Featured::Media(id) => {
                    fields.insert(field.to_owned(), id.into());
                    picture = Some((field.to_owned(), id));
                }
                Featured::Nothing => drop(fields.insert(field.to_owned(), Value::Null)),
                Featured::AsItIs => {}
            }
        }
        if found.is_some() {
            options.fields.spare(&mut fields);
            picture = picture.filter(|(field, _)| fields.contains_key(field));
        }
        // A change of a page that is shown must be published, or it stands there as an editor's draft as well.
        let publishes = options.beginning == Beginning::Publish || found.is_some_and(Page::is_shown);
        Self { fields, attribution: article.attribution.clone(), publishes, picture }
    }

    /// The body of a request that changes a page.
    pub(super) fn change(&self) -> Value {
        let mut body = self.fields.clone();
        if self.publishes {
            body.insert("action".to_owned(), "publish".into());
        }
        body.into()
    }

    /// The body of a request that makes one.
    pub(super) fn creation(&self, name: &Name, options: &Options) -> Value {
        let mut body = self.change();
        body["type"] = options.page_type.as_str().into();
        body["parent"] = options.parent.clone();
        body["slug"] = name.slug.as_str().into();
        body
    }

    pub(super) fn content_hash(&self) -> String {
        content_hash(&self.fields.clone().into())
    }

    /// Whether `page` is what was sent. A lost picture is no failure.
    pub(super) fn compare(&self, page: &Page, options: &Options) -> Result<(), Failure> {
        let id = page.id;
        if let Some(field) = options.fields.missing(&page.fields) {
            return Err(Failure::denied(format!(
                "pages of type {} have no field `{field}`: check options.fields",
                options.page_type
            )));
        }
        if self.publishes && !page.is_shown() {
            return Err(Failure::denied(format!(
                "Wagtail did not publish page {id}: give the user the right to publish"
            )));
        }
        if options.fields.text("title", &page.fields).trim().is_empty() {
            return Err(Failure::rejected(format!("Wagtail kept no title of page {id}")));
        }
        if !says(options.fields.text("body", &page.fields), &self.attribution) {
            return Err(Failure::rejected(format!("Wagtail dropped the text or its attribution line of page {id}")));
        }
        if let Some((field, picture)) = &self.picture
            && page.fields.get(field).and_then(Value::as_u64) != Some(*picture)
        {
            tracing::warn!(remote.id = id, "Wagtail dropped the picture {picture}");
        }
        Ok(())
    }
}
