//! The registry of a running node: what stands now, and the one way to change it.

use std::sync::Arc;

use arc_swap::ArcSwap;
use bytes::Bytes;
use jiff::Timestamp;
use lianbo_schemas::{Event, Outlet, OutletId, SubmissionId, topic};
use tokio::sync::{Mutex, MutexGuard, watch};
use tokio_util::sync::CancellationToken;

use crate::log::{Log, LogError, NewRecord, Offset, Retention, TopicSpec};
use crate::registry::check::Checks;
use crate::registry::follow::follow;
use crate::registry::settings::Settings;
use crate::registry::snapshot::{Entry, Kind, RegistryError, Snapshot};

/// What a put did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Put {
    /// There was none of this id.
    Created,
    /// It took the place of a former one.
    Replaced,
    /// The same stood there already; nothing was written.
    Unchanged,
}

/// Why a change was not made, named by what comes next.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The document must be changed first.
    #[error(transparent)]
    Refused(#[from] RegistryError),
    /// There is nothing of this kind and id.
    #[error("there is no {} `{id}`", kind.word())]
    Unknown {
        /// The kind asked for.
        kind: Kind,
        /// The id asked for.
        id: String,
    },
    /// The log did not take it.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The log took it, but this node has not seen it come back yet.
    #[error("the change is written, but this node has not seen it yet")]
    Unsettled,
}

/// The registry on this node. Clones share one state.
#[derive(Clone)]
pub struct Registry {
    shared: Arc<Shared>,
}

/// What the follower writes and everybody reads.
pub(super) struct Shared {
    pub(super) log: Arc<dyn Log>,
    pub(super) snapshot: ArcSwap<Snapshot>,
    /// Rises with every change.
    pub(super) revision: watch::Sender<u64>,
    /// The offset folded last; -1 before the first.
    pub(super) folded: watch::Sender<Offset>,
    /// Whether the fold has once reached what was the end when it started.
    pub(super) caught_up: watch::Sender<bool>,
    checks: Checks,
    settings: Settings,
    /// One change at a time, so that each is checked against the one before.
    writing: Mutex<()>,
}

impl Registry {
    /// The registry and the future that follows the topic until shutdown; the caller runs it.
    pub fn start(
        log: Arc<dyn Log>,
        checks: Checks,
        settings: Settings,
        shutdown: CancellationToken,
    ) -> (Self, impl Future<Output = ()> + Send + 'static) {
        let shared = Arc::new(Shared {
            log,
            snapshot: ArcSwap::from_pointee(Snapshot::default()),
            revision: watch::Sender::new(0),
            folded: watch::Sender::new(-1),
            caught_up: watch::Sender::new(false),
            checks,
            settings,
            writing: Mutex::new(()),
        });
        let following = follow(Arc::clone(&shared), shutdown);
        (Self { shared }, following)
    }

    /// The registry as it stands now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.shared.snapshot.load_full()
    }

    /// A number that rises with every change; read [`Self::snapshot`] when it does.
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.shared.revision.subscribe()
    }

    /// The offset in `registry` up to which, exclusive, this snapshot is folded: the same state has the same on every node.
    pub fn folded(&self) -> Offset {
        *self.shared.folded.borrow() + 1
    }

    /// Tells everybody who follows [`Self::changes`] to look again: a secret has changed, which stands elsewhere.
    pub fn touch(&self) {
        self.shared.revision.send_modify(|revision| *revision += 1);
    }

    /// Waits until this node knows everything that stood in the topic when it started.
    pub async fn ready(&self) {
        let mut caught_up = self.shared.caught_up.subscribe();
        // The sender lives as long as `self`, so that this can only end with the value.
        drop(caught_up.wait_for(|ready| *ready).await);
    }

    /// Whether [`Self::ready`] would return at once.
    pub fn is_ready(&self) -> bool {
        *self.shared.caught_up.borrow()
    }

    /// Writes an entry, in place of a former one of the same id, and waits until this node has seen it. An outlet
    /// without key hashes keeps those it has.
    pub async fn put(&self, mut entry: Entry) -> Result<Put, WriteError> {
        let _one_at_a_time = self.turn().await?;
        if let Entry::Outlet(outlet) = &mut entry
            && outlet.key_hashes.is_empty()
            && let Some(former) = self.snapshot().outlets.get(&outlet.id)
        {
            outlet.key_hashes.clone_from(&former.key_hashes);
        }
        self.write(entry).await
    }

    /// Changes an outlet that is there. `edit` sees it as it stands, and nobody changes it meanwhile on this node.
    pub async fn edit_outlet(&self, id: &OutletId, edit: impl FnOnce(&mut Outlet) + Send) -> Result<Put, WriteError> {
        let _one_at_a_time = self.turn().await?;
        let snapshot = self.snapshot();
        let former = snapshot.outlets.get(id);
        let former = former.ok_or_else(|| WriteError::Unknown { kind: Kind::Outlet, id: id.to_string() })?;
        let mut outlet = Outlet::clone(former);
        edit(&mut outlet);
        self.write(Entry::Outlet(outlet)).await
    }

    /// Takes an entry out and waits until this node has seen it go. Its topics stay.
    pub async fn remove(&self, kind: Kind, id: &str) -> Result<(), WriteError> {
        let _one_at_a_time = self.turn().await?;
        let snapshot = self.snapshot();
        let entry = snapshot.get(kind, id).ok_or_else(|| WriteError::Unknown { kind, id: id.to_owned() })?;
        self.shared.checks.remove(&snapshot, kind, id)?;
        self.append(&entry.key(), kind, "removed", None).await
    }

    /// Waits for a turn to write, once everything that stands is known: a change is checked against it.
    async fn turn(&self) -> Result<MutexGuard<'_, ()>, WriteError> {
        let ready = tokio::time::timeout(self.shared.settings.settle(), self.ready()).await;
        ready.map_err(|_late| LogError::Unavailable("the registry is still being read".to_owned()))?;
        Ok(self.shared.writing.lock().await)
    }

    async fn write(&self, entry: Entry) -> Result<Put, WriteError> {
        let snapshot = self.snapshot();
        let former = snapshot.get(entry.kind(), entry.id());
        if former.as_ref() == Some(&entry) {
            return Ok(Put::Unchanged);
        }
        self.shared.checks.put(&snapshot, &entry)?;
        self.make_topic(&entry).await?;
        let document = serde_json::to_vec(&entry)
            .map_err(|error| RegistryError::Unreadable { kind: entry.kind().word(), cause: error.to_string() })?;
        self.append(&entry.key(), entry.kind(), "put", Some(document.into())).await?;
        Ok(if former.is_some() { Put::Replaced } else { Put::Created })
    }

    /// The topic comes before the entry, so that whoever sees the entry finds the topic.
    async fn make_topic(&self, entry: &Entry) -> Result<(), LogError> {
        let spec = match entry {
            Entry::Outlet(outlet) => TopicSpec {
                name: topic::of_outlet(&outlet.id),
                partitions: 1,
                retention: Retention::For(self.shared.settings.submissions_kept()),
            },
            Entry::Partner(partner) => {
                TopicSpec { name: topic::of_partner(&partner.id), partitions: 1, retention: Retention::Compacted }
            }
            Entry::Channel(_) | Entry::Grant(_) | Entry::Template(_) => return Ok(()),
        };
        self.shared.log.ensure(&[spec]).await
    }

    async fn append(&self, key: &str, kind: Kind, what: &str, value: Option<Bytes>) -> Result<(), WriteError> {
        let kind = format!("registry.{}.{what}", kind.word());
        let event = Event::new(SubmissionId::fresh().as_str(), "/registry", &kind, Timestamp::now()).about(key);
        let record = NewRecord {
            topic: topic::REGISTRY.to_owned(),
            key: Some(Bytes::copy_from_slice(key.as_bytes())),
            headers: event.to_headers(),
            value,
        };
        let places = self.shared.log.append(vec![record]).await?;
        let offset = places.first().map_or(-1, |(_, offset)| *offset);
        let mut folded = self.shared.folded.subscribe();
        let seen = folded.wait_for(|folded| *folded >= offset);
        let settled = tokio::time::timeout(self.shared.settings.settle(), seen).await;
        settled.map_or(Err(WriteError::Unsettled), |_seen| Ok(()))
    }
}
