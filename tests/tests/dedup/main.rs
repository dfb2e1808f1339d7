//! Dedup through its front doors: the state machine, the stage on a real log, the cluster engine.

mod articles;
mod attribution;
mod corrections;
mod decisions;
mod expiry;
mod natural;
mod restart;
mod stage;
mod story;
mod verdicts;
mod window;
