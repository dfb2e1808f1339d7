//! References: where a receiver gets a large article from, with a key of its own, under the terms that hold when it asks.
//! Standard Webhooks advises small payloads, and to let receivers fetch what is large.
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#payload-size>

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use lianbo_schemas::registry::Connector;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use super::KIND;
use super::signature::Secrets;
use crate::partner::options::option;
use crate::partner::{Home, Outgoing, SettingsError};

/// Bytes above which a payload is large: Standard Webhooks advises to stay below 20 kB.
const ABOVE: usize = 20_000;

/// What is sent of a large article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Large {
    /// All of it, and a reference beside.
    Full,
    /// The reference alone.
    Reference,
}

/// Where all of an article is to be had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Reference {
    url: String,
    /// In bytes.
    size: usize,
    /// As RFC 9530 writes it.
    digest: String,
}

/// How an operator wants large articles sent.
#[derive(Debug)]
pub(super) struct Options {
    pub(super) above: usize,
    pub(super) large: Large,
}

impl Options {
    pub(super) const NAMES: [&str; 2] = ["reference_above", "large"];

    pub(super) fn of(connector: &Connector) -> Result<Self, SettingsError> {
        Ok(Self {
            above: option(KIND, connector, "reference_above", "a number of bytes")?.unwrap_or(ABOVE),
            large: option(KIND, connector, "large", "`full` or `reference`")?.unwrap_or(Large::Full),
        })
    }
}

/// What makes references.
#[derive(Debug, Clone, Copy)]
pub(super) struct References<'a> {
    pub(super) home: &'a Home,
    pub(super) secrets: &'a Secrets,
    pub(super) above: usize,
    pub(super) large: Large,
}

impl References<'_> {
    /// To `whole`, which is all of `article`.
    pub(super) fn of(self, article: &Outgoing, whole: &[u8]) -> Reference {
        let (hub, partner, short) = (&self.home.url, &self.home.partner, article.uri.short());
        let key = key(self.secrets, partner.as_str(), short);
        Reference {
            url: format!("{hub}/v1/partners/{partner}/articles/{short}?key={key}"),
            size: whole.len(),
            digest: format!("sha-256=:{}:", STANDARD.encode(Sha256::digest(whole))),
        }
    }
}

/// The key to one article for one partner: made with its newest secret, so that nothing has to be kept.
pub fn key(secrets: &Secrets, partner: &str, short: &str) -> String {
    keys(secrets, partner, short).into_iter().next().unwrap_or_default()
}

/// Whether `presented` is the key to this article for this partner, made with any secret in use. Compared in constant
/// time.
pub fn opens(secrets: &Secrets, partner: &str, short: &str, presented: &str) -> bool {
    keys(secrets, partner, short).iter().any(|key| key.as_bytes().ct_eq(presented.as_bytes()).into())
}

/// The text signed is no message: those have an id, a time and a body with dots between.
fn keys(secrets: &Secrets, partner: &str, short: &str) -> Vec<String> {
    let signed = format!("reference\n{partner}\n{short}");
    secrets.codes(&[signed.as_bytes()]).map(|code| URL_SAFE_NO_PAD.encode(code)).collect()
}

#[cfg(test)]
mod tests {
    use super::{key, opens};
    use crate::partner::webhook::Secrets;

    const NEW: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
    const OLD: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBk";

    #[test]
    fn a_key_opens_one_article_for_one_partner_while_its_secret_is_in_use() {
        let [new, old, both]: [Secrets; 3] = [NEW, OLD, &format!("{NEW} {OLD}")].map(|text| text.parse().unwrap());
        let issued = key(&old, "portal", "abc");
        assert!(opens(&old, "portal", "abc", &issued) && opens(&both, "portal", "abc", &issued));
        assert!(!opens(&new, "portal", "abc", &issued));
        assert!(!opens(&old, "portal", "abd", &issued) && !opens(&old, "other", "abc", &issued));
        assert!(!opens(&old, "portal", "abc", "") && !opens(&old, "portal", "abc", &issued[1..]));
        assert_eq!(key(&both, "portal", "abc"), key(&new, "portal", "abc"));
    }
}
