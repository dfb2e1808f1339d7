//! The outlet that sends good and bad, by the hub's door and by a producer of its own.

use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use lianbo_hub::cli::Hub;
use lianbo_hub::log::{Log, NewRecord};
use lianbo_schemas::topic;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::letters::{Letter, What};
use crate::crash::book::Book;
use crate::crash::hub::OUTLET;
use crate::crash::piece::{LONG, Piece, Said};
use crate::crash::traffic::{post, say};

/// What a piece is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As it should be.
    Good,
    /// No parser reads it.
    Unreadable,
    /// Every partner refuses it.
    Refused,
    /// It is larger than the hub takes.
    Oversize,
}

impl Kind {
    /// Of a hundred pieces one is of each bad kind.
    pub(super) fn of(number: u64) -> Self {
        match number % 100 {
            33 => Self::Unreadable,
            66 => Self::Refused,
            99 => Self::Oversize,
            _ => Self::Good,
        }
    }
}

/// Of so many good pieces one goes by the producer.
const BY_PRODUCER: u64 = 10;
/// Bytes of noise.
const NOISE: usize = 2_000;

/// One outlet. Cloning shares its books.
#[derive(Clone)]
pub(super) struct Outlet {
    hub: Arc<Hub>,
    log: Arc<dyn Log>,
    seed: u64,
    /// What must be at all partners at once.
    pub(super) good: Book,
    /// What must be there after the fix.
    pub(super) mended: Book,
    letters: Arc<Mutex<Vec<Letter>>>,
}

impl Outlet {
    pub(super) fn new(hub: Arc<Hub>, log: Arc<dyn Log>, seed: u64) -> Self {
        Self { hub, log, seed, good: Book::default(), mended: Book::default(), letters: Arc::default() }
    }

    /// The letters there should be of what was sent so far.
    pub(super) fn letters(&self) -> Vec<Letter> {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Sends `count` pieces, evenly over `time`.
    ///
    /// # Errors
    /// One was never acknowledged.
    pub(super) async fn speak(&self, count: u64, time: Duration) -> Result<(), String> {
        let begin = Instant::now();
        let mut sends = JoinSet::new();
        for number in 1..=count {
            sleep_until(begin + time.mul_f64(number as f64 / count as f64)).await;
            let outlet = self.clone();
            sends.spawn(async move { outlet.send(number).await });
        }
        sends.join_all().await.into_iter().collect()
    }

    /// Sends again what could not be read, as it should have been.
    ///
    /// # Errors
    /// One was never acknowledged.
    pub(super) async fn mend(&self, count: u64) -> Result<(), String> {
        for number in (1..=count).filter(|number| Kind::of(*number) == Kind::Unreadable) {
            self.push(&self.mended, number).await?;
        }
        Ok(())
    }

    async fn send(&self, number: u64) -> Result<(), String> {
        match Kind::of(number) {
            Kind::Good if number.is_multiple_of(BY_PRODUCER) => {
                self.good.speaks(number);
                let piece = Piece { seed: self.seed, number };
                self.produce(piece.submission(Said::Version(1))).await?;
                self.good.acknowledged(number, Said::Version(1));
                Ok(())
            }
            Kind::Good => self.push(&self.good, number).await,
            Kind::Refused => self.push(&self.mended, number).await,
            Kind::Unreadable => self.send_bad(number, Kind::Unreadable, self.unreadable(number)).await,
            Kind::Oversize => {
                let piece = Piece { seed: self.seed, number: LONG + number };
                self.mended.speaks(piece.number);
                self.send_bad(number, Kind::Oversize, piece.submission(Said::Version(1))).await?;
                self.mended.acknowledged(piece.number, Said::Version(1));
                Ok(())
            }
        }
    }

    async fn push(&self, book: &Book, number: u64) -> Result<(), String> {
        book.speaks(number);
        let piece = Piece { seed: self.seed, number };
        let said = say(Arc::clone(&self.hub), book.clone(), piece, Said::Version(1), Arc::default());
        if said.await { Ok(()) } else { Err(format!("piece {number} was never acknowledged")) }
    }

    /// Every other one by the door, as one submission however often it has to be sent, the rest by the producer.
    async fn send_bad(&self, number: u64, kind: Kind, body: Vec<u8>) -> Result<(), String> {
        let what = if (number / 100).is_multiple_of(2) {
            let key = format!("bad-{number}");
            let submission = post(&self.hub, body, Some(&key), &AtomicU64::new(0)).await;
            What::Submission(submission.ok_or_else(|| format!("piece {number} was never acknowledged"))?)
        } else {
            self.produce(body).await?
        };
        self.letters.lock().unwrap_or_else(PoisonError::into_inner).push(Letter { number, kind, what });
        Ok(())
    }

    /// Writes to the outlet's topic past the door, and without a header.
    async fn produce(&self, body: Vec<u8>) -> Result<What, String> {
        let topic = format!("{}{OUTLET}", topic::OUTLET_PREFIX);
        let record = NewRecord { topic, key: None, headers: Vec::new(), value: Some(Bytes::from(body)) };
        let places = self.log.append(vec![record]).await.map_err(|error| error.to_string())?;
        let (partition, offset) = places.first().ok_or("the log names no place")?;
        Ok(What::Record { partition: partition.number, offset: *offset })
    }

    /// A document that ends in its midst, of two formats, and bytes that are no text.
    fn unreadable(&self, number: u64) -> Vec<u8> {
        let piece = Piece { seed: self.seed, number };
        match number / 100 % 3 {
            0 => {
                let whole = piece.submission(Said::Version(1));
                whole[..whole.len() / 2].to_vec()
            }
            1 => format!("<?xml version=\"1.0\"?><rss version=\"2.0\"><channel><item><title>{}</tit", piece.headline())
                .into_bytes(),
            _ => {
                let mut random = StdRng::seed_from_u64(number);
                (0..NOISE).map(|_| random.random::<u8>()).collect()
            }
        }
    }
}
