//! The breaker of a lane: stops it while the partner fails, and lets one article through to find out. Pure: time and
//! jitter come in.

use std::time::Duration;

use tokio::time::Instant;

use super::Settings;

/// Whether the partner is worth asking.
#[derive(Debug, Clone)]
pub(super) struct Breaker {
    state: State,
    failures: u32,
    openings: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    Open { until: Instant },
    HalfOpen,
}

/// What may go out now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Permit {
    /// As much as window and rate allow.
    All,
    /// One article, and nothing beside it.
    One,
    /// Nothing before this moment.
    NoneUntil(Instant),
}

impl Breaker {
    /// Closed: all is well.
    pub(super) fn new() -> Self {
        Self { state: State::Closed, failures: 0, openings: 0 }
    }

    /// What may go out at `now`.
    pub(super) fn permit(&mut self, now: Instant) -> Permit {
        match self.state {
            State::Closed => Permit::All,
            State::HalfOpen => Permit::One,
            State::Open { until } if until <= now => {
                self.state = State::HalfOpen;
                Permit::One
            }
            State::Open { until } => Permit::NoneUntil(until),
        }
    }

    /// Whether it holds the lane back, wholly or but for one article.
    pub(super) fn is_closed(&self) -> bool {
        self.state == State::Closed
    }

    /// When an open breaker lets one article through.
    pub(super) fn opens_at(&self) -> Option<Instant> {
        match self.state {
            State::Open { until } => Some(until),
            State::Closed | State::HalfOpen => None,
        }
    }

    /// The partner answered as a partner should, be it with a refusal of one article.
    pub(super) fn success(&mut self) {
        *self = Self::new();
    }

    /// The partner may be well again: let one article find out.
    pub(super) fn probe(&mut self) {
        self.state = State::HalfOpen;
    }

    /// The partner failed. Opens after enough failures in a row, at once when it asks for a pause, and when a probe
    /// failed; further failures of articles that were under way only count.
    pub(super) fn failure(&mut self, now: Instant, asked: Option<Duration>, settings: &Settings, jitter: f64) {
        self.failures = self.failures.saturating_add(1);
        let asked_until = asked.map(|asked| now + asked);
        if let State::Open { until } = &mut self.state {
            *until = asked_until.map_or(*until, |asked| asked.max(*until));
            return;
        }
        if self.state == State::HalfOpen || asked.is_some() || self.failures >= settings.breaker_after.max(1) {
            self.openings = self.openings.saturating_add(1);
            let own = now + settings.breaker_wait(self.openings).mul_f64(jitter);
            self.state = State::Open { until: asked_until.map_or(own, |asked| asked.max(own)) };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::{Breaker, Permit};
    use crate::deliver::Settings;

    #[test]
    fn it_opens_after_failures_in_a_row_and_probes_with_one() {
        let (settings, start) = (Settings::default(), Instant::now());
        let mut breaker = Breaker::new();
        for _ in 0..4 {
            breaker.failure(start, None, &settings, 1.0);
        }
        breaker.success();
        for _ in 0..4 {
            breaker.failure(start, None, &settings, 1.0);
        }
        assert_eq!(breaker.permit(start), Permit::All);
        breaker.failure(start, None, &settings, 1.0);
        let first = start + Duration::from_secs(1);
        assert_eq!(breaker.permit(start), Permit::NoneUntil(first));
        assert_eq!(breaker.permit(first), Permit::One);
        breaker.failure(first, None, &settings, 1.0);
        assert_eq!(breaker.permit(first), Permit::NoneUntil(first + Duration::from_secs(2)));
        breaker.success();
        assert_eq!(breaker.permit(first), Permit::All);
    }

    #[test]
    fn stragglers_do_not_lengthen_the_stop() {
        let (settings, start) = (Settings::default(), Instant::now());
        let mut breaker = Breaker::new();
        for _ in 0..13 {
            breaker.failure(start, None, &settings, 1.0);
        }
        assert_eq!(breaker.permit(start), Permit::NoneUntil(start + Duration::from_secs(1)));
    }

    #[test]
    fn a_partner_that_asks_for_a_pause_gets_it_at_once() {
        let (settings, start) = (Settings::default(), Instant::now());
        let mut breaker = Breaker::new();
        breaker.failure(start, Some(Duration::from_secs(90)), &settings, 1.0);
        assert_eq!(breaker.permit(start), Permit::NoneUntil(start + Duration::from_secs(90)));
    }
}
