//! Route: articles in, deliveries out. Pure [`select`] decides, [`RouteStage`] reads and writes, [`why()`] explains.
//!
//! No grant, no route; nothing before its embargo; a withdrawal to everybody; when a grant ends, so does what is held
//! under it. The same functions answer an operator's question and decide the flow, so that the answer is always the
//! truth.

mod decided;
mod ends;
mod holders;
mod holdings;
mod record;
mod rule;
mod select;
mod stage;
mod standing;
mod why;

#[cfg(test)]
mod tests;

pub(crate) use record::{holding_of, to_record};
pub use rule::{Rule, RuleError};
pub use select::{About, ChannelEntry, Decision, Rules};
pub(crate) use stage::ROUTE;
pub use stage::{Articles, RouteStage};
pub use why::{Why, why};
