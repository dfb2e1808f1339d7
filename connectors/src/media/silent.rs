//! Hosts that did not answer a moment ago: nobody else waits for them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use url::Url;

/// So many are remembered; others are asked each time.
const MOST: usize = 1_000;

/// Hosts, and until when they are left alone.
#[derive(Debug, Default)]
pub(super) struct Silent {
    until: Mutex<HashMap<String, Instant>>,
}

impl Silent {
    /// Whether the host did not answer a moment ago.
    pub(super) fn holds(&self, host: &str) -> bool {
        let until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        until.get(host).is_some_and(|until| *until > Instant::now())
    }

    /// It did not answer.
    pub(super) fn note(&self, host: String, time: Duration) {
        let now = Instant::now();
        let mut until = self.until.lock().unwrap_or_else(PoisonError::into_inner);
        if until.len() >= MOST {
            until.retain(|_, until| *until > now);
        }
        if until.len() < MOST {
            until.insert(host, now + time);
        }
    }
}

/// The host of an address, with its port: two servers of one name are two.
pub(super) fn host(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    Some(format!("{}:{}", url.host_str()?, url.port_or_known_default()?))
}
