//! Turns at hosts: how many requests one host gets at once, whatever feeds and pages are on it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use url::Url;

/// Hosts after which those that nobody waits for are forgotten.
const MANY: usize = 1000;

/// All hosts that are asked now.
pub(super) struct Hosts {
    per_host: usize,
    known: Mutex<HashMap<String, Weak<Semaphore>>>,
}

impl Hosts {
    /// At most `per_host` requests at once to each, at least one.
    pub(super) fn new(per_host: u32) -> Self {
        Self { per_host: (per_host as usize).max(1), known: Mutex::new(HashMap::new()) }
    }

    /// Waits for a turn at the host of `url`; the turn ends when the permit is dropped. An address without a host
    /// needs none.
    pub(super) async fn turn(&self, url: &str) -> Option<OwnedSemaphorePermit> {
        let url = Url::parse(url).ok()?;
        let semaphore = self.of(url.host_str()?);
        semaphore.acquire_owned().await.ok()
    }

    fn of(&self, host: &str) -> Arc<Semaphore> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(semaphore) = known.get(host).and_then(Weak::upgrade) {
            return semaphore;
        }
        if known.len() >= MANY {
            known.retain(|_, semaphore| semaphore.strong_count() > 0);
        }
        let semaphore = Arc::new(Semaphore::new(self.per_host));
        known.insert(host.to_owned(), Arc::downgrade(&semaphore));
        semaphore
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::Hosts;

    #[tokio::test]
    async fn a_host_gets_one_request_at_a_time_and_others_need_not_wait() {
        let hosts = Hosts::new(1);
        let first = hosts.turn("http://a.example/1").await;
        assert!(first.is_some());
        assert!(hosts.turn("http://a.example/2").now_or_never().is_none());
        assert!(hosts.turn("http://b.example/1").now_or_never().is_some());
        drop(first);
        assert!(hosts.turn("http://a.example/2").now_or_never().is_some());
        assert!(hosts.turn("nonsense").await.is_none());
    }
}
