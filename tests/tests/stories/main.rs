//! Stories: whole flows through the front door, seen as an outlet, a partner or an operator sees them. Each runs on
//! the embedded log, and on a real Kafka when `LIANBO_KAFKA` names one.

mod cms;
mod decisions;
mod embargo;
mod expiry;
mod federation;
mod ledger;
mod operators;
mod patience;
mod processes;
mod references;
mod renditions;
mod reprints;
mod seeds;
mod wordpress;

use lianbo_tests::{Engine, kafka};

/// The logs a story runs on.
fn engines() -> Vec<Engine> {
    let mut engines = vec![Engine::Embedded];
    engines.extend(kafka().map(Engine::Kafka));
    engines
}
