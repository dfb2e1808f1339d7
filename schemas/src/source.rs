//! Where the hub fetches what an outlet publishes, when the outlet does not push.

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};

use crate::SecretName;

/// A source, told apart by `kind`. A record without `kind` is a feed: the only kind there was at first.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Source {
    /// A feed.
    Feed(FeedSource),
    /// A WordPress site, by its REST API.
    WordPress(WordPressSource),
    /// A Ghost site, by its Admin API and its webhooks.
    Ghost(GhostSource),
}

/// A feed that the hub pulls.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedSource {
    /// RSS, Atom or JSON Feed.
    pub url: String,
    /// Seconds between polls when the feed says nothing else.
    #[serde(default = "five_minutes")]
    pub every_seconds: u32,
    /// Where the text is.
    #[serde(default)]
    pub text: FeedText,
}

/// Where the text of a pulled feed's entries is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FeedText {
    /// In the feed; the page is fetched for entries that only summarise.
    #[default]
    Auto,
    /// In the feed, always.
    Feed,
    /// On the page, always.
    Page,
}

/// A WordPress whose posts the hub takes in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordPressSource {
    /// The site.
    pub url: String,
    /// A user there who may see drafts: an Editor.
    pub user: String,
    /// The name of that user's application password.
    pub secret: SecretName,
    /// Seconds between polls.
    #[serde(default = "one_minute")]
    pub every_seconds: u32,
}

/// A Ghost whose posts the hub takes in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GhostSource {
    /// The site.
    pub url: String,
    /// The name of the Admin API key.
    pub secret: SecretName,
    /// The name of the key its webhooks are signed with; without one no webhook is taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub webhook_secret: Option<SecretName>,
    /// Seconds between polls, which catch up with what webhooks missed.
    #[serde(default = "five_minutes")]
    pub every_seconds: u32,
}

impl Source {
    /// Where it is.
    pub fn url(&self) -> &str {
        match self {
            Self::Feed(feed) => &feed.url,
            Self::WordPress(site) => &site.url,
            Self::Ghost(site) => &site.url,
        }
    }

    /// The name of the secret that opens it; a feed has none.
    pub fn secret(&self) -> Option<&SecretName> {
        match self {
            Self::Feed(_) => None,
            Self::WordPress(site) => Some(&site.secret),
            Self::Ghost(site) => Some(&site.secret),
        }
    }

    /// Seconds between polls.
    pub fn every_seconds(&self) -> u32 {
        match self {
            Self::Feed(feed) => feed.every_seconds,
            Self::WordPress(site) => site.every_seconds,
            Self::Ghost(site) => site.every_seconds,
        }
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Map::deserialize(deserializer)?;
        let kind = members.shift_remove("kind").unwrap_or_else(|| "feed".into());
        match kind.as_str() {
            Some("feed") => read(members).map(Self::Feed),
            Some("wordpress") => read(members).map(Self::WordPress),
            Some("ghost") => read(members).map(Self::Ghost),
            _ => Err(D::Error::custom(format!("`source.kind` is {kind}; there are `feed`, `wordpress` and `ghost`"))),
        }
    }
}

fn read<T: DeserializeOwned, E: Error>(members: Map<String, Value>) -> Result<T, E> {
    serde_json::from_value(Value::Object(members)).map_err(|error| E::custom(format!("`source`: {error}")))
}

/// What feeds are usually asked at, and often enough where webhooks tell of most.
fn five_minutes() -> u32 {
    300
}

/// WordPress has no webhooks: this is how late its news is. A poll that finds nothing is two short lists.
fn one_minute() -> u32 {
    60
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::Source;

    fn read(document: Value) -> Result<Source, String> {
        serde_json::from_value(document).map_err(|error| error.to_string())
    }

    #[test]
    fn a_record_without_a_kind_is_a_feed_as_before() {
        let Ok(Source::Feed(feed)) = read(json!({"url": "https://a.example/feed"})) else { panic!("no feed") };
        assert_eq!((feed.url.as_str(), feed.every_seconds), ("https://a.example/feed", 300));
    }

    #[test]
    fn every_kind_is_read_as_it_is_written() {
        let documents = [
            json!({"kind": "feed", "url": "https://a.example/feed", "every_seconds": 60, "text": "page"}),
            json!({"kind": "wordpress", "url": "https://a.example", "user": "hub", "secret": "a", "every_seconds": 60}),
            json!({"kind": "ghost", "url": "https://a.example", "secret": "a", "webhook_secret": "b", "every_seconds": 300}),
        ];
        for document in documents {
            let source = read(document.clone()).unwrap();
            assert_eq!(serde_json::to_value(&source).unwrap(), document);
        }
    }

    #[test]
    fn what_is_wrong_with_a_source_is_said() {
        let refused = |document: Value| read(document).unwrap_err();
        assert!(refused(json!({"kind": "drupal", "url": "https://a.example"})).contains("`wordpress`"));
        assert!(refused(json!({"kind": "wordpress", "url": "https://a.example", "secret": "a"})).contains("user"));
        assert!(refused(json!({"url": "https://a.example", "password": "hunter2"})).contains("password"));
    }
}
