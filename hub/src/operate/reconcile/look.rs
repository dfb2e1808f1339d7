//! One article of the ledger, looked at where it should stand.

use std::sync::Arc;
use std::time::Duration;

use lianbo_connectors::partner::{Failure, Held, Outgoing, Standing};
use lianbo_schemas::{Article, Receipt, ReceiptState, Terms};
use tokio::time::error::Elapsed;

use super::finding::{Finding, finding, is_pending};
use super::{Row, UNANSWERED, Work, unread};
use crate::deliver::{Envelope, render_for, rendering_hash};
use crate::operate::progress::Stopped;
use crate::rendition;

/// Tries of one look.
const TRIES: u32 = 3;
/// The wait between two, and the longest that a partner's own wish is heeded.
const WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(60);

impl Work {
    /// The article, if it is not as the ledger says.
    pub(super) async fn article(&mut self, receipt: &Receipt) -> Result<Option<Row>, Stopped> {
        let article = self.operate.view.article(&receipt.article).await.map_err(unread)?;
        let Some(article) = article else { return Ok(None) };
        let desired = self.operate.view.desired(&self.partner.id, &receipt.article).await.map_err(unread)?;
        let is_behind = receipt.state == ReceiptState::Held && article.version > receipt.version;
        if is_behind || is_pending(receipt, desired.as_ref()) {
            return self.row(Finding::Pending, &article, receipt, None).await.map(Some);
        }
        let terms = desired.and_then(|delivery| delivery.terms);
        // Another version than the held one is not what should stand there.
        let terms = terms.filter(|_| article.version == receipt.version);
        let outgoing = match terms {
            Some(terms) => self.outgoing(&article, &terms).await,
            None => None,
        };
        match self.look(receipt, outgoing.as_ref()).await? {
            Ok(standing) => {
                let rendering = outgoing.as_ref().map(rendering_hash);
                let found = finding(receipt, &standing, rendering.as_deref());
                if found == Finding::Same {
                    self.count(found);
                    return Ok(None);
                }
                self.row(found, &article, receipt, Some(&standing)).await.map(Some)
            }
            Err(reason) => {
                let row = self.row(Finding::Untold, &article, receipt, None).await?;
                Ok(Some(Row { outcome: reason, ..row }))
            }
        }
    }

    /// The article as the lane would send it; `None` where the partner's template cannot lay it out.
    async fn outgoing(&self, article: &Article, terms: &Terms) -> Option<Outgoing> {
        let template = rendition::of_partner(self.rules.registry(), &self.partner);
        let envelope = Envelope { delivery_id: String::new(), traceparent: None };
        render_for(article, terms, template.as_ref(), envelope).await.ok()
    }

    async fn row(
        &mut self,
        found: Finding,
        article: &Article,
        receipt: &Receipt,
        standing: Option<&Standing>,
    ) -> Result<Row, Stopped> {
        self.count(found);
        let remote = match standing {
            Some(Standing::There(copy)) => Some(copy.remote.clone()),
            Some(Standing::Missing) | None => receipt.history().last_copy().map(|copy| copy.remote.clone()),
        };
        Ok(Row {
            finding: found,
            article: Some(article.uri.clone()),
            headline: Some(article.news.headline().to_owned()),
            remote_id: remote.as_ref().map(|remote| remote.id.clone()),
            url: remote.and_then(|remote| remote.url),
            outcome: self.mend(found, article, receipt).await?,
        })
    }

    /// Looks, a few times if need be; the inner error is why the partner did not tell.
    async fn look(
        &mut self,
        receipt: &Receipt,
        outgoing: Option<&Outgoing>,
    ) -> Result<Result<Standing, String>, Stopped> {
        let history = receipt.history();
        let copy = history.last_copy().cloned();
        let held = copy.map(|copy| Held::of(copy.remote, copy.content_hash, &history));
        let connector = Arc::clone(&self.connector);
        let Some(inspect) = connector.inspect() else { return Ok(Err(String::new())) };
        let mut tries = 0;
        loop {
            self.pace.wait(1).await;
            let looking = inspect.look(&receipt.article, outgoing, held.as_ref());
            let answer = tokio::time::timeout(self.timeout(), looking).await;
            if let Some(heard) = self.hear(answer, &mut tries).await? {
                return Ok(heard);
            }
        }
    }

    /// What a partner's answer means: an answer, none (the inner error), or ask again. What it refuses for all ends the
    /// work, and so does silence that lasts.
    pub(super) async fn hear<T>(
        &mut self,
        answer: Result<Result<T, Failure>, Elapsed>,
        tries: &mut u32,
    ) -> Result<Option<Result<T, String>>, Stopped> {
        let (reason, wait) = match answer {
            Ok(Ok(answer)) => {
                self.unanswered = 0;
                return Ok(Some(Ok(answer)));
            }
            Ok(Err(Failure::Denied { reason } | Failure::Gone { reason })) => return Err(Stopped::Failed(reason)),
            Ok(Err(Failure::Rejected { reason })) => return Ok(Some(Err(reason))),
            Ok(Err(Failure::Transient { retry_after, reason })) => (reason, retry_after.unwrap_or(WAIT)),
            Ok(Err(Failure::Pending { after, reason })) => (reason, after),
            Err(_elapsed) => (format!("no answer within {} ms", self.timeout().as_millis()), WAIT),
        };
        *tries += 1;
        if *tries < TRIES {
            tokio::time::sleep(wait.min(LONGEST_WAIT)).await;
            return Ok(None);
        }
        self.unanswered += 1;
        if self.unanswered >= UNANSWERED {
            return Err(Stopped::Failed(format!("the partner does not answer: {reason}")));
        }
        Ok(Some(Err(reason)))
    }
}
