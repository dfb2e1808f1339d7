//! One poll of a CMS: what its lists say has changed is fetched, one post at a time, and goes to the log; what readers
//! see no longer is withdrawn.
//!
//! What webhooks bring goes to the log past the puller, so the puller reads the outlet's topic first. Its memory is a
//! fold of that topic: without it, a post is known to have been public all the same, and its deletion is noticed.
//!
//! # Layout
//! `follow` reads the topic, `plan` says what is to be done, `posts` remembers.

mod follow;
mod plan;
mod posts;

use bytes::Bytes;
use jiff::Timestamp;
use lianbo_connectors::format::contain::contained;
use lianbo_connectors::source::SourceError;
use lianbo_connectors::source::cms::{Cms, Order, PAGE, PostOrigin, Row, Seen, Wanted, seen};
use lianbo_schemas::{Outlet, Source, SubmissionId};

use self::plan::{Step, is_news, steps};
use self::posts::{Known, Posts};
use crate::log::LogError;
use crate::pull::poll::{Context, PollError};
use crate::pull::schedule::Outcome;
use crate::pull::state::FeedState;
use crate::received::Received;
use crate::trace::Trace;

/// What one poll works with.
struct Visit<'a> {
    context: &'a Context,
    outlet: &'a Outlet,
    site: &'a str,
    cms: &'a dyn Cms,
    known: Posts,
    now: Timestamp,
}

/// Polls a CMS.
pub(super) async fn poll(
    context: &Context,
    outlet: &Outlet,
    source: &Source,
    state: &FeedState,
) -> Result<Outcome, PollError> {
    let cms = (context.cms)(source).map_err(PollError::Unusable)?;
    // Another address is another site, of which nothing is known.
    context.state.save(state.clone()).await?;
    let _turn = context.hosts.turn(source.url()).await;
    follow::follow(context, outlet, source.url()).await?;
    let known = context.state.posts(&outlet.id).await?;
    let visit = Visit { context, outlet, site: source.url(), cms: cms.as_ref(), known, now: (context.clock)() };
    match visit.take().await {
        Ok(()) => Ok(Outcome::Answered(None)),
        Err(PollError::Cms(SourceError::Transient { retry_after: Some(after), .. })) => Ok(Outcome::Busy(Some(after))),
        Err(error) => Err(error),
    }
}

impl Visit<'_> {
    async fn take(&self) -> Result<(), PollError> {
        let settings = &self.context.settings;
        let swept = self.context.state.swept(&self.outlet.id).await?;
        let is_due = swept.is_none_or(|at| Timestamp::max(at, self.now).duration_since(at) >= settings.sweep());
        let mut rows = self.changed(if swept.is_none() { 1 } else { settings.list_pages }).await?;
        rows.extend(self.cms.list(Order::Made, 1).await?);
        rows.extend(self.look_at(|known| known.due.is_some_and(|due| due <= self.now)).await?);
        if is_due {
            rows.extend(self.scheduled(settings.list_pages).await?);
            rows.extend(self.look_at(|known| known.is_public).await?);
        }
        let mut steps = steps(rows, &self.known, self.now, settings.overlap());
        if swept.is_none() && self.known.is_empty() {
            plan::begin(&mut steps, settings.posts_at_first as usize);
        }
        for step in self.within_bounds(steps) {
            self.carry_out(step).await?;
        }
        if is_due {
            self.context.state.sweep_done(&self.outlet.id, self.now, settings.posts_remembered).await?;
        }
        Ok(())
    }

    /// The posts changed last, page by page, down to what is known already.
    async fn changed(&self, pages: u32) -> Result<Vec<Row>, PollError> {
        let mut all = Vec::new();
        for page in 1..=pages {
            let rows = self.cms.list(Order::Changed, page).await?;
            // Steps are carried out from the oldest change on, so that nothing new lies below what is known.
            let goes_on = rows.len() >= PAGE && rows.last().is_some_and(|row| is_news(row, &self.known));
            all.extend(rows);
            if !goes_on {
                return Ok(all);
            }
        }
        if pages > 1 {
            tracing::warn!(member.id = %self.outlet.id, pages, "more has changed at the outlet than is looked through");
        }
        Ok(all)
    }

    /// What waits for its time. Most of it stood in the lists of changes when it was scheduled, but not what waited there
    /// before the outlet was joined.
    async fn scheduled(&self, pages: u32) -> Result<Vec<Row>, PollError> {
        let mut all = Vec::new();
        for page in 1..=pages {
            let rows = self.cms.list(Order::Scheduled, page).await?;
            let is_last = rows.len() < PAGE;
            all.extend(rows);
            if is_last {
                break;
            }
        }
        Ok(all)
    }

    /// How these of the posts known stand now. What readers saw and is deleted stands in no list, and what was scheduled
    /// and is shown now may stand far down in all of them.
    async fn look_at(&self, is_wanted: impl Fn(&Known) -> bool + Send) -> Result<Vec<Row>, PollError> {
        let these = self.known.iter().filter(|(_, known)| is_wanted(known));
        let wanted: Vec<Wanted<'_>> = these.map(|(id, known)| Wanted { id, own_id: &known.own_id }).collect();
        let mut rows = Vec::new();
        for chunk in wanted.chunks(PAGE) {
            rows.extend(self.cms.look(chunk).await?);
        }
        Ok(rows)
    }

    /// As many posts as one poll may fetch, the rest comes with the next; and no mass deletion.
    fn within_bounds(&self, mut steps: Vec<Step>) -> Vec<Step> {
        let settings = &self.context.settings;
        let gone = steps.iter().filter(|step| step.is_deletion()).count();
        if gone > settings.most_gone as usize {
            tracing::error!(
                member.id = %self.outlet.id,
                gone,
                "so many posts are gone from the outlet's site at once that nothing is withdrawn: if that is meant, \
                 raise `pull.most_gone` for a while; else see to the site"
            );
            steps.retain(|step| !step.is_deletion());
        }
        let mut fetched = 0;
        steps
            .into_iter()
            .take_while(|step| {
                fetched += u32::from(matches!(step, Step::Fetch(_)));
                fetched <= settings.posts_per_poll
            })
            .collect()
    }

    async fn carry_out(&self, step: Step) -> Result<(), PollError> {
        match step {
            Step::Note(row) => self.keep(row, None).await,
            Step::Withdraw(row) => {
                let said = read(self.cms.system().media_type(), row.body.clone()).await;
                self.append(&row, &row.body, said.as_ref()).await?;
                self.keep(row, said).await
            }
            Step::Fetch(row) => self.fetch(row).await,
        }
    }

    async fn fetch(&self, row: Row) -> Result<(), PollError> {
        // One that is gone in this moment is not in the next list either.
        let Some(post) = self.cms.post(&row.id).await? else { return Ok(()) };
        if post.origin == PostOrigin::Hub {
            return self.keep(row, None).await;
        }
        let said = read(self.cms.system().media_type(), post.body.clone()).await;
        let before = self.known.get(&row.id);
        let is_same = said.as_ref().is_some_and(|said| before.is_some_and(|known| known.has_said(said)));
        let never_shown =
            said.as_ref().is_some_and(|said| !said.is_public) && !before.is_some_and(|known| known.is_public);
        if !is_same && !never_shown {
            self.append(&row, &post.body, said.as_ref()).await?;
        }
        self.keep(row, said).await
    }

    /// Writes a post, as the CMS tells it, to the log. One that nobody can read goes there as well: `normalise` says
    /// why it cannot be read.
    async fn append(&self, row: &Row, body: &Bytes, said: Option<&Seen>) -> Result<(), PollError> {
        let known = self.known.get(&row.id).map(|known| known.own_id.clone());
        let own_id = said.map(|said| said.own_id.clone()).or(known).unwrap_or_else(|| row.id.clone());
        let received = Received {
            id: SubmissionId::fresh(),
            outlet: self.outlet.id.clone(),
            media_type: Some(self.cms.system().media_type().to_owned()),
            time: (self.context.clock)(),
            url: said.and_then(|said| said.url.clone()),
            own_id: Some(own_id),
            site: Some(self.site.to_owned()),
            idempotency_key: None,
            full_pages: false,
            trace: Trace::fresh(),
        };
        let is_too_large = body.len() > self.context.settings.max_bytes as usize;
        let appended = if is_too_large {
            Err(LogError::TooLarge { size: body.len() })
        } else {
            self.context.log.append(vec![received.into_record(body.clone())]).await
        };
        match appended {
            Err(LogError::TooLarge { size }) => {
                let (outlet, post) = (&self.outlet.id, &row.id);
                tracing::warn!(member.id = %outlet, post, size, "a post of the outlet is too large and not taken in");
                Ok(())
            }
            outcome => Ok(outcome.map(drop)?),
        }
    }

    /// Remembers how a post stands. A change in the very second in which it was looked at would have the same stamp:
    /// what has changed just now is looked at again.
    async fn keep(&self, row: Row, said: Option<Seen>) -> Result<(), PollError> {
        let is_settled = plan::is_settled(&row, self.now, self.context.settings.overlap());
        let before = self.known.get(&row.id);
        let own_id = said.as_ref().map(|said| said.own_id.clone()).or(before.map(|known| known.own_id.clone()));
        let known = Known {
            own_id: own_id.unwrap_or_else(|| row.id.clone()),
            row: is_settled.then_some(row.stamp),
            due: row.due,
            is_public: said.as_ref().is_some_and(|said| said.is_public),
            said: said.map(|said| said.digest.to_vec()),
        };
        Ok(self.context.state.keep_post(&self.outlet.id, row.id, known, self.now).await?)
    }
}

/// Reads a post; one that cannot be read, or makes the reader fail, is `None`.
async fn read(media_type: &'static str, body: Bytes) -> Option<Seen> {
    let read = move || contained(|| seen(media_type, &body));
    tokio::task::spawn_blocking(read).await.ok()?.ok()?
}
