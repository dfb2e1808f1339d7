//! Resolves names for the client and hands it permitted addresses only, so that the address checked is the address
//! called: a name that answers differently the second time (DNS rebinding) gains nothing.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Network;
use super::address::may_be_called;

/// The system's resolver, held to the rules.
pub(super) struct GuardedResolver {
    pub(super) allow: Arc<[Network]>,
}

/// A name stands for addresses that may not be called; travels inside the client's own error.
#[derive(Debug, thiserror::Error)]
#[error("the address {0} is not public")]
pub(super) struct Forbidden(pub(super) IpAddr);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow = Arc::clone(&self.allow);
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            let permitted: Vec<SocketAddr> =
                found.iter().copied().filter(|address| may_be_called(address.ip(), &allow)).collect();
            match (permitted.is_empty(), found.first()) {
                (true, Some(first)) => Err(Forbidden(first.ip()).into()),
                (true, None) | (false, _) => Ok(Box::new(permitted.into_iter()) as Addrs),
            }
        })
    }
}
