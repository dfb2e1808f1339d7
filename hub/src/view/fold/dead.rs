//! `dead`: refusals, open or closed.

use lianbo_schemas::{DeadLetter, Origin};
use rusqlite::params;

use super::{Fold, FoldError, data, json};
use crate::log::Record;
use crate::view::time::micros;

impl Fold<'_> {
    pub(super) fn dead_letter(&mut self, record: &Record) -> Result<(), FoldError> {
        let Some(letter) = data::<DeadLetter>(record)? else {
            let key = String::from_utf8_lossy(record.key.as_deref().unwrap_or_default()).into_owned();
            self.file.prepare_cached("DELETE FROM dead WHERE key = ?1")?.execute([key])?;
            return Ok(());
        };
        let submission = match &letter.origin {
            Origin::Submission { submission, .. } => Some(submission.as_str()),
            Origin::Record { .. } | Origin::Decision { .. } | Origin::Delivery { .. } => None,
        };
        let sql = "INSERT OR REPLACE INTO dead VALUES (?1, ?2, ?3, ?4, ?5)";
        let row = params![letter.key(), micros(letter.at), letter.is_open(), submission, json(&letter)?];
        self.file.prepare_cached(sql)?.execute(row)?;
        Ok(())
    }
}
