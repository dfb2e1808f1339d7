//! Pull: fetches the feeds of outlets that do not push, and writes what they hold, byte for byte, to `outlet.<id>`.
//!
//! A changed document is one submission, as sent. Entries that only summarise have their text on a page: the page is
//! fetched once and is a submission of its own, under the entry's own id; `ce_fullpages` on the document tells
//! `normalise` to leave those entries out. With `text = "page"` the document is only an index and is not submitted: its
//! texts would overwrite the pages' with every change of the feed. A page that cannot be had is tried at the next polls
//! and then becomes a dead letter; the summary is not published in its place, because at the partners it would look like
//! the article. Where the summary is all there is, `text = "feed"` says so.
//!
//! A WordPress or a Ghost is no document: `cms` asks its lists and takes in one post after the other.
//!
//! # Layout
//! `leader` lets one node of the hub pull. `feeds` polls what is due, `poll` one feed, `page` the pages, `cms` a CMS;
//! `entry` reads what is in a document, `schedule` says when to ask again, `hosts` keeps us polite, `state` remembers.

mod cms;
mod entry;
mod feeds;
mod hosts;
mod leader;
mod page;
mod poll;
mod schedule;
mod settings;
mod state;

use std::path::PathBuf;
use std::sync::Arc;

use lianbo_connectors::source::Fetch;
use lianbo_connectors::source::cms::Cms;
use lianbo_schemas::Source;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::log::Log;
use crate::registry::Registry;
use crate::stage::Clock;

pub use settings::Settings;

/// What the puller needs from the rest of the hub.
#[derive(Clone)]
pub struct Parts {
    /// Where submissions go, and where the leader is chosen.
    pub log: Arc<dyn Log>,
    /// Which outlets have feeds.
    pub registry: Registry,
    /// Gets documents.
    pub fetch: Arc<dyn Fetch>,
    /// Opens the CMSes of outlets.
    pub cms: CmsFactory,
    /// The time.
    pub clock: Clock,
    /// Where `pull.db` is.
    pub data_dir: PathBuf,
}

/// Opens an outlet's CMS with the secret this machine has; else says in one sentence what is missing.
pub type CmsFactory = Arc<dyn Fn(&Source) -> Result<Arc<dyn Cms>, String> + Send + Sync>;

/// Pulls until shutdown, while this node is the one that does.
pub async fn run(parts: Parts, settings: Settings, shutdown: CancellationToken) {
    let leads = watch::Sender::new(false);
    let standing = leader::stand(parts.log.as_ref(), &leads, &shutdown);
    let pulling = feeds::pull(&parts, &settings, leads.subscribe(), &shutdown);
    tokio::join!(standing, pulling);
}
