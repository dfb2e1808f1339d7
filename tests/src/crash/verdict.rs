//! What a round showed: the oracle's obligations against what the receivers saw.

use std::time::Duration;

use super::book::{Book, Entry};
use super::piece::Said;
use super::receiver::{Receiver, Shown};

/// Sentences kept of each kind: the first say enough.
pub(super) const MOST: usize = 20;

/// What went wrong in a round, as sentences; empty: nothing.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// Acknowledged, and not at a partner in time.
    pub lost: Vec<String>,
    /// One piece under two identities, one statement as two deliveries.
    pub twins: Vec<String>,
    /// An older version after a newer one.
    pub disordered: Vec<String>,
    /// Not what was issued.
    pub altered: Vec<String>,
    /// Whatever else: more sends doubled than were in flight, a process that ended, a fresh article that did not flow, a
    /// round without traffic.
    pub other: Vec<String>,
}

impl Findings {
    /// Whether all is well.
    pub fn is_empty(&self) -> bool {
        self.all().is_empty()
    }

    /// All sentences.
    pub fn all(&self) -> Vec<&String> {
        [&self.lost, &self.twins, &self.disordered, &self.altered, &self.other].into_iter().flatten().collect()
    }
}

/// One round.
#[derive(Debug, Clone)]
pub struct RoundReport {
    /// From 1.
    pub number: u32,
    /// What struck.
    pub fault: String,
    /// Statements acknowledged.
    pub acknowledged: u64,
    /// Tries that were not.
    pub refused: u64,
    /// Posts that took effect at the receivers.
    pub posts: u64,
    /// Posts that died in mid-answer.
    pub deaths: u64,
    /// Posts of a delivery that had been answered with success before.
    pub doubled: u64,
    /// Of those so many may be: what was in flight.
    pub may_double: u64,
    /// From the end of the traffic until every partner showed everything.
    pub settled: Duration,
    /// From acknowledgement to the last partner, of a fresh article afterwards.
    pub fresh: Duration,
    /// What went wrong.
    pub findings: Findings,
}

/// What partners do not show yet of what was acknowledged from piece `first` on.
pub(super) fn missing(book: &Book, receivers: &[Receiver], first: u64) -> Vec<String> {
    let mut missing = Vec::new();
    for (number, entry) in book.since(first) {
        for receiver in receivers {
            let shown = receiver.shows(number);
            if !is_met(&entry, shown.as_ref()) {
                let (wanted, shown) = (entry.acknowledged.map(|(said, _)| said), shown.map(|shown| shown.said));
                missing.push(format!("{}: piece {number} should be {wanted:?}, is {shown:?}", receiver.name));
                if missing.len() >= MOST {
                    return missing;
                }
            }
        }
    }
    missing
}

/// What was sent and never acknowledged may be shown, and need not.
fn is_met(entry: &Entry, shown: Option<&Shown>) -> bool {
    let Some((wanted, _)) = entry.acknowledged else { return true };
    match shown {
        Some(shown) => shown.said == wanted || entry.unsure.contains(&shown.said),
        // Withdrawn before it ever came there.
        None => wanted == Said::Withdrawn,
    }
}

/// What the receivers found wrong since they were asked last; the number of doubled posts beside it.
pub(super) fn wrong(receivers: &[Receiver], findings: &mut Findings) -> u64 {
    let mut doubled = 0;
    for receiver in receivers {
        let wrong = receiver.wrong();
        doubled += wrong.doubled;
        findings.twins.extend(wrong.twins);
        findings.disordered.extend(wrong.disordered);
        findings.altered.extend(wrong.altered);
    }
    for kind in [&mut findings.twins, &mut findings.disordered, &mut findings.altered] {
        kind.truncate(MOST);
    }
    doubled
}
