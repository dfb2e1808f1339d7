//! Who should hold what, as decided so far: the fold of all `deliveries.*`, in a file of this node's own. There may be
//! tens of millions of holdings, so memory has those of the articles at hand only ([`Holders`]), and a start reads only
//! what came since the last one.
//!
//! What the stage decides is noted at once, and committed when the stage is called again: the log has committed it then.
//! If it has not, the file is opened again and knows nothing of it.

mod file;
mod schema;
mod store;

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use lianbo_schemas::{ArticleUri, Delivery, PartnerId, topic};

use super::holders::Holders;
use super::standing::Again;
use crate::log::{Log, Past, Reader, Subscription};
use crate::stage::StageError;
use file::File;
use store::{Said, Store};

pub(super) use store::Ending;

/// Copies decided about again before what was decided is committed: a large grant's end must not hold up what is
/// published meanwhile.
const AT_ONCE: usize = 200;

/// The open file, and the reader that stands where it has come to.
pub(super) struct Holdings {
    file: File,
    reader: Box<dyn Reader>,
}

impl Holdings {
    /// Opens the file, and folds what the log has had since.
    pub(super) async fn open(path: &Path, log: &dyn Log) -> Result<Self, StageError> {
        let mut file = File::open(path).await?;
        let all = Subscription::Prefix(topic::DELIVERIES_PREFIX.to_owned());
        let positions = file.positions(log, &all).await?;
        let mut past = Past::from(log, all, positions).await?;
        while let Some(records) = past.next().await? {
            let said = records.iter().filter_map(Said::read).collect();
            file.work(move |store| store.fold(said)).await?;
        }
        file.work(Store::put_behind).await?;
        Ok(Self { file, reader: past.into_reader() })
    }

    /// Commits what was noted, and takes in what has been decided elsewhere; tells whether there are copies to be decided
    /// about again because of it. `has_ended` tells of a decision whether the end of its grant has been seen.
    pub(super) async fn catch_up(&mut self, has_ended: impl Fn(&Delivery) -> bool) -> Result<bool, StageError> {
        self.file.work(Store::commit).await?;
        let mut concerns = false;
        loop {
            let records = self.reader.next(Duration::ZERO).await?;
            if records.is_empty() {
                return Ok(concerns);
            }
            let mut said: Vec<Said> = records.iter().filter_map(Said::read).collect();
            for said in &mut said {
                said.has_ended = said.delivery.as_ref().is_some_and(&has_ended);
            }
            concerns |= self.file.work(move |store| store.fold(said)).await?;
        }
    }

    /// Takes in which partners there are; tells whether one is back that was away, whose copies are put down to be decided
    /// about again.
    pub(super) async fn follow(&mut self, partners: BTreeSet<PartnerId>) -> Result<bool, StageError> {
        self.file.work(move |store| store.follow(&partners)).await
    }

    /// Who should hold these articles.
    pub(super) async fn of(&mut self, articles: BTreeSet<ArticleUri>) -> Result<Holders, StageError> {
        self.file.work(move |store| store.of(&articles)).await
    }

    /// Takes in what the stage decides.
    pub(super) async fn note(&mut self, decided: Vec<(PartnerId, Delivery)>) -> Result<(), StageError> {
        let note =
            move |store: &mut Store| decided.iter().try_for_each(|(partner, delivery)| store.note(partner, delivery));
        self.file.work(note).await
    }

    /// The next copies to be decided about again: what is put down, else what is held under a grant that has ended.
    pub(super) async fn again(&mut self, endings: &mut Vec<Ending>) -> Result<Vec<Again>, StageError> {
        let mut left = std::mem::take(endings);
        let next = move |store: &mut Store| {
            let mut copies = store.again(AT_ONCE)?;
            while copies.is_empty()
                && let Some(ending) = left.last_mut()
            {
                copies = store.under(ending, AT_ONCE)?;
                if copies.len() < AT_ONCE {
                    left.pop();
                }
            }
            Ok((copies, left))
        };
        let (copies, left) = self.file.work(next).await?;
        *endings = left;
        Ok(copies)
    }

    /// Copies were decided about again; the article of others is not shown yet.
    pub(super) async fn settle(&mut self, decided: Vec<Again>, put_off: Vec<Again>) -> Result<(), StageError> {
        let settle = move |store: &mut Store| {
            decided.iter().try_for_each(|copy| store.strike_again(copy))?;
            put_off.iter().try_for_each(|copy| store.put_off(copy))
        };
        self.file.work(settle).await
    }

    /// What was put off is to be decided about now.
    pub(super) async fn look_again(&mut self) -> Result<(), StageError> {
        self.file.work(Store::look_again).await
    }
}
