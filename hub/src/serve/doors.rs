//! The HTTP server: every door of this process, grouped by who comes through it.

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use jiff::SignedDuration;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use super::adapters::{Again, Outcomes};
use super::login::{self, Guard};
use super::{Parts, ServeError, reference};
use crate::admin::{Admin, AdminKey};
use crate::console::{self, Console, LaneRow, LaneWord, Pipeline};
use crate::deliver::{LaneState, LaneStatus};
use crate::feed::{self, FeedState};
use crate::ingest::{self, Ingest};
use crate::operate::Operate;
use crate::secrets::Secret;
use crate::settings::Role;
use crate::sources::Sources;

/// All doors of a process.
pub(super) fn router(parts: &Parts, admin_key: &Secret) -> Result<Router, ServeError> {
    let key = AdminKey::of(admin_key);
    let mut router = Router::new().route("/healthz", get(async || StatusCode::NO_CONTENT));
    // Operators, from every process.
    router = router.merge(Admin::new(parts.registry.clone(), parts.secrets.clone(), key.clone()).router());
    router = router.merge(operate(parts).router(key.clone()));
    router = router.merge(sources(parts).router(key.clone()));
    // Outlets.
    if parts.settings.has(Role::Ingest) {
        router = router.merge(ingest(parts, key.clone())?.router());
    }
    // Readers, aggregators, and whoever looks at the status page.
    if parts.settings.has(Role::Feed) {
        let pages = feed::router(feeds(parts)).merge(console::router(console(parts)));
        let operators = crate::operate::pages(operate(parts));
        let guard = Guard { key, everyone: parts.settings.server.open_console };
        router = router.merge(login::router(guard.clone()));
        router = router.merge(reference::router(parts));
        router = router.merge(operators.layer(from_fn_with_state(guard.clone(), login::operators_only)));
        router = router.merge(pages.layer(from_fn_with_state(guard, login::tell_operators_apart)));
    }
    Ok(router.layer(CompressionLayer::new()).layer(CatchPanicLayer::new()))
}

fn feeds(parts: &Parts) -> FeedState {
    FeedState {
        view: parts.view.clone(),
        registry: parts.snapshots(),
        settings: parts.settings.feed.clone(),
        public_url: parts.settings.server.url().into(),
        clock: parts.clock.clone(),
        documents: Arc::default(),
    }
}

fn console(parts: &Parts) -> Console {
    let status = parts.status.clone();
    Console {
        view: parts.view.clone(),
        log: parts.log.clone(),
        registry: parts.snapshots(),
        lanes: Arc::new(move || status.lanes().into_iter().map(lane_row).collect()),
        clock: parts.clock.clone(),
        overdue: SignedDuration::from_secs(parts.settings.deliver.takedown_overdue_seconds.into()),
        pipeline: Pipeline::default(),
    }
}

/// A lane as the console shows it.
fn lane_row(lane: LaneStatus) -> LaneRow {
    let (state, reason) = match lane.state {
        LaneState::Starting => (LaneWord::Starting, None),
        LaneState::Running => (LaneWord::Running, None),
        LaneState::WaitingBreaker => (LaneWord::Waiting, None),
        LaneState::QuietHours => (LaneWord::Quiet, None),
        LaneState::PausedDenied { reason } => (LaneWord::Denied, Some(reason)),
        LaneState::PausedGone { reason } => (LaneWord::Gone, Some(reason)),
        LaneState::PausedByOperator => (LaneWord::Paused, None),
        LaneState::NotRegistered => (LaneWord::NotRegistered, None),
        LaneState::Misconfigured { reason } => (LaneWord::Misconfigured, Some(reason)),
    };
    LaneRow {
        partner: lane.partner,
        state,
        reason,
        backlog: lane.backlog,
        in_flight: lane.in_flight as u64,
        held: lane.held,
        last_success: lane.last_success,
        last_error: lane.last_error.map(|error| (error.at, error.reason)),
        next_probe: lane.next_probe,
        advice: lane.advice,
    }
}

fn operate(parts: &Parts) -> Operate {
    let status = parts.status.clone();
    Operate {
        log: parts.log.clone(),
        registry: parts.registry.clone(),
        view: parts.view.clone(),
        normalise: Arc::new(Again {
            authority: parts.settings.authority.clone(),
            registry: parts.snapshots(),
            settings: parts.settings.normalise_within_the_log(),
        }),
        lanes: Arc::new(move || serde_json::to_value(status.lanes()).unwrap_or_default()),
        connectors: parts.settings.has(Role::Deliver).then(|| parts.connectors.clone()),
        dedup: parts.dedup.clone(),
        clock: parts.clock.clone(),
    }
}

fn sources(parts: &Parts) -> Sources {
    Sources {
        registry: parts.registry.clone(),
        secrets: parts.secrets.clone(),
        http: parts.http.clone(),
        url: parts.settings.server.url(),
    }
}

fn ingest(parts: &Parts, admin_key: AdminKey) -> Result<Ingest, ServeError> {
    let outcomes = Arc::new(Outcomes { view: parts.view.clone(), url: parts.settings.server.url() });
    let handed = ingest::Parts {
        log: parts.log.clone(),
        registry: parts.registry.clone(),
        admin_key,
        idempotency: outcomes.clone(),
        secrets: parts.secrets.clone(),
        status: outcomes,
        clock: parts.clock.clone(),
        authority: parts.settings.authority.clone(),
    };
    Ingest::new(handed, parts.settings.ingest.clone()).map_err(|error| ServeError::Section(error.to_string()))
}
