//! What an operator can say about a Directus.

use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::registry::Connector;
use serde::Deserialize;

use super::KIND;
use crate::partner::SettingsError;
use crate::partner::fields::Fields;
use crate::partner::local_edit::OnLocalEdit;
use crate::partner::options::{Beginning, beginning, on_local_edit, only, option};

/// The fields of an item, when the operator does not say.
const FIELDS: [(&str, &str); 5] = [
    ("title", "title"),
    ("body", "body"),
    ("external_id", "external_id"),
    ("published_at", "published_at"),
    ("status", "status"),
];

/// The options in force.
#[derive(Debug)]
pub(super) struct Options {
    /// Where the items are, below the address: `/items/articles`.
    pub(super) items: String,
    /// The name of the primary key, which takes a UUID of ours.
    pub(super) key: String,
    pub(super) fields: Fields,
    pub(super) statuses: Statuses,
    pub(super) beginning: Beginning,
    pub(super) on_local_edit: OnLocalEdit,
}

/// What the field for the status says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Statuses {
    pub(super) published: String,
    pub(super) draft: String,
    pub(super) withheld: String,
    /// `None`: the item is deleted.
    pub(super) canceled: Option<String>,
}

impl Default for Statuses {
    /// What Directus offers for a new collection.
    fn default() -> Self {
        Self {
            published: "published".to_owned(),
            draft: "draft".to_owned(),
            withheld: "draft".to_owned(),
            canceled: Some("archived".to_owned()),
        }
    }
}

impl Statuses {
    /// What an item of a withdrawn article says; `None`: it is deleted.
    pub(super) fn of(&self, status: PubStatus) -> Option<&str> {
        match status {
            PubStatus::Canceled => self.canceled.as_deref(),
            PubStatus::Withheld | PubStatus::Usable => Some(&self.withheld),
        }
    }
}

impl Options {
    pub(super) fn of(connector: &Connector) -> Result<Self, SettingsError> {
        only(KIND, connector, &["collection", "key", "fields", "statuses", "status", "on_local_edit", "partner_owns"])?;
        let fields = Fields::of(KIND, connector, &FIELDS)?;
        let statuses: Statuses = option(
            KIND,
            connector,
            "statuses",
            "a map like `{\"published\": \"published\", \"draft\": \"draft\", \"withheld\": \"draft\", \
             \"canceled\": \"archived\"}`",
        )?
        .unwrap_or_default();
        if [Some(&statuses.withheld), statuses.canceled.as_ref()].contains(&Some(&statuses.published)) {
            let problem = "must tell a withdrawn article from a published one";
            return Err(SettingsError::of(KIND, "options.statuses", problem));
        }
        let beginning = beginning(KIND, connector)?;
        if beginning == Beginning::Draft && fields.get("status").is_none() {
            let problem = "is `draft`, and `options.fields` names no field for the status";
            return Err(SettingsError::of(KIND, "options.status", problem));
        }
        Ok(Self {
            items: items(connector)?,
            key: option(KIND, connector, "key", "the name of the primary key")?.unwrap_or_else(|| "id".to_owned()),
            fields,
            statuses,
            beginning,
            on_local_edit: on_local_edit(KIND, connector)?,
        })
    }

    /// The key and all fields that are used, as a query asks for them.
    pub(super) fn asked(&self) -> String {
        let fields: Vec<&str> = [self.key.as_str()].into_iter().chain(self.fields.all()).collect();
        format!("fields={}", fields.join(","))
    }
}

/// A collection's name, or a path for systems that keep their items elsewhere.
fn items(connector: &Connector) -> Result<String, SettingsError> {
    let form = "the name of a collection like `articles`, or a path like `/items/articles`";
    let collection: Option<String> = option(KIND, connector, "collection", form)?;
    let collection = collection.unwrap_or_else(|| "articles".to_owned());
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "_-./".contains(character);
    if collection.is_empty() || !collection.chars().all(is_plain) {
        return Err(SettingsError::of(KIND, "options.collection", format!("must be {form}")));
    }
    Ok(match collection.contains('/') {
        true => format!("/{}", collection.trim_matches('/')),
        false => format!("/items/{collection}"),
    })
}
