//! Reading a connector's settings out of a partner's record, with sentences an operator can act on.

use std::collections::BTreeMap;

use lianbo_schemas::registry::Connector;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::local_edit::OnLocalEdit;
use super::picture::WantedPictures;
use super::{KINDS, Outgoing};

/// What is wrong with a connector's settings.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// There is no such connector.
    #[error("there is no connector `{kind}`; there are: {}", KINDS.join(", "))]
    Kind {
        /// As written.
        kind: String,
    },
    /// A setting is missing or not as it should be.
    #[error("`{setting}` of the {kind} connector {problem}")]
    Setting {
        /// The connector's kind.
        kind: &'static str,
        /// Which: `url`, `user`, `secret`, `options`, `options.status` …
        setting: String,
        /// What is wrong and how it should look, never the value of a secret.
        problem: String,
    },
}

impl SettingsError {
    /// A setting is not as it should be.
    pub(super) fn of(kind: &'static str, setting: &str, problem: impl Into<String>) -> Self {
        Self::Setting { kind, setting: setting.to_owned(), problem: problem.into() }
    }
}

/// The connector's address: absolute, http or https, without credentials, which have no place in the registry.
pub(super) fn address(kind: &'static str, connector: &Connector) -> Result<Url, SettingsError> {
    let wrong = |problem: &str| SettingsError::of(kind, "url", problem);
    let url = Url::parse(&connector.url)
        .map_err(|error| wrong(&format!("is no address ({error}): write it like `https://partner.example/path`")))?;
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err(wrong("must begin with `https://` or `http://` and name a host"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("must not hold a user or password: name them in `user` and `secret`"));
    }
    Ok(url)
}

/// One option, or `None` when it is not set. `form` says how it should look.
pub(super) fn option<T: DeserializeOwned>(
    kind: &'static str,
    connector: &Connector,
    name: &str,
    form: &str,
) -> Result<Option<T>, SettingsError> {
    let Some(value) = connector.options.get(name) else { return Ok(None) };
    let wrong = |_| SettingsError::of(kind, &format!("options.{name}"), format!("must be {form}"));
    serde_json::from_value(value.clone()).map(Some).map_err(wrong)
}

/// Refuses options the connector does not know: most are known ones, misspelt.
pub(super) fn only(kind: &'static str, connector: &Connector, known: &[&str]) -> Result<(), SettingsError> {
    let Some(unknown) = connector.options.keys().find(|name| !known.contains(&name.as_str())) else { return Ok(()) };
    let there_are = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    let problem = format!("is not an option of it; there are: {there_are}");
    Err(SettingsError::of(kind, &format!("options.{unknown}"), problem))
}

/// Tags of one post, when the operator does not say: as many as readers take in.
const TAGS: u8 = 8;

/// The most tags of one post; each unknown one costs a request.
const MOST_TAGS: u8 = 30;

/// Option `tags`: how many of the article's subjects become tags.
pub(super) fn tags(kind: &'static str, connector: &Connector) -> Result<usize, SettingsError> {
    let form = format!("a number of tags from 0 to {MOST_TAGS}");
    let tags = option::<u8>(kind, connector, "tags", &form)?.unwrap_or(TAGS);
    if tags > MOST_TAGS {
        return Err(SettingsError::of(kind, "options.tags", format!("must be {form}")));
    }
    Ok(tags.into())
}

/// How a new post begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Beginning {
    /// Readers see it at once.
    Publish,
    /// The partner's editors publish it.
    Draft,
}

impl Beginning {
    /// What a user must be allowed to do, in words.
    pub(super) fn may(self) -> &'static str {
        match self {
            Self::Publish => "publish",
            Self::Draft => "write drafts",
        }
    }
}

/// Option `status` of a system that knows published posts and drafts.
pub(super) fn beginning(kind: &'static str, connector: &Connector) -> Result<Beginning, SettingsError> {
    Ok(option(kind, connector, "status", "`publish` or `draft`")?.unwrap_or(Beginning::Publish))
}

/// Option `on_local_edit`.
pub(super) fn on_local_edit(kind: &'static str, connector: &Connector) -> Result<OnLocalEdit, SettingsError> {
    Ok(option(kind, connector, "on_local_edit", "`overwrite` or `keep`")?.unwrap_or(OnLocalEdit::Overwrite))
}

/// Option `pictures`.
pub(super) fn pictures(kind: &'static str, connector: &Connector) -> Result<WantedPictures, SettingsError> {
    Ok(option(kind, connector, "pictures", "`all`, `featured` or `none`")?.unwrap_or(WantedPictures::All))
}

/// From a channel's id, or a subject's name, uri or code, to one place at the partner or several.
pub(super) type Places<Place> = BTreeMap<String, OneOrSeveral<Place>>;

/// One, or a list.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrSeveral<T> {
    One(T),
    Several(Vec<T>),
}

/// The places for the article's channels and subjects, in that order.
pub(super) fn places<'a, Place>(map: &'a Places<Place>, article: &'a Outgoing) -> impl Iterator<Item = &'a Place> {
    article.keys().filter_map(|key| map.get(key)).flat_map(|places| match places {
        OneOrSeveral::One(place) => std::slice::from_ref(place),
        OneOrSeveral::Several(places) => places.as_slice(),
    })
}

/// The secret, which must be there.
pub(super) fn secret(kind: &'static str, secret: Option<String>, form: &str) -> Result<String, SettingsError> {
    let secret = secret.filter(|secret| !secret.trim().is_empty());
    secret.ok_or_else(|| SettingsError::of(kind, "secret", format!("is missing: name a secret that holds {form}")))
}

#[cfg(test)]
mod tests {
    use lianbo_schemas::registry::Connector;
    use serde_json::json;

    use crate::http::{HttpClient, Settings};
    use crate::partner::{SettingsError, open};

    const SECRET: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

    fn refused(connector: serde_json::Value, secret: Option<&str>) -> String {
        let connector: Connector = serde_json::from_value(connector).unwrap();
        let http = HttpClient::new(&Settings::default()).unwrap();
        match open(&connector, secret.map(str::to_owned), &http.into(), None) {
            Ok(_) => panic!("{connector:?} was taken"),
            Err(error @ (SettingsError::Kind { .. } | SettingsError::Setting { .. })) => error.to_string(),
        }
    }

    #[test]
    fn a_wrong_setting_is_named_and_told_how_to_look() {
        let url = "https://partner.example/hook";
        let webhook = |url: &str| json!({"kind": "webhook", "url": url});
        let of = |kind, options: serde_json::Value| json!({"kind": kind, "url": url, "options": options});
        let wordpress = |options| json!({"kind": "wordpress", "url": url, "user": "bot", "options": options});
        let wechat = |options| json!({"kind": "wechat", "url": url, "user": "wx1", "options": options});
        for (connector, secret, told) in [
            (json!({"kind": "worldpress", "url": url}), None, "there are: webhook, wordpress"),
            (webhook("partner.example"), Some(SECRET), "`url` of the webhook connector is no address"),
            (webhook("ftp://partner.example"), Some(SECRET), "must begin with `https://`"),
            (webhook("https://a:b@partner.example"), Some(SECRET), "name them in `user` and `secret`"),
            (webhook(url), None, "`secret` of the webhook connector is missing"),
            (webhook(url), Some("hunter2"), "`whsec_` and the base64 of 24 to 64 random bytes"),
            (of("webhook", json!({"a": 1})), Some(SECRET), "there are: reference_above, large"),
            (of("webhook", json!({"large": "small"})), Some(SECRET), "`full` or `reference`"),
            (of("webhook", json!({"reference_above": -1})), Some(SECRET), "a number of bytes"),
            (json!({"kind": "wordpress", "url": url}), Some("x"), "`user` of the wordpress connector is missing"),
            (wordpress(json!({})), None, "an application password"),
            (wordpress(json!({"stauts": "draft"})), Some("x"), "there are: status, categories"),
            (wordpress(json!({"status": "live"})), Some("x"), "`publish`, `draft` or `pending`"),
            (wordpress(json!({"tags": 500})), Some("x"), "`options.tags`"),
            (wordpress(json!({"categories": {"city": [true]}})), Some("x"), "`options.categories`"),
            (wordpress(json!({"on_local_edit": "ask"})), Some("x"), "`overwrite` or `keep`"),
            (of("ghost", json!({})), Some("hunter2"), "must be an Admin API key"),
            (of("ghost", json!({"status": "pending"})), Some("x"), "`publish` or `draft`"),
            (of("wagtail", json!({})), None, "an access token of Wagtail"),
            (of("wagtail", json!({"parent": "news"})), Some("x"), "the id of a page, or its path"),
            (of("wagtail", json!({"fields": {"status": "live"}})), Some("x"), "its own way of publishing"),
            (of("directus", json!({"collection": "a b"})), Some("x"), "the name of a collection"),
            (of("directus", json!({"fields": {"headline": "title"}})), Some("x"), "is nothing of an article"),
            (of("directus", json!({"statuses": {"withheld": "published"}})), Some("x"), "from a published one"),
            (
                of("directus", json!({"status": "draft", "fields": {"status": null}})),
                Some("x"),
                "no field for the status",
            ),
            (of("wechat", json!({})), Some("x"), "`user` of the wechat connector is missing: the account's AppID"),
            (wechat(json!({})), Some("x"), "takes no article without a cover"),
            (wechat(json!({"cover": "logo.png"})), Some("x"), "the address of a JPEG, PNG or GIF"),
            (wechat(json!({"cover": url})), None, "the account's AppSecret"),
            (wechat(json!({"cover": url, "on_correction": "edit"})), Some("x"), "`republish` or `keep`"),
            (json!({"kind": "lianbo", "url": url}), Some("x"), "the id that this hub has there as a member"),
            (
                json!({"kind": "lianbo", "url": url, "user": "a"}),
                Some("x"),
                "`options.hub` of the lianbo connector is missing",
            ),
            (wechat(json!({"cover": url, "look_back": 5})), Some("x"), "from 20 to 1000"),
        ] {
            let sentence = refused(connector, secret);
            assert!(sentence.contains(told), "{sentence}");
            assert!(!sentence.contains("hunter2"), "{sentence}");
        }
    }
}
