//! `receipts`, `takedowns` and `deliveries.<partner>`: what partners hold, what they took down, what they should hold.

use lianbo_schemas::takedown::Proof;
use lianbo_schemas::{Action, ArticleUri, Delivery, Receipt, ReceiptState, TakeDown, topic};
use rusqlite::params;

use super::{Fold, FoldError, data, json, opened};
use crate::log::Record;
use crate::view::time::micros;

impl Fold<'_> {
    pub(super) fn receipt(&mut self, record: &Record) -> Result<(), FoldError> {
        let Some((event, receipt)) = opened::<Receipt>(record)? else { return self.forget_receipt(record) };
        let answers = event.as_ref().and_then(Receipt::answers);
        let state = match &receipt.state {
            ReceiptState::Held => "held",
            ReceiptState::Withdrawn => "withdrawn",
            ReceiptState::Refused { .. } => "refused",
        };
        // Not `OR REPLACE`, which takes the row out of its index and puts it back. A receipt that answers an earlier decision
        // and was made earlier comes late: its node was held up before it could write it.
        let sql = "INSERT INTO receipts VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO UPDATE
            SET state = excluded.state, at = excluded.at, answers = excluded.answers, json = excluded.json
            WHERE coalesce(excluded.answers >= answers, 1) OR excluded.at >= at";
        let (article, partner) = (receipt.article.as_str(), receipt.partner.as_str());
        let row = params![article, partner, state, micros(receipt.at), answers, json(&receipt)?];
        self.file.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    /// A tombstone: its key is the partner, a space, the article.
    fn forget_receipt(&self, record: &Record) -> Result<(), FoldError> {
        if let Some((partner, article)) = key_text(record).split_once(' ') {
            let sql = "DELETE FROM receipts WHERE partner = ?1 AND article = ?2";
            self.file.prepare_cached(sql)?.execute([partner, article])?;
        }
        Ok(())
    }

    /// The newest look counts; whether it is about the newest receipt is asked when it is read.
    pub(super) fn take_down(&mut self, record: &Record) -> Result<(), FoldError> {
        let Some(look) = data::<TakeDown>(record)? else { return Ok(()) };
        let is_overdue = look.proof == Proof::Overdue;
        let sql = "INSERT OR REPLACE INTO takedowns VALUES (?1, ?2, ?3, ?4, ?5)";
        let (article, partner) = (look.article.as_str(), look.partner.as_str());
        let row = params![article, partner, micros(look.acknowledged), is_overdue, json(&look)?];
        self.file.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }

    pub(super) fn delivery(&mut self, record: &Record) -> Result<(), FoldError> {
        let name = &record.partition.topic;
        let partner =
            topic::partner_of(name).ok_or_else(|| FoldError::Unreadable(format!("`{name}` names no partner")))?;
        let Some(delivery) = data::<Delivery>(record)? else {
            let article = key_text(record);
            let sql = "DELETE FROM desired WHERE partner = ?1 AND article = ?2";
            self.file.prepare_cached(sql)?.execute([partner.as_str(), &article])?;
            return Ok(());
        };
        let action = match delivery.action {
            Action::Hold => "hold",
            Action::Withdraw => "withdraw",
        };
        let article: &ArticleUri = &delivery.article;
        let sql = "INSERT OR REPLACE INTO desired VALUES (?1, ?2, ?3, ?4, ?5)";
        let row = params![article.as_str(), partner.as_str(), action, micros(delivery.decided), json(&delivery)?];
        self.file.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }
}

fn key_text(record: &Record) -> String {
    String::from_utf8_lossy(record.key.as_deref().unwrap_or_default()).into_owned()
}
