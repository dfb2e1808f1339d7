//! The rate of a lane: articles a second, evenly spaced. Pure: time comes in.

use std::time::Duration;

use tokio::time::Instant;

/// When the next article may go. Even spacing without bursts, so that no second ever sees more than was agreed.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    interval: Duration,
    next: Option<Instant>,
}

impl Pace {
    /// `per_second` articles a second; 0: no limit.
    pub(super) fn new(per_second: u32) -> Self {
        let interval = if per_second == 0 { Duration::ZERO } else { Duration::from_secs(1) / per_second };
        Self { interval, next: None }
    }

    /// The moment to wait for, if it is not yet here.
    pub(super) fn wait_until(&self, now: Instant) -> Option<Instant> {
        self.next.filter(|next| *next > now)
    }

    /// One article goes. A withdrawal does not wait, but those after it wait for it too.
    pub(super) fn take(&mut self, now: Instant) {
        if !self.interval.is_zero() {
            self.next = Some(self.next.unwrap_or(now).max(now) + self.interval);
        }
    }

    /// The article taken last needed no call after all.
    pub(super) fn give_back(&mut self) {
        self.next = self.next.and_then(|next| next.checked_sub(self.interval));
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::Pace;

    #[test]
    fn ten_a_second_are_a_tenth_of_a_second_apart() {
        let start = Instant::now();
        let mut pace = Pace::new(10);
        assert_eq!(pace.wait_until(start), None);
        pace.take(start);
        assert_eq!(pace.wait_until(start), Some(start + Duration::from_millis(100)));
        assert_eq!(pace.wait_until(start + Duration::from_millis(100)), None);
        pace.give_back();
        assert_eq!(pace.wait_until(start), None);
    }

    #[test]
    fn an_idle_minute_is_not_saved_up() {
        let start = Instant::now();
        let mut pace = Pace::new(10);
        pace.take(start);
        let later = start + Duration::from_secs(60);
        pace.take(later);
        assert_eq!(pace.wait_until(later), Some(later + Duration::from_millis(100)));
    }

    #[test]
    fn zero_is_no_limit() {
        let start = Instant::now();
        let mut pace = Pace::new(0);
        pace.take(start);
        assert_eq!(pace.wait_until(start), None);
    }
}
