//! The crash harness: an oracle outside the system under test.
//!
//! It issues articles through the hub's HTTP door and keeps what was acknowledged as its [`book`] of obligations. It owns
//! the [`receiver`]s, which are in its own process and never a victim. In each round a [`fault`] strikes the [`hub`]'s
//! processes, its broker, its disk or the receivers' answers while [`traffic`] goes on; when it has stopped, the
//! [`verdict`] counts what is lost, sent twice after a success, posted under two identities, out of order or altered,
//! whether a fresh article flows, and whether the round tested anything.
//!
//! Two runs are of another kind: [`poison`] mixes what is bad into what is good, and [`cms`] has real CMSes as partners.
//!
//! Every random choice comes from the seed: the same seed makes the same articles, faults and moments. What the machine
//! makes of them in time is its own.

mod book;
mod broker;
mod cms;
mod fault;
mod hub;
mod options;
mod piece;
mod poison;
mod process;
mod receiver;
mod round;
mod table;
mod traffic;
mod verdict;

pub use cms::{CmsReport, cms};
pub use options::{Log, Options};
pub use poison::{PoisonReport, poison};
pub use round::run;
pub use table::print;
pub use verdict::{Findings, RoundReport};
