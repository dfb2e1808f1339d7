//! What carries a hub's mark at the partner and is not where the ledger says: strangers and doubles.

use std::sync::Arc;

use lianbo_connectors::partner::{Marked, Marks};
use lianbo_schemas::{Action, Article, ArticleUri, Receipt};
use serde_json::json;

use super::finding::{Finding, is_pending};
use super::{Row, Work, unread, withdrawal};
use crate::operate::progress::{Stopped, Teller};

/// Pages of marks at most: five million copies.
const PAGES: u32 = 100_000;

impl Work {
    /// Walks through everything with a mark.
    pub(super) async fn strangers(&mut self, teller: &Teller) -> Result<(), Stopped> {
        let mut after: Option<String> = None;
        for _ in 0..PAGES {
            let Marks { marked, next } = self.list(after.as_deref()).await?;
            for one in marked {
                if let Some(row) = self.marked(one).await? {
                    teller.tell(&json!({"done": 0, "row": row})).await?;
                }
            }
            // Also says whether anybody still listens.
            teller.tell(&json!({"done": 0})).await?;
            match next {
                Some(next) => after = Some(next),
                None => return Ok(()),
            }
        }
        Ok(())
    }

    async fn list(&mut self, after: Option<&str>) -> Result<Marks, Stopped> {
        let connector = Arc::clone(&self.connector);
        let Some(inspect) = connector.inspect() else { return Ok(Marks::default()) };
        let mut tries = 0;
        loop {
            self.pace.wait(1).await;
            let answer = tokio::time::timeout(self.timeout(), inspect.list(after)).await;
            if let Some(heard) = self.hear(answer, &mut tries).await? {
                return heard.map_err(Stopped::Failed);
            }
        }
    }

    /// One mark, if the ledger does not know its place.
    async fn marked(&mut self, marked: Marked) -> Result<Option<Row>, Stopped> {
        let short = marked.name.strip_prefix("lianbo-").unwrap_or(&marked.name);
        let article = self.operate.view.article_by_short(short).await.map_err(unread)?;
        let Some(article) = article else {
            let outcome = "left: this hub knows no such article; another hub may have put it there".to_owned();
            return Ok(Some(self.stranger(&marked, None, outcome)));
        };
        let desired = self.operate.view.desired(&self.partner.id, &article.uri).await.map_err(unread)?;
        let Some(receipt) = self.receipt(&article.uri).await? else {
            // The lane may have put it there a moment ago.
            if desired.is_some_and(|delivery| delivery.action == Action::Hold) {
                return Ok(None);
            }
            let outcome = self.send_away(&article).await?;
            return Ok(Some(self.stranger(&marked, Some(&article), outcome)));
        };
        let history = receipt.history();
        let held = history.changes.last().and_then(|change| change.copy.as_ref());
        if is_pending(&receipt, desired.as_ref()) {
            return Ok(None);
        }
        // What was withdrawn and still stands is found when its receipt is looked at.
        if held.is_none_or(|held| held.remote.id == marked.remote.id) {
            return Ok(None);
        }
        self.count(Finding::Double);
        let outcome = self.mend(Finding::Double, &article, &receipt).await?;
        Ok(Some(row(Finding::Double, &marked, Some(&article), outcome)))
    }

    async fn receipt(&self, uri: &ArticleUri) -> Result<Option<Receipt>, Stopped> {
        let receipts = self.operate.view.receipts_of_article(uri).await.map_err(unread)?;
        let of_partner = receipts.into_iter().find(|receipt| receipt.partner == self.partner.id);
        Ok(of_partner.filter(|receipt| receipt.history().last_copy().is_some()))
    }

    async fn send_away(&mut self, article: &Article) -> Result<String, Stopped> {
        if !self.asked.take_down_strangers {
            return Ok("left: --take-down-strangers takes it down".to_owned());
        }
        let end = withdrawal(article, &self.mark, (self.operate.clock)());
        self.deliver(&end).await
    }

    fn stranger(&mut self, marked: &Marked, article: Option<&Article>, outcome: String) -> Row {
        self.count(Finding::Stranger);
        row(Finding::Stranger, marked, article, outcome)
    }
}

fn row(finding: Finding, marked: &Marked, article: Option<&Article>, outcome: String) -> Row {
    Row {
        finding,
        article: article.map(|article| article.uri.clone()),
        headline: article.map(|article| article.news.headline().to_owned()),
        remote_id: Some(marked.remote.id.clone()),
        url: marked.remote.url.clone(),
        outcome,
    }
}
