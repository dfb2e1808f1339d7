//! A partner that does as the test says, and remembers what it saw.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use lianbo_connectors::partner::{Failure, Held, Outgoing, PartnerConnector, Withdrawal};
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{ArticleUri, Remote};
use tokio::time::Instant;

/// One call, as the partner saw it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    pub(crate) what: What,
    pub(crate) article: String,
    pub(crate) version: u32,
    pub(crate) delivery_id: String,
    pub(crate) held: Option<Held>,
    /// When it was decided that the article stands there again.
    pub(crate) returned: Option<Timestamp>,
    pub(crate) at: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum What {
    Put,
    Withdraw(PubStatus),
    Check,
}

/// How the partner takes a call.
#[derive(Debug, Clone)]
pub(crate) enum Behaviour {
    Take,
    /// Takes it, and takes its time.
    TakeAfter(Duration),
    /// Takes it, and its answer is not heard.
    TakeUnheard,
    Refuse(Failure),
    /// Never answers.
    Hang,
    Panic,
}

type Manner = Box<dyn Fn(&Call) -> Behaviour + Send>;

/// The partner's system: what it shows, whatever connector speaks to it.
#[derive(Clone)]
pub(crate) struct FakePartner {
    inside: Arc<Mutex<Inside>>,
}

struct Inside {
    calls: Vec<Call>,
    shows: BTreeMap<String, u32>,
    created: usize,
    manner: Manner,
}

impl FakePartner {
    pub(crate) fn new() -> Self {
        let manner: Manner = Box::new(|_| Behaviour::Take);
        let inside = Inside { calls: Vec::new(), shows: BTreeMap::new(), created: 0, manner };
        Self { inside: Arc::new(Mutex::new(inside)) }
    }

    pub(crate) fn behave(&self, manner: impl Fn(&Call) -> Behaviour + Send + 'static) {
        self.inside.lock().unwrap().manner = Box::new(manner);
    }

    /// Puts and withdrawals, in order.
    pub(crate) fn calls(&self) -> Vec<Call> {
        let inside = self.inside.lock().unwrap();
        inside.calls.iter().filter(|call| call.what != What::Check).cloned().collect()
    }

    pub(crate) fn checks(&self) -> usize {
        self.inside.lock().unwrap().calls.iter().filter(|call| call.what == What::Check).count()
    }

    /// Article (short) and version of each call, in order.
    pub(crate) fn seen(&self) -> Vec<(String, u32)> {
        self.calls().into_iter().map(|call| (call.article, call.version)).collect()
    }

    /// What readers of the partner see: article (short) → version.
    pub(crate) fn shows(&self) -> BTreeMap<String, u32> {
        self.inside.lock().unwrap().shows.clone()
    }

    /// How many posts were ever made.
    pub(crate) fn created(&self) -> usize {
        self.inside.lock().unwrap().created
    }

    async fn take(&self, call: Call) -> Result<(), Failure> {
        let behaviour = {
            let mut inside = self.inside.lock().unwrap();
            inside.calls.push(call.clone());
            (inside.manner)(&call)
        };
        match behaviour {
            Behaviour::Take | Behaviour::TakeUnheard => {}
            Behaviour::TakeAfter(wait) => tokio::time::sleep(wait).await,
            Behaviour::Refuse(failure) => return Err(failure),
            Behaviour::Hang => std::future::pending().await,
            Behaviour::Panic => panic!("as the test says"),
        }
        let mut inside = self.inside.lock().unwrap();
        match call.what {
            What::Put => {
                if inside.shows.insert(call.article, call.version).is_none() {
                    inside.created += 1;
                }
            }
            What::Withdraw(_) => drop(inside.shows.remove(&call.article)),
            What::Check => {}
        }
        match behaviour {
            Behaviour::TakeUnheard => Err(Failure::Transient { retry_after: None, reason: "no answer".to_owned() }),
            _ => Ok(()),
        }
    }
}

/// Where readers see an article.
fn address(uri: &ArticleUri) -> String {
    format!("https://partner.example/{}", uri.short())
}

fn call(what: What, article: &ArticleUri, version: u32, delivery_id: &str, held: Option<&Held>) -> Call {
    Call {
        what,
        article: article.short().to_owned(),
        version,
        delivery_id: delivery_id.to_owned(),
        held: held.cloned(),
        returned: None,
        at: Instant::now(),
    }
}

#[async_trait]
impl PartnerConnector for FakePartner {
    async fn check(&self) -> Result<String, Failure> {
        let nothing = ArticleUri::new("tag:x,2026:article:check").unwrap();
        self.take(call(What::Check, &nothing, 0, "", None)).await?;
        Ok("a partner of the test".to_owned())
    }

    async fn put(&self, article: &Outgoing, held: Option<&Held>) -> Result<Held, Failure> {
        let put = call(What::Put, &article.uri, article.version, &article.delivery_id, held);
        self.take(Call { returned: article.returned, ..put }).await?;
        let remote =
            Remote { id: format!("post-{}", article.uri.short()), url: Some(address(&article.uri)), token: None };
        Ok(Held::now(remote, format!("hash-{}", article.html.len())))
    }

    async fn withdraw(&self, withdrawal: &Withdrawal, held: Option<&Held>) -> Result<(), Failure> {
        let what = What::Withdraw(withdrawal.status);
        self.take(call(what, &withdrawal.uri, withdrawal.version, &withdrawal.delivery_id, held)).await
    }
}
