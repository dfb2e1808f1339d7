//! Systems whose fields have names of their own choosing: which of an article's values goes into which field.

use std::collections::BTreeMap;

use lianbo_schemas::registry::Connector;
use serde_json::{Map, Value};

use super::digest::standing;
use super::hosted::same_but_addresses;
use super::html::{content, without_comments};
use super::options::option;
use super::owned::Owned;
use super::picture::WantedPictures;
use super::{Outgoing, SettingsError};

/// What of an article can be put into a field.
const NAMES: [&str; 16] = [
    "title",
    "body",
    "summary",
    "external_id",
    "canonical_url",
    "source",
    "attribution",
    "byline",
    "note",
    "language",
    "published_at",
    "channels",
    "subjects",
    "version",
    "picture",
    "status",
];

/// What of it is the hub's to say, however much is the partner's.
const HUBS: [&str; 6] = ["body", "external_id", "canonical_url", "source", "attribution", "status"];

/// How the option is written.
const FORM: &str = "a map from the article's values to the names of fields, like `{\"body\": \"text\"}`, with null for \
                    what goes nowhere";

/// The names of a system's fields, by what of the article they hold.
#[derive(Debug)]
pub(super) struct Fields {
    names: BTreeMap<String, String>,
    owned: Owned,
}

impl Fields {
    /// `standard`, changed by the option `fields`. Title and body always have a field.
    pub(super) fn of(
        kind: &'static str,
        connector: &Connector,
        standard: &[(&str, &str)],
    ) -> Result<Self, SettingsError> {
        let owned = |(name, field): &(&str, &str)| ((*name).to_owned(), (*field).to_owned());
        let mut names: BTreeMap<String, String> = standard.iter().map(owned).collect();
        let changed: BTreeMap<String, Option<String>> = option(kind, connector, "fields", FORM)?.unwrap_or_default();
        for (name, field) in changed {
            let wrong = |problem: String| Err(SettingsError::of(kind, &format!("options.fields.{name}"), problem));
            if !NAMES.contains(&name.as_str()) {
                return wrong(format!("is nothing of an article; there are: {}", NAMES.join(", ")));
            }
            match field.filter(|field| !field.is_empty()) {
                Some(field) => drop(names.insert(name, field)),
                None if matches!(name.as_str(), "title" | "body") => return wrong("must name a field".to_owned()),
                None => drop(names.remove(&name)),
            }
        }
        let may_be_owned: Vec<&str> = NAMES.into_iter().filter(|name| !HUBS.contains(name)).collect();
        Ok(Self { names, owned: Owned::of(kind, connector, &may_be_owned)? })
    }

    /// The field for this value, if there is one.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.names.get(name).map(String::as_str)
    }

    /// Pictures are brought where there is a field for the first one.
    pub(super) fn pictures(&self) -> WantedPictures {
        self.get("picture").map_or(WantedPictures::None, |_field| WantedPictures::All)
    }

    /// All of the system's fields that are used.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.names.values().map(String::as_str)
    }

    /// The article in the system's fields, without status and picture, which are not the article's alone.
    pub(super) fn filled(&self, article: &Outgoing) -> Map<String, Value> {
        let value = |(name, field): (&String, &String)| Some((field.clone(), value(name, article)?));
        self.names.iter().filter_map(value).collect()
    }

    /// Takes what the partner's editors own out of what is to be sent to a post that is there.
    pub(super) fn spare(&self, sent: &mut Map<String, Value>) {
        let owned = self.names.iter().filter(|(name, _)| self.owned.has(name));
        owned.for_each(|(_, field)| drop(sent.shift_remove(field)));
    }

    /// What stands in the field for this value, as text; empty where there is none.
    pub(super) fn text<'a>(&self, name: &str, row: &'a Map<String, Value>) -> &'a str {
        self.get(name).and_then(|field| row.get(field)).and_then(Value::as_str).unwrap_or_default()
    }

    /// A hash of title and text as they stand in a row, to notice what an editor changes.
    pub(super) fn standing(&self, row: &Map<String, Value>) -> String {
        let title = if self.owned.has("title") { "" } else { self.text("title", row) };
        standing(title, self.text("body", row))
    }

    /// Whether title and text in a row are those of the article, as it would be sent now. Where the partner has its
    /// pictures is the partner's.
    pub(super) fn says(&self, row: &Map<String, Value>, article: &Outgoing) -> bool {
        let sent = self.filled(article);
        let same_title = self.owned.has("title") || self.text("title", row) == self.text("title", &sent);
        same_title && same_but_addresses(self.text("body", row), self.text("body", &sent))
    }

    /// A used field that the system did not tell of.
    pub(super) fn missing(&self, row: &Map<String, Value>) -> Option<&str> {
        self.all().find(|field| !row.contains_key(*field))
    }
}

/// What goes into the field for `name`. A value the article does not have empties the field.
fn value(name: &str, article: &Outgoing) -> Option<Value> {
    let text = |text: Option<&str>| Some(Value::from(text.unwrap_or_default()));
    match name {
        "title" => text(Some(article.news.headline())),
        "body" => Some(content(article, &without_comments(&article.html)).into()),
        "summary" => text(article.news.summary()),
        "external_id" => Some(article.uri.as_str().into()),
        "canonical_url" => text(article.original()),
        "source" => text(Some(article.source())),
        "attribution" => text(Some(&article.attribution)),
        "byline" => text(article.news.by.as_deref()),
        "note" => text(article.news.ed_note.as_deref()),
        "language" => text(article.news.language.as_deref()),
        "published_at" => {
            article.published_at().map(|created| created.strftime("%Y-%m-%dT%H:%M:%SZ").to_string().into())
        }
        "channels" => Some(article.channels.clone().into()),
        "subjects" => Some(article.subject_names(usize::MAX).map(Value::from).collect()),
        "version" => Some(article.version.into()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::registry::Connector;
    use serde_json::json;

    use super::Fields;

    fn fields(options: serde_json::Value) -> Result<Fields, String> {
        let connector = json!({"kind": "directus", "url": "https://a.example", "options": {"fields": options}});
        let connector: Connector = serde_json::from_value(connector).unwrap();
        let standard = [("title", "title"), ("body", "body"), ("summary", "summary")];
        Fields::of("directus", &connector, &standard).map_err(|error| error.to_string())
    }

    #[test]
    fn an_operator_names_the_fields_and_takes_some_away() {
        let fields = fields(json!({"body": "text", "summary": null, "source": "source_name"})).unwrap();
        assert_eq!(fields.all().collect::<Vec<_>>(), ["text", "source_name", "title"]);
        assert_eq!(fields.get("summary"), None);
    }

    #[test]
    fn a_name_that_is_nothing_of_an_article_is_refused() {
        assert!(fields(json!({"headline": "title"})).unwrap_err().contains("there are: title, body"));
        assert!(fields(json!({"title": null})).unwrap_err().contains("must name a field"));
        assert!(fields(json!(["title"])).unwrap_err().contains("must be a map"));
    }
}
