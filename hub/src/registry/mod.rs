//! Who is in the alliance and who may do what: the fold of the topic `registry`, kept in memory on every node.
//!
//! [`Registry`] follows the topic and takes changes; [`Snapshot`] is what stands at one moment; [`Checks`] say what may
//! be written.

mod check;
mod follow;
mod live;
mod settings;
mod snapshot;

pub use check::Checks;
pub use live::{Put, Registry, WriteError};
pub use settings::Settings;
pub use snapshot::{Entry, Kind, RegistryError, Snapshot};
