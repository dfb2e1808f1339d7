//! The embedded log: durable, in one SQLite file, for one machine. Several processes may open it at once.
//!
//! # Layout
//! `store` is the file, `desk` → `work` → `writer` all that changes it, `shared` all that reads it. `topics`, `append`, `group`
//! and `compaction` are what is done within a transaction, `fetch` and `status` what is read; `member` and `reader` are what a stage
//! sees. `presence` tells who is dead, `pulse` who should look again, `housekeeping` what is due unasked.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;

use self::append::{append, measure};
use self::compaction::clean;
use self::desk::Desk;
use self::member::EmbeddedMember;
use self::presence::Presence;
use self::reader::EmbeddedReader;
use self::shared::Shared;
use self::store::open_writer;
use self::work::Context;
use super::{
    Bounds, Lag, Log, Member, NewRecord, Offset, Partition, Reader, Result, Start, Subscription, TopicSpec, TopicStatus,
};

mod append;
mod assign;
mod compaction;
mod desk;
mod fetch;
mod group;
mod headers;
mod housekeeping;
mod member;
mod presence;
mod pulse;
mod reader;
mod settings;
mod shared;
mod status;
mod store;
mod topics;
mod work;
mod writer;

#[cfg(test)]
mod tests;

pub use self::settings::Settings;

/// The file within the directory.
const FILE: &str = "log.sqlite";
/// Where processes show that they live, within the directory.
const PRESENCES: &str = "processes";

/// An opened embedded log. Members and readers keep working after it is dropped.
pub struct EmbeddedLog {
    shared: Arc<Shared>,
    desk: Desk,
}

impl EmbeddedLog {
    /// Opens the log in this directory, or makes it.
    ///
    /// # Errors
    /// `Broken` when the directory cannot be written, or what stands there is no log of this program's.
    pub fn open(directory: &Path, settings: Settings) -> Result<Self> {
        let presence = Presence::announce(&directory.join(PRESENCES))?;
        let file = directory.join(FILE);
        let connection = open_writer(&file, &settings)?;
        let shared = Arc::new(Shared::new(file, directory.join(PRESENCES), presence, settings));
        let desk = Desk::open(connection, &shared)?;
        Ok(Self { shared, desk })
    }
}

#[async_trait]
impl Log for EmbeddedLog {
    async fn ensure(&self, topics: &[TopicSpec]) -> Result<()> {
        let topics = topics.to_vec();
        let making = move |context: &mut Context<'_>| {
            let mut made = false;
            for topic in &topics {
                made |= topics::ensure(context.connection, topic)?;
            }
            // Readers look for it too, and there may be no group at all.
            context.effects.structure |= made;
            if made { group::share_out_all(context) } else { Ok(()) }
        };
        self.desk.write(0, making).await
    }

    async fn append(&self, records: Vec<NewRecord>) -> Result<Vec<(Partition, Offset)>> {
        if records.is_empty() {
            return Ok(Vec::new());
        }
        let bytes = measure(&records, self.shared.settings.max_record_bytes)?;
        self.desk.write(bytes, move |context| append(context, &records)).await
    }

    async fn join(&self, group: &str, subscription: Subscription) -> Result<Box<dyn Member>> {
        Ok(Box::new(EmbeddedMember::join(&self.shared, &self.desk, group, subscription).await?))
    }

    async fn read(
        &self,
        subscription: Subscription,
        start: Start,
        positions: BTreeMap<Partition, Offset>,
    ) -> Result<Box<dyn Reader>> {
        Ok(Box::new(EmbeddedReader::open(&self.shared, &self.desk, subscription, start, positions).await?))
    }

    async fn all_bounds(&self, of: &Subscription) -> Result<BTreeMap<Partition, Bounds>> {
        let of = of.clone();
        self.shared.read(move |connection| status::all_bounds(connection, &of)).await
    }

    async fn offset_at(&self, partition: &Partition, time: Timestamp) -> Result<Offset> {
        let partition = partition.clone();
        let looking = move |connection: &_| fetch::offset_at(connection, fetch::id_of(connection, &partition)?, time);
        self.shared.read(looking).await
    }

    async fn topics(&self, prefix: &str) -> Result<Vec<TopicStatus>> {
        let prefix = prefix.to_owned();
        self.shared.read(move |connection| status::topics(connection, &prefix)).await
    }

    async fn lag(&self, group: &str) -> Result<Vec<Lag>> {
        let group = group.to_owned();
        self.shared.read(move |connection| status::lag(connection, &group)).await
    }

    async fn compact(&self) -> Result<()> {
        let tombstones = self.shared.settings.tombstone_retention_ms;
        // Piece by piece: appends that wait come in between.
        while self.desk.write(0, move |context| clean(context, tombstones)).await? {}
        Ok(())
    }
}
