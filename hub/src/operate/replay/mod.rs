//! `POST /v1/replays`: runs a part of the log through the hub again. The answer is a stream of JSON lines with the
//! progress; whoever hangs up stops it. No second path: an outlet's topic goes through the same normalise into
//! `normalised`, articles become the same deliveries again.

mod deliver;
mod outlet;
mod range;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use lianbo_schemas::{OutletId, PartnerId, topic};
use serde::{Deserialize, Serialize};

use super::Operate;
use super::progress::{Pace, Stopped, Teller, stream};
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
}

pub(super) async fn start(State(operate): State<Operate>, Json(request): Json<Request>) -> Result<Response, Problem> {
    let what = What::of(&request)?;
    Ok(stream(move |teller| async move {
        let mut pace = Pace::new(request.rate);
        let outcome = match what {
            What::Outlet(outlet) => outlet::replay(&operate, &request, &outlet, &mut pace, &teller).await,
            What::Deliveries(partner) => deliver::replay(&operate, &request, partner, &mut pace, &teller).await,
        };
        (teller, outcome)
    }))
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
