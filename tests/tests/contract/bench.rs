//! A system to hold to the contract.

use async_trait::async_trait;
use lianbo_connectors::http::{HttpClient, Patience, Settings};
use lianbo_connectors::partner::{Held, Outgoing, PartnerConnector, open};
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::registry::Connector;
use serde_json::Value;

use crate::hub::HubBench;
use crate::receiver::ReceiverBench;
use crate::{directus, ghost, wagtail, wechat, wordpress};

/// What readers see of an article.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Shown {
    /// The headline.
    pub(crate) title: String,
    /// The text, as HTML.
    pub(crate) html: String,
}

/// What an editor makes of the text.
pub(crate) const CHANGED: &str = "<p>来源：成都日报</p><p>本地修改</p>";

/// A system and a way to look at it as its readers do.
#[async_trait]
pub(crate) trait Bench: Send + Sync {
    /// For messages.
    fn name(&self) -> String;

    /// The partner's record, with this address.
    fn record(&self, url: &str) -> Value;

    /// Where the system is.
    fn url(&self) -> String;

    /// The right secret.
    fn secret(&self) -> String;

    /// A secret in the right form that is not the right one.
    fn wrong_secret(&self) -> String;

    /// What readers see of the article; more than one is a double post.
    async fn shown(&self, article: &Outgoing) -> Vec<Shown>;

    /// How many copies of the picture of this name the system keeps; `None` where it keeps none by itself.
    async fn copies(&self, picture: &str) -> Option<usize>;

    /// Whether the pictures of a text become its own, under our name of them.
    fn hosts_pictures(&self) -> bool {
        false
    }

    /// After which withdrawals an article may come back.
    fn comes_back_after(&self) -> &'static [PubStatus] {
        &[PubStatus::Canceled, PubStatus::Withheld]
    }

    /// An editor there changes the text of what is shown, late enough to be noticed.
    async fn change_text(&self, held: &Held);

    /// An editor there publishes the draft.
    async fn publish(&self, held: &Held);

    /// An editor there deletes it for good.
    async fn delete(&self, held: &Held);

    /// A connector with these options besides its own.
    fn connector_with(&self, options: Value) -> Box<dyn PartnerConnector> {
        let mut record = self.record(&self.url());
        for (name, value) in options.as_object().unwrap() {
            record["options"][name] = value.clone();
        }
        connect(record, self.secret())
    }

    /// A connector as after a start of the hub.
    fn connector(&self) -> Box<dyn PartnerConnector> {
        connect(self.record(&self.url()), self.secret())
    }

    /// A connector of the same kind for another address.
    fn connector_at(&self, url: &str) -> Box<dyn PartnerConnector> {
        connect(self.record(url), self.secret())
    }
}

/// Opens a connector by its record.
pub(crate) fn connect(record: Value, secret: String) -> Box<dyn PartnerConnector> {
    connect_waiting(record, secret, client().patience())
}

/// The same, for a partner that is waited for so long.
pub(crate) fn connect_waiting(record: Value, secret: String, patience: Patience) -> Box<dyn PartnerConnector> {
    let connector: Connector = serde_json::from_value(record).unwrap();
    open(&connector, Some(secret), &client().waiting(patience).unwrap().into(), None).unwrap()
}

/// A client that may call this machine.
pub(crate) fn client() -> HttpClient {
    HttpClient::new(&Settings::with_loopback()).unwrap()
}

/// Every system there is to be had.
pub(crate) async fn benches() -> Vec<Box<dyn Bench>> {
    let mut benches: Vec<Box<dyn Bench>> =
        vec![Box::new(ReceiverBench::start().await), Box::new(HubBench::start().await)];
    benches.extend(systems().await);
    benches
}

/// Every system that can be looked into and has editors of its own.
pub(crate) async fn systems() -> Vec<Box<dyn Bench>> {
    let mut benches: Vec<Box<dyn Bench>> = Vec::new();
    benches.extend(wordpress::sites().into_iter().map(boxed));
    benches.extend(ghost::sites().into_iter().map(boxed));
    benches.extend(wagtail::sites().into_iter().map(boxed));
    benches.extend(directus::sites().await.into_iter().map(boxed));
    benches.push(boxed(wechat::account().await));
    benches
}

fn boxed(site: impl Bench + 'static) -> Box<dyn Bench> {
    Box::new(site)
}
