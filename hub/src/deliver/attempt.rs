//! One attempt: looks at the article as it stands, renders it under its terms, calls the connector, names the outcome.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use lianbo_connectors::http::while_permitted;
use lianbo_connectors::partner::{Failure, Held, Outgoing, PartnerConnector, Withdrawal};
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Action, Article, PartnerId, Receipt, ReceiptState, Remote, Template, Terms};

use super::articles::ArticleStore;
use super::difference::{Known, KnownState, is_redelivery};
use super::identity::rendering_hash;
use super::lease::{Lease, Looks};
use super::ledger::Due;
use super::outcome::{Finished, Outcome, answer, receipt, refusal};
use super::render::{Envelope, render_for};
use crate::stage::Clock;

/// How long an attempt waits for an article that this node does not know yet: its view is milliseconds behind.
const VIEW_PATIENCE: Duration = Duration::from_millis(100);
/// How soon such an article is looked at again after that.
const VIEW_BEHIND: SignedDuration = SignedDuration::from_millis(100);
/// How old a decision may be for that; with an older one the view itself is being rebuilt, which takes minutes.
const YOUNG: SignedDuration = SignedDuration::from_secs(5);
/// How soon it is looked at again then.
const VIEW_REBUILT: SignedDuration = SignedDuration::from_secs(5);
/// How soon a delivery is looked at again that waits for a decision on a newer version, or is not to be shown.
const UNDECIDED: SignedDuration = SignedDuration::from_secs(1);
/// Bytes of an id, URL or token of a partner at most: more is no such thing, and would fill the ledger.
const LONGEST_REMOTE: usize = 4_096;
/// What an attempt needs.
pub(super) struct Attempt {
    /// To whom.
    pub(super) partner: PartnerId,
    /// By which connector.
    pub(super) connector: Arc<dyn PartnerConnector>,
    /// How its articles are laid out; as they stand, without one.
    pub(super) template: Option<Template>,
    /// For how long at most.
    pub(super) timeout: Duration,
    /// Where the body is.
    pub(super) articles: Arc<dyn ArticleStore>,
    /// Tells the time.
    pub(super) clock: Clock,
    /// Whether this node may still act.
    pub(super) lease: Arc<Lease>,
}

impl Attempt {
    /// Does it.
    pub(super) async fn run(self, due: Due) -> Finished {
        let mut called = false;
        let outcome = match due.wanted.delivery.action {
            Action::Hold => self.hold(&due, &mut called).await,
            Action::Withdraw => self.withdraw(&due, &mut called).await,
        };
        Finished { due, outcome: outcome.unwrap_or_else(|stopped| stopped), called }
    }

    async fn hold(&self, due: &Due, called: &mut bool) -> Result<Outcome, Outcome> {
        let now = (self.clock)();
        let article = self.sendable(due, now).await?;
        let Some(terms) = &due.wanted.delivery.terms else {
            let reason = "the delivery names no grant, and nothing goes out without one";
            return Ok(self.refuse(due, due.tries, "no-terms", reason));
        };
        let outgoing = match self.rendering(due, &article, terms).await {
            Ok(outgoing) => outgoing,
            Err(cause) => return Ok(self.refuse(due, due.tries, "template", &cause)),
        };
        let rendering = rendering_hash(&outgoing);
        if let Some(known) = &due.known {
            let same = known.remote.is_some() && known.rendering.as_ref() == Some(&rendering);
            if same && !is_redelivery(&due.wanted.delivery, Some(known)) {
                return Ok(self.still_held(due, known));
            }
        }
        let held = due.known.as_ref().and_then(Known::held);
        self.still_ours()?;
        *called = true;
        match self.call(self.connector.put(&outgoing, held.as_ref())).await?.and_then(check_remote) {
            Ok(held) => Ok(self.held(due, held, rendering)),
            Err(failure) => Ok(self.failed(due, failure)),
        }
    }

    async fn withdraw(&self, due: &Due, called: &mut bool) -> Result<Outcome, Outcome> {
        let now = (self.clock)();
        not_before(due, now)?;
        let holds_none = due.known.as_ref().is_none_or(|known| known.state == KnownState::Withdrawn);
        let is_told_again = is_redelivery(&due.wanted.delivery, due.known.as_ref());
        if due.untouched && holds_none && !is_told_again {
            return Ok(self.withdrawn(due, 0));
        }
        let delivery = &due.wanted.delivery;
        let withdrawal = Withdrawal {
            uri: delivery.article.clone(),
            version: delivery.version,
            status: delivery.status.unwrap_or(PubStatus::Withheld),
            note: delivery.note.clone(),
            decided: delivery.decided,
            delivery_id: due.id_at(&self.partner),
            traceparent: due.wanted.traceparent.clone(),
        };
        let held = due.known.as_ref().and_then(Known::held);
        self.still_ours()?;
        *called = true;
        match self.call(self.connector.withdraw(&withdrawal, held.as_ref())).await? {
            Ok(()) => Ok(self.withdrawn(due, due.tries.saturating_add(1))),
            Err(failure) => Ok(self.failed(due, failure)),
        }
    }

    /// Makes a call, none of whose requests is sent once the lane may be another node's. A failure then is none of the
    /// partner's.
    async fn call<T>(&self, call: impl Future<Output = Result<T, Failure>>) -> Result<Result<T, Failure>, Outcome> {
        let looks = Looks::at(&self.lease);
        let permit = looks.clone();
        let result = bounded(self.timeout, while_permitted(move || permit.permit(), call)).await;
        if result.is_err() && !looks.were_good() { Err(self.not_ours()) } else { Ok(result) }
    }

    /// The look before a call: the process may have been stopped since the lane chose this article.
    fn still_ours(&self) -> Result<(), Outcome> {
        if self.lease.holds() { Ok(()) } else { Err(self.not_ours()) }
    }

    fn not_ours(&self) -> Outcome {
        later((self.clock)(), VIEW_BEHIND, "the log has not confirmed that this node has the lane".to_owned())
    }

    /// The article, if this version of it may be shown now, whatever the delivery says.
    async fn sendable(&self, due: &Due, now: Timestamp) -> Result<Arc<Article>, Outcome> {
        not_before(due, now)?;
        let version = due.wanted.delivery.version;
        let young = now.duration_since(due.wanted.delivery.decided) < YOUNG;
        let patience = if young { VIEW_PATIENCE } else { Duration::ZERO };
        let article = self.articles.version(due.article(), version, patience).await;
        let article = article.map_err(|error| later(now, UNDECIDED, error.to_string()))?;
        let Some(article) = article.filter(|article| article.version >= version) else {
            let wait = if young { VIEW_BEHIND } else { VIEW_REBUILT };
            return Err(later(now, wait, format!("version {version} is not in this node's view yet")));
        };
        if article.version > version {
            let newest = article.version;
            return Err(later(now, UNDECIDED, format!("version {newest} is there, and nothing is decided on it yet")));
        }
        if article.status() != PubStatus::Usable {
            return Err(later(now, UNDECIDED, "the article may not be shown any more".to_owned()));
        }
        if article.has_expired(now) {
            return Err(later(now, UNDECIDED, "the article has expired".to_owned()));
        }
        match article.news.embargoed_until.filter(|until| *until > now) {
            Some(until) => Err(Outcome::Later { until, reason: "the article is under embargo".to_owned() }),
            None => Ok(article),
        }
    }

    async fn rendering(&self, due: &Due, article: &Article, terms: &Terms) -> Result<Outgoing, String> {
        let envelope = Envelope { delivery_id: due.id_at(&self.partner), traceparent: due.wanted.traceparent.clone() };
        let outgoing = render_for(article, terms, self.template.as_ref(), envelope).await?;
        Ok(Outgoing { returned: due.was_withdrawn().then_some(due.wanted.delivery.decided), ..outgoing })
    }

    fn failed(&self, due: &Due, failure: Failure) -> Outcome {
        match failure {
            Failure::Rejected { reason } => self.refuse(due, due.tries.saturating_add(1), "rejected", &reason),
            failure => Outcome::Failed(failure),
        }
    }

    fn refuse(&self, due: &Due, tries: u32, code: &str, reason: &str) -> Outcome {
        Outcome::Answered(Box::new(refusal(due, &self.partner, (self.clock)(), tries, code, reason)))
    }

    fn still_held(&self, due: &Due, known: &Known) -> Outcome {
        let receipt = Receipt {
            remote: known.remote.clone(),
            content_hash: known.content_hash.clone(),
            rendering: known.rendering.clone(),
            ..receipt(due, &self.partner, ReceiptState::Held, due.tries, (self.clock)())
        };
        Outcome::Answered(Box::new(answer(due, receipt, None)))
    }

    fn held(&self, due: &Due, held: Held, rendering: String) -> Outcome {
        let receipt = Receipt {
            remote: Some(held.remote),
            content_hash: Some(held.content_hash),
            rendering: Some(rendering),
            ..receipt(due, &self.partner, ReceiptState::Held, due.tries.saturating_add(1), (self.clock)())
        };
        Outcome::Answered(Box::new(answer(due, receipt, None)))
    }

    fn withdrawn(&self, due: &Due, tries: u32) -> Outcome {
        let receipt = receipt(due, &self.partner, ReceiptState::Withdrawn, tries, (self.clock)());
        Outcome::Answered(Box::new(answer(due, receipt, None)))
    }
}

/// Makes a call of a connector, for so long at most. A panic in it is this call's failure and nobody else's.
pub(super) async fn bounded<T>(
    timeout: Duration,
    call: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    match tokio::time::timeout(timeout, AssertUnwindSafe(call).catch_unwind()).await {
        Ok(Ok(result)) => result,
        Ok(Err(_panic)) => Err(transient("the connector panicked".to_owned())),
        Err(_elapsed) => Err(transient(format!("the attempt took longer than {} ms in all", timeout.as_millis()))),
    }
}

fn not_before(due: &Due, now: Timestamp) -> Result<(), Outcome> {
    match due.wanted.delivery.not_before.filter(|until| *until > now) {
        Some(until) => Err(Outcome::Later { until, reason: "its time has not come".to_owned() }),
        None => Ok(()),
    }
}

fn later(now: Timestamp, wait: SignedDuration, reason: String) -> Outcome {
    Outcome::Later { until: now.saturating_add(wait).unwrap_or(now), reason }
}

fn transient(reason: String) -> Failure {
    Failure::Transient { retry_after: None, reason }
}

/// What a partner calls its copy must be fit to be kept.
fn check_remote(mut held: Held) -> Result<Held, Failure> {
    let Remote { id, url, token } = &mut held.remote;
    if id.is_empty() || id.len() > LONGEST_REMOTE {
        return Err(transient(format!("the partner's id of the article has {} bytes", id.len())));
    }
    url.take_if(|url| url.len() > LONGEST_REMOTE);
    token.take_if(|token| token.len() > LONGEST_REMOTE);
    Ok(held)
}
