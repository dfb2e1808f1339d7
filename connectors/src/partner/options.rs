//! Reading a connector's settings out of a partner's record, with sentences an operator can act on.

use lianbo_schemas::registry::Connector;
use serde::de::DeserializeOwned;
use url::Url;

use super::KINDS;

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
        match open(&connector, secret.map(str::to_owned), http) {
            Ok(_) => panic!("{connector:?} was taken"),
            Err(error @ (SettingsError::Kind { .. } | SettingsError::Setting { .. })) => error.to_string(),
        }
    }

    #[test]
    fn a_wrong_setting_is_named_and_told_how_to_look() {
        let url = "https://partner.example/hook";
        let webhook = |url: &str| json!({"kind": "webhook", "url": url});
        let wordpress = |options| json!({"kind": "wordpress", "url": url, "user": "bot", "options": options});
        for (connector, secret, told) in [
            (json!({"kind": "worldpress", "url": url}), None, "there are: webhook, wordpress"),
            (webhook("partner.example"), Some(SECRET), "`url` of the webhook connector is no address"),
            (webhook("ftp://partner.example"), Some(SECRET), "must begin with `https://`"),
            (webhook("https://a:b@partner.example"), Some(SECRET), "name them in `user` and `secret`"),
            (webhook(url), None, "`secret` of the webhook connector is missing"),
            (webhook(url), Some("hunter2"), "`whsec_` and the base64 of 24 to 64 random bytes"),
            (json!({"kind": "webhook", "url": url, "options": {"a": 1}}), Some(SECRET), "`options.a`"),
            (json!({"kind": "wordpress", "url": url}), Some("x"), "`user` of the wordpress connector is missing"),
            (wordpress(json!({})), None, "an application password"),
            (wordpress(json!({"stauts": "draft"})), Some("x"), "there are: status, categories"),
            (wordpress(json!({"status": "live"})), Some("x"), "`publish`, `draft` or `pending`"),
            (wordpress(json!({"tags": 500})), Some("x"), "`options.tags`"),
            (wordpress(json!({"categories": {"city": [true]}})), Some("x"), "`options.categories`"),
            (wordpress(json!({"on_local_edit": "ask"})), Some("x"), "`overwrite` or `keep`"),
        ] {
            let sentence = refused(connector, secret);
            assert!(sentence.contains(told), "{sentence}");
            assert!(!sentence.contains("hunter2"), "{sentence}");
        }
    }
}
