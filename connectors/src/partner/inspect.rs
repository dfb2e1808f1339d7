//! Looking at what stands at a partner, apart from any delivery: what the ledger says is compared with it.

use async_trait::async_trait;
use lianbo_schemas::{ArticleUri, Remote};

use super::local_edit::OnLocalEdit;
use super::name::Name;
use super::{Failure, Held, Outgoing};

/// A partner that can be looked into. Nothing here changes anything there.
#[async_trait]
pub trait Inspect: Send + Sync {
    /// What stands there of an article. `article` is how it would be sent now, to compare the text with.
    async fn look(
        &self,
        uri: &ArticleUri,
        article: Option<&Outgoing>,
        held: Option<&Held>,
    ) -> Result<Standing, Failure>;

    /// What readers see there with a hub's mark on it, a page at a time; `after` is what the page before said.
    async fn list(&self, after: Option<&str>) -> Result<Marks, Failure>;

    /// What a new version does to an edit made there, so that mending treats it alike.
    fn on_local_edit(&self) -> OnLocalEdit;
}

/// What stands there of one article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    Missing,
    /// This.
    There(Copy),
}

/// An article as it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copy {
    /// Its id, address and version token as they are now.
    pub remote: Remote,
    /// Who sees it.
    pub visibility: Visibility,
    /// Whose words it has.
    pub text: Words,
}

/// Who sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Visibility {
    /// Readers do, or will by themselves.
    Shown,
    /// A draft, as the connector is told to make them.
    Draft,
    /// Nobody, though it was made to be seen: somebody took it down there.
    Hidden,
}

/// Whose words it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Words {
    /// Title and text are what would be sent now.
    Ours,
    /// They are not.
    Others,
    /// There was nothing to compare with.
    NotCompared,
}

impl Words {
    /// Of a comparison, where there was one.
    pub(super) fn of(are_ours: Option<bool>) -> Self {
        match are_ours {
            Some(true) => Self::Ours,
            Some(false) => Self::Others,
            None => Self::NotCompared,
        }
    }
}

/// A page of what carries a hub's mark.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Marks {
    /// What readers see.
    pub marked: Vec<Marked>,
    /// Where the next page begins; `None`: this was the last.
    pub next: Option<String>,
}

/// A copy by its mark. It may be another hub's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marked {
    /// The name of the article there, as [`name_of`] gives it.
    pub name: String,
    /// Where it stands.
    pub remote: Remote,
}

/// By what name an article is known at partners.
pub fn name_of(uri: &ArticleUri) -> String {
    Name::of(uri).slug
}
