//! All feeds and other sources: polls those that are due, a bounded number at once, while this node leads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::Timestamp;
use lianbo_schemas::{Outlet, OutletId, Source};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::pull::hosts::Hosts;
use crate::pull::poll::{Context, Due, poll};
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
        cms: Arc::clone(&parts.cms),
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
        for (due, state) in known.take_due(&parts.registry.snapshot(), now, room) {
            running.push(poll(&context, due, state));
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
        let wanted: Vec<OutletId> = sources(snapshot).map(|(outlet, _)| outlet.id.clone()).collect();
        let stored = context.state.feeds(wanted.clone()).await?;
        let mut stored: BTreeMap<OutletId, FeedState> =
            stored.into_iter().map(|state| (state.outlet.clone(), state)).collect();
        self.resting.retain(|outlet, _| wanted.contains(outlet));
        let now = (context.clock)();
        for (outlet, source) in sources(snapshot).filter(|(outlet, _)| !self.lent.contains(&outlet.id)) {
            let place = place(source);
            let same = |state: &FeedState| state.url == place;
            let known = self.resting.remove(&outlet.id).filter(same).or_else(|| stored.remove(&outlet.id).filter(same));
            let state = known.unwrap_or_else(|| FeedState::new(outlet.id.clone(), place, now));
            self.resting.insert(outlet.id.clone(), state);
        }
        Ok(())
    }

    /// At most `room` feeds that are due.
    fn take_due(&mut self, snapshot: &Snapshot, now: Timestamp, room: usize) -> Vec<(Due, FeedState)> {
        let mut all: Vec<(Timestamp, Due)> = Vec::new();
        for state in self.resting.values().filter(|state| !state.gone && state.next_poll <= now) {
            let outlet = snapshot.outlets.get(&state.outlet);
            // An address that changed just now is loaded in a moment.
            let due = outlet
                .and_then(|outlet| Some(Due { outlet: Arc::clone(outlet), source: outlet.source.clone()? }))
                .filter(|due| place(&due.source) == state.url);
            all.extend(due.map(|due| (state.next_poll, due)));
        }
        all.sort_by_key(|(at, _)| *at);
        all.truncate(room);
        let lend = |(_, due): (Timestamp, Due)| {
            let state = self.resting.remove(&due.outlet.id)?;
            self.lent.insert(due.outlet.id.clone());
            Some((due, state))
        };
        all.into_iter().filter_map(lend).collect()
    }

    /// Takes back what was lent, unless the registry has forgotten the feed meanwhile or given it another address.
    fn give_back(&mut self, state: FeedState, snapshot: &Snapshot, now: Timestamp) {
        self.lent.remove(&state.outlet);
        let source = snapshot.outlets.get(&state.outlet).and_then(|outlet| outlet.source.as_ref());
        let state = match source {
            Some(source) if place(source) == state.url => state,
            Some(source) => FeedState::new(state.outlet, place(source), now),
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

/// What a source's state is kept under: another kind at the same address is another source.
fn place(source: &Source) -> String {
    match source {
        Source::Feed(feed) => feed.url.clone(),
        Source::WordPress(site) => format!("wordpress {}", site.url),
        Source::Ghost(site) => format!("ghost {}", site.url),
    }
}

fn sources(snapshot: &Snapshot) -> impl Iterator<Item = (&Arc<Outlet>, &Source)> {
    snapshot.outlets.values().filter_map(|outlet| outlet.source.as_ref().map(|source| (outlet, source)))
}
