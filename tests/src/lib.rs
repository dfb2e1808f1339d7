//! What the stories share: a hub, its alliance, a receiving site, and waiting for conditions.

mod alliance;
pub mod corpus;
pub mod crash;
mod kafka;
mod shared;
mod site;
mod wait;
mod work;

pub use alliance::{Alliance, Engine, Posted, settings};
pub use kafka::kafka;
pub use shared::shared;
pub use site::{Cache, Site, headline};
pub use wait::until;
pub use work::work;
