//! Webhooks as Standard Webhooks 1.0 asks: a signed POST for every version and every withdrawal.
//! <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>
//!
//! The receiver drops repeats by `webhook-id`; nothing can be looked up there, so sending again is the only way to be
//! sure, and the id is the same for every try.

mod payload;
mod reference;
mod signature;

use std::time::{SystemTime, UNIX_EPOCH};

use async_trait::async_trait;
use bytes::Bytes;
use lianbo_schemas::Remote;
use lianbo_schemas::registry::Connector;
use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use url::Url;

use self::payload::Told;
pub use self::payload::document;
use self::reference::{Options, References};
pub use self::reference::{key, opens};
pub use self::signature::{Secrets, SignatureError, TOLERANCE, sign, verify};
use super::{Failure, Held, Home, Outgoing, PartnerConnector, SettingsError, Withdrawal, options};
use crate::http::is_web;
use crate::http::{Answer, HttpClient, Request};

const KIND: &str = "webhook";

/// The most that is read of a receiver's answer: an id and an address. Its status says all else.
const ANSWER_BYTES: usize = 64 * 1024;

/// The longest id and address taken from a receiver's answer, in bytes: they stand in every receipt.
const REMOTE_BYTES: usize = 1_000;

/// The most of an answer shown to an operator, in characters.
const SAID: usize = 200;

/// A receiver of webhooks.
#[derive(Debug)]
pub struct Webhook {
    url: Url,
    secrets: Secrets,
    http: HttpClient,
    options: Options,
    home: Option<Home>,
}

impl Webhook {
    /// Whether its address and options are right.
    pub fn check_settings(connector: &Connector) -> Result<(), SettingsError> {
        options::address(KIND, connector)?;
        options::only(KIND, connector, &Options::NAMES)?;
        Options::of(connector).map(drop)
    }

    /// Reads the settings: `url`, and `secret` as one or several `whsec_…`. References lead `home`.
    pub fn open(
        connector: &Connector,
        secret: Option<String>,
        http: HttpClient,
        home: Option<Home>,
    ) -> Result<Self, SettingsError> {
        Self::check_settings(connector)?;
        let options = Options::of(connector)?;
        let url = super::options::address(KIND, connector)?;
        let secret = super::options::secret(KIND, secret, Secrets::FORM)?;
        let secrets =
            secret.parse().map_err(|error: SignatureError| SettingsError::of(KIND, "secret", error.to_string()))?;
        Ok(Self { url, secrets, http, options, home })
    }

    async fn post(&self, id: &str, traceparent: Option<&str>, body: Vec<u8>) -> Result<Answer, Failure> {
        let timestamp = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let signature = sign(&self.secrets, id, timestamp, &body);
        let mut request = Request::new(Method::POST, self.url.as_str())
            .cut_at(ANSWER_BYTES)
            .body(HeaderValue::from_static("application/json"), Bytes::from(body));
        let headers = [
            ("webhook-id", id),
            ("webhook-timestamp", &timestamp.to_string()),
            ("webhook-signature", &signature),
            ("traceparent", traceparent.unwrap_or_default()),
        ];
        for (name, value) in headers.into_iter().filter(|(_, value)| !value.is_empty()) {
            let value = HeaderValue::from_str(value)
                .map_err(|_| Failure::rejected(format!("`{name}` cannot be sent: it is no header value")))?;
            request = request.header(HeaderName::from_static(name), value);
        }
        let answer = self.http.send(request).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(Failure::of_answer(&answer, &said(&answer)))
    }
}

#[async_trait]
impl PartnerConnector for Webhook {
    /// A signed POST of type `lianbo.check`: the only way to try the secret. A receiver answers 2xx and does nothing.
    async fn check(&self) -> Result<String, Failure> {
        let id = format!("check-{}", uuid::Uuid::new_v4());
        self.post(&id, None, payload::check()).await?;
        Ok(format!("{} takes signed webhooks", self.url.host_str().unwrap_or_default()))
    }

    async fn put(&self, article: &Outgoing, held: Option<&Held>) -> Result<Held, Failure> {
        let (above, large, secrets) = (self.options.above, self.options.large, &self.secrets);
        let references = self.home.as_ref().map(|home| References { home, secrets, above, large });
        let told = Told::of(article, references);
        let answer = self.post(&article.delivery_id, article.traceparent.as_deref(), told.bytes).await?;
        Ok(Held::now(remote(&answer, article, held), told.content_hash))
    }

    async fn withdraw(&self, withdrawal: &Withdrawal, _held: Option<&Held>) -> Result<(), Failure> {
        let body = payload::withdrawn(withdrawal);
        self.post(&withdrawal.delivery_id, withdrawal.traceparent.as_deref(), body).await?;
        Ok(())
    }
}

/// What a receiver may answer: its own id and where readers see the article. All else is left unread.
#[derive(Default, Deserialize)]
struct Taken {
    id: Option<serde_json::Value>,
    url: Option<String>,
}

fn remote(answer: &Answer, article: &Outgoing, held: Option<&Held>) -> Remote {
    let taken: Taken = answer.json().unwrap_or_default();
    let id = match taken.id {
        Some(serde_json::Value::String(id)) => Some(id),
        Some(serde_json::Value::Number(id)) => Some(id.to_string()),
        Some(_) | None => None,
    };
    let url = taken.url.filter(|url| is_web(url));
    let before = held.map(|held| &held.remote);
    Remote {
        id: id
            .filter(|id| !id.is_empty() && id.len() <= REMOTE_BYTES)
            .or_else(|| before.map(|remote| remote.id.clone()))
            .unwrap_or_else(|| article.uri.short().to_owned()),
        url: url.filter(|url| url.len() <= REMOTE_BYTES).or_else(|| before.and_then(|remote| remote.url.clone())),
        token: None,
    }
}

/// The first line of what the receiver says, for the operator.
fn said(answer: &Answer) -> String {
    let html = answer.header("content-type").is_some_and(|kind| kind.contains("html"));
    if html { String::new() } else { answer.text().lines().next().unwrap_or_default().chars().take(SAID).collect() }
}
