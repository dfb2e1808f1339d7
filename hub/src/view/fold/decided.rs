//! Editors' decisions: which items have left which article.

use lianbo_schemas::{ArticleUri, Decision, ItemUri};
use rusqlite::params;

use super::article::Place;
use super::channel::Trigger;
use super::{Fold, FoldError, json};
use crate::view::query::article_by_id;

impl Fold<'_> {
    pub(super) fn decided(
        &mut self,
        decision: &Decision,
        result: &ArticleUri,
        moved: &[ItemUri],
        place: Place,
    ) -> Result<(), FoldError> {
        let sql = "INSERT OR IGNORE INTO decisions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let row = params![
            decision.id.as_str(),
            decision.article.as_str(),
            result.as_str(),
            decision.ruling.word(),
            place.at,
            place.offset,
            json(decision)?,
        ];
        if self.file.prepare_cached(sql)?.execute(row)? == 0 {
            // The record came twice; since the first time the items may have moved on.
            return Ok(());
        }
        self.touched.articles.push(result.clone());
        let Some(known) = self.row(&decision.article)? else { return Ok(()) };
        for item in moved {
            let sql = "DELETE FROM sightings WHERE article = ?1 AND item = ?2";
            self.file.prepare_cached(sql)?.execute(params![known.id, item.as_str()])?;
        }
        self.touch(known.id, place)?;
        if !moved.is_empty()
            && let Some(article) = article_by_id(self.file, known.id)?
        {
            self.channels_of(known.id, &article, Trigger::Sighted, place)?;
        }
        Ok(())
    }
}
