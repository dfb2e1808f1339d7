//! How long a server is waited for, and the connections made under that.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use reqwest::redirect::Policy;

use super::error::chain;
use super::plain::choose_tls;
use super::resolver::GuardedResolver;
use super::{HttpError, Network};

/// How the hub names itself.
const USER_AGENT: &str = concat!("Lianbo/", env!("CARGO_PKG_VERSION"));
/// Pools remembered at most: as many different times to connect hardly anybody sets.
const MOST_POOLS: usize = 64;

/// How long a server is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// To find and reach it, TLS included.
    pub connect: Duration,
    /// From the start of a request to the head of its answer.
    pub first_byte: Duration,
    /// For a request in all, redirects and the last byte included.
    pub total: Duration,
}

/// Pools of connections, one for each time to connect: that is a setting of a whole pool.
pub(super) struct Pools {
    allow: Arc<[Network]>,
    idle_per_host: usize,
    made: Mutex<BTreeMap<Duration, reqwest::Client>>,
}

impl Pools {
    pub(super) fn new(allow: Arc<[Network]>, idle_per_host: usize) -> Self {
        Self { allow, idle_per_host, made: Mutex::default() }
    }

    /// The pool of those who wait so long for a connection. Making the first one fails only when this machine has no
    /// usable certificate store.
    pub(super) fn connecting_within(&self, connect: Duration) -> Result<reqwest::Client, HttpError> {
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(pool) = made.get(&connect) {
            return Ok(pool.clone());
        }
        let pool = self.make(connect)?;
        if made.len() >= MOST_POOLS {
            // Whoever uses one keeps it.
            made.clear();
        }
        made.insert(connect, pool.clone());
        Ok(pool)
    }

    fn make(&self, connect: Duration) -> Result<reqwest::Client, HttpError> {
        choose_tls();
        reqwest::Client::builder()
            .user_agent(USER_AGENT)
            // A proxy would resolve names by itself, past the guard.
            .no_proxy()
            .redirect(Policy::none())
            .referer(false)
            .dns_resolver(GuardedResolver { allow: Arc::clone(&self.allow) })
            .connect_timeout(connect)
            .pool_max_idle_per_host(self.idle_per_host)
            .build()
            .map_err(|error| HttpError::Address { address: "https://".to_owned(), cause: chain(&error) })
    }
}
