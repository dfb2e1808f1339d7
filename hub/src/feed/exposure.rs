//! What somebody may see of one article.

use std::sync::Arc;

use lianbo_schemas::ninjs::PubStatus;
use lianbo_schemas::{Article, ArticleUri, ChannelId, Content};

use super::{Audience, FeedState, unavailable};
use crate::problem::Problem;
use crate::view::{ShownIn, Standing};

/// What somebody may see of one article.
pub(super) enum Exposure {
    /// The article, on these terms.
    Shown { article: Arc<Article>, terms: ShownIn, standing: Standing },
    /// It was there, and is withdrawn; another article it has been merged into, when there is one.
    Gone { standing: Standing, merged_into: Option<ArticleUri> },
}

/// What `audience` may see of the article `id`, a uri or the short last part of one. What the public may not see does
/// not exist for it.
pub(super) async fn exposure(state: &FeedState, id: &str, audience: Audience) -> Result<Exposure, Problem> {
    let unknown = || Problem::not_found("there is no such article here, or no channel shows it");
    let uri = match ArticleUri::new(id) {
        Ok(uri) => Some(uri),
        Err(_) => state.view.by_short(id).await.map_err(unavailable)?,
    };
    let uri = uri.ok_or_else(unknown)?;
    let standing = state.view.standing(&uri).await.map_err(unavailable)?.ok_or_else(unknown)?;
    if standing.status != PubStatus::Usable {
        let seen = audience == Audience::Operator || state.view.was_shown(&uri).await.map_err(unavailable)?;
        return if seen { gone(state, standing, audience).await } else { Err(unknown()) };
    }
    let terms = terms(state, &uri, audience).await?.ok_or_else(unknown)?;
    let article = state.view.article(&uri).await.map_err(unavailable)?.ok_or_else(unknown)?;
    if article.status() != PubStatus::Usable {
        // It was withdrawn between the two questions.
        return gone(state, standing, audience).await;
    }
    Ok(Exposure::Shown { article, terms, standing })
}

/// What is left of it. The public hears of another article only when a channel shows or has shown that one.
async fn gone(state: &FeedState, standing: Standing, audience: Audience) -> Result<Exposure, Problem> {
    let mut merged_into = state.view.merged_into(&standing.uri).await.map_err(unavailable)?;
    if let Some(other) = &merged_into
        && audience == Audience::Public
        && !state.view.was_shown(other).await.map_err(unavailable)?
    {
        merged_into = None;
    }
    Ok(Exposure::Gone { standing, merged_into })
}

/// The most generous terms among the channels that show it; an operator sees all of it.
async fn terms(state: &FeedState, uri: &ArticleUri, audience: Audience) -> Result<Option<ShownIn>, Problem> {
    let shown = state.view.shown(uri).await.map_err(unavailable)?;
    let generosity =
        |terms: &ShownIn| (terms.content == Content::Full, terms.content == Content::Excerpt, terms.images);
    let best = shown.into_iter().max_by_key(generosity);
    if audience == Audience::Public {
        return Ok(best);
    }
    let attribution = best.as_ref().map_or_else(String::new, |terms| terms.attribution.clone());
    let since = best.as_ref().map_or_else(|| (state.clock)(), |terms| terms.since);
    let channel = ChannelId::new("operator").ok();
    Ok(channel.map(|channel| ShownIn { channel, since, content: Content::Full, images: true, attribution }))
}
