//! Ingest: what outlets push over HTTP goes, byte for byte, to `outlet.<id>`. Nothing is read or judged here; 202 means
//! that the log has it on disk.
//!
//! # Layout
//! `submit` takes a submission, `ghost` what an outlet's Ghost tells by webhook: `sender` says whose it is, `media_type`
//! refuses what can hold no text, `idempotency` and `memory` let a key be taken once, `claim` frees it whatever happens,
//! `hops` refuses what was here before. `status` answers what became of it, `door` whose key it is.
//! <https://datatracker.ietf.org/doc/html/draft-ietf-httpapi-idempotency-key-header-07>, RFC 9457, RFC 9110.

mod claim;
mod door;
mod ghost;
mod hops;
mod idempotency;
mod media_type;
mod memory;
mod refusal;
mod sender;
mod settings;
mod status;
mod submit;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::routing::{get, post};
use governor::DefaultKeyedRateLimiter;
use lianbo_schemas::OutletId;
use tokio::sync::Semaphore;

use crate::admin::AdminKey;
use crate::log::Log;
use crate::registry::Registry;
use crate::secrets::Secrets;
use crate::stage::Clock;

pub use idempotency::{IdempotencyStore, LookupError, NoStore, Remembered};
pub use settings::{Settings, SettingsError};
pub use status::{ItemOutcome, NoStatus, Refused, SubmissionReport, SubmissionStatus};

use memory::Memory;

/// One seat for webhooks to so many for submissions. What finds none is caught up with by the next poll.
const WEBHOOK_SHARE: usize = 4;

/// What ingest needs from the rest of the hub.
pub struct Parts {
    /// Where submissions go.
    pub log: Arc<dyn Log>,
    /// Who may send.
    pub registry: Registry,
    /// The operator's key, which may ask for the status of any submission.
    pub admin_key: AdminKey,
    /// Keys of submissions taken before this process started, or on another node.
    pub idempotency: Arc<dyn IdempotencyStore>,
    /// The keys that webhooks are signed with.
    pub secrets: Secrets,
    /// What became of submissions.
    pub status: Arc<dyn SubmissionStatus>,
    /// The time.
    pub clock: Clock,
    /// The hub's own authority: what has passed it does not come in again.
    pub authority: String,
}

/// Takes submissions. Clones share one state.
#[derive(Clone)]
pub struct Ingest {
    shared: Arc<Shared>,
}

struct Shared {
    parts: Parts,
    settings: Settings,
    memory: Mutex<Memory>,
    rate: DefaultKeyedRateLimiter<OutletId>,
    in_flight: Semaphore,
    /// Seats of webhooks: a signature can only be checked once the body is here, so strangers must not be able to take
    /// the outlets' own.
    webhooks: Semaphore,
}

impl Ingest {
    /// Ingest with these parts.
    pub fn new(parts: Parts, settings: Settings) -> Result<Self, SettingsError> {
        let quota = settings.quota()?;
        let shared = Shared {
            memory: Mutex::new(Memory::new(settings.idempotency_keys as usize, settings.expiry())),
            rate: DefaultKeyedRateLimiter::keyed(quota),
            in_flight: Semaphore::new(settings.in_flight as usize),
            webhooks: Semaphore::new((settings.in_flight as usize).div_ceil(WEBHOOK_SHARE)),
            parts,
            settings,
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// The memory; each hold is short, and a panic elsewhere leaves it whole.
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.shared.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `POST` and `GET /v1/outlets/{outlet}/submissions`, `POST /v1/outlets/{outlet}/ghost`, `GET /v1/submissions/{id}`.
    pub fn router(self) -> Router {
        Router::new()
            .route("/v1/outlets/{outlet}/submissions", post(submit::submit).get(door::door))
            .route("/v1/outlets/{outlet}/ghost", post(ghost::told))
            .route("/v1/submissions/{id}", get(status::status))
            .with_state(self)
    }
}
