//! All partners of a measure on one port, told apart by their paths, each with its own way to answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::StreamExt;
use futures_util::stream;

use crate::alarm::Alarm;

/// How a partner answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Manner {
    /// Well, after so many milliseconds.
    After(u64),
    /// Never.
    BlackHole,
    /// 200, then a byte a second.
    Drip,
    /// Well, after five seconds.
    Sleeper,
    /// 500 at once.
    Storm,
    /// 401.
    Denied,
    /// 429 with `Retry-After: 1`.
    Busy,
}

#[derive(Debug, Default)]
struct Seen {
    manners: HashMap<String, Manner>,
    arrivals: HashMap<(String, String), Instant>,
    /// Calls that were kept waiting, and how long in all.
    waited: (u32, Duration),
}

/// The partners' server.
#[derive(Debug, Clone)]
pub(crate) struct Receiver {
    seen: Arc<Mutex<Seen>>,
    alarm: Alarm,
    address: std::net::SocketAddr,
}

impl Receiver {
    /// On a thread of its own, as partners have machines of their own: what is measured is not kept waiting by it, nor it
    /// by that, but for the processor they share.
    pub(crate) fn start() -> Self {
        let listener = std::net::TcpListener::bind("0.0.0.0:0").expect("a free port");
        listener.set_nonblocking(true).expect("a socket that does not block");
        let receiver =
            Self { seen: Arc::default(), alarm: Alarm::start(), address: listener.local_addr().expect("an address") };
        let router = Router::new().route("/{partner}", post(hook)).with_state(receiver.clone());
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener).expect("a socket");
                axum::serve(listener, router).await
            })
        });
        receiver
    }

    /// Where a partner is, each at an address of its own, as sites are.
    pub(crate) fn url(&self, partner: &str, manner: Manner) -> String {
        let mut seen = self.lock();
        seen.manners.insert(partner.to_owned(), manner);
        let number = seen.manners.len();
        format!("http://127.0.{}.{}:{}/{partner}", number / 200, number % 200 + 1, self.address.port())
    }

    /// When each article first came to each partner; forgotten then.
    pub(crate) fn arrivals(&self) -> HashMap<(String, String), Instant> {
        std::mem::take(&mut self.lock().arrivals)
    }

    /// When an article first came to a partner.
    pub(crate) fn arrived(&self, partner: &str, name: &str) -> Option<Instant> {
        self.lock().arrivals.get(&(partner.to_owned(), name.to_owned())).copied()
    }

    /// How long a call was kept waiting in the mean: what the timer made of what was asked for.
    pub(crate) fn latency(&self) -> Duration {
        let (calls, time) = self.lock().waited;
        time / calls.max(1)
    }

    /// How many have come.
    pub(crate) fn count(&self) -> usize {
        self.lock().arrivals.len()
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn hook(State(receiver): State<Receiver>, Path(partner): Path<String>, body: Bytes) -> Response {
    let manner = receiver.lock().manners.get(&partner).copied().unwrap_or(Manner::After(0));
    let name = name_in(&body);
    receiver.lock().arrivals.entry((partner, name)).or_insert_with(Instant::now);
    match manner {
        Manner::After(0) => StatusCode::OK.into_response(),
        Manner::After(milliseconds) => {
            let began = Instant::now();
            receiver.alarm.after(Duration::from_millis(milliseconds)).await;
            let mut seen = receiver.lock();
            seen.waited = (seen.waited.0 + 1, seen.waited.1 + began.elapsed());
            StatusCode::OK.into_response()
        }
        Manner::BlackHole => std::future::pending().await,
        Manner::Drip => {
            let drops = stream::repeat(()).then(async |()| {
                tokio::time::sleep(Duration::from_secs(1)).await;
                Ok::<_, std::io::Error>(Bytes::from_static(b" "))
            });
            Body::from_stream(drops).into_response()
        }
        Manner::Sleeper => {
            tokio::time::sleep(Duration::from_secs(5)).await;
            StatusCode::OK.into_response()
        }
        Manner::Storm => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Manner::Denied => StatusCode::UNAUTHORIZED.into_response(),
        Manner::Busy => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "1")]).into_response(),
    }
}

/// The article's name, out of `"uri":"tag:bench.example,2026:article:NAME"`, without reading the rest.
fn name_in(body: &[u8]) -> String {
    let mark = b":article:";
    let Some(at) = body.windows(mark.len()).position(|window| window == mark) else { return String::new() };
    let rest = &body[at + mark.len()..];
    let end = rest.iter().position(|byte| *byte == b'"').unwrap_or(rest.len());
    String::from_utf8_lossy(&rest[..end]).into_owned()
}
