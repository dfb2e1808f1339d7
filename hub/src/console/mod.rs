//! What one sees: the hub's state on a page (`GET /`), and the same as JSON (`GET /v1/status`).
//!
//! The public sees how much flows and what channels show; operators also see partners, dead letters and what is under
//! embargo. A request extension [`Audience`] says who asks.

mod page;
mod partner;
mod pipeline;
mod status;
mod takedown;
mod words;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use jiff::SignedDuration;
use serde::Deserialize;

pub use partner::{LaneRow, LaneWord};
pub use pipeline::Pipeline;
pub use words::verdict;

use crate::feed::{Audience, Registry};
use crate::log::Log;
use crate::page::{Page, language};
use crate::problem::Problem;
use crate::stage::Clock;
use crate::view::View;

/// How the lanes are, asked for each page.
pub type Lanes = Arc<dyn Fn() -> Vec<LaneRow> + Send + Sync>;

/// All that the console needs.
pub struct Console {
    /// The node's own view.
    pub view: Arc<View>,
    /// The log, for sizes and lags.
    pub log: Arc<dyn Log>,
    /// The registry as it stands.
    pub registry: Registry,
    /// How the lanes are.
    pub lanes: Lanes,
    /// The time.
    pub clock: Clock,
    /// How long a partner may take to acknowledge a withdrawal before that is shown as overdue.
    pub overdue: SignedDuration,
    /// What was last asked of the log: `Pipeline::default()`.
    pub pipeline: Pipeline,
}

#[derive(Debug, Deserialize)]
struct Wish {
    lang: Option<String>,
}

/// The routes.
pub fn router(console: Console) -> Router {
    Router::new().route("/", get(show)).route("/v1/status", get(tell)).with_state(Arc::new(console))
}

async fn show(
    State(console): State<Arc<Console>>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
    audience: Audience,
) -> Result<Response, Problem> {
    let language = language(wish.lang.as_deref(), &headers);
    let status = status::gather(&console, audience).await?;
    let registry = (console.registry)();
    let body = page::body(language, &status, &registry, audience);
    let title = language.say("联播 · 运行状态", "Lianbo · status").to_owned();
    Ok(Page { language, title, head: page::head(), body }.answer(StatusCode::OK))
}

async fn tell(State(console): State<Arc<Console>>, audience: Audience) -> Result<Response, Problem> {
    let mut response = Json(status::gather(&console, audience).await?).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
