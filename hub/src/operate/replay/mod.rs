//! `POST /v1/replays`: runs a part of the log through the hub again. The answer is a stream of JSON lines with the
//! progress; whoever hangs up stops it. No second path: an outlet's topic goes through the same normalise into
//! `normalised`, articles become the same deliveries again.

mod deliver;
mod outlet;
mod range;

use std::convert::Infallible;
use std::time::Duration;

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use lianbo_schemas::{OutletId, PartnerId, topic};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::Operate;
use crate::problem::Problem;

/// What is to be run again.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Request {
    topic: String,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    to: Option<String>,
    #[serde(default)]
    partner: Option<PartnerId>,
    #[serde(default)]
    outlet: Option<OutletId>,
    #[serde(default)]
    dry_run: bool,
    /// Records a second; none: as fast as it goes.
    #[serde(default)]
    rate: Option<u32>,
}

/// One line of the answer.
#[derive(Debug, Default, Serialize)]
struct Progress {
    done: u64,
    total: u64,
    /// Items or deliveries that differ, or would.
    changed: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    finished: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    summary: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Where progress goes; it fails when nobody listens any more, and the replay stops.
struct Teller {
    lines: mpsc::Sender<Bytes>,
    pace: Pace,
}

/// Why a replay ends early.
#[derive(Debug)]
enum Stopped {
    /// Nobody listens.
    Unheard,
    /// Something failed; one sentence.
    Failed(String),
}

/// Keeps to a number of records a second.
struct Pace {
    rate: Option<u32>,
    started: Instant,
    done: u64,
}

/// Lines waiting to be read by the caller: a slow one slows the replay, which is what a bound is for.
const LINES: usize = 16;

pub(super) async fn start(State(operate): State<Operate>, Json(request): Json<Request>) -> Result<Response, Problem> {
    let what = What::of(&request)?;
    let (lines, received) = mpsc::channel(LINES);
    let mut teller =
        Teller { lines, pace: Pace { rate: request.rate.filter(|rate| *rate > 0), started: Instant::now(), done: 0 } };
    let work = async move {
        let outcome = match what {
            What::Outlet(outlet) => outlet::replay(&operate, &request, &outlet, &mut teller).await,
            What::Deliveries(partner) => deliver::replay(&operate, &request, partner, &mut teller).await,
        };
        if let Err(Stopped::Failed(error)) = outcome {
            // Nobody may be listening any more; then there is nobody to tell.
            teller.tell(Progress { error: Some(error), ..Progress::default() }).await.ok();
        }
    };
    // The work runs while the answer is read: it is part of the body's stream, so that hanging up ends it.
    let stream = driving(work, received);
    let body = Body::from_stream(stream);
    Ok(([(header::CONTENT_TYPE, "application/x-ndjson"), (header::CACHE_CONTROL, "no-store")], body).into_response())
}

enum What {
    Outlet(OutletId),
    Deliveries(Option<PartnerId>),
}

impl What {
    fn of(request: &Request) -> Result<Self, Problem> {
        if let Some(outlet) = topic::outlet_of(&request.topic) {
            return Ok(Self::Outlet(outlet));
        }
        if let Some(partner) = topic::partner_of(&request.topic) {
            return Ok(Self::Deliveries(Some(partner)));
        }
        if request.topic == topic::ARTICLES {
            return Ok(Self::Deliveries(request.partner.clone()));
        }
        let detail =
            format!("`{}` cannot be replayed; give outlet.<id>, articles or deliveries.<partner>", request.topic);
        Err(Problem::bad_request(detail))
    }
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

impl Teller {
    async fn tell(&self, progress: Progress) -> Result<(), Stopped> {
        let mut line = serde_json::to_vec(&progress).map_err(|error| Stopped::Failed(error.to_string()))?;
        line.push(b'\n');
        self.lines.send(line.into()).await.map_err(|_nobody| Stopped::Unheard)
    }
}

impl Pace {
    /// Waits until `more` further records may go.
    async fn wait(&mut self, more: u64) {
        self.done += more;
        if let Some(rate) = self.rate {
            let due = Duration::from_secs_f64(self.done as f64 / f64::from(rate));
            tokio::time::sleep_until(self.started + due).await;
        }
    }
}
