//! What follows from an attempt: a receipt, another try, a pause.

use std::time::Duration;

use futures_util::FutureExt;
use jiff::{SignedDuration, Timestamp};
use lianbo_connectors::partner::Failure;
use tokio::time::Instant;

use super::gate::Refusal;
use super::{Closed, Lane};
use crate::deliver::appender::Answer;
use crate::deliver::attempt::{Finished, Outcome, exhausted};
use crate::deliver::ledger::{Deferral, Due};

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
            Outcome::Answered(answer) => {
                if called {
                    self.breaker.success();
                    self.note_answer(&answer);
                }
                self.write(*answer);
            }
            Outcome::Later { until, reason } => {
                let tries = due.tries;
                self.defer(&due, Some(until), tries, called, reason);
            }
            Outcome::Failed(Failure::Transient { retry_after, reason }) => self.failed(due, retry_after, reason),
            Outcome::Failed(Failure::Denied { reason }) => self.refused(&due, Refusal::Denied, reason),
            Outcome::Failed(Failure::Gone { reason }) => self.refused(&due, Refusal::Gone, reason),
            Outcome::Failed(Failure::Rejected { reason }) => {
                let answer = exhausted(&due, &self.start.partner, (self.shared.clock)(), due.tries, &reason);
                self.write(answer);
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
        let tries = due.tries.saturating_add(1);
        if tries >= self.attempts() {
            self.write(exhausted(&due, &self.start.partner, (self.shared.clock)(), tries, &reason));
            return;
        }
        let wait = self.shared.settings.retry_wait(tries).mul_f64(jitter()).max(asked.unwrap_or_default());
        let until = self.after(wait);
        self.defer(&due, Some(until), tries, true, reason);
    }

    /// The article is not to blame: no try is counted, and it goes first when the partner takes us again.
    fn refused(&mut self, due: &Due, how: Refusal, reason: String) {
        self.note_error(&reason);
        self.refuse_all(how, reason.clone());
        self.defer(due, None, due.tries, true, reason);
    }

    fn after(&self, wait: Duration) -> Timestamp {
        let now = (self.shared.clock)();
        SignedDuration::try_from(wait).ok().and_then(|wait| now.checked_add(wait).ok()).unwrap_or(now)
    }

    /// Hands the receipt on; the article stays busy until it is durable.
    fn write(&mut self, answer: Answer) {
        let (appender, article) = (self.shared.appender.clone(), answer.receipt.article.clone());
        let closing = async move {
            appender.answer(answer).await?;
            Ok(Closed { article, wakes: None, again: false })
        };
        self.closing.push(closing.boxed());
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
            let closed = Closed { article: deferral.article.clone(), wakes: until, again: until.is_none() };
            ledger.call(move |store| store.defer(&deferral)).await?;
            Ok(closed)
        };
        self.closing.push(closing.boxed());
    }

    /// An article is free again.
    pub(super) fn close(&mut self, closed: Closed) {
        let carried_out = self.busy.remove(&closed.article);
        self.stale |= closed.again || self.overtaken.remove(&closed.article);
        self.next_wake = [self.next_wake, closed.wakes].into_iter().flatten().min();
        if let (Some(offset), true) = (carried_out, self.restock.is_some()) {
            self.closed_meanwhile.insert(closed.article, offset);
            self.wakes_meanwhile = [self.wakes_meanwhile, closed.wakes].into_iter().flatten().min();
        }
        // When all in hand is done, there may be more, and the counts are to be right.
        self.more = true;
    }
}
