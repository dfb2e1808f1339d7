//! A partner in the oracle's own process: takes webhooks, remembers everything, and misbehaves when told to.

use std::collections::{BTreeMap, HashMap};
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use futures_util::stream;
use serde_json::Value;

use super::piece::{Piece, Said};

/// Characters of what should not be there that are said.
const SHOWN: usize = 200;

/// What was posted under one delivery id.
#[derive(Debug, Clone)]
struct Delivery {
    body: Bytes,
    /// Posts that took effect.
    effects: u32,
    /// Posts answered with a whole 2xx.
    answered: u32,
}

/// What a partner shows of one piece.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    /// The hub's uri of it.
    uri: String,
    /// The hub's version.
    version: u64,
    /// What it says.
    pub(super) said: Said,
    /// When it was first told so.
    pub(super) at: Instant,
}

/// What went wrong, as sentences.
#[derive(Debug, Clone, Default)]
pub(super) struct Wrong {
    /// A second post of the same delivery after a success, by number of such posts.
    pub(super) doubled: u64,
    /// A piece under a second uri, or a second delivery of the same statement.
    pub(super) twins: Vec<String>,
    /// An older version after a newer one.
    pub(super) disordered: Vec<String>,
    /// Bytes that are not what was issued, or not the same as before under one id.
    pub(super) altered: Vec<String>,
}

#[derive(Debug, Default)]
struct Seen {
    deliveries: HashMap<String, Delivery>,
    shown: BTreeMap<u64, Shown>,
    numbers: HashMap<String, u64>,
    statements: HashMap<(u64, u64, Said), String>,
    wrong: Wrong,
    /// The articles that were refused, by their uri.
    refused: BTreeMap<String, u64>,
    posts: u64,
    deaths: u64,
    calls: u64,
}

/// Says by a piece's number with which status it is refused, if it is.
pub(super) type Refusals = fn(u64) -> Option<StatusCode>;

/// One partner.
#[derive(Debug, Clone)]
pub(super) struct Receiver {
    pub(super) name: String,
    url: String,
    seed: u64,
    latency: Duration,
    state: Arc<Mutex<Seen>>,
    /// In a hundred posts so many die in mid-answer.
    dying: Arc<AtomicU32>,
    refusals: Arc<Mutex<Option<Refusals>>>,
}

/// How a post ends.
enum End {
    /// The connection breaks before anything has happened.
    DiesBefore,
    /// It took effect, and the answer breaks off.
    DiesAfter,
    /// 200.
    Well,
}

impl Receiver {
    /// Starts one on a free port.
    pub(super) async fn start(name: String, seed: u64, latency: Duration) -> std::io::Result<Self> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/hook", listener.local_addr()?);
        let (state, dying, refusals) = Default::default();
        let receiver = Self { name, url, seed, latency, state, dying, refusals };
        let router = Router::new().route("/hook", post(hook)).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(receiver)
    }

    /// Where it takes webhooks.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// In a hundred posts so many die in mid-answer from now on.
    pub(super) fn die(&self, percent: u32) {
        self.dying.store(percent, Ordering::Relaxed);
    }

    /// Refuses pieces from now on, or takes them all.
    pub(super) fn refuse(&self, refusals: Option<Refusals>) {
        *self.refusals.lock().unwrap_or_else(PoisonError::into_inner) = refusals;
    }

    /// The articles it has refused: uri and number.
    pub(super) fn refused(&self) -> BTreeMap<String, u64> {
        self.lock().refused.clone()
    }

    /// What it shows of a piece.
    pub(super) fn shows(&self, number: u64) -> Option<Shown> {
        self.lock().shown.get(&number).cloned()
    }

    /// Posts that took effect, and posts that died in mid-answer.
    pub(super) fn counts(&self) -> (u64, u64) {
        let state = self.lock();
        (state.posts, state.deaths)
    }

    /// What went wrong since this was asked last.
    pub(super) fn wrong(&self) -> Wrong {
        std::mem::take(&mut self.lock().wrong)
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether this post dies: a cheap, even spread over the calls.
    fn end(&self) -> End {
        let mut state = self.lock();
        state.calls += 1;
        let dying = u64::from(self.dying.load(Ordering::Relaxed));
        if state.calls.wrapping_mul(37) % 100 >= dying {
            return End::Well;
        }
        state.deaths += 1;
        if state.deaths.is_multiple_of(2) { End::DiesBefore } else { End::DiesAfter }
    }

    /// With which status this post is refused, if it is.
    fn refuses(&self, body: &Bytes) -> Option<StatusCode> {
        let refusals = (*self.refusals.lock().unwrap_or_else(PoisonError::into_inner))?;
        let event = serde_json::from_slice::<Value>(body).ok()?;
        let number = Piece::number_of(crate::headline(&event["data"]))?;
        let status = refusals(number)?;
        let uri = event["data"]["uri"].as_str().unwrap_or_default().to_owned();
        self.lock().refused.insert(uri, number);
        Some(status)
    }

    /// Takes a post in, before it is answered.
    fn take(&self, id: &str, body: &Bytes) {
        let Ok(event) = serde_json::from_slice::<Value>(body) else {
            self.lock().wrong.altered.push(format!("{}: a post that is no JSON", self.name));
            return;
        };
        let mut state = self.lock();
        state.posts += 1;
        if let Some(before) = state.deliveries.get_mut(id) {
            before.effects += 1;
            let (again, altered) = (before.answered > 0, parting(&before.body, body));
            state.wrong.doubled += u64::from(again);
            if let Some([first, then]) = altered {
                let text = format!("{}: delivery {id} came twice: first `{first}`, then `{then}`", self.name);
                state.wrong.altered.push(text);
            }
            return;
        }
        state.deliveries.insert(id.to_owned(), Delivery { body: body.clone(), effects: 1, answered: 0 });
        drop(state);
        self.effect(id, &event);
    }

    /// What a delivery that was never here before does to what is shown.
    fn effect(&self, id: &str, event: &Value) {
        let data = &event["data"];
        let uri = data["uri"].as_str().unwrap_or_default().to_owned();
        let version = data["version"].as_u64().unwrap_or(0);
        let withdrawn = event["type"] == "article.withdrawn";
        let known = if withdrawn { self.lock().numbers.get(&uri).copied() } else { None };
        let number = known.or_else(|| Piece::number_of(crate::headline(data)));
        // A withdrawal of something that never came here is nothing to take down.
        let Some(number) = number else { return };
        let piece = Piece { seed: self.seed, number };
        let said = match (withdrawn, piece.version_in(data)) {
            (true, _) => Said::Withdrawn,
            (false, Some(version)) => Said::Version(version),
            (false, None) => {
                let html: String = data["html"].as_str().unwrap_or_default().chars().take(SHOWN).collect();
                self.lock().wrong.altered.push(format!("{}: piece {number} is not what was issued: {html}", self.name));
                return;
            }
        };
        let mut state = self.lock();
        state.numbers.insert(uri.clone(), number);
        if let Some(first) = state.statements.insert((number, version, said), id.to_owned()) {
            state.wrong.twins.push(format!("{}: piece {number} {said:?} as {first} and as {id}", self.name));
        }
        if let Some(before) = state.shown.get(&number) {
            let text = format!(
                "{}: piece {number}, {:?} v{} then {said:?} v{version}",
                self.name, before.said, before.version
            );
            if before.uri != uri {
                state.wrong.twins.push(text);
            } else if before.version > version || (before.said > said) {
                state.wrong.disordered.push(text);
                return;
            }
        }
        state.shown.insert(number, Shown { uri, version, said, at: Instant::now() });
    }

    fn answered(&self, id: &str) {
        if let Some(delivery) = self.lock().deliveries.get_mut(id) {
            delivery.answered += 1;
        }
    }
}

async fn hook(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Response {
    tokio::time::sleep(receiver.latency).await;
    let id = headers.get("webhook-id").and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    match receiver.end() {
        // No panic hook runs: the connection's task ends, and with it the connection.
        End::DiesBefore => resume_unwind(Box::new(())),
        End::DiesAfter => {
            receiver.take(&id, &body);
            let broken = [Ok(Bytes::from_static(b"{\"id\":")), Err(std::io::Error::other("the receiver died"))];
            Body::from_stream(stream::iter(broken)).into_response()
        }
        End::Well => {
            if let Some(status) = receiver.refuses(&body) {
                return (status, "this one is not taken here").into_response();
            }
            receiver.take(&id, &body);
            receiver.answered(&id);
            StatusCode::OK.into_response()
        }
    }
}

/// Where two bodies part, if they do: a piece of each from there on.
fn parting(one: &[u8], other: &[u8]) -> Option<[String; 2]> {
    /// Bytes shown of each, and of what they have in common before.
    const SHOWN: usize = 120;
    const BEFORE: usize = 30;
    let common = one.iter().zip(other).take_while(|(one, other)| one == other).count();
    let piece = |body: &[u8]| {
        let from = common.saturating_sub(BEFORE);
        String::from_utf8_lossy(&body[from..body.len().min(common + SHOWN)]).into_owned()
    };
    (one != other).then(|| [piece(one), piece(other)])
}
