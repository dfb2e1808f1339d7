//! What stands at a Wagtail site, apart from any delivery.

use async_trait::async_trait;
use lianbo_schemas::{ArticleUri, Remote};
use serde::Deserialize;

use super::page::Page;
use super::{Wagtail, find};
use crate::partner::name::{Name, of_slug};
use crate::partner::options::Beginning;
use crate::partner::{Copy, Failure, Held, Inspect, Marked, Marks, OnLocalEdit, Outgoing, Standing, Visibility, Words};

/// Pages asked for at once, and the most the package gives by its own setting.
const PAGE: usize = 100;

/// Pages as the Write API lists them.
#[derive(Deserialize)]
struct Rows {
    items: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    id: u64,
    slug: String,
    meta: Meta,
}

#[derive(Deserialize)]
struct Meta {
    live: bool,
    url_path: Option<String>,
}

#[async_trait]
impl Inspect for Wagtail {
    async fn look(
        &self,
        uri: &ArticleUri,
        article: Option<&Outgoing>,
        held: Option<&Held>,
    ) -> Result<Standing, Failure> {
        let pages = find::pages(&self.api, &self.options, &Name::of(uri), held).await?;
        let Some(page) = pages.into_iter().next() else { return Ok(Standing::Missing) };
        let is_ours = |article: &Outgoing| page.says(article, &self.options);
        Ok(Standing::There(Copy {
            visibility: self.visibility(&page),
            text: Words::of(article.map(is_ours)),
            remote: self.remote(&page),
        }))
    }

    /// The package cannot search for what a slug begins with, so all pages of the type are walked through.
    async fn list(&self, after: Option<&str>) -> Result<Marks, Failure> {
        let offset: usize = after.and_then(|offset| offset.parse().ok()).unwrap_or(0);
        let (api, kind) = (&self.options.write_api, &self.options.page_type);
        let route = format!("{api}/pages/?type={kind}&order=id&limit={PAGE}&offset={offset}");
        let rows: Rows = self.api.get(&route).await?;
        let next = (!rows.items.is_empty()).then(|| (offset + rows.items.len()).to_string());
        let mark = |row: Row| {
            let name = of_slug(&row.slug)?.to_owned();
            let url = row.meta.url_path.as_deref().map(|path| self.api.address(path));
            row.meta.live.then(|| Marked { name, remote: Remote { id: row.id.to_string(), url, token: None } })
        };
        Ok(Marks { marked: rows.items.into_iter().filter_map(mark).collect(), next })
    }

    fn on_local_edit(&self) -> OnLocalEdit {
        self.options.on_local_edit
    }
}

impl Wagtail {
    fn visibility(&self, page: &Page) -> Visibility {
        match self.options.beginning {
            _ if page.is_shown() => Visibility::Shown,
            Beginning::Draft => Visibility::Draft,
            Beginning::Publish => Visibility::Hidden,
        }
    }
}
