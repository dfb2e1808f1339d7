//! Keeps the view's channels in step with the registry: when it changes, and when a grant begins or ends.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::registry::{Registry, Snapshot};
use crate::route::Rules;
use crate::stage::Clock;
use crate::view::{ChannelEntry, Generation, Selector, View};

/// How often grants that begin or end are looked for. A grant's first and last second are exact for deliveries, which
/// ask at the moment; listings follow within this time.
const LOOK: Duration = Duration::from_secs(1);

/// Tells the view when to select anew.
pub(super) struct Keeper {
    registry: Registry,
    rules: Arc<ArcSwap<Rules>>,
    clock: Clock,
}

/// The function the view selects with, and what keeps it up to date.
pub(super) fn keep(registry: Registry, clock: Clock) -> (Selector, Keeper) {
    let rules = Arc::new(ArcSwap::from_pointee(Rules::new(registry.snapshot())));
    let current = rules.clone();
    let selector: Selector = Arc::new(move |article, now| {
        let entries = current.load().about(article).channels(now).into_iter();
        let seen = entries.map(|entry| ChannelEntry {
            channel: entry.channel,
            not_before: entry.not_before,
            content: entry.content,
            images: entry.images,
            attribution: entry.attribution,
        });
        seen.collect()
    });
    (selector, Keeper { registry, rules, clock })
}

impl Keeper {
    /// Follows the registry and the clock until shutdown.
    pub(super) async fn run(self, view: Arc<View>, shutdown: CancellationToken) {
        let mut changes = self.registry.changes();
        let mut told: Option<Generation> = None;
        loop {
            // Marked before reading, so that a change in between makes another round.
            changes.mark_unchanged();
            let folded = self.registry.folded();
            let snapshot = self.registry.snapshot();
            let generation = Generation { registry: folded, as_of: newest_turn(&snapshot, (self.clock)()) };
            if told != Some(generation) {
                self.rules.store(Arc::new(Rules::new(snapshot)));
                match view.reselect(generation).await {
                    Ok(()) => told = Some(generation),
                    Err(error) => tracing::warn!(%error, "the channels do not follow the registry yet"),
                }
            }
            tokio::select! {
                () = shutdown.cancelled() => return,
                changed = changes.changed() => if changed.is_err() { return },
                () = tokio::time::sleep(LOOK) => {}
            }
        }
    }
}

/// The newest moment up to `now` at which a grant began or ended, in microseconds since 1970; 0 when there was none.
fn newest_turn(snapshot: &Snapshot, now: Timestamp) -> i64 {
    let turns = snapshot.grants.values().flat_map(|grant| [grant.from, grant.until]).flatten();
    turns.filter(|turn| *turn <= now).map(Timestamp::as_microsecond).max().unwrap_or(0)
}
