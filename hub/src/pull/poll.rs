//! One poll of one feed: ask, and write what is new to the log.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::http::header::{CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use axum::http::{StatusCode, header};
use lianbo_connectors::format::contain::contained;
use lianbo_connectors::source::SourceError;
use lianbo_connectors::source::{Fetch, FetchError, Fetched, hints};
use lianbo_schemas::{FeedSource, FeedText, Outlet, Source, SubmissionId, dead::Origin};

use crate::log::{Log, LogError};
use crate::pull::cms;
use crate::pull::entry::{self, Document, Entry, PageOf};
use crate::pull::hosts::Hosts;
use crate::pull::page::{self, Page};
use crate::pull::schedule::{self, Outcome};
use crate::pull::state::{FeedState, State, StateError};
use crate::pull::{CmsFactory, Settings};
use crate::received::{Received, fingerprint};
use crate::stage::Clock;
use crate::trace::Trace;

/// What every poll needs.
pub(super) struct Context {
    pub(super) log: Arc<dyn Log>,
    pub(super) fetch: Arc<dyn Fetch>,
    pub(super) cms: CmsFactory,
    pub(super) clock: Clock,
    pub(super) state: State,
    pub(super) hosts: Hosts,
    pub(super) settings: Settings,
}

/// An outlet whose source is due.
pub(super) struct Due {
    pub(super) outlet: Arc<Outlet>,
    pub(super) source: Source,
}

/// A feed to poll.
struct Feed<'a> {
    outlet: &'a Outlet,
    source: &'a FeedSource,
}

/// Why a poll came to nothing. All of it comes again.
#[derive(Debug, thiserror::Error)]
pub(super) enum PollError {
    #[error(transparent)]
    Fetch(#[from] FetchError),
    #[error(transparent)]
    Log(#[from] LogError),
    #[error(transparent)]
    State(#[from] StateError),
    #[error(transparent)]
    Cms(#[from] SourceError),
    /// The source's record cannot be used as it is on this machine.
    #[error("{0}")]
    Unusable(String),
    #[error("the feed answers {0}")]
    Status(StatusCode),
}

/// Polls a source and gives back what is known of it, with the time of the next poll.
pub(super) async fn poll(context: &Context, due: Due, mut state: FeedState) -> FeedState {
    let Due { outlet, source } = due;
    let polled = match &source {
        Source::Feed(feed) => attempt(context, &Feed { outlet: &outlet, source: feed }, &mut state).await,
        Source::WordPress(_) | Source::Ghost(_) => cms::poll(context, &outlet, &source, &state).await,
    };
    let outcome = polled.unwrap_or_else(|error| {
        if state.failures == 0 {
            tracing::warn!(member.id = %outlet.id, url = source.url(), %error, "the outlet's source cannot be pulled");
        }
        Outcome::Failed
    });
    let answered = matches!(outcome, Outcome::Answered(_));
    if answered && state.failures > 0 {
        tracing::info!(member.id = %outlet.id, failures = state.failures, "the outlet's source can be pulled again");
    }
    state.failures = if answered { 0 } else { state.failures.saturating_add(1) };
    let every = Duration::from_secs(source.every_seconds().into());
    let chance = rand::random_range(-1.0..=1.0);
    let wait = schedule::wait(every, outcome, state.failures, chance, &context.settings);
    state.next_poll = page::later((context.clock)(), wait);
    if let Err(error) = context.state.save(state.clone()).await {
        tracing::warn!(member.id = %outlet.id, %error, "the state of the outlet's source is not kept");
    }
    state
}

async fn attempt(context: &Context, feed: &Feed<'_>, state: &mut FeedState) -> Result<Outcome, PollError> {
    let fetched = {
        let _turn = context.hosts.turn(&feed.source.url).await;
        context.fetch.get(&feed.source.url, conditions(state), context.settings.max_bytes as usize).await?
    };
    note_move(feed, state, &fetched);
    match fetched.status {
        StatusCode::NOT_MODIFIED => {}
        StatusCode::GONE => {
            state.gone = true;
            tracing::warn!(
                member.id = %feed.outlet.id,
                url = feed.source.url,
                "the feed says it is gone for good (410) and is polled no more; put its new address into `source.url` \
                 of the outlet, or take `source` out"
            );
            return Ok(Outcome::Failed);
        }
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            return Ok(Outcome::Busy(hints::retry_after(&fetched.headers, system_time(context))));
        }
        status if status.is_success() => take(context, feed, state, &fetched).await?,
        status => return Err(PollError::Status(status)),
    }
    page::fetch_due(context, feed.outlet).await?;
    Ok(Outcome::Answered(hints::fresh_for(&fetched.headers).max(hints::ttl(&fetched.body))))
}

fn system_time(context: &Context) -> SystemTime {
    SystemTime::from((context.clock)())
}

fn conditions(state: &FeedState) -> HeaderMap {
    let accept = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.8";
    let pairs: [(HeaderName, Option<&str>); 3] = [
        (header::ACCEPT, Some(accept)),
        (IF_NONE_MATCH, state.etag.as_deref()),
        (IF_MODIFIED_SINCE, state.last_modified.as_deref()),
    ];
    let valid = |(name, value): (HeaderName, Option<&str>)| Some((name, HeaderValue::from_str(value?).ok()?));
    pairs.into_iter().filter_map(valid).collect()
}

/// Tells the operator once when a feed has moved for good.
fn note_move(feed: &Feed<'_>, state: &mut FeedState, fetched: &Fetched) {
    if fetched.moved_to.is_some() && fetched.moved_to != state.moved_to {
        let to = fetched.moved_to.as_deref().unwrap_or_default();
        tracing::warn!(
            member.id = %feed.outlet.id,
            url = feed.source.url,
            to,
            "the feed has moved for good; put its new address into `source.url` of the outlet"
        );
    }
    state.moved_to.clone_from(&fetched.moved_to);
}

/// A document came: if it says anything new, it goes to the log, and then into the state.
async fn take(context: &Context, feed: &Feed<'_>, state: &mut FeedState, fetched: &Fetched) -> Result<(), PollError> {
    let sha256 = fingerprint(&fetched.body).to_vec();
    let mut next = FeedState {
        etag: fetched.header(ETAG.as_str()).map(str::to_owned),
        last_modified: fetched.header(header::LAST_MODIFIED.as_str()).map(str::to_owned),
        sha256: Some(sha256),
        ..state.clone()
    };
    if next.sha256 == state.sha256 {
        *state = next;
        return Ok(());
    }
    let document = read(feed, fetched).await;
    let known = context.state.entries(&feed.outlet.id).await?;
    let changed = |entry: &Entry| known.get(&entry.own_id) != Some(&entry.stamp);
    let fresh: Vec<Entry> = document.entries.iter().filter(|entry| changed(entry)).cloned().collect();
    // A feed whose build date alone has changed says nothing new.
    let says_something = document.is_damaged || document.entries.is_empty() || !fresh.is_empty();
    let is_index = feed.source.text == FeedText::Page && !document.is_damaged && !document.entries.is_empty();
    let origin = if says_something && !is_index { Some(append(context, feed, fetched).await?) } else { None };
    let (pages, lost) = pages_of(feed, &fresh, origin.as_ref());
    let now = (context.clock)();
    let most = context.settings.entries_remembered.max(u32::try_from(document.entries.len()).unwrap_or(u32::MAX));
    // Until here nothing is remembered, so that whatever failed comes again.
    next.failures = state.failures;
    context.state.seen(next.clone(), document.entries, pages, most, now).await?;
    *state = next;
    for (page, why) in lost {
        page::give_up(context, feed.outlet, &page, "no-page", &why).await?;
    }
    Ok(())
}

/// Reads the entries; a document that cannot be read has none, and `normalise` will say why.
async fn read(feed: &Feed<'_>, fetched: &Fetched) -> Document {
    let (body, media_type) = (fetched.body.clone(), fetched.header(CONTENT_TYPE.as_str()).map(str::to_owned));
    let (url, text) = (fetched.final_url.clone(), feed.source.text);
    let read = move || contained(|| entry::read(&body, media_type.as_deref(), &url, text));
    match tokio::task::spawn_blocking(read).await {
        Ok(Ok(Ok(document))) => document,
        Ok(Ok(Err(_)) | Err(_)) | Err(_) => Document { entries: Vec::new(), is_damaged: true },
    }
}

/// Writes the document as sent; returns where it stands.
async fn append(context: &Context, feed: &Feed<'_>, fetched: &Fetched) -> Result<Origin, PollError> {
    let submission = SubmissionId::fresh();
    let received = Received {
        id: submission.clone(),
        outlet: feed.outlet.id.clone(),
        media_type: fetched.header(CONTENT_TYPE.as_str()).map(str::to_owned),
        time: (context.clock)(),
        url: Some(feed.source.url.clone()),
        own_id: None,
        site: None,
        idempotency_key: None,
        full_pages: feed.source.text == FeedText::Auto,
        trace: Trace::fresh(),
    };
    let record = received.into_record(fetched.body.clone());
    let topic = record.topic.clone();
    let places = context.log.append(vec![record]).await?;
    let (partition, offset) = places.first().map_or((0, 0), |(place, offset)| (place.number, *offset));
    Ok(Origin::Submission { outlet: feed.outlet.id.clone(), submission, entry: None, topic, partition, offset })
}

/// The pages to fetch, and those that cannot be, with the reason.
fn pages_of(feed: &Feed<'_>, fresh: &[Entry], origin: Option<&Origin>) -> (Vec<Page>, Vec<(Page, String)>) {
    let (mut pages, mut lost) = (Vec::new(), Vec::new());
    for entry in fresh {
        let Some(of) = &entry.page else { continue };
        let document = origin.map(|origin| with_entry(origin, entry.number));
        let page = |url: &str| Page {
            own_id: entry.own_id.clone(),
            url: url.to_owned(),
            tries: 0,
            document: document.clone(),
        };
        match of {
            PageOf::At(url) => match page::is_ours(feed.outlet, &feed.source.url, url) {
                Ok(()) => pages.push(page(url)),
                Err(why) => lost.push((page(url), why)),
            },
            PageOf::Nowhere => {
                let why = "the entry only summarises and says not where its text is; send full texts in the feed, or a \
                           `link` with each entry";
                lost.push((page(""), why.to_owned()));
            }
        }
    }
    (pages, lost)
}

fn with_entry(origin: &Origin, number: u32) -> Origin {
    let mut origin = origin.clone();
    if let Origin::Submission { entry, .. } = &mut origin {
        *entry = Some(number);
    }
    origin
}
