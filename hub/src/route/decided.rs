//! What an editor's decision means for partners that hold neither or only one of two articles.

use std::sync::Arc;

use lianbo_schemas::{Article, ArticleUri, Decision, ItemUri, Ruling};

use super::stage::{Articles, newest};
use crate::stage::StageError;

/// A decision that has been carried out.
pub(super) struct Asked<'a> {
    pub(super) decision: &'a Decision,
    pub(super) result: &'a ArticleUri,
    /// The version of the article that stays.
    pub(super) version: u32,
    pub(super) moved: &'a [ItemUri],
}

impl Asked<'_> {
    /// The article that others may be offered now, as it stands after the decision; none when an original was set, whose
    /// new version goes its own way. The view may show it still as it was before, or already as it is.
    pub(super) async fn article(&self, articles: &dyn Articles) -> Result<Option<Arc<Article>>, StageError> {
        match &self.decision.ruling {
            Ruling::Original { .. } => Ok(None),
            Ruling::Split { .. } => {
                let article = newest(articles, &self.decision.article, self.version).await?;
                Ok(article.map(|article| without(&article, self.moved)))
            }
            Ruling::Merge { .. } => {
                let article = newest(articles, self.result, self.version).await?;
                let merged = articles.newest(&self.decision.article).await.map_err(StageError::State)?;
                Ok(article.map(|article| with(&article, merged.as_deref(), self.moved)))
            }
        }
    }

    /// The article whose holders are to hold the other one in its place.
    pub(super) fn heirs_of(&self) -> Option<&ArticleUri> {
        matches!(self.decision.ruling, Ruling::Merge { .. }).then_some(&self.decision.article)
    }
}

fn without(article: &Article, moved: &[ItemUri]) -> Arc<Article> {
    let mut article = article.clone();
    article.sightings.retain(|sighting| !moved.contains(&sighting.item));
    Arc::new(article)
}

fn with(article: &Article, merged: Option<&Article>, moved: &[ItemUri]) -> Arc<Article> {
    let mut article = article.clone();
    for sighting in merged.into_iter().flat_map(|merged| &merged.sightings) {
        let known = article.sightings.iter().any(|other| other.item == sighting.item);
        if moved.contains(&sighting.item) && !known {
            article.sightings.push(sighting.clone());
        }
    }
    Arc::new(article)
}
