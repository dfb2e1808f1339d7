//! `POST /v1/outlets/{outlet}/submissions`: 202 once the log has it on disk.

use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use governor::clock::{Clock, DefaultClock};
use jiff::Timestamp;
use lianbo_schemas::{OutletId, SubmissionId};
use serde_json::json;
use url::Url;

use crate::admin::read_body;
use crate::ingest::claim::Claim;
use crate::ingest::idempotency::{self, Remembered};
use crate::ingest::media_type::media_type;
use crate::ingest::memory::Claimed;
use crate::ingest::sender::sender;
use crate::ingest::{Ingest, Shared, hops, refusal};
use crate::log::LogError;
use crate::problem::Problem;
use crate::received::{Received, fingerprint};
use crate::trace::Trace;

/// An address longer than this is none (RFC 9110 asks for 8,000 as a minimum; CMSes stay far below 2,000).
const LONGEST_URL: usize = 2000;
/// Own ids are numbers, UUIDs or addresses.
const LONGEST_OWN_ID: usize = 2000;

/// What the request says beside its body.
pub(super) struct Said {
    pub(super) media_type: Option<String>,
    pub(super) url: Option<String>,
    pub(super) own_id: Option<String>,
    /// The address of the CMS it is a post of.
    pub(super) site: Option<String>,
    pub(super) key: Option<String>,
    pub(super) trace: Trace,
}

pub(super) async fn submit(
    State(ingest): State<Ingest>,
    Path(outlet): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let shared = ingest.shared.as_ref();
    if !shared.parts.registry.is_ready() {
        return Err(refusal::starting());
    }
    let snapshot = shared.parts.registry.snapshot();
    let outlet = sender(&snapshot, &shared.parts.admin_key, &headers, &outlet).ok_or_else(|| {
        if shared.parts.admin_key.is_in(&headers) { refusal::no_outlet(&outlet) } else { refusal::wrong_key() }
    })?;
    let _seat = shared.in_flight.try_acquire().map_err(|_full| refusal::busy())?;
    within_rate(shared, &outlet)?;
    hops::check(&headers, &shared.parts.authority, shared.settings.max_hops)?;
    let said = Said::of(&headers, query.as_deref().unwrap_or_default())?;
    let most = shared.settings.max_body_bytes as usize;
    let body = read_body(&headers, body, most, shared.settings.patience()).await?;
    if body.is_empty() {
        return Err(refusal::empty());
    }
    take(&ingest, outlet, said, body).await
}

pub(super) fn within_rate(shared: &Shared, outlet: &OutletId) -> Result<(), Problem> {
    shared.rate.check_key(outlet).map_err(|early| {
        let wait = early.wait_time_from(DefaultClock::default().now());
        refusal::too_fast(outlet, whole_seconds(wait))
    })
}

/// `Retry-After` has whole seconds; rounded up, or the sender would come too early.
fn whole_seconds(wait: Duration) -> u64 {
    wait.as_millis().div_ceil(1000).max(1).try_into().unwrap_or(u64::MAX)
}

impl Said {
    fn of(headers: &HeaderMap, query: &str) -> Result<Self, Problem> {
        let (mut url, mut own_id) = (location(headers)?, None);
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match name.as_ref() {
                "id" => own_id = Some(own_id_of(&value)?),
                "url" => url = Some(address(&value)?),
                other => {
                    let detail = format!("the parameter `{other}` is not known here; `id` and `url` are");
                    return Err(refusal::unreadable(detail, "只支持参数 id 和 url"));
                }
            }
        }
        let key = idempotency::key(headers)?;
        Ok(Self { media_type: media_type(headers)?, url, own_id, site: None, key, trace: Trace::of(headers) })
    }
}

fn location(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let value = headers.get(header::CONTENT_LOCATION);
    value.map(|value| address(value.to_str().unwrap_or_default())).transpose()
}

fn address(text: &str) -> Result<String, Problem> {
    let valid = text.len() <= LONGEST_URL
        && Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if valid {
        return Ok(text.to_owned());
    }
    let shown: String = text.chars().take(80).collect();
    let detail = format!("`{shown}` is not the whole http address of a piece; leave it out if there is none");
    Err(refusal::unreadable(detail, "稿件网址须为完整的 http(s) 地址；没有可不填"))
}

fn own_id_of(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST_OWN_ID || text.chars().any(char::is_control) {
        let detail = format!("`id` must have 1 to {LONGEST_OWN_ID} bytes without control characters");
        return Err(refusal::unreadable(detail, "参数 id 过长或含控制字符"));
    }
    Ok(text.to_owned())
}

/// Takes a submission once, whether or not it carries a key.
pub(super) async fn take(ingest: &Ingest, outlet: OutletId, said: Said, body: Bytes) -> Result<Response, Problem> {
    let Some(key) = said.key.clone() else {
        let id = SubmissionId::fresh();
        append(ingest, outlet, id.clone(), said, body).await?;
        return Ok(accepted(&id, Replayed::No));
    };
    let body_sha256 = fingerprint(&body);
    let name = (outlet.clone(), key);
    let earlier = match Claim::make(ingest, &name, &body_sha256) {
        (Claimed::Mine(earlier), Some(claim)) => (earlier, claim),
        (Claimed::Same(submission), _) => return Ok(accepted(&submission, Replayed::Yes)),
        (Claimed::Other, _) => return Err(refusal::other_body()),
        (Claimed::Running | Claimed::Mine(_), _) => return Err(refusal::in_progress()),
    };
    let (earlier, mut claim) = earlier;
    if earlier.is_none()
        && let Some(known) = find(ingest, &name).await?
    {
        let same = known.body_sha256 == body_sha256;
        let answer = accepted(&known.submission, Replayed::Yes);
        claim.taken(known);
        return if same { Ok(answer) } else { Err(refusal::other_body()) };
    }
    let submission = earlier.unwrap_or_else(SubmissionId::fresh);
    let known = Remembered { submission: submission.clone(), body_sha256 };
    claim.asked(known.clone());
    append(ingest, outlet, submission.clone(), said, body).await?;
    claim.taken(known);
    Ok(accepted(&submission, Replayed::No))
}

/// A submission with this key that this process does not remember.
async fn find(ingest: &Ingest, name: &(OutletId, String)) -> Result<Option<Remembered>, Problem> {
    let shared = ingest.shared.as_ref();
    let found = shared.parts.idempotency.find(&name.0, &name.1).await.map_err(|error| {
        tracing::warn!(member.id = %name.0, %error, "idempotency keys cannot be looked up");
        refusal::no_memory()
    })?;
    let expiry = shared.settings.expiry();
    let now = (shared.parts.clock)();
    Ok(found.filter(|known| made_at(&known.submission).is_none_or(|made| is_within(expiry, made, now))))
}

fn is_within(expiry: Duration, made: Timestamp, now: Timestamp) -> bool {
    Duration::try_from(now.duration_since(made)).unwrap_or(Duration::ZERO) < expiry
}

/// When the hub gave this id: a UUID of version 7 says so.
fn made_at(submission: &SubmissionId) -> Option<Timestamp> {
    let time = uuid::Uuid::parse_str(submission.as_str()).ok()?.get_timestamp()?;
    let (seconds, nanoseconds) = time.to_unix();
    Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanoseconds).ok()?).ok()
}

async fn append(ingest: &Ingest, outlet: OutletId, id: SubmissionId, said: Said, body: Bytes) -> Result<(), Problem> {
    let shared = ingest.shared.as_ref();
    let received = Received {
        id: id.clone(),
        outlet: outlet.clone(),
        media_type: said.media_type,
        time: (shared.parts.clock)(),
        url: said.url,
        own_id: said.own_id,
        site: said.site,
        idempotency_key: said.key,
        full_pages: false,
        trace: said.trace,
    };
    let appended = shared.parts.log.append(vec![received.into_record(body)]).await;
    appended.map_err(|error| not_taken(&outlet, error))?;
    ingest.memory().note(id, outlet);
    Ok(())
}

fn not_taken(outlet: &OutletId, error: LogError) -> Problem {
    match error {
        LogError::TooLarge { size } => refusal::too_large_for_the_log(size),
        LogError::Broken(_) | LogError::NoTopic(_) => {
            tracing::error!(member.id = %outlet, %error, "submissions cannot be stored; see `lianbo check`");
            refusal::not_durable()
        }
        LogError::Unavailable(_) | LogError::Lost(_) => {
            tracing::warn!(member.id = %outlet, %error, "a submission could not be stored");
            refusal::not_durable()
        }
    }
}

/// Whether the answer is one that was given before.
enum Replayed {
    Yes,
    No,
}

fn accepted(submission: &SubmissionId, replayed: Replayed) -> Response {
    let status_url = format!("/v1/submissions/{submission}");
    let document = json!({ "submission": submission, "status_url": status_url });
    let mut response = (StatusCode::ACCEPTED, [(header::LOCATION, status_url)], Json(document)).into_response();
    if matches!(replayed, Replayed::Yes) {
        response.headers_mut().insert("idempotency-replayed", header::HeaderValue::from_static("true"));
    }
    response
}
