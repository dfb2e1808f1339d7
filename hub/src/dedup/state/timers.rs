//! What the clock is to bring to articles: the end of an embargo, the end of the article itself.

use std::collections::BTreeSet;

use jiff::Timestamp;
use lianbo_schemas::{ArticleUri, Founded};

/// What a moment brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// The embargo is over.
    Release,
    /// The article has expired.
    Expiry,
}

/// The moments that are to come. They follow from the articles' own records.
#[derive(Debug, Default)]
pub(super) struct Timers {
    releases: BTreeSet<(Timestamp, ArticleUri)>,
    expiries: BTreeSet<(Timestamp, ArticleUri)>,
}

impl Timers {
    /// Enters what an article waits for.
    pub(super) fn set(&mut self, uri: &ArticleUri, founded: &Founded) {
        self.releases.extend(founded.embargo.map(|until| (until, uri.clone())));
        self.expiries.extend(founded.expires.map(|at| (at, uri.clone())));
    }

    /// Takes out what an article waited for.
    pub(super) fn clear(&mut self, uri: &ArticleUri, founded: &Founded) {
        if let Some(until) = founded.embargo {
            self.releases.remove(&(until, uri.clone()));
        }
        if let Some(at) = founded.expires {
            self.expiries.remove(&(at, uri.clone()));
        }
    }

    /// The next moment.
    pub(super) fn next(&self) -> Option<Timestamp> {
        let moments = [&self.releases, &self.expiries].map(|turns| turns.first().map(|(at, _)| *at));
        moments.into_iter().flatten().min()
    }

    /// Takes out the first moment that has come by `now`; of two at one moment the release.
    pub(super) fn pop_due(&mut self, now: Timestamp) -> Option<(Timestamp, ArticleUri, Turn)> {
        let at = self.next().filter(|at| *at <= now)?;
        let is_release = self.releases.first().is_some_and(|(first, _)| *first == at);
        let (turns, turn) =
            if is_release { (&mut self.releases, Turn::Release) } else { (&mut self.expiries, Turn::Expiry) };
        turns.pop_first().map(|(at, uri)| (at, uri, turn))
    }

    /// Embargoes that run, and articles that will expire.
    pub(super) fn count(&self) -> (usize, usize) {
        (self.releases.len(), self.expiries.len())
    }
}
