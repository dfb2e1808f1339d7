//! What an operator can say about a WordPress site.

use lianbo_schemas::registry::Connector;
use serde::Deserialize;

use super::KIND;
use crate::partner::SettingsError;
use crate::partner::local_edit::OnLocalEdit;
use crate::partner::options::{Places, on_local_edit, only, option, pictures, tags};
use crate::partner::owned::Owned;
use crate::partner::picture::WantedPictures;

/// The options in force.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) status: PostStatus,
    /// From a channel's id, or a subject's name or uri, to the site's categories.
    pub(super) categories: Places<Category>,
    pub(super) tags: usize,
    pub(super) pictures: WantedPictures,
    pub(super) on_local_edit: OnLocalEdit,
    pub(super) owned: Owned,
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

/// A category of the site.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Category {
    Id(u64),
    Name(String),
}

impl Options {
    pub(super) fn of(connector: &Connector) -> Result<Self, SettingsError> {
        only(KIND, connector, &["status", "categories", "tags", "pictures", "on_local_edit", "partner_owns"])?;
        let map_form = "a map from channel ids or subjects to category names or ids, like `{\"city\": \"本地\"}`";
        Ok(Self {
            status: option(KIND, connector, "status", "`publish`, `draft` or `pending`")?
                .unwrap_or(PostStatus::Publish),
            categories: option(KIND, connector, "categories", map_form)?.unwrap_or_default(),
            tags: tags(KIND, connector)?,
            pictures: pictures(KIND, connector)?,
            on_local_edit: on_local_edit(KIND, connector)?,
            owned: Owned::of(KIND, connector, &["title", "summary", "categories", "tags", "picture"])?,
        })
    }
}
