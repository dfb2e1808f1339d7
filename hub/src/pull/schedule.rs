//! When a feed is polled next. Pure: time and chance come in as arguments.

use std::time::Duration;

use crate::pull::Settings;

/// How a poll ended, as far as the next one is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// An answer; the server says how long it holds, or does not.
    Answered(Option<Duration>),
    /// The server asks to be left alone (429, 503).
    Busy(Option<Duration>),
    /// No answer, or an error.
    Failed,
}

/// A tenth up or down, so that feeds added together do not stay together.
const JITTER: f64 = 0.1;
/// 2^20 times any interval is beyond every bound.
const MOST_DOUBLINGS: u32 = 20;

/// The wait until the next poll. `failures` counts polls in a row without an answer, this one included; `chance` is
/// from -1 to 1.
pub(super) fn wait(every: Duration, outcome: Outcome, failures: u32, chance: f64, settings: &Settings) -> Duration {
    let doubled = every.saturating_mul(1 << failures.min(MOST_DOUBLINGS)).min(settings.longest_pause()).max(every);
    match outcome {
        Outcome::Answered(hint) => {
            let hint = hint.unwrap_or_default().min(settings.longest_hint());
            // What the server asked for is never undercut, only the hub's own interval is.
            every.mul_f64(1.0 + JITTER * chance).max(hint)
        }
        Outcome::Busy(asked) => asked.map_or(doubled, |asked| asked.max(every)).mul_f64(1.0 + JITTER * chance.abs()),
        Outcome::Failed => doubled.mul_f64(1.0 + JITTER * chance),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Outcome, wait};
    use crate::pull::Settings;

    const EVERY: Duration = Duration::from_secs(300);

    fn seconds(outcome: Outcome, failures: u32, chance: f64) -> u64 {
        wait(EVERY, outcome, failures, chance, &Settings::default()).as_secs()
    }

    #[test]
    fn an_answered_feed_is_polled_at_its_interval_a_tenth_up_or_down() {
        assert_eq!(seconds(Outcome::Answered(None), 0, 0.0), 300);
        assert_eq!(seconds(Outcome::Answered(None), 0, 1.0), 330);
        assert_eq!(seconds(Outcome::Answered(None), 0, -1.0), 270);
    }

    #[test]
    fn a_hint_puts_the_poll_off_but_not_for_ever() {
        assert_eq!(seconds(Outcome::Answered(Some(Duration::from_secs(900))), 0, -1.0), 900);
        assert_eq!(seconds(Outcome::Answered(Some(Duration::from_secs(10))), 0, 0.0), 300);
        assert_eq!(seconds(Outcome::Answered(Some(Duration::from_secs(1_000_000))), 0, 0.0), 1800);
    }

    #[test]
    fn waits_double_up_to_an_hour() {
        let waits: Vec<u64> = (1..=6).map(|failures| seconds(Outcome::Failed, failures, 0.0)).collect();
        assert_eq!(waits, [600, 1200, 2400, 3600, 3600, 3600]);
        assert_eq!(seconds(Outcome::Failed, u32::MAX, 0.0), 3600);
    }

    #[test]
    fn a_busy_server_is_left_alone_as_long_as_it_asks() {
        assert_eq!(seconds(Outcome::Busy(Some(Duration::from_secs(1000))), 1, -1.0), 1100);
        assert_eq!(seconds(Outcome::Busy(Some(Duration::ZERO)), 1, 0.0), 300);
        assert_eq!(seconds(Outcome::Busy(None), 2, 0.0), 1200);
    }
}
