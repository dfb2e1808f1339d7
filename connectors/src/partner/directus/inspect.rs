//! What stands in a Directus, apart from any delivery.

use async_trait::async_trait;
use lianbo_schemas::ArticleUri;
use serde_json::json;

use super::Directus;
use super::item::Item;
use crate::partner::options::Beginning;
use crate::partner::{
    Copy, Failure, Held, Inspect, Marked, Marks, OnLocalEdit, Outgoing, Standing, Visibility, Words, name_of,
};

/// Items of one page: with their texts they are some megabytes, and Directus gives 100 where nothing else is set.
const PAGE: usize = 50;

#[async_trait]
impl Inspect for Directus {
    async fn look(
        &self,
        uri: &ArticleUri,
        article: Option<&Outgoing>,
        held: Option<&Held>,
    ) -> Result<Standing, Failure> {
        let items = self.find(uri, held).await?;
        let Some(item) = items.into_iter().next() else { return Ok(Standing::Missing) };
        let is_ours = |article: &Outgoing| item.says(article, &self.options);
        Ok(Standing::There(Copy {
            visibility: self.visibility(&item),
            text: Words::of(article.map(is_ours)),
            remote: item.remote(&self.options),
        }))
    }

    /// Each item of ours says of which article it is, where there is a field for that; without one nothing is told.
    async fn list(&self, after: Option<&str>) -> Result<Marks, Failure> {
        let Some(field) = self.options.fields.get("external_id") else { return Ok(Marks::default()) };
        let offset: usize = after.and_then(|offset| offset.parse().ok()).unwrap_or(0);
        let window = format!("sort={}&limit={PAGE}&offset={offset}", self.options.key);
        let items = self.page(&json!({field: {"_contains": ":article:"}}), &window).await?;
        let next = (items.len() == PAGE).then(|| (offset + PAGE).to_string());
        let mark = |item: Item| {
            let name = name_of(&item.uri(&self.options)?);
            item.is_shown(&self.options).then(|| Marked { name, remote: item.remote(&self.options) })
        };
        Ok(Marks { marked: items.into_iter().filter_map(mark).collect(), next })
    }

    fn on_local_edit(&self) -> OnLocalEdit {
        self.options.on_local_edit
    }
}

impl Directus {
    fn visibility(&self, item: &Item) -> Visibility {
        match self.options.beginning {
            _ if item.is_shown(&self.options) => Visibility::Shown,
            Beginning::Draft if item.status(&self.options) == self.options.statuses.draft => Visibility::Draft,
            Beginning::Draft | Beginning::Publish => Visibility::Hidden,
        }
    }
}
