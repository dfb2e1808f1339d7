//! What an operator can say about a Wagtail site.

use lianbo_schemas::registry::Connector;
use serde_json::Value;

use super::KIND;
use crate::partner::SettingsError;
use crate::partner::fields::Fields;
use crate::partner::local_edit::OnLocalEdit;
use crate::partner::options::{Beginning, beginning, on_local_edit, only, option};

/// The fields of a page, when the operator does not say.
const FIELDS: [(&str, &str); 7] = [
    ("title", "title"),
    ("body", "body"),
    ("summary", "summary"),
    ("external_id", "external_id"),
    ("canonical_url", "canonical_url"),
    ("source", "source_name"),
    ("picture", "lead_image"),
];

/// The options in force.
#[derive(Debug)]
pub(super) struct Options {
    /// The page's model, e.g. `news.ArticlePage`.
    pub(super) page_type: String,
    /// The page below which new ones are made: its id, or its path.
    pub(super) parent: Value,
    /// Where the Write API is, below the site's address.
    pub(super) write_api: String,
    /// Where Wagtail's own API for reading is.
    pub(super) read_api: String,
    pub(super) fields: Fields,
    pub(super) beginning: Beginning,
    pub(super) on_local_edit: OnLocalEdit,
}

impl Options {
    pub(super) fn of(connector: &Connector) -> Result<Self, SettingsError> {
        let known = ["type", "parent", "fields", "status", "on_local_edit", "partner_owns", "write_api", "read_api"];
        only(KIND, connector, &known)?;
        let fields = Fields::of(KIND, connector, &FIELDS)?;
        if fields.get("status").is_some() {
            let problem = "names no field: Wagtail has its own way of publishing";
            return Err(SettingsError::of(KIND, "options.fields.status", problem));
        }
        Ok(Self {
            page_type: text(connector, "type", "a page model like `news.ArticlePage`", "news.ArticlePage")?,
            parent: parent(connector)?,
            write_api: path(connector, "write_api", "/api/write/v1")?,
            read_api: path(connector, "read_api", "/api/v2")?,
            fields,
            beginning: beginning(KIND, connector)?,
            on_local_edit: on_local_edit(KIND, connector)?,
        })
    }
}

/// By default the home page of a site as Wagtail sets it up.
fn parent(connector: &Connector) -> Result<Value, SettingsError> {
    let form = "the id of a page, or its path like `/news/`";
    let parent = option::<Value>(KIND, connector, "parent", form)?.unwrap_or_else(|| 3.into());
    let is_path = parent.as_str().is_some_and(|path| path.starts_with('/'));
    if is_path || parent.as_u64().is_some_and(|id| id > 0) {
        return Ok(parent);
    }
    Err(SettingsError::of(KIND, "options.parent", format!("must be {form}")))
}

fn path(connector: &Connector, name: &str, standard: &str) -> Result<String, SettingsError> {
    let path = text(connector, name, &format!("a path like `{standard}`"), standard)?;
    Ok(format!("/{}", path.trim_matches('/')))
}

fn text(connector: &Connector, name: &str, form: &str, standard: &str) -> Result<String, SettingsError> {
    let text: Option<String> = option(KIND, connector, name, form)?;
    Ok(text.filter(|text| !text.is_empty()).unwrap_or_else(|| standard.to_owned()))
}
