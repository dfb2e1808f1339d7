//! What an operator can say about a Ghost site.

use lianbo_schemas::registry::Connector;

use super::KIND;
use crate::partner::SettingsError;
use crate::partner::local_edit::OnLocalEdit;
use crate::partner::options::{Beginning, Places, beginning, on_local_edit, only, option, pictures, tags};
use crate::partner::owned::Owned;
use crate::partner::picture::WantedPictures;

/// The options in force.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) beginning: Beginning,
    /// From a channel's id, or a subject's name or uri, to the site's tags. The first is the post's primary tag.
    pub(super) categories: Places<String>,
    pub(super) tags: usize,
    pub(super) pictures: WantedPictures,
    pub(super) on_local_edit: OnLocalEdit,
    pub(super) owned: Owned,
}

impl Options {
    pub(super) fn of(connector: &Connector) -> Result<Self, SettingsError> {
        only(KIND, connector, &["status", "categories", "tags", "pictures", "on_local_edit", "partner_owns"])?;
        let map_form = "a map from channel ids or subjects to names of tags, like `{\"city\": \"本地\"}`";
        Ok(Self {
            beginning: beginning(KIND, connector)?,
            categories: option(KIND, connector, "categories", map_form)?.unwrap_or_default(),
            tags: tags(KIND, connector)?,
            pictures: pictures(KIND, connector)?,
            on_local_edit: on_local_edit(KIND, connector)?,
            owned: Owned::of(KIND, connector, &["title", "summary", "tags", "picture"])?,
        })
    }
}
