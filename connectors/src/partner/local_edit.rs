//! What becomes of a change that somebody made at the partner.

use lianbo_schemas::Remote;
use serde::Deserialize;

use super::{Failure, Held};

/// What a new version does to a shown post that was changed at the partner after our last write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnLocalEdit {
    /// It is written over it.
    Overwrite,
    /// The edit stays, and the version becomes a dead letter that says so.
    Keep,
}

impl OnLocalEdit {
    /// `shown` is what readers see of the article there now: may a new version be written over it?
    pub(super) fn heed(self, shown: Option<Remote>, held: Option<&Held>) -> Result<(), Failure> {
        let before = held.and_then(|held| held.remote.token.as_deref());
        let (Some(now), Some(before)) = (shown, before) else { return Ok(()) };
        if now.token.as_deref() == Some(before) {
            return Ok(());
        }
        match self {
            Self::Overwrite => {
                tracing::info!(remote.id = now.id, "a local edit at the partner is overwritten");
                Ok(())
            }
            Self::Keep => Err(Failure::rejected(format!(
                "`{}` was edited at the partner and the connector's `on_local_edit` is `keep`",
                now.id
            ))),
        }
    }
}
