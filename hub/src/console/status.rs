//! Everything the page shows, gathered.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{Timestamp, ToSpan};
use lianbo_schemas::{ArticleUri, ItemUri};
use serde::Serialize;

use super::Console;
use super::partner::LaneRow;
use super::pipeline::Flow;
use super::takedown::{self, Overdue};
use crate::feed::Audience;
use crate::page;
use crate::problem::Problem;
use crate::view::{Counts, DeadLetters, Latest, Letters, ViewError};

/// Articles on the page.
const ARTICLES: u32 = 20;
/// Articles looked at to find as many that the public may see.
const LOOKED_AT: u32 = 200;
/// Dead letters on the page.
const LETTERS: u32 = 20;

/// The state of the hub.
#[derive(Debug, Serialize)]
pub(super) struct Status {
    /// When it was asked for.
    pub(super) at: Timestamp,
    /// The beginning of today, from which `counts` counts.
    pub(super) since: Timestamp,
    /// Numbers.
    pub(super) counts: Counts,
    /// Topics and stages.
    pub(super) flow: Arc<Flow>,
    /// The newest articles.
    pub(super) articles: Vec<Latest>,
    /// Articles the newest ones are linked to, by article, with the word of the relation.
    pub(super) links: BTreeMap<ArticleUri, Vec<(String, ArticleUri, Option<String>)>>,
    /// Lanes; for operators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) lanes: Option<Vec<LaneRow>>,
    /// Open dead letters; for operators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) dead: Option<DeadLetters>,
    /// Take-downs that are overdue; for operators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) overdue: Option<Overdue>,
}

/// Gathers it.
pub(super) async fn gather(console: &Console, audience: Audience) -> Result<Status, Problem> {
    ask(console, audience).await.map_err(|error| {
        tracing::warn!(%error, "the console cannot ask the view");
        Problem::unavailable("the hub's view does not answer at the moment; ask again in a few seconds")
    })
}

async fn ask(console: &Console, audience: Audience) -> Result<Status, ViewError> {
    let at = (console.clock)();
    let since = start_of_day(at);
    let view = &console.view;
    let mut articles = view.latest(if audience == Audience::Operator { ARTICLES } else { LOOKED_AT }, None).await?;
    if audience == Audience::Public {
        articles.retain(|article| article.listed);
        articles.truncate(ARTICLES as usize);
    }
    let mut links = BTreeMap::new();
    for article in &articles {
        let linked = links_of(console, &article.standing.uri, audience).await?;
        if !linked.is_empty() {
            links.insert(article.standing.uri.clone(), linked);
        }
    }
    let (lanes, dead, overdue) = match audience {
        Audience::Public => (None, None, None),
        Audience::Operator => (
            Some((console.lanes)()),
            Some(view.dead_letters(Letters::Open, None, LETTERS).await?),
            Some(takedown::overdue(view, at, console.overdue).await?),
        ),
    };
    let flow = console.pipeline.flow(console.log.as_ref()).await;
    Ok(Status { at, since, counts: view.counts(since).await?, flow, articles, links, lanes, dead, overdue })
}

async fn links_of(
    console: &Console,
    uri: &ArticleUri,
    audience: Audience,
) -> Result<Vec<(String, ArticleUri, Option<String>)>, ViewError> {
    let Some(lineage) = console.view.lineage(uri).await? else { return Ok(Vec::new()) };
    let may_see = |listed: bool| audience == Audience::Operator || listed;
    let links = lineage.links.into_iter().filter(|linked| may_see(linked.listed));
    let word = |relation| match relation {
        lianbo_schemas::sighting::LinkRelation::Update => "update".to_owned(),
        lianbo_schemas::sighting::LinkRelation::SameEvent => "same-event".to_owned(),
    };
    Ok(links.map(|linked| (word(linked.relation), linked.article, linked.headline)).collect())
}

/// Midnight in the alliance's own time.
fn start_of_day(at: Timestamp) -> Timestamp {
    let day = page::local(at).start_of_day();
    day.map_or_else(|_| at.checked_sub(24.hours()).unwrap_or(at), |day| day.timestamp())
}

/// The sightings that have no parent among the article's own, and those that have, by parent.
pub(super) fn is_root(article: &Latest, parent: Option<&ItemUri>) -> bool {
    let items: BTreeSet<&ItemUri> = article.sightings.iter().map(|sighting| &sighting.item).collect();
    !parent.is_some_and(|parent| items.contains(parent))
}
