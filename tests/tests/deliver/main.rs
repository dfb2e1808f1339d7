//! What partners see of delivering: stories against a scripted partner and a log in memory, in turned time.

// A test that cannot be set up has failed; clippy knows test functions, not what they share.
#![allow(clippy::unwrap_used, clippy::panic)]

mod engine;
mod failing;
mod holding;
mod log;
mod pages;
mod partner;
mod restarting;
mod reviewing;
mod takedown;
mod waiting;
mod world;
