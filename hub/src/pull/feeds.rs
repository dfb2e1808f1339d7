//! All feeds: polls those that are due, a bounded number at once, while this node leads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use lianbo_schemas::registry::FeedSource;
use lianbo_schemas::{Outlet, OutletId};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::pull::hosts::Hosts;
use crate::pull::poll::{Context, Feed, poll};
use crate::pull::state::{FeedState, State, StateError};
use crate::pull::{Parts, Settings};
use crate::registry::Snapshot;

/// The longest sleep before the clock is looked at again: it may have been set.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);
/// Wait after the state could not be opened.
const PAUSE: Duration = Duration::from_secs(10);

/// Pulls whenever `leads` says so, until shutdown. Polls in flight are dropped when leadership goes; the next leader
/// makes them again.
pub(super) async fn pull(
    parts: &Parts,
    settings: &Settings,
    mut leads: watch::Receiver<bool>,
    shutdown: &CancellationToken,
) {
    while !shutdown.is_cancelled() {
        let elected = tokio::select! {
            () = shutdown.cancelled() => return,
            elected = leads.wait_for(|leads| *leads) => elected.is_ok(),
        };
        if !elected {
            return;
        }
        tracing::info!(stage = "pull", "this node pulls the feeds");
        let failed = tokio::select! {
            () = shutdown.cancelled() => return,
            _handed_over = leads.wait_for(|leads| !*leads) => None,
            failed = serve(parts, settings) => failed.err(),
        };
        let Some(error) = failed else { continue };
        tracing::error!(stage = "pull", %error, "feeds are not pulled; see to the data directory");
        tokio::select! {
            () = shutdown.cancelled() => return,
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

async fn serve(parts: &Parts, settings: &Settings) -> Result<(), StateError> {
    parts.registry.ready().await;
    let mut changes = parts.registry.changes();
    let context = Context {
        log: Arc::clone(&parts.log),
        fetch: Arc::clone(&parts.fetch),
        clock: Arc::clone(&parts.clock),
        state: State::open(&parts.data_dir.join("pull.db")).await?,
        hosts: Hosts::new(settings.per_host),
        settings: settings.clone(),
    };
    let mut known = Known::default();
    known.load(&context, &parts.registry.snapshot()).await?;
    let mut running = FuturesUnordered::new();
    loop {
        let now = (parts.clock)();
        let room = (settings.concurrency as usize).max(1).saturating_sub(running.len());
        for (feed, state) in known.take_due(&parts.registry.snapshot(), now, room) {
            running.push(poll(&context, feed, state));
        }
        tokio::select! {
            Some(state) = running.next() => known.give_back(state, &parts.registry.snapshot(), (parts.clock)()),
            Ok(()) = changes.changed() => known.load(&context, &parts.registry.snapshot()).await?,
            () = tokio::time::sleep(known.idle_for(now, room)) => {}
        }
    }
}

/// The feeds and when they are due; those being polled are lent out.
#[derive(Default)]
struct Known {
    resting: BTreeMap<OutletId, FeedState>,
    lent: BTreeSet<OutletId>,
}

impl Known {
    /// Takes up what the state knows of feeds that came into the registry; forgets those that went.
    async fn load(&mut self, context: &Context, snapshot: &Snapshot) -> Result<(), StateError> {
        let wanted: Vec<OutletId> = feeds(snapshot).map(|(outlet, _)| outlet.id.clone()).collect();
        let stored = context.state.feeds(wanted.clone()).await?;
        let mut stored: BTreeMap<OutletId, FeedState> =
            stored.into_iter().map(|state| (state.outlet.clone(), state)).collect();
        self.resting.retain(|outlet, _| wanted.contains(outlet));
        let now = (context.clock)();
        for (outlet, source) in feeds(snapshot).filter(|(outlet, _)| !self.lent.contains(&outlet.id)) {
            let same = |state: &FeedState| state.url == source.url;
            let known = self.resting.remove(&outlet.id).filter(same).or_else(|| stored.remove(&outlet.id).filter(same));
            let state = known.unwrap_or_else(|| FeedState::new(outlet.id.clone(), source.url.clone(), now));
            self.resting.insert(outlet.id.clone(), state);
        }
        Ok(())
    }

    /// At most `room` feeds that are due.
    fn take_due(&mut self, snapshot: &Snapshot, now: Timestamp, room: usize) -> Vec<(Feed, FeedState)> {
        let mut due: Vec<(Timestamp, Feed)> = Vec::new();
        for state in self.resting.values().filter(|state| !state.gone && state.next_poll <= now) {
            let outlet = snapshot.outlets.get(&state.outlet);
            // An address that changed just now is loaded in a moment.
            let feed = outlet
                .and_then(|outlet| Some(Feed { outlet: Arc::clone(outlet), source: outlet.source.clone()? }))
                .filter(|feed| feed.source.url == state.url);
            due.extend(feed.map(|feed| (state.next_poll, feed)));
        }
        due.sort_by_key(|(at, _)| *at);
        due.truncate(room);
        let lend = |(_, feed): (Timestamp, Feed)| {
            let state = self.resting.remove(&feed.outlet.id)?;
            self.lent.insert(feed.outlet.id.clone());
            Some((feed, state))
        };
        due.into_iter().filter_map(lend).collect()
    }

    /// Takes back what was lent, unless the registry has forgotten the feed meanwhile or given it another address.
    fn give_back(&mut self, state: FeedState, snapshot: &Snapshot, now: Timestamp) {
        self.lent.remove(&state.outlet);
        let source = snapshot.outlets.get(&state.outlet).and_then(|outlet| outlet.source.as_ref());
        let state = match source {
            Some(source) if source.url == state.url => state,
            Some(source) => FeedState::new(state.outlet, source.url.clone(), now),
            None => return,
        };
        self.resting.insert(state.outlet.clone(), state);
    }

    /// How long nothing is due; without room only a finished poll matters.
    fn idle_for(&self, now: Timestamp, room: usize) -> Duration {
        let next = self.resting.values().filter(|state| !state.gone).map(|state| state.next_poll).min();
        let until = next.map(|at| Duration::try_from(at.duration_since(now)).unwrap_or(Duration::ZERO));
        match until {
            Some(until) if room > 0 => until.clamp(Duration::from_millis(1), LONGEST_SLEEP),
            Some(_) | None => LONGEST_SLEEP,
        }
    }
}

fn feeds(snapshot: &Snapshot) -> impl Iterator<Item = (&Arc<Outlet>, &FeedSource)> {
    snapshot.outlets.values().filter_map(|outlet| outlet.source.as_ref().map(|source| (outlet, source)))
}
