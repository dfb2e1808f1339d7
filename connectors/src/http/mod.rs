//! The one HTTP client. Everything the hub says to the outside goes through it, so that the rules stand in one place:
//! no call to a private address ([`address`]), bounded time and size ([`settings`]), no redirect of a write.
//!
//! # Layout
//! [`client`] sends a [`request`] and gives an [`answer`] or an [`error`]. [`address`] says which addresses may be
//! called, `resolver` holds names to that, [`while_permitted`] holds requests back, [`patience`] says how long a server is
//! waited for, [`retry_after`] reads what a busy server asks for.

pub mod address;
pub mod answer;
pub mod client;
pub mod error;
pub mod patience;
mod permit;
mod plain;
pub mod request;
mod resolver;
pub mod retry_after;
pub mod settings;

pub use address::Network;
pub(crate) use address::is_web;
pub use answer::Answer;
pub use client::HttpClient;
pub use error::{HttpError, Phase};
pub use patience::Patience;
pub use permit::while_permitted;
pub(crate) use plain::choose_tls;
pub use plain::plain_client;
pub use request::{Excess, Request};
pub use settings::Settings;
