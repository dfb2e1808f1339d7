//! A member of a Kafka group, as a stage sees it: the way to its session's thread.
//!
//! Whatever happens there, a session that leaves a question unanswered for as long as a member may go without polling is
//! given up, and its stage joins anew, with new clients: by then the group has given its partitions away.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::cluster::Cluster;
use super::record::check_sizes;
use super::session::Session;
use super::threads::Threads;
use crate::log::{LogError, Member, NewRecord, Offset, Partition, Polled, Result, Subscription};

/// What a member asks of its session.
enum Request {
    Poll(Duration),
    Seek(Partition, Offset, oneshot::Sender<Result<()>>),
    Commit(BTreeMap<Partition, Offset>, Vec<NewRecord>, oneshot::Sender<Result<Vec<(Partition, Offset)>>>),
}

/// One member.
pub(super) struct KafkaMember {
    requests: mpsc::Sender<Request>,
    /// What polls brought; it stays here if nobody waited for it, so that no record is passed over.
    polled: mpsc::Receiver<Result<Polled>>,
    /// Since when.
    polling: Option<Instant>,
    /// The offsets after the records this member was given since it last committed.
    seen: BTreeMap<Partition, Offset>,
    abandoned: Arc<AtomicBool>,
    most_bytes: usize,
    longest: Duration,
}

impl KafkaMember {
    /// Joins on a thread of its own.
    pub(super) async fn join(
        threads: &Threads,
        cluster: &Arc<Cluster>,
        group: &str,
        subscription: Subscription,
    ) -> Result<Self> {
        let (requests, asked) = mpsc::channel(1);
        let (brought, polled) = mpsc::channel(1);
        let (joined, joining) = oneshot::channel();
        let abandoned = Arc::new(AtomicBool::new(false));
        let (own, name, left) = (Arc::clone(cluster), group.to_owned(), Arc::clone(&abandoned));
        let work = move || {
            let session = Session::join(own, &name, &subscription, left);
            match session {
                Ok(session) => {
                    drop(joined.send(Ok(())));
                    serve(session, asked, &brought);
                }
                Err(error) => drop(joined.send(Err(error))),
            }
        };
        threads.start("lianbo-member", &abandoned, work)?;
        let member = Self {
            requests,
            polled,
            polling: None,
            seen: BTreeMap::new(),
            abandoned,
            most_bytes: cluster.settings.max_record_bytes,
            longest: Duration::from_millis(cluster.settings.poll_timeout_ms.max(cluster.settings.session_timeout_ms)),
        };
        joining.await.map_err(|_gone| stopped())??;
        Ok(member)
    }

    async fn ask(&self, request: Request) -> Result<()> {
        self.requests.send(request).await.map_err(|_gone| stopped())
    }

    fn note(&mut self, polled: &Polled) {
        match polled {
            Polled::Records(records) => {
                let next = records.iter().map(|record| (record.partition.clone(), record.offset + 1));
                self.seen.extend(next);
            }
            Polled::Revoked(partitions) => self.seen.retain(|partition, _| !partitions.contains(partition)),
            Polled::Assigned(_) | Polled::Idle => {}
        }
    }
}

#[async_trait]
impl Member for KafkaMember {
    async fn poll(&mut self, wait: Duration) -> Result<Polled> {
        let since = match self.polling {
            Some(since) => since,
            None => {
                self.ask(Request::Poll(wait)).await?;
                Instant::now()
            }
        };
        self.polling = Some(since);
        let polled = within(since + wait + self.longest, "poll", self.polled.recv()).await?;
        self.polling = None;
        let polled = polled.ok_or_else(stopped)?;
        let polled = polled?;
        self.note(&polled);
        Ok(polled)
    }

    async fn seek(&mut self, partition: &Partition, offset: Offset) -> Result<()> {
        let (answer, answered) = oneshot::channel();
        self.ask(Request::Seek(partition.clone(), offset, answer)).await?;
        within(Instant::now() + self.longest, "seek", answered).await?.map_err(|_gone| stopped())??;
        self.seen.remove(partition);
        Ok(())
    }

    async fn commit(&mut self, outputs: Vec<NewRecord>) -> Result<Vec<(Partition, Offset)>> {
        check_sizes(&outputs, self.most_bytes)?;
        let (answer, answered) = oneshot::channel();
        self.ask(Request::Commit(self.seen.clone(), outputs, answer)).await?;
        let answered = within(Instant::now() + self.longest, "commit", answered).await?;
        let places = answered.map_err(|_gone| stopped())??;
        self.seen.clear();
        Ok(places)
    }
}

impl Drop for KafkaMember {
    /// The thread ends by itself when it finds nobody asking; this lets it find out soon.
    fn drop(&mut self) {
        self.abandoned.store(true, Ordering::Release);
    }
}

/// Answers until nobody asks any more; dropping the session leaves the group.
fn serve(mut session: Session, mut asked: mpsc::Receiver<Request>, brought: &mpsc::Sender<Result<Polled>>) {
    while let Some(request) = asked.blocking_recv() {
        match request {
            // There is room: a member asks for the next only when it has taken the last.
            Request::Poll(wait) => drop(brought.try_send(session.poll(wait))),
            Request::Seek(partition, offset, answer) => drop(answer.send(session.seek(&partition, offset))),
            Request::Commit(seen, outputs, answer) => drop(answer.send(session.commit(&seen, &outputs))),
        }
    }
}

/// Waits for the session no longer than that.
async fn within<T>(deadline: Instant, what: &str, answer: impl Future<Output = T>) -> Result<T> {
    let answered = tokio::time::timeout_at(deadline, answer).await;
    answered.map_err(|_late| LogError::Lost(format!("its session stands still: it did not {what} in time")))
}

fn stopped() -> LogError {
    LogError::Lost("the member's thread has stopped".to_owned())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::Instant;

    use super::within;
    use crate::log::{LogError, Result};

    #[tokio::test(start_paused = true)]
    async fn a_session_that_stands_still_is_given_up() {
        let deadline = Instant::now() + Duration::from_secs(300);
        let answered: Result<u8> = within(deadline, "commit", std::future::pending()).await;
        assert!(matches!(&answered, Err(LogError::Lost(cause)) if cause.contains("commit")), "{answered:?}");
        assert_eq!(Instant::now(), deadline);
        assert_eq!(within(deadline + Duration::from_secs(1), "commit", async { 7 }).await.unwrap(), 7);
    }
}
