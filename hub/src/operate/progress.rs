//! Work of an operator's that takes a while: its answer is a stream of JSON lines, and whoever hangs up stops it.

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use serde::Serialize;
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// Lines waiting to be read by the caller: a slow one slows the work, which is what a bound is for.
const LINES: usize = 16;

/// Where lines go; it fails when nobody listens any more, and the work stops.
pub(super) struct Teller {
    lines: mpsc::Sender<Bytes>,
}

/// Why work ends early.
#[derive(Debug)]
pub(super) enum Stopped {
    /// Nobody listens.
    Unheard,
    /// Something failed; one sentence.
    Failed(String),
}

impl Teller {
    /// One line.
    pub(super) async fn tell(&self, line: &impl Serialize) -> Result<(), Stopped> {
        let mut line = serde_json::to_vec(line).map_err(|error| Stopped::Failed(error.to_string()))?;
        line.push(b'\n');
        self.lines.send(line.into()).await.map_err(|_nobody| Stopped::Unheard)
    }
}

/// Keeps to a number of steps a second.
pub(super) struct Pace {
    rate: Option<u32>,
    started: Instant,
    done: u64,
}

impl Pace {
    /// `rate` steps a second; none: as fast as it goes.
    pub(super) fn new(rate: Option<u32>) -> Self {
        Self { rate: rate.filter(|rate| *rate > 0), started: Instant::now(), done: 0 }
    }

    /// How many steps may be taken together, `most` at most: those of a tenth of a second.
    pub(super) fn together(&self, most: usize) -> usize {
        self.rate.map_or(most, |rate| usize::try_from(rate / 10).unwrap_or(most).clamp(1, most))
    }

    /// Waits until `more` further steps are due to have been taken.
    pub(super) async fn wait(&mut self, more: u64) {
        self.done += more;
        if let Some(rate) = self.rate {
            let due = Duration::from_secs_f64(self.done as f64 / f64::from(rate));
            tokio::time::sleep_until(self.started + due).await;
        }
    }
}

/// Answers with what `work` tells. A failure becomes the last line, `{"error": …}`.
pub(super) fn stream<W, F>(work: W) -> Response
where
    W: FnOnce(Teller) -> F + Send + 'static,
    F: Future<Output = (Teller, Result<(), Stopped>)> + Send + 'static,
{
    let (lines, received) = mpsc::channel(LINES);
    let work = async move {
        let (teller, outcome) = work(Teller { lines }).await;
        if let Err(Stopped::Failed(error)) = outcome {
            // Nobody may be listening any more; then there is nobody to tell.
            teller.tell(&json!({"error": error})).await.ok();
        }
    };
    // The work runs while the answer is read: it is part of the body's stream, so that hanging up ends it.
    let body = Body::from_stream(driving(work, received));
    ([(header::CONTENT_TYPE, "application/x-ndjson"), (header::CACHE_CONTROL, "no-store")], body).into_response()
}

/// Yields lines while driving `work`; ends when both are done.
fn driving(
    work: impl Future<Output = ()> + Send + 'static,
    lines: mpsc::Receiver<Bytes>,
) -> impl futures_util::Stream<Item = Result<Bytes, Infallible>> + Send {
    let state = (Some(Box::pin(work)), lines);
    let lines = futures_util::stream::unfold(state, |(mut work, mut lines)| async move {
        loop {
            let Some(running) = &mut work else {
                return lines.recv().await.map(|line| (Ok(line), (work, lines)));
            };
            tokio::select! {
                biased;
                line = lines.recv() => return line.map(|line| (Ok(line), (work, lines))),
                () = running => work = None,
            }
        }
    });
    // Compression asks once more after the end.
    lines.fuse()
}
