//! What an outlet does all day: publishes, corrects, withdraws, at a fixed rate, and tries again until it is answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use lianbo_hub::cli::Hub;
use rand::RngExt;
use rand::rngs::StdRng;
use reqwest::Method;
use serde_json::Value;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};

use super::book::Book;
use super::hub::OUTLET;
use super::piece::{Piece, Said};

/// How long one try waits for its answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long an outlet goes on trying.
const STUBBORN: Duration = Duration::from_secs(240);
/// How far back corrections go.
const RECENT: u64 = 300;

/// One outlet.
pub(super) struct Outlet {
    pub(super) hub: Arc<Hub>,
    pub(super) book: Book,
    pub(super) seed: u64,
    /// The number of the next piece.
    pub(super) next: u64,
}

/// What one spell of traffic came to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spell {
    /// Statements acknowledged.
    pub(super) acknowledged: u64,
    /// Tries that were not.
    pub(super) refused: u64,
}

impl Outlet {
    /// Says `count` things, evenly over `time`. Choices come from `random`; of every hundred things some twelve are
    /// corrections and three are withdrawals of recent pieces, where one is free for it.
    pub(super) async fn speak(&mut self, count: u64, time: Duration, random: &mut StdRng) -> Spell {
        let begin = Instant::now();
        let refused = Arc::new(AtomicU64::new(0));
        let mut sends = JoinSet::new();
        for turn in 0..count {
            sleep_until(begin + time.mul_f64(turn as f64 / count as f64)).await;
            let (number, said) = self.choose(random);
            self.book.speaks(number);
            let (piece, hub, book) = (Piece { seed: self.seed, number }, Arc::clone(&self.hub), self.book.clone());
            sends.spawn(say(hub, book, piece, said, Arc::clone(&refused)));
        }
        let answers = sends.join_all().await;
        let acknowledged = answers.into_iter().filter(|acknowledged| *acknowledged).count() as u64;
        Spell { acknowledged, refused: refused.load(Ordering::Relaxed) }
    }

    /// Publishes one new piece; its number, if it was acknowledged.
    pub(super) async fn publish(&mut self) -> Option<u64> {
        let number = self.next;
        self.next += 1;
        self.book.speaks(number);
        let piece = Piece { seed: self.seed, number };
        let said = say(Arc::clone(&self.hub), self.book.clone(), piece, Said::Version(1), Arc::default());
        said.await.then_some(number)
    }

    fn choose(&mut self, random: &mut StdRng) -> (u64, Said) {
        let choice = random.random_range(0..100);
        let back = random.random_range(1..=RECENT);
        if choice < 15
            && let Some(number) = self.next.checked_sub(back)
            && let Some(version) = self.book.settled(number).filter(|version| *version < 6)
        {
            return (number, if choice < 3 { Said::Withdrawn } else { Said::Version(version + 1) });
        }
        self.next += 1;
        (self.next - 1, Said::Version(1))
    }
}

/// Posts until it is acknowledged, without an idempotency key: what came twice must not matter.
pub(super) async fn say(hub: Arc<Hub>, book: Book, piece: Piece, said: Said, refused: Arc<AtomicU64>) -> bool {
    let acknowledged = post(&hub, piece.submission(said), None, &refused).await.is_some();
    if acknowledged {
        book.acknowledged(piece.number, said);
    } else {
        book.unanswered(piece.number, said);
    }
    acknowledged
}

/// Posts until it is acknowledged, as the same submission when there is an idempotency `key`; the submission's id.
pub(super) async fn post(hub: &Hub, body: Vec<u8>, key: Option<&str>, refused: &AtomicU64) -> Option<String> {
    let begin = Instant::now();
    while begin.elapsed() < STUBBORN {
        let request = hub.request(Method::POST, &format!("/v1/outlets/{OUTLET}/submissions"));
        let mut request = request.header("content-type", "application/json").body(body.clone());
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Ok(Ok(accepted)) = timeout(PATIENCE, hub.read::<Value>(request)).await {
            return accepted["submission"].as_str().map(str::to_owned);
        }
        refused.fetch_add(1, Ordering::Relaxed);
        sleep(Duration::from_millis(100)).await;
    }
    None
}
