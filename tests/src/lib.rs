//! What the stories share: a hub, its alliance, a receiving site, and waiting for conditions.

mod alliance;
pub mod corpus;
pub mod crash;
mod ghost;
mod kafka;
mod named;
mod shared;
pub mod sick;
mod site;
mod wait;
mod wanted;
mod work;

pub use alliance::{Alliance, Engine, Posted, settings};
pub use ghost::ghost_token;
pub use kafka::kafka;
pub use named::named;
pub use shared::shared;
pub use site::{Cache, Site, headline};
pub use wait::until;
pub use wanted::{all_of_it, wanted};
pub use work::work;
