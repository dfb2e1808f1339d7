//! The open file, for a stage that must not block: its work is done on threads that may.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::store::Store;
use crate::log::{self, Log, Offset, Partition, Subscription};
use crate::sqlite::discard_damaged;
use crate::stage::StageError;

/// The open file.
pub(super) struct File {
    path: PathBuf,
    /// Not there while it is at work, nor when somebody gave up waiting for that.
    store: Option<Store>,
}

impl File {
    pub(super) async fn open(path: &Path) -> Result<Self, StageError> {
        let file = path.to_owned();
        let opened = tokio::task::spawn_blocking(move || Store::open(&file)).await;
        let store = opened.map_err(|broken| unusable(path, &broken))?.map_err(|cause| unusable(path, &cause))?;
        Ok(Self { path: path.to_owned(), store: Some(store) })
    }

    pub(super) async fn work<T: Send + 'static>(
        &mut self,
        work: impl FnOnce(&mut Store) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, StageError> {
        let Some(mut store) = self.store.take() else { return Err(unusable(&self.path, &"its work was given up")) };
        let worked = tokio::task::spawn_blocking(move || {
            let outcome = work(&mut store);
            (store, outcome)
        });
        let (store, outcome) = worked.await.map_err(|broken| unusable(&self.path, &broken))?;
        self.store = Some(store);
        let outcome = outcome.inspect_err(|cause| discard_damaged(&self.path, cause));
        outcome.map_err(|cause| unusable(&self.path, &cause))
    }

    /// Where reading goes on in these topics of this log. What was said in another one, or in a topic that is gone, is
    /// forgotten.
    pub(super) async fn positions(
        &mut self,
        log: &dyn Log,
        topics: &Subscription,
    ) -> Result<BTreeMap<Partition, Offset>, StageError> {
        let known = self.work(|store| store.positions()).await?;
        let there = log.all_bounds(topics).await?;
        if log::has_replaced(&there, &known) {
            tracing::warn!("who should hold what is known from another log, and is read anew");
            self.work(Store::clear).await?;
            return Ok(BTreeMap::new());
        }
        let (known, gone): (BTreeMap<_, _>, BTreeMap<_, _>) =
            known.into_iter().partition(|(partition, _)| there.contains_key(partition));
        self.work(move |store| gone.keys().try_for_each(|partition| store.forget(&partition.topic))).await?;
        Ok(known)
    }
}

fn unusable(path: &Path, cause: &dyn std::fmt::Display) -> StageError {
    StageError::State(format!("`{}` cannot be used: {cause}", path.display()))
}
