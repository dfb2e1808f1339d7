//! Another hub of this kind: articles go in at its front door, as from a member of its alliance.
//!
//! What comes back is a verdict, not a status: the hub there reads, judges and may refuse, or find that it has the
//! article already. Sending again is harmless, as an `Idempotency-Key` is taken once and the same version twice is
//! nothing new. What has passed a hub is refused there, and kept from going there by `route`.
//!
//! # Layout
//! `message` is what is sent, `report` what came of it.

mod message;
mod report;

use std::time::Duration;

use async_trait::async_trait;
use lianbo_schemas::HOPS_HEADER;
use lianbo_schemas::registry::Connector;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use serde::Deserialize;
use serde_json::Value;

use self::report::{Accepted, Report};
use super::bearer::Bearer;
use super::digest::content_hash;
use super::options::{only, option};
use super::refusal::Refusal;
use super::{Failure, Held, Outgoing, PartnerConnector, SettingsError, Withdrawal};
use crate::http::{Answer, HttpClient};

const KIND: &str = "lianbo";

/// Waits before each look at a submission, in milliseconds: 9 s in all. A hub judges in milliseconds, unless its stages
/// are being restarted.
const LOOKS: [u64; 8] = [25, 75, 200, 500, 1_000, 1_700, 2_500, 3_000];

/// When the lane shall look again after that.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// Hexadecimal digits of the content's hash in an `Idempotency-Key`: a version may be sent under other terms.
const KEY_DIGITS: usize = 16;

/// A hub.
#[derive(Debug)]
pub struct Lianbo {
    api: Bearer,
    /// Its authority.
    hub: String,
    /// What we are there.
    outlet: String,
}

/// Who opens the door, and whose it is.
#[derive(Deserialize)]
struct Door {
    name: String,
    hub: String,
}

impl Lianbo {
    /// Whether its address, user and options are right.
    pub fn check_settings(connector: &Connector) -> Result<(), SettingsError> {
        super::options::address(KIND, connector)?;
        only(KIND, connector, &["hub"])?;
        outlet(connector)?;
        hub(connector).map(drop)
    }

    /// Reads the settings: `url`, our id as a member there as `user`, that member's key, and the hub's authority.
    pub fn open(connector: &Connector, secret: Option<String>, http: HttpClient) -> Result<Self, SettingsError> {
        Self::check_settings(connector)?;
        let api = Bearer::open((KIND, "Lianbo"), connector, secret, http, refusal)?;
        Ok(Self { api, hub: hub(connector)?, outlet: outlet(connector)?.to_owned() })
    }

    fn submissions(&self) -> String {
        format!("/v1/outlets/{}/submissions", utf8_percent_encode(&self.outlet, NON_ALPHANUMERIC))
    }

    /// Sends `message` and waits for what becomes of it.
    async fn submit(
        &self,
        message: &Value,
        delivery_id: &str,
        headers: [(&'static str, &str); 2],
    ) -> Result<Report, Failure> {
        let digest: String = content_hash(message).chars().take(KEY_DIGITS).collect();
        let key = format!("\"{delivery_id}-{digest}\"");
        let mut request = self.api.request(Method::POST, &self.submissions()).json(message);
        for (name, value) in [("idempotency-key", key.as_str())].into_iter().chain(headers) {
            if value.is_empty() {
                continue;
            }
            let value = HeaderValue::from_str(value)
                .map_err(|_| Failure::rejected(format!("`{name}` cannot be sent: it is no header value")))?;
            request = request.header(HeaderName::from_static(name), value);
        }
        let accepted: Accepted = self.api.read(request).await?;
        self.report(&accepted.submission).await
    }

    async fn report(&self, submission: &str) -> Result<Report, Failure> {
        let route = format!("/v1/submissions/{}", utf8_percent_encode(submission, NON_ALPHANUMERIC));
        for wait in LOOKS {
            tokio::time::sleep(Duration::from_millis(wait)).await;
            let report: Report = self.api.get(&route).await?;
            if !report.pending {
                return Ok(report);
            }
        }
        let reason = "the other hub has the article and has not judged it yet".to_owned();
        Err(Failure::Pending { after: LOOK_AGAIN, reason })
    }
}

#[async_trait]
impl PartnerConnector for Lianbo {
    async fn check(&self) -> Result<String, Failure> {
        let door: Door = self.api.get(&self.submissions()).await?;
        let (hub, named) = (&door.hub, &self.hub);
        if !hub.eq_ignore_ascii_case(named) {
            return Err(Failure::denied(format!(
                "the hub there is `{hub}`, and the connector's `hub` says `{named}`: what has passed it would be sent back"
            )));
        }
        Ok(format!("Lianbo hub {hub}, the hub may publish as its member {}", door.name))
    }

    async fn put(&self, article: &Outgoing, _held: Option<&Held>) -> Result<Held, Failure> {
        let message = message::article(article);
        let hops = message::hops(&article.news);
        let headers =
            [(HOPS_HEADER, hops.as_str()), ("traceparent", article.traceparent.as_deref().unwrap_or_default())];
        let report = self.submit(&message, &article.delivery_id, headers).await?;
        Ok(Held::now(report.remote()?, content_hash(&message)))
    }

    async fn withdraw(&self, withdrawal: &Withdrawal, _held: Option<&Held>) -> Result<(), Failure> {
        let message = message::withdrawal(withdrawal);
        let headers = [("traceparent", withdrawal.traceparent.as_deref().unwrap_or_default()), (HOPS_HEADER, "")];
        self.submit(&message, &withdrawal.delivery_id, headers).await?.taken()
    }
}

/// Our id as a member of the alliance there.
fn outlet(connector: &Connector) -> Result<&str, SettingsError> {
    let outlet = connector.user.as_deref().map(str::trim).filter(|outlet| !outlet.is_empty());
    outlet.ok_or_else(|| SettingsError::of(KIND, "user", "is missing: the id that this hub has there as a member"))
}

fn hub(connector: &Connector) -> Result<String, SettingsError> {
    let form = "the authority of the hub there, like `hub.example.org`, by which it stands in hop histories";
    let named: Option<String> = option(KIND, connector, "hub", form)?;
    let named = named.filter(|named| !named.trim().is_empty());
    named.ok_or_else(|| SettingsError::of(KIND, "options.hub", format!("is missing: {form}")))
}

/// What the hub there refuses: problem details (RFC 9457). One that is only too early is no refusal.
fn refusal(answer: &Answer) -> Refusal {
    let told: Value = answer.json().unwrap_or_default();
    let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let kind = text("type").rsplit('/').next().unwrap_or_default().to_owned();
    let refusal = Refusal::of(answer, told.clone(), &kind, &text("detail"));
    if kind == "idempotency-key-in-progress" {
        let failure = Failure::transient("the other hub is still taking the same article");
        return Refusal { failure, ..refusal };
    }
    refusal
}
