//! How a question waits for all that was there when it was asked: each follower of the log looks then how far the log is,
//! and tells when it has come there.

use tokio::sync::watch;

use crate::log::{Ends, Log, Reader, Result, Subscription};

/// How many follow the log, each its own topics.
pub(super) const FOLLOWERS: usize = 4;

/// Who asks, and who has come how far. Questions are numbered; whoever answers one answers all before it.
#[derive(Debug, Default)]
pub(super) struct CatchUp {
    asked: watch::Sender<u64>,
    answered: watch::Sender<[u64; FOLLOWERS]>,
}

impl CatchUp {
    /// Waits until every follower has folded what the log holds now.
    pub(super) async fn wait(&self) {
        let mut question = 0;
        self.asked.send_modify(|asked| {
            *asked += 1;
            question = *asked;
        });
        let mut answered = self.answered.subscribe();
        // The sender lives as long as whoever waits.
        drop(answered.wait_for(|answered| answered.iter().all(|answer| *answer >= question)).await);
    }
}

/// One follower's part.
pub(super) struct Answering<'a> {
    catch_up: &'a CatchUp,
    follower: usize,
    goal: Option<(u64, Ends)>,
}

impl<'a> Answering<'a> {
    /// For the follower with this number, which begins to read.
    pub(super) fn new(catch_up: &'a CatchUp, follower: usize) -> Self {
        Self { catch_up, follower, goal: None }
    }

    /// To be called when all that the reader has brought is folded.
    pub(super) async fn folded(&mut self, log: &dyn Log, topics: &Subscription, reader: &dyn Reader) -> Result<()> {
        if self.goal.is_none() {
            let asked = *self.catch_up.asked.borrow();
            if asked > self.catch_up.answered.borrow()[self.follower] {
                self.goal = Some((asked, Ends::of(log, topics).await?));
            }
        }
        if let Some((question, _)) = self.goal.take_if(|(_, ends)| ends.are_reached(reader)) {
            self.catch_up.answered.send_modify(|answered| answered[self.follower] = question);
        }
        Ok(())
    }
}
