//! `GET /v1/articles/{id}/compare`: an item, or a linked article, beside the article, sentence by sentence. The words
//! of a reprint stand nowhere but in its bytes: they are read and normalised again for every question.

mod page;

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, Query, State};
use jiff::Timestamp;
use lianbo_schemas::{Article, Evidence, NewsItem, OutletId, Sighting};
use serde::{Deserialize, Serialize};

pub(super) use page::serve as page;

use super::decisions::sighting;
use super::words::words;
use super::{Operate, article, unseen};
use crate::compare::{Comparison, Words, compare};
use crate::problem::Problem;

/// What is to be compared with the article.
#[derive(Debug, Deserialize)]
pub(super) struct Wish {
    /// An item of it: its uri, its address, or its outlet.
    item: Option<String>,
    /// A linked article.
    article: Option<String>,
    lang: Option<String>,
}

/// Two texts, who showed them, and how they compare.
#[derive(Debug, Serialize)]
pub(super) struct Compared {
    theirs: Side,
    ours: Side,
    /// What was recorded when ours was judged.
    evidence: Evidence,
    /// Absent when the words of ours are kept no longer.
    comparison: Option<Comparison>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    unavailable: Option<String>,
}

/// One of the two.
#[derive(Debug, Serialize)]
struct Side {
    /// The item's uri, or the article's.
    uri: String,
    outlet: OutletId,
    headline: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stated_source: Option<String>,
    at: Timestamp,
}

impl Side {
    fn of_sighting(sighting: &Sighting) -> Self {
        Self {
            uri: sighting.item.to_string(),
            outlet: sighting.outlet.clone(),
            headline: sighting.headline.clone(),
            url: sighting.url.clone(),
            stated_source: sighting.stated_source.clone(),
            at: sighting.published.unwrap_or(sighting.seen),
        }
    }

    fn of_article(article: &Article) -> Self {
        let original = article.sightings.iter().find(|sighting| sighting.item == article.original);
        Self {
            uri: article.uri.to_string(),
            outlet: article.outlet.clone(),
            headline: article.news.headline().to_owned(),
            url: original.and_then(|sighting| sighting.url.clone()),
            stated_source: original.and_then(|sighting| sighting.stated_source.clone()),
            at: original.map_or(article.first_seen, |sighting| sighting.published.unwrap_or(sighting.seen)),
        }
    }
}

pub(super) async fn serve(
    State(operate): State<Operate>,
    Path(id): Path<String>,
    Query(wish): Query<Wish>,
) -> Result<Json<Compared>, Problem> {
    Ok(Json(compared(&operate, &id, &wish).await?))
}

async fn compared(operate: &Operate, id: &str, wish: &Wish) -> Result<Compared, Problem> {
    let article = article(operate, id).await?;
    match (&wish.item, &wish.article) {
        (Some(item), None) => with_item(operate, &article, item).await,
        (None, Some(other)) => with_article(operate, article, other).await,
        (None, None) | (Some(_), Some(_)) => {
            Err(Problem::bad_request("name what is to be compared: either `item` or `article`"))
        }
    }
}

async fn with_item(operate: &Operate, article: &Arc<Article>, name: &str) -> Result<Compared, Problem> {
    let sighting = sighting(article, name)?;
    let (theirs, ours) = (Side::of_article(article), Side::of_sighting(sighting));
    let evidence = sighting.evidence.clone();
    match words(operate, &sighting.submission, &sighting.item).await {
        Ok(normalised) => {
            let comparison = compute(article.clone(), normalised.item.news).await?;
            Ok(Compared { theirs, ours, evidence, comparison: Some(comparison), unavailable: None })
        }
        Err(problem) if problem.status() == axum::http::StatusCode::NOT_FOUND => {
            let unavailable = Some(problem.detail().to_owned());
            Ok(Compared { theirs, ours, evidence, comparison: None, unavailable })
        }
        Err(problem) => Err(problem),
    }
}

/// The one that links to the other is ours: it was judged against the other.
async fn with_article(operate: &Operate, one: Arc<Article>, name: &str) -> Result<Compared, Problem> {
    let other = article(operate, name).await?;
    let lineage = operate.view.lineage(&one.uri).await.map_err(unseen)?;
    let lineage = lineage.ok_or_else(|| Problem::not_found("the article is not known any more"))?;
    let forth = lineage.links.into_iter().find(|link| link.article == other.uri);
    let back = lineage.linked_from.into_iter().find(|link| link.article == other.uri);
    let (theirs, ours, evidence) = match (forth, back) {
        (Some(link), _) => (other, one, link.evidence),
        (None, Some(link)) => (one, other, link.evidence),
        (None, None) => (other, one, Evidence::default()),
    };
    let sides = (Side::of_article(&theirs), Side::of_article(&ours));
    let comparison = compute(theirs, ours.news.clone()).await?;
    Ok(Compared { theirs: sides.0, ours: sides.1, evidence, comparison: Some(comparison), unavailable: None })
}

/// Off the runtime: a long text takes milliseconds.
async fn compute(theirs: Arc<Article>, ours: NewsItem) -> Result<Comparison, Problem> {
    let work = move || compare(words_of(&theirs.news), words_of(&ours));
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| Problem::unavailable("the texts could not be compared; ask again"))
}

fn words_of(news: &NewsItem) -> Words<'_> {
    Words { headline: news.headline(), text: news.body("text/plain").unwrap_or_default() }
}
