//! Why there is no answer, named by what the caller can do about it.

use std::error::Error;
use std::net::IpAddr;
use std::time::Duration;

use super::resolver::Forbidden;

/// No answer. Messages name the host only: paths and queries may hold what is secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HttpError {
    /// The address cannot be called at all: correct it.
    #[error("`{address}` is not an address to call: {cause}")]
    Address {
        /// What stood there, shortened.
        address: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The address is not public and in no network of `http.allow`: correct it, or allow the network.
    #[error("`{host}` is at {address}, which is not public; allow its network in `http.allow` if it is meant")]
    Refused {
        /// The host as named.
        host: String,
        /// Its address.
        address: IpAddr,
    },
    /// It was not sent: whoever asked for it may no longer act. Others do.
    #[error("nothing was sent to `{host}`: this node may no longer act")]
    HeldBack {
        /// The host.
        host: String,
    },
    /// No connection: try later.
    #[error("cannot reach `{host}`: {cause}")]
    Unreachable {
        /// The host.
        host: String,
        /// What the network said.
        cause: String,
    },
    /// No answer in time. The server may have done what was asked: look before trying again.
    #[error("`{host}` took longer than {}: {phase}", seconds(.after))]
    TimedOut {
        /// The host.
        host: String,
        /// What was waited for.
        phase: Phase,
        /// For how long.
        after: Duration,
    },
    /// The connection broke before the answer was complete. Look before trying again.
    #[error("the answer of `{host}` broke off: {cause}")]
    Broken {
        /// The host.
        host: String,
        /// What happened.
        cause: String,
    },
    /// The answer is larger than allowed.
    #[error("the answer of `{host}` is larger than {bound} bytes")]
    TooLarge {
        /// The host.
        host: String,
        /// The bound, in bytes.
        bound: usize,
    },
    /// One redirect after another.
    #[error("`{host}` redirects more than {bound} times")]
    Redirects {
        /// The last host.
        host: String,
        /// The bound.
        bound: u8,
    },
}

impl HttpError {
    /// Whether a later try may have an answer.
    pub(crate) fn is_transient(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Broken { .. })
    }
}

/// What a time-out waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// A connection.
    Connect,
    /// The head of the answer.
    FirstByte,
    /// The end of the answer.
    Total,
}

impl std::fmt::Display for Phase {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(match self {
            Self::Connect => "no connection",
            Self::FirstByte => "no answer",
            Self::Total => "the answer does not end",
        })
    }
}

fn seconds(duration: &Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}

impl HttpError {
    /// Of the client's own error while it waited for the head of an answer from `host`.
    pub(super) fn of(host: &str, error: reqwest::Error, connect: Duration) -> Self {
        let error = error.without_url();
        let host = host.to_owned();
        if let Some(Forbidden(address)) = causes(&error).find_map(|cause| cause.downcast_ref()) {
            return Self::Refused { host, address: *address };
        }
        if error.is_timeout() && error.is_connect() {
            return Self::TimedOut { host, phase: Phase::Connect, after: connect };
        }
        let cause = chain(&error);
        if error.is_connect() { Self::Unreachable { host, cause } } else { Self::Broken { host, cause } }
    }
}

fn causes<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let first: &'a (dyn Error + 'static) = error;
    std::iter::successors(Some(first), |cause: &&'a (dyn Error + 'static)| {
        let cause: &'a (dyn Error + 'static) = *cause;
        cause.source()
    })
}

/// The whole chain of causes in one line.
pub(super) fn chain(error: &reqwest::Error) -> String {
    causes(error).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
