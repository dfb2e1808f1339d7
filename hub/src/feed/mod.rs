//! What the hub serves to those who pull: feeds, the pull API, articles and channels as pages.
//!
//! Everything comes from the node's own view, and shows only what a channel shows, on the channel's terms. Withdrawn
//! articles answer 410 and stand as tombstones in the pull API.
//!
//! # Layout
//! [`FeedState`] is handed in; `terms` cuts an article to its grant; `rss`, `atom`, `json_feed` and `ninjs` write
//! documents, `document` keeps them and answers conditional requests; `items` is the pull API; `article` and `pages`
//! show one article, and a channel to people.

mod article;
mod article_page;
mod atom;
mod audience;
mod channel_page;
mod document;
mod exposure;
mod items;
mod json_feed;
mod ninjs;
mod rss;
mod settings;
mod terms;
mod xml;

#[cfg(test)]
pub(crate) mod tests;

use std::sync::Arc;

use axum::Router;
use axum::routing::get;
use lianbo_schemas::{Channel, ChannelId, OutletId};

pub use audience::Audience;
pub use document::Documents;
pub use settings::Settings;

use crate::problem::Problem;
use crate::registry::Snapshot;
use crate::stage::Clock;
use crate::view::{View, ViewError};

/// The registry as it stands.
pub type Registry = Arc<dyn Fn() -> Arc<Snapshot> + Send + Sync>;

/// All that serving feeds needs.
#[derive(Clone)]
pub struct FeedState {
    /// The node's own view.
    pub view: Arc<View>,
    /// The registry as it stands.
    pub registry: Registry,
    /// What the operator has set.
    pub settings: Settings,
    /// Where the world finds this hub, without a slash at the end: `https://hub.example`.
    pub public_url: Arc<str>,
    /// The time.
    pub clock: Clock,
    /// Feed documents kept ready: `Documents::default()`.
    pub documents: Arc<Documents>,
}

/// The routes. A request extension [`Audience`] says who asks; without one it is the public.
pub fn router(state: FeedState) -> Router {
    Router::new()
        // Feed readers and aggregators.
        .route("/channels/{channel}/{feed}", get(document::serve))
        // Systems that pull.
        .route("/v1/channels/{id}/items", get(items::serve))
        .route("/v1/articles/{id}", get(article::serve))
        // People.
        .route("/channels/{channel}", get(channel_page::serve))
        .route("/articles/{article}", get(article_page::serve))
        .with_state(Arc::new(state))
}

impl FeedState {
    fn channel(&self, id: &str) -> Result<(Arc<Channel>, Arc<Snapshot>), Problem> {
        let registry = (self.registry)();
        let found = ChannelId::new(id).ok().and_then(|id| registry.channels.get(&id).cloned());
        let unknown =
            || Problem::not_found(format!("there is no channel `{}`", id.chars().take(80).collect::<String>()));
        Ok((found.ok_or_else(unknown)?, registry))
    }

    fn channel_url(&self, channel: &ChannelId) -> String {
        format!("{}/channels/{channel}", self.public_url)
    }

    /// An outlet's name, as readers know it.
    fn outlet_name(&self, id: &OutletId) -> String {
        let registry = (self.registry)();
        registry.outlets.get(id).map_or_else(|| id.to_string(), |outlet| outlet.name.clone())
    }

    fn article_url(&self, short: &str) -> String {
        format!("{}/articles/{short}", self.public_url)
    }
}

/// What a reader is told when the view does not answer.
fn unavailable(error: ViewError) -> Problem {
    match error {
        ViewError::Busy | ViewError::Renewed | ViewError::Closed => {}
        ViewError::Damaged(_) | ViewError::Storage(_) => tracing::error!(%error, "the view does not answer"),
    }
    Problem::unavailable("the hub's view does not answer at the moment; ask again in a few seconds")
}
