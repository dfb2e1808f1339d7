//! An item: what is sent, what stands there, and whether they agree.

use lianbo_schemas::{ArticleUri, Remote};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::options::Options;
use crate::partner::digest::content_hash;
use crate::partner::html::says;
use crate::partner::options::Beginning;
use crate::partner::picture::Featured;
use crate::partner::{Failure, Outgoing};

/// The id the article's item is given by us: a UUID of version 8 (RFC 9562) made of the article's uri, so that an item
/// cannot be made twice.
pub(super) fn id_of(uri: &ArticleUri) -> String {
    let digest = Sha256::digest(uri.as_str().as_bytes());
    let bytes: [u8; 16] = std::array::from_fn(|index| digest[index]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid().to_string()
}

/// An item as it stands there.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) id: String,
    row: Map<String, Value>,
}

impl Item {
    /// Of the answer's row; `None` where the key is missing.
    pub(super) fn of(row: Map<String, Value>, options: &Options) -> Option<Self> {
        let id = match row.get(&options.key)? {
            Value::String(id) => id.clone(),
            Value::Number(id) => id.to_string(),
            _ => return None,
        };
        Some(Self { id, row })
    }

    pub(super) fn status(&self, options: &Options) -> &str {
        options.fields.text("status", &self.row)
    }

    /// Readers see it. Where there is no field for a status, all is seen.
    pub(super) fn is_shown(&self, options: &Options) -> bool {
        options.fields.get("status").is_none() || self.status(options) == options.statuses.published
    }

    /// A hash of what stands there, to notice what an editor changes.
    pub(super) fn standing(&self, options: &Options) -> String {
        options.fields.standing(&self.row)
    }

    /// Title and text are those of the article, as it would be sent now.
    pub(super) fn says(&self, article: &Outgoing, options: &Options) -> bool {
        options.fields.says(&self.row, article)
    }

    /// The article it says it is of.
    pub(super) fn uri(&self, options: &Options) -> Option<ArticleUri> {
        ArticleUri::new(options.fields.text("external_id", &self.row)).ok()
    }

    pub(super) fn remote(&self, options: &Options) -> Remote {
        Remote { id: self.id.clone(), url: None, token: Some(self.standing(options)) }
    }
}

/// What is sent of an article.
#[derive(Debug)]
pub(super) struct Sent {
    /// What is the same whenever it is sent.
    lasting: Map<String, Value>,
    status: Option<(String, String)>,
    attribution: String,
}

impl Sent {
    pub(super) fn of(article: &Outgoing, options: &Options, featured: Featured<String>, found: Option<&Item>) -> Self {
        let mut lasting = options.fields.filled(article);
        if let Some(field) = options.fields.get("picture") {
            match featured {
                Featured::Media(id) => drop(lasting.insert(field.to_owned(), id.into())),
                Featured::Nothing => drop(lasting.insert(field.to_owned(), Value::Null)),
                Featured::AsItIs => {}
            }
        }
        if found.is_some() {
            options.fields.spare(&mut lasting);
        }
        let status = match (options.beginning, found) {
            (Beginning::Publish, _) => Some(&options.statuses.published),
            (Beginning::Draft, None) => Some(&options.statuses.draft),
            // The status is the editors' from now on.
            (Beginning::Draft, Some(_)) => None,
        };
        let field = options.fields.get("status");
        let status = status.and_then(|status| Some((field?.to_owned(), status.clone())));
        Self { lasting, status, attribution: article.attribution.clone() }
    }

    /// What changes the article's item.
    pub(super) fn change(&self) -> Value {
        let status = self.status.iter().map(|(field, status)| (field.clone(), status.as_str().into()));
        Value::Object(self.lasting.clone().into_iter().chain(status).collect())
    }

    /// What makes it.
    pub(super) fn creation(&self, id: &str, options: &Options) -> Value {
        let mut item = self.change();
        item[&options.key] = id.into();
        item
    }

    pub(super) fn content_hash(&self) -> String {
        content_hash(&self.lasting.clone().into())
    }

    /// Whether `item`, read back, is what was sent.
    pub(super) fn compare(&self, item: &Item, options: &Options) -> Result<(), Failure> {
        let id = &item.id;
        if let Some(field) = options.fields.missing(&item.row) {
            return Err(Failure::denied(format!(
                "the field `{field}` of item {id} cannot be read: check the token's rights"
            )));
        }
        if let Some((_, asked)) = self.status.as_ref().filter(|(_, asked)| asked != item.status(options)) {
            let stands = item.status(options);
            return Err(Failure::rejected(format!("item {id} says `{stands}` for its status instead of `{asked}`")));
        }
        if options.fields.text("title", &item.row).trim().is_empty() {
            return Err(Failure::rejected(format!("item {id} has no title after it was written")));
        }
        if !says(options.fields.text("body", &item.row), &self.attribution) {
            return Err(Failure::rejected(format!("item {id} lost its text or its attribution line")));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::ArticleUri;

    use super::id_of;

    #[test]
    fn an_article_has_one_id_everywhere() {
        let id = |uri: &str| id_of(&ArticleUri::new(uri).unwrap());
        let one = id("tag:example.org,2026:article:abcdefghijklmnopqrstuvwxyz");
        assert_eq!(one, id("tag:example.org,2026:article:abcdefghijklmnopqrstuvwxyz"));
        assert_ne!(one, id("tag:example.org,2026:article:abcdefghijklmnopqrstuvwxy2"));
        assert_eq!(uuid::Uuid::parse_str(&one).unwrap().get_version_num(), 8);
    }
}
