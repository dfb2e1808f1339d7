//! Who is in the alliance and who may do what: the fold of the topic `registry`, kept in memory on every node.

mod snapshot;

pub use snapshot::{Entry, Kind, RegistryError, Snapshot};
