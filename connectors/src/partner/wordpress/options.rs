//! What an operator can say about a WordPress site.

use std::collections::BTreeMap;

use lianbo_schemas::registry::Connector;
use serde::Deserialize;

use super::KIND;
use crate::partner::SettingsError;
use crate::partner::options::{only, option};

/// Tags of one post, when the operator does not say: as many as readers take in.
const TAGS: u8 = 8;

/// The most tags of one post; each unknown one costs a request.
const MOST_TAGS: u8 = 30;

/// The options in force.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) status: PostStatus,
    /// From a channel's id, or a subject's name or uri, to the site's categories.
    pub(super) categories: BTreeMap<String, Categories>,
    pub(super) tags: usize,
    pub(super) pictures: FeaturedPicture,
    pub(super) on_local_edit: OnLocalEdit,
}

/// How a new post begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum PostStatus {
    Publish,
    Draft,
    Pending,
}

impl PostStatus {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Draft => "draft",
            Self::Pending => "pending",
        }
    }

    /// The capability it needs, and in words what that allows.
    pub(super) fn right(self) -> (&'static str, &'static str) {
        match self {
            Self::Publish => ("publish_posts", "publish"),
            Self::Draft | Self::Pending => ("edit_posts", "write drafts"),
        }
    }
}

/// What an update does to a post that an editor has changed at the partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum OnLocalEdit {
    Overwrite,
    Keep,
}

/// Whether the first picture becomes the featured image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum FeaturedPicture {
    Featured,
    None,
}

/// One category or several.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Categories {
    One(Category),
    Several(Vec<Category>),
}

impl Categories {
    pub(super) fn as_slice(&self) -> &[Category] {
        match self {
            Self::One(category) => std::slice::from_ref(category),
            Self::Several(categories) => categories,
        }
    }
}

/// A category of the site.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Category {
    Id(u64),
    Name(String),
}

impl Options {
    pub(super) fn of(connector: &Connector) -> Result<Self, SettingsError> {
        only(KIND, connector, &["status", "categories", "tags", "pictures", "on_local_edit"])?;
        let map_form = "a map from channel ids or subjects to category names or ids, like `{\"city\": \"本地\"}`";
        let tags_form = format!("a number of tags from 0 to {MOST_TAGS}");
        let tags = option::<u8>(KIND, connector, "tags", &tags_form)?.unwrap_or(TAGS);
        if tags > MOST_TAGS {
            return Err(SettingsError::of(KIND, "options.tags", format!("must be {tags_form}")));
        }
        Ok(Self {
            status: option(KIND, connector, "status", "`publish`, `draft` or `pending`")?
                .unwrap_or(PostStatus::Publish),
            categories: option(KIND, connector, "categories", map_form)?.unwrap_or_default(),
            tags: tags.into(),
            pictures: option(KIND, connector, "pictures", "`featured` or `none`")?.unwrap_or(FeaturedPicture::Featured),
            on_local_edit: option(KIND, connector, "on_local_edit", "`overwrite` or `keep`")?
                .unwrap_or(OnLocalEdit::Overwrite),
        })
    }
}
