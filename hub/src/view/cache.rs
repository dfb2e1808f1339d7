//! The newest articles asked for, kept in memory for the deliverers.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lianbo_schemas::{Article, ArticleUri};

/// How many changed uris are remembered, to tell a reader that what it read meanwhile is old.
const REMEMBERED: usize = 4_096;

/// Articles by uri; the least recently used one goes first.
#[derive(Debug)]
pub(super) struct Cache {
    size: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    articles: HashMap<ArticleUri, (u64, Arc<Article>)>,
    uses: u64,
    epoch: u64,
    changed: VecDeque<(u64, ArticleUri)>,
}

impl Cache {
    pub(super) fn new(size: usize) -> Self {
        Self { size: size.max(1), state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The article, or the epoch to hand to [`Cache::keep`] after reading it.
    pub(super) fn get(&self, uri: &ArticleUri) -> Result<Arc<Article>, u64> {
        let mut state = self.lock();
        state.uses += 1;
        let (uses, epoch) = (state.uses, state.epoch);
        let Some((used, article)) = state.articles.get_mut(uri) else { return Err(epoch) };
        *used = uses;
        Ok(Arc::clone(article))
    }

    /// Keeps what was read since `epoch`, unless it changed meanwhile.
    pub(super) fn keep(&self, article: &Arc<Article>, epoch: u64) {
        let mut state = self.lock();
        let forgotten = state.changed.len() == REMEMBERED && state.changed.front().is_some_and(|(at, _)| *at > epoch);
        let changed = state.changed.iter().any(|(at, uri)| *at > epoch && *uri == article.uri);
        if forgotten || changed {
            return;
        }
        if state.articles.len() >= self.size {
            let oldest = state.articles.iter().min_by_key(|(_, (used, _))| *used).map(|(uri, _)| uri.clone());
            if let Some(oldest) = oldest {
                state.articles.remove(&oldest);
            }
        }
        let uses = state.uses;
        state.articles.insert(article.uri.clone(), (uses, Arc::clone(article)));
    }

    /// These have changed.
    pub(super) fn forget(&self, uris: Vec<ArticleUri>) {
        let mut state = self.lock();
        state.epoch += 1;
        let epoch = state.epoch;
        for uri in uris {
            state.articles.remove(&uri);
            state.changed.push_back((epoch, uri));
        }
        while state.changed.len() > REMEMBERED {
            state.changed.pop_front();
        }
    }

    /// The file was made anew.
    pub(super) fn clear(&self) {
        let mut state = self.lock();
        state.articles.clear();
        state.epoch += 1;
    }
}
