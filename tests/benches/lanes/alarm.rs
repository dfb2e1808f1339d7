//! Waits that end when they should: those of the runtime end on whole milliseconds, all at once.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

type Wish = (Instant, oneshot::Sender<()>);

/// A thread that wakes those who wait.
#[derive(Debug, Clone)]
pub(crate) struct Alarm(Sender<Wish>);

impl Alarm {
    pub(crate) fn start() -> Self {
        let (wish, wishes) = channel();
        thread::spawn(move || run(&wishes));
        Self(wish)
    }

    pub(crate) async fn after(&self, wait: Duration) {
        let (sender, woken) = oneshot::channel();
        self.0.send((Instant::now() + wait, sender)).expect("the alarm's thread");
        woken.await.expect("the alarm's thread");
    }
}

fn run(wishes: &Receiver<Wish>) {
    let mut order = BinaryHeap::new();
    let mut waiting: Vec<Option<oneshot::Sender<()>>> = Vec::new();
    loop {
        let next = order.peek().map_or(Duration::MAX, |Reverse((at, _)): &Reverse<(Instant, usize)>| {
            at.saturating_duration_since(Instant::now())
        });
        match wishes.recv_timeout(next.min(Duration::from_secs(3_600))) {
            Ok((at, sender)) => {
                order.push(Reverse((at, waiting.len())));
                waiting.push(Some(sender));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        while let Some(Reverse((at, place))) = order.peek().copied()
            && at <= Instant::now()
        {
            order.pop();
            // Whoever has hung up meanwhile need not be woken.
            let _gone = waiting[place].take().map(|sender| sender.send(()));
        }
    }
}
