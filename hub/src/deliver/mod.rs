//! Deliver: makes every partner hold what it should hold, by reconciliation.
//!
//! # Layout
//! [`run`] joins the group `deliver`, folds `deliveries.<partner>` and `receipts` into the [`ledger`], and keeps one
//! lane per assigned partner. A lane takes what differs and is due, `attempt`s it (the article out of the
//! [`ArticleStore`], [`render()`]ed under its terms, put or withdrawn by the connector) and hands the receipt to the
//! `appender`; only a durable receipt ends a delivery. So a retry, a replay, a crash and a redelivery are one path.
//! `takedown` looks at where withdrawn articles stood.
//!
//! A partner's topic has one partition, so that one node has all of a lane. The ledger is a view: deleting it costs a
//! rebuild from the log and nothing else.

mod appender;
mod articles;
mod attempt;
mod breaker;
mod difference;
mod follow;
mod identity;
mod lane;
mod lease;
mod ledger;
mod outcome;
mod pace;
mod render;
mod runner;
mod session;
mod settings;
mod status;
mod takedown;

use std::path::PathBuf;
use std::sync::Arc;

use lianbo_connectors::partner::PartnerConnector;
use lianbo_connectors::source::Fetch;
use lianbo_schemas::Partner;
use tokio::sync::watch;

pub use articles::{ArticleStore, ArticleStoreError};
pub use identity::rendering_hash;
pub use ledger::{LedgerError, dump};
pub use render::{Envelope, render, render_for};
pub use runner::run;
pub use settings::Settings;
pub use status::{DeliverStatus, LaneError, LaneState, LaneStatus};

use crate::log::Log;
use crate::registry::Snapshot;
use crate::stage::Clock;

/// Builds the connector of a partner; the error is one sentence for the operator.
pub type ConnectorFactory = Arc<dyn Fn(&Partner) -> Result<Arc<dyn PartnerConnector>, String> + Send + Sync>;

/// Gives the registry as it stands.
pub type RegistrySource = Arc<dyn Fn() -> Arc<Snapshot> + Send + Sync>;

/// Everything delivering needs, handed in.
pub struct Deliverer {
    /// The log.
    pub log: Arc<dyn Log>,
    /// The only source of dates; waits are the runtime's own.
    pub clock: Clock,
    /// Where the bodies are.
    pub articles: Arc<dyn ArticleStore>,
    /// Makes connectors. Called again when a partner's entry or a secret changes.
    pub connectors: ConnectorFactory,
    /// Gets the pages where withdrawn articles stood.
    pub pages: Arc<dyn Fetch>,
    /// Who the partners are.
    pub registry: RegistrySource,
    /// Ticks when the registry or a secret has changed.
    pub changes: watch::Receiver<u64>,
    /// The file of the ledger, e.g. `<data>/ledger.db`. One process at a time.
    pub ledger: PathBuf,
    /// What is in force.
    pub settings: Settings,
    /// Where the lanes say how they are; keep a clone to read it.
    pub status: DeliverStatus,
}

impl Deliverer {
    /// How every lane of this node is, by partner.
    pub fn lanes(&self) -> Vec<LaneStatus> {
        self.status.lanes()
    }
}
