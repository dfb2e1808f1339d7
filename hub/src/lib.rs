//! Lianbo, the hub: stages that meet only in topics of one log.
//!
//! # Layout
//! `ingest` → outlet.<id> → `normalise` → normalised → `dedup` → articles → `route` → deliveries.<partner> →
//! `deliver` → receipts; `feed` serves what `view` folds. `log` is the log, `registry` who may do what, `settings` what
//! is in force, `stage` how a stage runs, `cli` what an operator types, `console` what one sees.

pub mod feed;
pub mod log;
pub mod normalise;
pub mod page;
pub mod problem;
pub mod registry;
pub mod route;
pub mod stage;
pub mod view;
