//! Where the bodies of articles are: deliveries carry references only.

use std::sync::Arc;

use async_trait::async_trait;
use lianbo_schemas::{Article, ArticleUri};

/// The articles as they stand: the newest version of each that this node knows.
#[async_trait]
pub trait ArticleStore: Send + Sync {
    /// The article, or `None` when this node does not know it (yet).
    async fn article(&self, uri: &ArticleUri) -> Result<Option<Arc<Article>>, ArticleStoreError>;
}

/// The store did not answer; the same may work later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the articles cannot be read: {0}")]
pub struct ArticleStoreError(pub String);
