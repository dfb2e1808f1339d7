//! Where the bodies of articles are: deliveries carry references only.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use lianbo_schemas::{Article, ArticleUri};

/// The articles as they stand: the newest version of each that this node knows.
#[async_trait]
pub trait ArticleStore: Send + Sync {
    /// The article, or `None` when this node does not know it (yet).
    async fn article(&self, uri: &ArticleUri) -> Result<Option<Arc<Article>>, ArticleStoreError>;

    /// The same, as soon as this node knows `version` or a newer one, after `patience` at the latest. A store that is
    /// never behind need not wait.
    async fn version(
        &self,
        uri: &ArticleUri,
        _version: u32,
        _patience: Duration,
    ) -> Result<Option<Arc<Article>>, ArticleStoreError> {
        self.article(uri).await
    }
}

/// The store did not answer; the same may work later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the articles cannot be read: {0}")]
pub struct ArticleStoreError(pub String);
