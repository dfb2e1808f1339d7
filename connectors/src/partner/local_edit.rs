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
        let earlier = held.map(|held| held.earlier.as_slice()).unwrap_or_default();
        if now.token.as_deref() == Some(before) || now.token.as_ref().is_some_and(|token| earlier.contains(token)) {
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

#[cfg(test)]
mod tests {
    use lianbo_schemas::Remote;

    use super::OnLocalEdit;
    use crate::partner::Held;

    #[test]
    fn a_site_set_back_to_what_we_wrote_before_was_not_edited() {
        let remote = |token: &str| Remote { id: "7".to_owned(), url: None, token: Some(token.to_owned()) };
        let mut held = Held::now(remote("third"), String::new());
        held.earlier = vec!["first".to_owned(), "second".to_owned()];
        for (token, may) in [("third", true), ("second", true), ("another", false)] {
            let heeded = OnLocalEdit::Keep.heed(Some(remote(token)), Some(&held));
            assert_eq!(heeded.is_ok(), may, "{token}");
        }
        assert!(OnLocalEdit::Overwrite.heed(Some(remote("another")), Some(&held)).is_ok());
    }
}
