//! What a partner's own editors have the last word on: it is given when a post is made, and left as it stands there from
//! then on, while the rest still follows the outlet.

use std::collections::BTreeSet;

use lianbo_schemas::registry::Connector;
use serde_json::{Map, Value};

use super::SettingsError;
use super::options::option;

/// Names of such parts of an article.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Owned(BTreeSet<String>);

impl Owned {
    /// Option `partner_owns`: some of `names`. The text and its credit are never among them.
    pub(super) fn of(kind: &'static str, connector: &Connector, names: &[&str]) -> Result<Self, SettingsError> {
        let form = format!("a list with some of {}", names.join(", "));
        let owned: BTreeSet<String> = option(kind, connector, "partner_owns", &form)?.unwrap_or_default();
        match owned.iter().find(|name| !names.contains(&name.as_str())) {
            Some(_unknown) => Err(SettingsError::of(kind, "options.partner_owns", format!("must be {form}"))),
            None => Ok(Self(owned)),
        }
    }

    /// What is left as it stands: of a post that is not there yet, nothing.
    pub(super) fn in_post(&self, is_there: bool) -> Self {
        if is_there { self.clone() } else { Self::default() }
    }

    /// Whether it is among them.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains(name)
    }

    /// Takes them out of what is to be sent; `fields` says in which fields each of them stands there.
    pub(super) fn spare(&self, sent: &mut Map<String, Value>, fields: &[(&str, &[&str])]) {
        for (_, fields) in fields.iter().filter(|(name, _)| self.has(name)) {
            fields.iter().for_each(|field| drop(sent.shift_remove(*field)));
        }
    }
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::registry::Connector;
    use serde_json::json;

    use super::Owned;

    fn owned(names: serde_json::Value) -> Result<Owned, String> {
        let connector = json!({"kind": "ghost", "url": "https://a.example", "options": {"partner_owns": names}});
        let connector: Connector = serde_json::from_value(connector).unwrap();
        Owned::of("ghost", &connector, &["title", "tags"]).map_err(|error| error.to_string())
    }

    #[test]
    fn a_new_post_gets_everything_and_one_that_is_there_keeps_what_its_editors_own() {
        let owned = owned(json!(["title"])).unwrap();
        let whole = json!({"title": "题", "html": "文"});
        let mut sent = whole.as_object().unwrap().clone();
        owned.in_post(false).spare(&mut sent, &[("title", &["title"])]);
        assert_eq!(sent.len(), 2);
        owned.in_post(true).spare(&mut sent, &[("title", &["title"]), ("tags", &["html"])]);
        assert_eq!(sent.keys().collect::<Vec<_>>(), ["html"]);
    }

    #[test]
    fn the_text_cannot_be_owned() {
        assert!(owned(json!(["body"])).unwrap_err().contains("some of title, tags"));
        assert!(owned(json!("title")).unwrap_err().contains("must be a list"));
    }
}
