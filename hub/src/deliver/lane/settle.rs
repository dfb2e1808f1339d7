//! What follows from an attempt: a receipt, another try, a pause.

use std::time::Duration;

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use lianbo_connectors::partner::Failure;
use lianbo_schemas::{DeadLetter, Origin, Reason, Remote};
use tokio::time::Instant;

use super::gate::Refusal;
use super::{Closed, Lane};
use crate::deliver::appender::{Answer, Open};
use crate::deliver::ledger::{Deferral, Due};
use crate::deliver::outcome::{Finished, Outcome, exhausted};

/// Times as many tries as elsewhere while the partner takes nothing: at the longest pause that is a day.
const OUTAGE: u32 = 24;
/// How long a partner may have an article without showing it. Reviews by people take minutes to hours, a night at worst.
const LONGEST_REVIEW: SignedDuration = SignedDuration::from_hours(24);

/// A fifth to either side, so that lanes and articles that failed together do not come back together.
fn jitter() -> f64 {
    rand::random_range(0.8..1.2)
}

impl Lane {
    /// Sorts an attempt by what comes next.
    pub(super) fn settle(&mut self, finished: Finished) {
        let Finished { due, outcome, called } = finished;
        if !called {
            self.pace.give_back();
        }
        match outcome {
            Outcome::Answered(mut answer) => {
                if due.is_withdrawal() && due.tries >= self.attempts() && answer.letter.is_none() {
                    answer.letter = Some(self.closed_letter(&answer));
                }
                if called {
                    self.breaker.success();
                    self.denied.took(due.article());
                    self.note_answer(&answer);
                }
                self.write(&due, *answer);
            }
            Outcome::Later { until, reason } => {
                let tries = due.tries;
                self.defer(&due, Some(until), tries, called, reason);
            }
            Outcome::Failed(Failure::Transient { retry_after, reason }) => self.failed(due, retry_after, reason),
            Outcome::Failed(Failure::Pending { after, reason }) => self.pending(due, after, reason),
            Outcome::Failed(Failure::Denied { reason }) => self.refused(due, Refusal::Denied, reason),
            Outcome::Failed(Failure::Gone { reason }) => self.refused(due, Refusal::Gone, reason),
            Outcome::Failed(Failure::Rejected { reason }) => {
                let answer = exhausted(&due, &self.start.partner, (self.shared.clock)(), due.tries, &reason);
                self.write(&due, answer);
            }
        }
    }

    fn failed(&mut self, due: Due, retry_after: Option<Duration>, reason: String) {
        let settings = &self.shared.settings;
        let asked = settings.believed(retry_after);
        let was_closed = self.breaker.is_closed();
        self.breaker.failure(Instant::now(), asked, settings, jitter());
        if was_closed && !self.breaker.is_closed() {
            tracing::warn!(partner.id = self.start.partner.as_str(), reason, "the partner fails, its lane waits");
        }
        self.note_error(&reason);
        // In an outage the partner is to blame, be this the only article there is.
        let most = if was_closed { self.attempts() } else { self.attempts().saturating_mul(OUTAGE) };
        self.again(due, most, asked.unwrap_or_default(), reason);
    }

    /// Another try, not before `wait`, or the end after `most`.
    fn again(&mut self, due: Due, most: u32, wait: Duration, reason: String) {
        let tries = due.tries.saturating_add(1);
        let ended = || exhausted(&due, &self.start.partner, (self.shared.clock)(), tries, &reason);
        if due.is_withdrawal() {
            // A kill is never given up on while its partner merely fails: it reaches it after however long an outage.
            // The letter tells an operator meanwhile; it is written once, and closed when the kill has gone through.
            if tries == self.attempts()
                && let Some(letter) = ended().letter
            {
                self.write_letter(letter);
            }
        } else if tries >= most {
            let answer = ended();
            return self.write(&due, answer);
        }
        let wait = self.shared.settings.retry_wait(tries).mul_f64(jitter()).max(wait);
        let until = self.after(wait);
        self.defer(&due, Some(until), tries, true, reason);
    }

    /// The lane is paused until the partner takes us again, unless it took others since it denied this article: then the
    /// article alone is to blame, as one that an editor there has made their own.
    fn refused(&mut self, due: Due, how: Refusal, reason: String) {
        self.note_error(&reason);
        if self.denied.is_alone(due.article()) {
            return self.again(due, self.attempts(), Duration::ZERO, reason);
        }
        self.refuse_all(how, reason.clone());
        self.defer(&due, None, due.tries, true, reason);
    }

    fn after(&self, wait: Duration) -> Timestamp {
        let now = (self.shared.clock)();
        SignedDuration::try_from(wait).ok().and_then(|wait| now.checked_add(wait).ok()).unwrap_or(now)
    }

    /// Hands the receipt on; the article stays busy until it is durable.
    fn write(&mut self, due: &Due, answer: Answer) {
        let shows = |remote: Option<&Remote>| i64::from(remote.is_some());
        let shows =
            shows(answer.receipt.remote.as_ref()) - shows(due.known.as_ref().and_then(|known| known.remote.as_ref()));
        let (appender, article) = (self.shared.appender.clone(), answer.receipt.article.clone());
        let open = Open::one(&self.undurable);
        let closing = async move {
            appender.answer(answer, open).await?;
            Ok(Closed::Receipt { article, shows })
        };
        self.closing.push(closing.boxed());
    }

    fn closed_letter(&self, answer: &Answer) -> DeadLetter {
        let receipt = &answer.receipt;
        let (partner, article) = (receipt.partner.clone(), receipt.article.clone());
        let origin = Origin::Delivery { partner, article, version: receipt.version };
        let reason = Reason { code: "exhausted".to_owned(), detail: "withdrawn after all".to_owned() };
        DeadLetter { redriven: Some(receipt.at), ..DeadLetter::new(origin, reason, receipt.at) }
    }

    /// A letter beside a delivery that goes on.
    fn write_letter(&mut self, letter: DeadLetter) {
        let appender = self.shared.appender.clone();
        let writing = async move {
            appender.letter(letter).await?;
            Ok(Closed::Letter)
        };
        self.closing.push(writing.boxed());
    }

    /// Lets an article wait, in the ledger; it stays busy until that is written.
    fn defer(&mut self, due: &Due, until: Option<Timestamp>, tries: u32, called: bool, reason: String) {
        let ledger = self.shared.ledger.clone();
        let deferral = Deferral {
            partner: self.start.partner.clone(),
            article: due.article().clone(),
            offset: due.wanted.offset,
            until,
            tries,
            called,
            reason,
        };
        let closing = async move {
            let article = deferral.article.clone();
            let closed = Closed::Deferral { article, wakes: until };
            ledger.call(move |store| store.defer(&deferral)).await?;
            Ok(closed)
        };
        self.closing.push(closing.boxed());
    }

    /// The partner has the article and does not show it yet: it is well, and no try is counted. What takes longer than any
    /// review is tried as often as what fails, so that it ends.
    fn pending(&mut self, due: Due, after: Duration, reason: String) {
        self.breaker.success();
        self.denied.took(due.article());
        let delivery = &due.wanted.delivery;
        let begun = delivery.not_before.map_or(delivery.decided, |until| until.max(delivery.decided));
        if (self.shared.clock)().duration_since(begun) > LONGEST_REVIEW {
            self.failed(due, None, reason);
            return;
        }
        let after = self.shared.settings.believed(Some(after)).unwrap_or(after);
        let (until, tries) = (self.after(after.mul_f64(jitter())), due.tries);
        self.defer(&due, Some(until), tries, true, reason);
    }

    /// Something is written; most often an article is free again.
    pub(super) fn close(&mut self, closed: Closed) {
        let (article, wakes, again) = match closed {
            Closed::Letter => return,
            Closed::Receipt { article, shows } => {
                self.shown.backlog = self.shown.backlog.saturating_sub(1);
                self.shown.held = self.shown.held.saturating_add_signed(shows);
                (article, None, false)
            }
            Closed::Deferral { article, wakes } => (article, wakes, wakes.is_none()),
        };
        let carried_out = self.busy.remove(&article);
        self.stale |= again || self.overtaken.remove(&article);
        self.next_wake = [self.next_wake, wakes].into_iter().flatten().min();
        if let (Some(offset), true) = (carried_out, self.restock.is_some()) {
            self.closed_meanwhile.insert(article, offset);
            self.wakes_meanwhile = [self.wakes_meanwhile, wakes].into_iter().flatten().min();
        }
        // The counts above leave out what others see to, such as an article that is overtaken.
        self.changed = true;
    }
}
