//! What goes next: work fetched from the ledger, and calls started as far as gate, breaker, window and rate allow.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use lianbo_schemas::Template;
use tokio::time::Instant;

use super::gate::Gate;
use super::{BUSY_PER_PLACE, COUNTS_LOOK, IN_HAND, LEASE_LOOK, LOW_IN_HAND, Lane, PLACES_PER_UNDURABLE, QUIET_LOOK};
use crate::deliver::attempt::Attempt;
use crate::deliver::breaker::Permit;
use crate::deliver::ledger::{Ask, Due, Place, Stock, Turn};
use crate::log::Offset;
use crate::rendition;

impl Lane {
    /// Asks the ledger for work, one question at a time, when there may be some.
    pub(super) fn start_restock(&mut self) {
        let Some(asked) = self.asks() else { return };
        (self.stale, self.more, self.changed) = (false, false, false);
        self.asked = Instant::now();
        self.closed_meanwhile.clear();
        self.wakes_meanwhile = None;
        let (ledger, partner) = (self.shared.ledger.clone(), self.start.partner.clone());
        let (generation, now) = (self.start.generation, (self.shared.clock)());
        let handful = IN_HAND.max(self.window() * 4);
        let limit = match asked {
            Ask::First => self.busy.len() + handful,
            Ask::After(_) => handful,
        };
        let restock = async move { ledger.call(move |store| store.due(&partner, generation, now, asked, limit)).await };
        self.restock = Some(Box::pin(restock));
    }

    /// What is to be asked for now, if anything.
    fn asks(&self) -> Option<Ask> {
        if self.restock.is_some() {
            return None;
        }
        let woken = self.next_wake.is_some_and(|at| at <= (self.shared.clock)());
        let uncounted = self.counts_due().is_some_and(|at| at <= Instant::now());
        if self.stale || woken || uncounted {
            return Some(Ask::First);
        }
        let low = self.more && self.hand.len() <= LOW_IN_HAND.max(self.window() * 2);
        low.then(|| self.frontier.map_or(Ask::First, Ask::After))
    }

    /// Takes what the ledger found, in place of what was in hand or behind it. What it says of articles that were busy at
    /// any moment since the question is old: a newer decision on them is asked for again when they are free.
    pub(super) fn take_stock(&mut self, stock: Stock) {
        if stock.asked == Ask::First {
            self.hand.clear();
        }
        let last = stock.due.last().map(Due::place);
        // Without an end all there is is in hand, and what comes stands behind any of its turn that ever was.
        self.frontier = if stock.more { last } else { self.frontier.max(last).or(Some(Place::START)) };
        let from = match stock.asked {
            Ask::First => Turn::Withdrawal,
            Ask::After(place) => place.turn,
        };
        for turn in [Turn::Withdrawal, Turn::News, Turn::Again].into_iter().filter(|turn| *turn >= from) {
            self.knows(turn, stock.newest);
        }
        self.more |= stock.more;
        for due in stock.due {
            let decision = due.wanted.offset;
            if let Some(carried_out) = self.busy.get(due.article()) {
                if decision > *carried_out {
                    self.overtaken.insert(due.article().clone());
                }
            } else if let Some(carried_out) = self.closed_meanwhile.get(due.article()) {
                self.stale |= decision > *carried_out;
            } else {
                self.hand.push_back(due);
            }
        }
        self.changed |= !self.closed_meanwhile.is_empty();
        if stock.asked == Ask::First {
            self.next_wake = [stock.next_wake, self.wakes_meanwhile].into_iter().flatten().min();
        }
        self.shown.backlog = stock.backlog;
        self.shown.held = stock.held;
        if let Some(turn) = self.missed.take() {
            self.leave(turn);
        }
    }

    fn knows(&mut self, turn: Turn, newest: Offset) {
        let known = self.newest.entry(turn).or_insert(newest);
        *known = newest.max(*known);
    }

    /// When the counts that are shown are to be asked for, once all is done.
    pub(super) fn counts_due(&self) -> Option<Instant> {
        let done = self.changed && self.restock.is_none() && self.hand.is_empty() && self.busy.is_empty();
        done.then_some(self.asked + COUNTS_LOOK)
    }

    /// Takes in hand what stands behind all there was of its turn, without asking the ledger, unless that has more before
    /// it or is being asked.
    pub(super) fn take_arrived(&mut self, due: Vec<Due>) {
        for due in due {
            if self.newest.get(&due.turn).is_some_and(|newest| due.wanted.offset <= *newest) {
                continue;
            }
            if !self.stands_next(due.turn) {
                self.leave(due.turn);
                continue;
            }
            self.knows(due.turn, due.wanted.offset);
            self.frontier = self.frontier.max(Some(due.place()));
            self.shown.backlog += 1;
            let behind = self.hand.partition_point(|other| other.turn <= due.turn);
            self.hand.insert(behind, due);
        }
    }

    /// Whether all that stands before what has just come for this turn is in hand, and there is room for it.
    fn stands_next(&self, turn: Turn) -> bool {
        let has_all = self.frontier.is_some_and(|frontier| !self.more || frontier.turn > turn);
        has_all && self.restock.is_none() && !self.stale && self.hand.len() < IN_HAND
    }

    /// Leaves what has come with the ledger, which is asked for it in time.
    pub(super) fn leave(&mut self, turn: Turn) {
        if self.restock.is_some() {
            self.missed = Some(self.missed.map_or(turn, |missed| missed.min(turn)));
        } else if self.frontier.is_some_and(|frontier| frontier.turn > turn) {
            self.stale = true;
        } else {
            self.more = true;
        }
    }

    /// Starts all that may go.
    pub(super) fn dispatch(&mut self) {
        let now = Instant::now();
        while let Some(place) = self.choose(now) {
            let Some(connector) = self.connector() else { return };
            let Some(due) = self.hand.remove(place) else { return };
            if self.busy.contains_key(due.article()) {
                self.overtaken.insert(due.article().clone());
                continue;
            }
            self.pace.take(now);
            self.busy.insert(due.article().clone(), due.wanted.offset);
            let attempt = Attempt {
                partner: self.start.partner.clone(),
                connector,
                template: self.template(),
                timeout: self.timeout(),
                articles: Arc::clone(&self.shared.articles),
                clock: Arc::clone(&self.shared.clock),
                lease: Arc::clone(&self.shared.lease),
            };
            self.calls.spawn(attempt.run(due));
        }
    }

    /// The template that the partner's record names, as it stands now.
    fn template(&self) -> Option<Template> {
        let registry = (self.shared.registry)();
        rendition::of_partner(&registry, registry.partners.get(&self.start.partner)?)
    }

    /// The place in hand of what goes now, if anything may.
    fn choose(&mut self, now: Instant) -> Option<usize> {
        if self.gate != Gate::Open || self.hand.is_empty() || !self.shared.lease.holds() {
            return None;
        }
        let place = match self.breaker.permit(now) {
            Permit::NoneUntil(_) => return None,
            Permit::One if !self.calls.is_empty() => return None,
            Permit::One => self.least_tried()?,
            Permit::All => 0,
        };
        let due = self.hand.get(place)?;
        if due.is_withdrawal() {
            return self.has_place_for_a_kill().then_some(place);
        }
        let may = self.has_place() && self.pace.wait_until(now).is_none() && self.quiet_until().is_none();
        may.then_some(place)
    }

    /// For a probe: a withdrawal if there is one, else what was tried least, so that in a long outage no article uses
    /// up its tries as the eternal first, and a bad one, be it a withdrawal, does not keep the lane shut. In quiet hours
    /// withdrawals alone.
    fn least_tried(&self) -> Option<usize> {
        let quiet = self.quiet_until().is_some();
        let first = |due: &Due| due.is_withdrawal() && due.tries < self.attempts();
        let order = |(_, due): &(usize, &Due)| {
            (self.denied.is_unclear(due.article()), !first(due), due.tries, due.wanted.offset)
        };
        let may = |(_, due): &(usize, &Due)| !quiet || due.is_withdrawal();
        self.hand.iter().enumerate().filter(may).min_by_key(order).map(|(place, _)| place)
    }

    fn has_place(&self) -> bool {
        self.has_room(self.window())
    }

    /// One place beyond the window is kept for withdrawals: a kill does not wait for a slow picture upload.
    fn has_place_for_a_kill(&self) -> bool {
        self.has_room(self.window() + 1)
    }

    /// Whether fewer than so many are called, and few enough are called or answered without a durable receipt.
    fn has_room(&self, places: usize) -> bool {
        let window = self.window();
        self.calls.len() < places
            && self.calls.len() + self.undurable.load(Ordering::Acquire)
                < places + window.div_ceil(PLACES_PER_UNDURABLE)
            && self.busy.len() < window * BUSY_PER_PLACE + places - window
    }

    /// The moment that lease, quiet hours, breaker or rate wait for, if one of them holds up what is in hand.
    pub(super) fn waits_for(&self, now: Instant) -> Option<Instant> {
        if self.gate != Gate::Open || self.hand.is_empty() {
            return None;
        }
        if !self.shared.lease.holds() {
            return Some(now + LEASE_LOOK);
        }
        if self.quiet_until().is_some() {
            // The clock may be turned meanwhile.
            return Some(now + QUIET_LOOK);
        }
        let rate = self.pace.wait_until(now).filter(|_| self.has_place());
        self.breaker.opens_at().or(rate)
    }
}
