//! Apache Kafka as the log, for hubs of more than one machine. Only this folder knows its client, librdkafka.
//!
//! # Layout
//! `client` makes what talks to the brokers, `failure` says what their errors mean, `record` translates records.
//! `cluster` answers questions and makes topics (`policy`), `progress` tells how far groups are; `appender` appends.
//! `member` is what a stage sees of a `session`: a thread of its own with a consumer, the group's decisions
//! (`rebalance`) and, in `transaction`, a producer; `hanging` ends transactions whose end Kafka has lost.
//! `reader` reads outside groups. The client's calls block, so all of them run on `threads` that may.

#[cfg(feature = "kafka")]
mod appender;
#[cfg(feature = "kafka")]
mod client;
#[cfg(feature = "kafka")]
mod cluster;
#[cfg(feature = "kafka")]
mod engine;
#[cfg(feature = "kafka")]
mod failure;
#[cfg(feature = "kafka")]
mod hanging;
#[cfg(feature = "kafka")]
mod member;
#[cfg(feature = "kafka")]
mod policy;
#[cfg(feature = "kafka")]
mod progress;
#[cfg(feature = "kafka")]
mod reader;
#[cfg(feature = "kafka")]
mod rebalance;
#[cfg(feature = "kafka")]
mod record;
#[cfg(feature = "kafka")]
mod session;
mod settings;
#[cfg(feature = "kafka")]
mod threads;
#[cfg(feature = "kafka")]
mod transaction;

#[cfg(feature = "kafka")]
pub use self::engine::KafkaLog;
pub use self::settings::{Secret, Settings};
