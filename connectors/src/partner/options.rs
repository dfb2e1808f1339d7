//! Reading a connector's settings out of a partner's record, with sentences an operator can act on.

use lianbo_schemas::registry::Connector;
use serde::de::DeserializeOwned;
use serde_json::Value;
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

/// The options as the connector's own type, which says what it knows and refuses what it does not.
pub(super) fn read<T: DeserializeOwned>(kind: &'static str, connector: &Connector) -> Result<T, SettingsError> {
    let object: serde_json::Map<String, Value> =
        connector.options.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
    serde_json::from_value(Value::Object(object))
        .map_err(|error| SettingsError::of(kind, "options", format!("cannot be read: {error}")))
}
