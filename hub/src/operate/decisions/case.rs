//! What a decision is about, as this node sees it: the article, the item and its words, or the other article.

use std::sync::Arc;

use axum::http::StatusCode;
use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Article, Normalised, Ruling, Sighting};

use super::Wish;
use crate::operate::words::words;
use crate::operate::{Operate, article, unseen};
use crate::problem::Problem;

/// A decision to be made.
pub(super) struct Case {
    pub(super) article: Arc<Article>,
    pub(super) ruling: Ruling,
    /// The item named, in its newest words.
    pub(super) item: Option<Normalised>,
    /// The article merged into.
    pub(super) other: Option<Arc<Article>>,
}

impl Case {
    pub(super) async fn open(operate: &Operate, id: &str, wish: &Wish) -> Result<Self, Problem> {
        let article = usable(operate, id).await?;
        let (name, ruling): (&str, fn(&Sighting) -> Ruling) = match wish {
            Wish::Merge { into } => return Self::merge(operate, article, into).await,
            Wish::Split { item } => (item, |sighting| Ruling::Split { item: sighting.item.clone() }),
            Wish::Original { item } => (item, |sighting| Ruling::Original { item: sighting.item.clone() }),
        };
        let sighting = sighting(&article, name)?;
        if sighting.item == article.original {
            let detail = match wish {
                Wish::Split { .. } => {
                    "the item is the article's original; set another original first, or split the others"
                }
                Wish::Original { .. } | Wish::Merge { .. } => "the item is the article's original already",
            };
            return Err(conflict(detail));
        }
        if sighting.withdrawn {
            return Err(conflict("its outlet has withdrawn the item; nothing can be made of it"));
        }
        let item = words(operate, &sighting.submission, &sighting.item).await?;
        let ruling = ruling(sighting);
        Ok(Self { article, ruling, item: Some(item), other: None })
    }

    async fn merge(operate: &Operate, article: Arc<Article>, into: &str) -> Result<Self, Problem> {
        let other = usable(operate, into).await?;
        if other.uri == article.uri {
            return Err(conflict("an article cannot be merged into itself"));
        }
        let ruling = Ruling::Merge { into: other.uri.clone() };
        Ok(Self { article, ruling, item: None, other: Some(other) })
    }
}

/// An article that may be decided about.
async fn usable(operate: &Operate, id: &str) -> Result<Arc<Article>, Problem> {
    let article = article(operate, id).await?;
    if let Some(into) = operate.view.merged_into(&article.uri).await.map_err(unseen)? {
        return Err(conflict(&format!("`{}` has been merged into `{into}`; decide about that one", article.uri)));
    }
    if article.status() != PubStatus::Usable {
        return Err(conflict(&format!("`{}` has been withdrawn by its outlet, or has expired", article.uri)));
    }
    Ok(article)
}

/// The sighting of an item named by its uri, its address, or an outlet with one item in the article.
pub(in crate::operate) fn sighting<'a>(article: &'a Article, name: &str) -> Result<&'a Sighting, Problem> {
    let named = |sighting: &&Sighting| sighting.item.as_str() == name || sighting.url.as_deref() == Some(name);
    if let Some(found) = article.sightings.iter().find(named) {
        return Ok(found);
    }
    let mut of_outlet = article.sightings.iter().filter(|sighting| sighting.outlet.as_str() == name);
    match (of_outlet.next(), of_outlet.next()) {
        (Some(found), None) => Ok(found),
        (Some(_), Some(_)) => {
            Err(conflict(&format!("`{name}` has several items in the article; name one by its uri or its address")))
        }
        (None, _) => Err(Problem::not_found(format!(
            "no item `{name}` is part of the article; name one by its uri, its address or its outlet, as `lianbo show` \
             lists them"
        ))),
    }
}

fn conflict(detail: &str) -> Problem {
    Problem::new(StatusCode::CONFLICT, "cannot-be-decided", "The decision cannot be carried out", detail)
}
