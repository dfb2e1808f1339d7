//! Waits that end when they should: those of the runtime end on whole milliseconds, all at once.

use std::collections::BTreeMap;
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
    /// As good as for ever.
    const LONGEST: Duration = Duration::from_secs(3_600);
    // Numbered, since several may wait for one moment.
    let mut waiting: BTreeMap<(Instant, u64), oneshot::Sender<()>> = BTreeMap::new();
    for number in 0.. {
        let next = waiting.first_key_value().map(|((at, _), _)| at.saturating_duration_since(Instant::now()));
        match wishes.recv_timeout(next.unwrap_or(LONGEST)) {
            Ok((at, sender)) => drop(waiting.insert((at, number), sender)),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return,
        }
        while let Some(first) = waiting.first_entry()
            && first.key().0 <= Instant::now()
        {
            // Whoever has hung up meanwhile need not be woken.
            let _gone = first.remove().send(());
        }
    }
}
